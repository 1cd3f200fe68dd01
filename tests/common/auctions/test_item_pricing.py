"""Item prices: examples, limits, brute force over a grid."""

from itertools import product

import numpy as np
import pytest

from common.auctions.item_pricing import ItemPricing, item_pricing
from common.auctions.optimal import optimal_mechanism
from common.auctions.tariffs import size_linear_tariff
from common.auctions.xor import XORValuations
from tests.xor_cases import drawn_types


def test_items_of_different_worth():
    types = XORValuations.from_atoms([[({0}, 6)], [({1}, 1)], [({0, 1}, 7)]], n_items=2)
    answer = item_pricing(types, entry_fee=False)
    assert answer.item_prices == pytest.approx([6, 1])
    assert answer.revenue == pytest.approx(14 / 3)
    assert answer.entry_fee == 0


@pytest.mark.parametrize("has_fee", [False, True])
@pytest.mark.parametrize("seed", range(6))
def test_between_the_common_price_and_the_optimum(seed, has_fee):
    rng = np.random.default_rng(seed)
    types = drawn_types(rng, 30, integer=seed % 2 == 0)
    chances = rng.dirichlet(np.ones(30))
    answer = item_pricing(types, chances, entry_fee=has_fee)
    floor = size_linear_tariff(types, chances, entry_fee=has_fee).revenue
    assert floor * (1 - 2e-4) <= answer.revenue <= optimal_mechanism(types, chances).revenue * (1 + 1e-9)
    assert answer.revenue == pytest.approx(answer.revenue_on(types, chances))
    assert (answer.item_prices >= 0).all()
    assert answer.entry_fee >= -answer.item_prices.min() - 1e-12


def test_close_to_the_best_prices_on_a_grid():
    """Whole bids on two items: some best prices are whole or halves; a local search may stop a little below."""
    shares = []
    for seed in range(8):
        types = drawn_types(np.random.default_rng(seed), 8, n_items=2, integer=True)
        grid = [ItemPricing(np.array(p) / 2, 0.0, 0.0) for p in product(range(20), repeat=2)]
        best = max(prices.revenue_on(types) for prices in grid)
        shares.append(item_pricing(types, entry_fee=False, tolerance=0.0).revenue / best)
    assert min(shares) >= 0.9
    assert max(shares) >= 1 - 1e-9


def test_the_same_question_has_the_same_answer():
    types = drawn_types(np.random.default_rng(2), 20)
    assert item_pricing(types).item_prices.tolist() == item_pricing(types).item_prices.tolist()


def test_scaling_bids_scales_prices():
    types = drawn_types(np.random.default_rng(4), 25)
    assert item_pricing(types.scaled(1024)).revenue == pytest.approx(1024 * item_pricing(types).revenue, rel=1e-3)


def test_bad_arguments_are_refused():
    types = drawn_types(np.random.default_rng(0), 3)
    for bad in ({"sweeps": -1}, {"tolerance": -1.0}, {"steps": -1}):
        with pytest.raises(ValueError, match=next(iter(bad))):
            item_pricing(types, **bad)
