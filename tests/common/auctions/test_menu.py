import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.auctions.menu import Menu
from common.auctions.xor import XORValuations
from tests.xor_cases import random_menu, random_types

seeds = st.integers(0, 2**32 - 1)


@given(seeds, st.sampled_from(["seller", "first"]))
def test_truth_is_dominant_and_nobody_loses(seed, tie):
    rng = np.random.default_rng(seed)
    types, menu = random_types(rng, 8, 5), random_menu(rng, 12, 5)
    element, utility, _ = menu.buy(types, tie)
    offered = menu.utilities(types)
    each_as_other = np.where(element >= 0, offered[:, element], 0.0)  # type n with the choice of type t
    scale = 1e-9 * (offered.max() + menu.prices.max())
    assert (each_as_other <= utility[:, None] + scale).all()
    assert (utility >= -scale).all()
    assert menu.regret(types, tie) <= scale


def test_a_buyer_who_is_served_at_random_regrets():
    """The check has teeth: under the softmax rule of training somebody would rather choose."""
    rng = np.random.default_rng(0)
    types, menu = random_types(rng, 8, 5), random_menu(rng, 12, 5)
    utilities = np.maximum(menu.utilities(types), -50)
    shares = np.exp(utilities) / (1 + np.exp(utilities).sum(axis=1, keepdims=True))
    received = (shares * utilities).sum(axis=1)
    as_other = shares @ utilities.T  # type n with the shares of type t, at its own utilities
    assert (as_other.max(axis=0) - received).max() > 0.01


@given(seeds)
def test_expected_values_add_up_over_the_lottery(seed):
    rng = np.random.default_rng(seed)
    types, menu = random_types(rng, 5, 70), random_menu(rng, 6, 70, support=3)
    values = types.values(menu.bundles.reshape(-1, 2)).reshape(5, 6, 3)
    assert np.allclose(menu.expected_values(types), (values * menu.weights).sum(axis=-1))


@given(seeds)
def test_scaling_relabelling_and_dominated_atoms_change_nothing(seed):
    rng = np.random.default_rng(seed)
    types, menu, order = random_types(rng, 6, 5), random_menu(rng, 9, 5), rng.permutation(5)
    dearer = Menu(menu.bundles, menu.weights, 2 * menu.prices)
    assert dearer.revenue(types.scaled(2)) == pytest.approx(2 * menu.revenue(types))
    flat = XORValuations(menu.bundles, np.ones(menu.weights.shape) * menu.bundles.any(axis=-1), 5)
    renamed = Menu(flat.relabelled(order).atoms, menu.weights, menu.prices)
    assert renamed.revenue(types.relabelled(order)) == pytest.approx(menu.revenue(types))
    assert menu.revenue(types.without_dominated()) == pytest.approx(menu.revenue(types))


@given(seeds)
def test_pruning_keeps_the_choices_of_these_types(seed):
    rng = np.random.default_rng(seed)
    types, menu = random_types(rng, 6, 5), random_menu(rng, 30, 5)
    pruned = menu.prune(types)
    assert len(pruned) <= 6
    assert np.allclose(pruned.payments(types), menu.payments(types))


def test_pieces_give_what_the_whole_gives(monkeypatch):
    rng = np.random.default_rng(1)
    types, menu = random_types(rng, 11, 5), random_menu(rng, 4, 5)
    whole = menu.payments(types)
    monkeypatch.setattr("common.auctions.priced_menu._CHUNK", 8)
    assert np.array_equal(menu.payments(types), whole)


def test_the_instance_where_a_lottery_pays():
    types = XORValuations.from_atoms([[({0}, 2), ({1}, 2)], [({1}, 4)], [({0}, 4)]], n_items=2)
    elements = [([({0}, 0.5), ({1}, 0.5)], 2.0), ([({0}, 1)], 4.0), ([({1}, 1)], 4.0)]
    menu = Menu.from_elements(elements, n_items=2)
    assert menu.choices(types).tolist() == [0, 2, 1]
    assert menu.revenue(types) == pytest.approx(10 / 3)
    assert menu.revenue(types, [0.5, 0.5, 0.0]) == pytest.approx(3)


def test_an_empty_menu_sells_nothing():
    types = XORValuations.from_atoms([[({0}, 2)]], n_items=2)
    empty = Menu.from_elements([], n_items=2)
    assert empty.revenue(types) == 0
    assert empty.regret(types) == 0
    assert len(Menu.from_elements([([({0}, 1)], 3.0)], 2).prune(types)) == 0


@pytest.mark.parametrize(
    ("weights", "prices", "words"),
    [
        ([[1.1]], [1.0], "rows that sum to at most 1"),
        ([[-0.1]], [1.0], "weights must be >= 0"),
        ([[1.0]], [np.inf], "prices must be finite"),
        ([[1.0]], [1.0, 2.0], "weights must have shape"),
    ],
)
def test_what_is_no_menu_is_refused(weights, prices, words):
    with pytest.raises(ValueError, match=words):
        Menu(np.ones((1, 1, 1), dtype=np.uint64), np.array(weights), np.array(prices))


def test_menus_and_types_must_fit():
    menu = Menu.from_elements([([({0}, 1)], 1.0)], n_items=2)
    with pytest.raises(ValueError, match="the menu's bundles must be uint64 with 2 words"):
        menu.revenue(XORValuations.from_atoms([[({0}, 1)]], n_items=100))
    with pytest.raises(ValueError, match="the menu's bundles must hold items 0 to 0 only"):
        Menu.from_elements([([({1}, 1)], 1.0)], n_items=2).revenue(XORValuations.from_atoms([[({0}, 1)]], n_items=1))
    types = XORValuations.from_atoms([[({0}, 1)]], n_items=2)
    with pytest.raises(ValueError, match="probabilities must be 1 numbers"):
        menu.revenue(types, [0.5, 0.5])
    with pytest.raises(ValueError, match="uint64"):
        Menu(np.ones((1, 1, 1)), np.ones((1, 1)), np.ones(1))
