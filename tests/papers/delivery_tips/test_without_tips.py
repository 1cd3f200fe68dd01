import numpy as np
import pytest
from scipy.optimize import Bounds, LinearConstraint, milp

from papers.delivery_tips.census import enumerate_equilibria
from papers.delivery_tips.market import ThreeSidedMarket
from papers.delivery_tips.transactions import order_sets
from papers.delivery_tips.verification import check_equilibrium
from papers.delivery_tips.without_tips import fewest_orders, without_tip_optimum
from tests.papers.delivery_tips.reference import random_market


def test_fewest_orders_by_all_matchings():
    rng = np.random.default_rng(51)
    for _ in range(150):
        V = random_market(rng, 4).V
        sets = list(order_sets(*V.shape, 4))
        values = [sum(V[order] for order in orders) for orders in sets]
        best = max(values)
        expected = min(len(orders) for orders, value in zip(sets, values, strict=True) if value > best - 1e-9)
        assert fewest_orders(V) == expected <= min(V.shape)
        assert fewest_orders(V + 1) == min(V.shape)


def test_the_optimum_is_that_of_the_census():
    rng = np.random.default_rng(52)
    missing = 0
    for _ in range(400):
        market = random_market(rng, 3 if rng.random() < 0.8 else 4)
        census, outcome = enumerate_equilibria(market, tips=False), without_tip_optimum(market)
        assert outcome.exists == bool(census)
        if not census:
            missing += 1
            assert outcome.transactions is None
            assert outcome.equilibrium is None
            assert np.isnan([outcome.welfare, outcome.bound, outcome.gap]).all()
            assert f"{market.n_couriers} couriers, at least {fewest_orders(market.V)} needed" in outcome.status
            continue
        assert check_equilibrium(market, outcome, tips=False) == ()
        assert outcome.welfare == pytest.approx(census[0].welfare, abs=1e-6)
        assert outcome.welfare == market.welfare(outcome.transactions)
        assert outcome.status == "optimal"
        assert 0 <= outcome.gap <= 1e-6
    assert 50 < missing < 300


def by_the_weight_row(market):
    """A2 of the dossier as written: the first best's programme and one row that asks for the largest total value."""
    triples = np.indices(market.K.shape).reshape(3, -1)
    sides = [np.arange(market.K.shape[side])[:, None] == triples[side] for side in range(3)]
    agents = np.vstack(sides).astype(float)
    value = market.V[triples[1], triples[2]]
    unlimited = np.vstack(sides[1:]).astype(float)
    best = -milp(-value, constraints=LinearConstraint(unlimited, ub=1), integrality=1, bounds=Bounds(0, 1)).fun
    rows = [LinearConstraint(agents, ub=1), LinearConstraint(value[None, :], lb=best - 1e-6)]
    answer = milp(-market.surplus.ravel(), constraints=rows, integrality=1, bounds=Bounds(0, 1))
    return None if answer.x is None else -answer.fun


def test_the_optimum_is_that_of_the_programme_with_a_weight_row():
    rng = np.random.default_rng(53)
    exists = 0
    for _ in range(40):
        n_buyers, n_stores, n_couriers = rng.integers(3, 7, 3)
        V = rng.integers(0, 4, (n_buyers, n_stores))
        market = ThreeSidedMarket(V, rng.integers(0, 6, (n_couriers, n_buyers, n_stores)))
        outcome, expected = without_tip_optimum(market), by_the_weight_row(market)
        assert outcome.exists == (expected is not None)
        if outcome.exists:
            exists += 1
            assert outcome.welfare == pytest.approx(expected, abs=1e-6)
            assert check_equilibrium(market, outcome, tips=False) == ()
    assert exists > 20


def test_ties_are_broken_by_the_cost_of_couriers():
    K = np.ones((2, 2, 2)) * 3
    K[0, 0, 1] = K[1, 1, 0] = 1
    outcome = without_tip_optimum(ThreeSidedMarket([[2, 2], [2, 2]], K))
    assert outcome.transactions == ((0, 1, 0), (1, 0, 1))
    assert outcome.welfare == 2.0


def test_near_ties_are_ties_for_everybody():
    """Differences about the precision of 1e-9 leave an equilibrium and an optimum, whichever way they are read."""
    rng = np.random.default_rng(55)
    for _ in range(150):
        n_buyers, n_stores, n_couriers = rng.integers(1, 5, 3)
        noise = rng.choice([1e-11, 1e-10, 1e-9, 1e-8]) * rng.random((n_buyers, n_stores))
        V = rng.integers(0, 3, (n_buyers, n_stores)) + noise
        market = ThreeSidedMarket(V, rng.integers(0, 4, (n_couriers, n_buyers, n_stores)))
        outcome = without_tip_optimum(market)
        assert outcome.exists == (n_couriers >= fewest_orders(V))
        if outcome.exists:
            assert outcome.status == "optimal"
            assert outcome.bound - outcome.welfare < 1e-6
            assert check_equilibrium(market, outcome, tips=False) == ()


def test_welfare_may_be_negative_and_is_never_zero_for_nothing():
    outcome = without_tip_optimum(ThreeSidedMarket([[1]], [[[4]]]))
    assert (outcome.exists, outcome.welfare) == (True, -3.0)
    assert not without_tip_optimum(ThreeSidedMarket([[1]], np.zeros((0, 1, 1)))).exists
    assert without_tip_optimum(ThreeSidedMarket([[0]], np.zeros((0, 1, 1)))).welfare == 0.0


def test_at_the_time_limit_the_answer_is_an_equilibrium():
    rng = np.random.default_rng(54)
    market = ThreeSidedMarket(np.ones((25, 25)), rng.random((25, 25, 25)))
    outcome = without_tip_optimum(market, time_limit=1e-3)
    assert outcome.status == "time limit"
    assert check_equilibrium(market, outcome, tips=False) == ()
    assert 25 >= outcome.bound >= outcome.welfare
    assert outcome.gap >= 0


@pytest.mark.parametrize("option", [{"time_limit": 0.0}, {"gap": -1.0}, {"threads": 0}, {"time_limit": np.nan}])
def test_options_are_checked(option):
    with pytest.raises(ValueError, match="time_limit must be > 0"):
        without_tip_optimum(ThreeSidedMarket([[1]], [[[1]]]), **option)


@pytest.mark.parametrize("scale", [2.0**-33, 2.0**33])
def test_the_unit_of_money_changes_nothing(scale):
    rng = np.random.default_rng(57)
    for _ in range(20):
        V, K = rng.integers(0, 3, (6, 5)), rng.integers(0, 7, (7, 6, 5))
        plain, scaled = (without_tip_optimum(ThreeSidedMarket(f * V, f * K)) for f in (1.0, scale))
        assert scaled.welfare == scale * plain.welfare
        assert scaled.status == plain.status == "optimal"
        assert scaled.bound == pytest.approx(scaled.welfare, rel=1e-6)
