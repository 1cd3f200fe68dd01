"""Optimal mechanisms against proofs, brute force and a programme over all bundles written another way."""

from itertools import product

import cvxpy as cp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from common.auctions.optimal import optimal_mechanism
from common.auctions.optimal_programme import OwnAtomProgramme
from common.auctions.tariffs import posted_price
from common.auctions.xor import XORValuations
from tests.xor_cases import drawn_types

WORKED = XORValuations.from_atoms([[({0}, 2), ({1}, 2)], [({1}, 4)], [({0}, 4)]], n_items=2)


def all_bundles(types):
    return types.values(np.arange(2**types.n_items, dtype=np.uint64)[:, None])


def all_bundles_revenue(types, chances):
    """Optimum over lotteries on all 2^m bundles, in prices and with every row."""
    values = all_bundles(types)
    x, p = cp.Variable(values.shape, nonneg=True), cp.Variable(len(types))
    worth = values @ x.T  # [t, s]: of the lottery of s to t
    own = cp.diag(worth) - p
    rules = [
        own >= 0,
        cp.sum(x, axis=1) <= 1,
        cp.reshape(own, (len(types), 1), order="C") >= worth - cp.reshape(p, (1, len(types)), order="C"),
    ]
    problem = cp.Problem(cp.Maximize(chances @ p), rules)
    problem.solve(solver=cp.HIGHS)
    return problem.value


def brute_force_deterministic(types, chances):
    """Optimum over deterministic mechanisms: every assignment of bundles, each with its highest prices without envy."""
    values, size = all_bundles(types), len(types)
    best = 0.0
    for bundles in product(range(values.shape[1]), repeat=size):
        worth = values[:, list(bundles)]
        own = np.diag(worth)
        prices = own.copy()
        for _ in range(size + 1):
            prices = np.minimum(prices, (prices[None, :] + own[:, None] - worth).min(axis=1))
        envy = (worth - prices[None, :]).max(axis=1) - (own - prices)
        if envy.max() <= 1e-9 and prices.min() >= -1e-9:
            best = max(best, float(chances @ prices))
    return best


def test_lotteries_beat_every_deterministic_menu():
    lotteries, bundles = optimal_mechanism(WORKED), optimal_mechanism(WORKED, deterministic=True)
    assert lotteries.revenue == pytest.approx(10 / 3, rel=1e-12)
    assert bundles.revenue == pytest.approx(8 / 3, rel=1e-12)
    assert sorted(lotteries.menu.prices.round(9).tolist()) == [2, 4, 4]
    assert lotteries.allocation[0] == pytest.approx([0.5, 0.5])
    assert (bundles.menu.weights.max(axis=1) == 1).all()


def test_single_item_and_full_extraction():
    prices = optimal_mechanism(XORValuations.from_atoms([[({0}, v)] for v in (1, 2, 3)], n_items=1))
    assert prices.revenue == pytest.approx(4 / 3)
    assert prices.menu.prices == pytest.approx([2])
    nested = XORValuations.from_atoms([[({0}, 6)], [({0, 1}, 10)]], n_items=2)
    assert optimal_mechanism(nested).revenue == pytest.approx(8)
    assert optimal_mechanism(nested, deterministic=True).payments == pytest.approx([6, 10])


@pytest.mark.parametrize("seed", range(12))
def test_lotteries_on_own_atoms_are_as_good_as_on_all_bundles(seed):
    rng = np.random.default_rng(seed)
    types = drawn_types(rng, int(rng.integers(2, 9)), n_items=int(rng.integers(1, 4)), integer=seed % 2 == 0)
    chances = rng.dirichlet(np.ones(len(types)))
    assert optimal_mechanism(types, chances).revenue == pytest.approx(all_bundles_revenue(types, chances), rel=1e-6)


@pytest.mark.parametrize("seed", range(12))
def test_deterministic_optimum_is_the_best_of_all_assignments(seed):
    rng = np.random.default_rng(100 + seed)
    types = drawn_types(rng, 3 + seed % 2, n_items=2 + (seed % 4 == 0), n_atoms=2, integer=seed % 3 == 0)
    chances = rng.dirichlet(np.ones(len(types)))
    answer = optimal_mechanism(types, chances, deterministic=True)
    assert answer.revenue == pytest.approx(brute_force_deterministic(types, chances), rel=1e-6)


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10**6), size=st.integers(1, 12), integer=st.booleans())
def test_order_invariances_and_certificates(seed, size, integer):
    rng = np.random.default_rng(seed)
    types = drawn_types(rng, size, n_items=3, integer=integer)
    chances = rng.dirichlet(np.ones(size))
    grand = posted_price(types.grand_values(), chances).revenue
    surplus = float(chances @ types.grand_values())
    best, bundles = optimal_mechanism(types, chances), optimal_mechanism(types, chances, deterministic=True)
    assert grand <= bundles.revenue + 1e-9 * surplus
    assert bundles.revenue <= best.revenue * (1 + 1e-9)
    assert best.revenue <= surplus * (1 + 1e-9)
    for answer in (best, bundles):
        assert answer.revenue == answer.menu.revenue(types, chances)
        assert answer.revenue == pytest.approx(chances @ answer.payments)
        assert answer.gap <= 1e-6
        assert answer.menu.regret(types) <= 1e-8
        assert (answer.allocation.sum(axis=1) <= 1 + 1e-12).all()
    factor = float(rng.uniform(1e-6, 1e6))
    assert optimal_mechanism(types.scaled(factor), chances).revenue == pytest.approx(factor * best.revenue, rel=1e-7)
    renamed = types.relabelled(rng.permutation(types.n_items))
    assert optimal_mechanism(renamed, chances).revenue == pytest.approx(best.revenue, rel=1e-7)
    # a type in two halves is the same type
    halves = types.take(np.r_[np.arange(size), 0])
    split = np.r_[chances, chances[0] / 2]
    split[0] /= 2
    assert optimal_mechanism(halves, split).revenue == pytest.approx(best.revenue, rel=1e-7)


def test_dominated_atoms_change_nothing():
    rng = np.random.default_rng(5)
    types = drawn_types(rng, 10, n_items=4)
    dense = types.to_dense()
    worse = dense.copy()
    worse[..., :-1] = 1.0  # everything, for a little less than the atom itself
    worse[..., -1] = 0.9 * dense[..., -1]
    worse[dense[..., -1] == 0] = 0.0
    more = XORValuations.from_dense(np.concatenate([dense, worse], axis=1))
    for deterministic in (False, True):
        alone = optimal_mechanism(types, deterministic=deterministic).revenue
        assert optimal_mechanism(more, deterministic=deterministic).revenue == pytest.approx(alone, rel=2e-6)


def test_rows_as_needed_give_what_all_rows_give():
    types = drawn_types(np.random.default_rng(7), 60, n_items=5, n_atoms=4)
    programme = OwnAtomProgramme.of(types, np.full(60, 1 / 60))
    pairs = np.argwhere(~np.eye(60, dtype=bool))
    whole = programme.solve(pairs, np.inf, 1e-6)
    assert optimal_mechanism(types).revenue == pytest.approx(whole.objective * programme.unit / 60, rel=1e-9)


def test_the_menu_earns_the_optimum_with_many_ties():
    """Small whole numbers: most types are indifferent, and the solver's dust must not send them off."""
    for seed in range(5):
        types = drawn_types(np.random.default_rng(seed), 80, n_items=4, n_atoms=3, integer=True)
        answer = optimal_mechanism(types)
        assert answer.status == "optimal"
        assert answer.revenue == pytest.approx(answer.bound, rel=1e-8)
        assert answer.menu.revenue(types) == answer.revenue


def test_out_of_time_leaves_a_menu_and_an_honest_bound():
    types = drawn_types(np.random.default_rng(1), 40, n_items=5, n_atoms=4)
    answer = optimal_mechanism(types, deterministic=True, time_limit=1e-3)
    assert answer.status == "time limit"
    assert posted_price(types.grand_values()).revenue == pytest.approx(answer.revenue)
    assert optimal_mechanism(types).revenue <= answer.bound
    assert answer.gap == pytest.approx(1 - answer.revenue / answer.bound)
    assert (answer.menu.weights.max(axis=1) == 1).all()


def test_nobody_wants_anything():
    answer = optimal_mechanism(XORValuations.from_atoms([[], []], n_items=3))
    assert (answer.revenue, answer.bound, answer.gap, answer.status) == (0, 0, 0, "optimal")


def test_types_without_probability_decide_nothing():
    alone = XORValuations.from_atoms([[({0}, 3)]], n_items=1)
    both = XORValuations.from_atoms([[({0}, 3)], [({0}, 1)]], n_items=1)
    assert optimal_mechanism(both, [1.0, 0.0]).revenue == pytest.approx(optimal_mechanism(alone).revenue)


@pytest.mark.parametrize("seed", range(20))
def test_nor_do_their_dominated_atoms(seed):
    """The programme does not care which atoms a type without probability gets, but the prices of the others do."""
    rng = np.random.default_rng(seed)
    types, chances = drawn_types(rng, 6, n_items=3, integer=True), rng.dirichlet(np.ones(6))
    chances[:3] = 0
    chances /= chances.sum()
    answer = optimal_mechanism(types, chances)
    assert answer.status == "optimal"
    assert answer.revenue == pytest.approx(optimal_mechanism(types.take(slice(3, 6)), chances[3:]).revenue, rel=1e-6)


@pytest.mark.parametrize(
    ("arguments", "name"),
    [
        ({"probabilities": [0.5, 0.5, 0.5]}, "probabilities"),
        ({"probabilities": [0.5, 0.5]}, "probabilities"),
        ({"probabilities": [np.nan, 0.5, 0.5]}, "probabilities"),
        ({"time_limit": 0.0}, "time_limit"),
        ({"gap": -1.0}, "gap"),
    ],
)
def test_bad_arguments_are_refused(arguments, name):
    with pytest.raises(ValueError, match=name):
        optimal_mechanism(WORKED, **arguments)


def test_no_types_are_refused():
    with pytest.raises(ValueError, match="type"):
        optimal_mechanism(WORKED.take(slice(0, 0)))
