"""Notebook 02's tables against propositions, bounds and hand counts."""

import numpy as np
import pytest

from common.auctions.cats import cats_bidders
from common.auctions.menu import Menu
from common.auctions.xor import XORValuations
from papers.bundleflow.buyer_study import (
    additive_table,
    learned_additive_table,
    learned_lottery_table,
    own_atom_table,
    random_menu,
    random_types,
    regret_table,
    softmax_regret,
    tariff_payments,
    tariff_table,
    with_every_bundle,
)


def test_menus_are_truthful_and_the_softmax_rule_is_not():
    table = regret_table(5, 40, 4, (0.1, 1.0), seed=3)
    assert table["regret"].max() <= 1e-9
    assert table["least utility"].min() >= -1e-9
    assert (table[["0.1", "1.0"]] > 1e-3).all(axis=None)


def test_softmax_regret_by_hand():
    """One element at price 0, types worth 1 and 3: the first would gain by the second one's higher chance."""
    menu = Menu.from_elements([([({0}, 1.0)], 0.0)], n_items=1)
    types = XORValuations.from_atoms([[({0}, 1)], [({0}, 3)]], n_items=1)
    chance = [np.exp(v) / (1 + np.exp(v)) for v in (1, 3)]
    assert softmax_regret(menu, types, 1.0) == pytest.approx(chance[1] - chance[0])
    assert softmax_regret(menu, types, 1000.0) == pytest.approx(0)


def test_random_menus_and_types_are_what_they_say():
    generator = np.random.default_rng(0)
    menu, types = random_menu(7, 3, 5, generator), random_types(9, 5, generator)
    assert menu.weights.sum(axis=1) == pytest.approx(1)
    assert (len(menu), len(types), types.n_items) == (7, 9, 5)


def test_every_bundle_is_the_same_valuation():
    types = random_types(6, 3, np.random.default_rng(1))
    bundles = np.arange(8, dtype=np.uint64)[:, None]
    assert with_every_bundle(types).values(bundles) == pytest.approx(types.values(bundles))


def test_the_lemma_and_the_order():
    table = own_atom_table(3, 8, 3, seed=0)
    assert table["own atoms"].to_numpy() == pytest.approx(table["every bundle"].to_numpy(), rel=1e-7)
    columns = table[["grand bundle", "deterministic", "own atoms", "full surplus"]].to_numpy()
    assert (np.diff(columns, axis=1) >= -1e-9).all()


def test_additive_revenues_are_in_order():
    table = additive_table(6)
    assert (table["straight-jacket"] >= table[["separate", "bundle"]].max(axis=1) - 1e-12).all()
    assert table.loc[2, "straight-jacket"] == pytest.approx((12 + 2 * np.sqrt(2)) / 27)


def test_a_learned_menu_is_below_the_optimum():
    table = learned_additive_table([2], 20, 150, 1, 20_000, seed=0)
    assert table["share"].item() <= 1 + 4 * table["error"].item()
    assert table["share"].item() >= 0.8


def test_tariffs_pay_no_more_than_values_and_are_in_order():
    own, fresh = (cats_bidders("arbitrary", 12, 300, seed=seed) for seed in (0, 1))
    paid = tariff_payments(own, fresh)
    for revenue, payments in paid.values():
        assert (payments <= fresh.grand_values() + 1e-6).all()
        assert 0 < revenue <= own.grand_values().mean()
    order = ["price per item", "fee and price per item", "fee and item prices"]
    assert np.all(np.diff([paid[name][0] for name in order]) >= -1e-3)
    assert paid["price for each size"][0] >= paid["fee and price per item"][0] - 0.1
    table = tariff_table(own, fresh)
    assert list(table.index) == list(paid)
    assert (table["share of surplus"] < 1).all()


def test_learned_lotteries_stay_below_the_optimum_of_their_kind():
    types = XORValuations.from_atoms([[({0}, 2), ({1}, 2)], [({1}, 4)], [({0}, 4)]], n_items=2)
    table = learned_lottery_table(types, [1, 2], 60, seed=0)
    assert 0 < table.loc[1, "revenue"] <= 8 / 3 + 1e-6
    assert 0 < table.loc[2, "revenue"] <= 10 / 3 + 1e-6
    assert all(menu.revenue(types) == pytest.approx(revenue) for revenue, menu in table.to_numpy())
