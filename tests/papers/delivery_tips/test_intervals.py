from dataclasses import fields

import numpy as np
import pytest

from common.markets.assignment import max_weight_matching, price_lattice_bounds
from papers.delivery_tips.conditions import equilibrium_conditions
from papers.delivery_tips.intervals import payment_intervals
from papers.delivery_tips.market import ThreeSidedMarket
from papers.delivery_tips.support import least_cost_transactions, supporting_equilibrium
from papers.delivery_tips.transactions import all_transactions
from tests.papers.delivery_tips.reference import random_market


@pytest.mark.parametrize(("n_couriers", "rents"), [(1, [3, 4]), (2, [0, 3]), (3, [0, 0])])
def test_rents_of_e2_fall_as_couriers_join(n_couriers, rents):
    market = ThreeSidedMarket([[5, 1], [1, 4]], np.ones((n_couriers, 2, 2)))
    intervals = payment_intervals(market, [(0, 0, 0), (1, 1, 1)][:n_couriers], tip_only=True)
    assert intervals.rents == pytest.approx(np.array([rents] * n_couriers), abs=1e-9)
    assert intervals.tips[0, 0] == pytest.approx(np.add(rents, 1), abs=1e-9)
    assert intervals.total_compensation.tolist() == [0, 0]
    assert intervals.total_tips == pytest.approx(np.array([rents]).sum(0) * min(n_couriers, 2) + min(n_couriers, 2))


@pytest.mark.parametrize("n_couriers", range(1, 6))
def test_rents_lie_between_best_unserved_and_worst_served_surplus(n_couriers):
    """DT-11, with w = 0: the diagonal market with surplus 4.5, 3.5, 2.5, 1.5."""
    V = np.diag([5.0, 4, 3, 2]) + 0.5
    served = min(n_couriers, 4)
    market = ThreeSidedMarket(V, np.ones((n_couriers, 4, 4)))
    intervals = payment_intervals(market, [(i, i, i) for i in range(served)], tip_only=True)
    surplus = [4.5, 3.5, 2.5, 1.5, 0.0]
    expected = [surplus[served], surplus[served - 1]] if n_couriers <= 4 else [0.0, 0.0]
    assert intervals.rents[:served] == pytest.approx(np.array([expected] * served), abs=1e-7)


def test_without_tips_prices_move_in_the_lattice_of_competitive_prices():
    rng = np.random.default_rng(21)
    for _ in range(25):
        market = random_market(rng, 4)
        matching = max_weight_matching(market.V)
        buyers = np.flatnonzero(matching >= 0)
        if buyers.size > market.n_couriers:
            continue
        tau = least_cost_transactions(market, np.stack([buyers, matching[buyers]]))
        intervals = payment_intervals(market, tau, tips=False)
        assert intervals.prices == pytest.approx(np.stack(price_lattice_bounds(market.V), axis=-1), abs=1e-6)
        assert not intervals.tips.any()


def test_every_equilibrium_lies_inside_and_the_ends_are_reached():
    rng = np.random.default_rng(22)
    seen = 0
    while seen < 25:
        market = random_market(rng)
        taus = list(all_transactions(market.shape))
        tau = taus[rng.integers(len(taus))]
        intervals = payment_intervals(market, tau)
        supported = supporting_equilibrium(market, tau)
        assert (intervals is None) == (supported is None)
        if supported is None:
            continue
        seen += 1
        conditions = equilibrium_conditions(market, tau)
        equilibria = [supported, conditions.equilibrium(conditions.solve(rng.random(conditions.upper.size)).x)]
        for equilibrium in equilibria:
            for kind in ("prices", "compensations", "tips"):
                low, high = np.moveaxis(getattr(intervals, kind), -1, 0)
                assert (getattr(equilibrium, kind) >= low - 1e-6).all()
                assert (getattr(equilibrium, kind) <= high + 1e-6).all()
        if len(tau) == market.n_couriers > 0:
            assert np.isinf(intervals.rents[:, 1]).all()  # P5: nobody is idle, rents have no upper limit
            assert np.isinf(intervals.total_compensation[1])


def test_all_intervals_are_intervals():
    market = ThreeSidedMarket([[6, 6], [0, 5]], [[[4, 0], [0, 6]], [[1, 2], [3, 3]]])
    intervals = payment_intervals(market, [(0, 0, 1)])
    for field in fields(intervals):
        low, high = np.moveaxis(getattr(intervals, field.name), -1, 0)
        assert (low <= high).all()
    assert intervals.total_compensation[0] == pytest.approx(3.0)  # dossier, below the table of section 5
    assert payment_intervals(market, [(0, 0, 1)], tip_only=True) is None
    assert payment_intervals(market, [(0, 1, 0)]) is None


@pytest.mark.parametrize("shape", [(0, 0, 0), (0, 2, 1), (2, 0, 1), (2, 3, 0), (0, 0, 2)])
def test_empty_sides(shape):
    n_buyers, n_stores, n_couriers = shape
    market = ThreeSidedMarket(np.ones((n_buyers, n_stores)), np.zeros((n_couriers, n_buyers, n_stores)))
    intervals = payment_intervals(market, [])
    assert intervals.prices.tolist() == [[0, 0]] * n_stores
    assert intervals.tips.tolist() == [[[1, np.inf]] * n_stores] * n_buyers
    assert intervals.rents.tolist() == [[0, 0]] * n_couriers


@pytest.mark.parametrize("scale", [2.0**-33, 2.0**33])
def test_the_unit_of_money_changes_nothing_else(scale):
    rng = np.random.default_rng(45)
    for _ in range(10):
        market = random_market(rng)
        scaled = ThreeSidedMarket(scale * market.V, scale * market.K)
        tau = [*all_transactions(market.shape)][-1]
        plain, other = payment_intervals(market, tau), payment_intervals(scaled, tau)
        assert (plain is None) == (other is None)
        for field in fields(plain) if plain is not None else ():
            ends = getattr(other, field.name) / scale
            assert ends == pytest.approx(getattr(plain, field.name), abs=1e-6)
