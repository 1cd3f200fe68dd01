import numpy as np
import pytest
from scipy import sparse
from scipy.optimize import linprog

from papers.delivery_tips.city import random_city
from papers.delivery_tips.first_best import first_best
from papers.delivery_tips.generators import family_market, integer_market, uniform_market
from papers.delivery_tips.market import ThreeSidedMarket
from papers.delivery_tips.tip_only import tip_only_equilibrium
from papers.delivery_tips.transactions import all_transactions
from papers.delivery_tips.verification import check_equilibrium

E3 = ThreeSidedMarket([[6, 6], [0, 5]], [[[4, 0], [0, 6]], [[1, 2], [3, 3]]])


def relaxation(market):
    """Value of the linear relaxation, written down afresh."""
    shape = market.surplus.shape
    n = market.surplus.size
    if n == 0:
        return 0.0
    c, b, s = np.unravel_index(np.arange(n), shape)
    rows = np.concatenate([c, shape[0] + b, shape[0] + shape[1] + s])
    A = sparse.csr_array((np.ones(3 * n), (rows, np.tile(np.arange(n), 3))), shape=(sum(shape), n))
    return -linprog(-market.surplus.ravel(), A, np.ones(sum(shape)), method="highs").fun


def assert_tip_only(market, outcome):
    assert outcome.exists
    assert outcome.status == "optimal"
    assert check_equilibrium(market, outcome, tol=1e-9 * max(1.0, market.V.max(initial=0.0))) == ()
    assert (outcome.equilibrium.compensations == 0).all()
    assert market.welfare(outcome.transactions) == pytest.approx(outcome.welfare)


@pytest.mark.parametrize("family", ["T1", "T2", "T3", "T4", "T5"])
@pytest.mark.parametrize("declared", [False, True])
def test_families_have_no_gap_and_a_tip_only_equilibrium(family, declared):
    for seed in range(60):
        rng = np.random.default_rng(seed)
        market = family_market(family, tuple(rng.integers(0, 8, 3)), rng)
        outcome = tip_only_equilibrium(market, family=family if declared else None)
        assert_tip_only(market, outcome)
        assert outcome.welfare == pytest.approx(relaxation(market), abs=1e-9)


@pytest.mark.parametrize("family", ["T1", "T2", "T3", "T4", "T5"])
def test_families_reach_the_best_of_all_transactions(family):
    for seed in range(10):
        market = family_market(family, (3, 2, 4), np.random.default_rng(seed))
        best = max(market.welfare(tau) for tau in all_transactions(market.shape))
        assert tip_only_equilibrium(market).welfare == pytest.approx(best, abs=1e-12)


def test_one_way_cities_of_a_hundred():
    market = random_city((100, 90, 110), np.random.default_rng(0)).one_way()
    assert_tip_only(market, tip_only_equilibrium(market, family="T3"))


def test_e1_and_e2():
    costly = ThreeSidedMarket([[1]], [[[2]]])
    assert_tip_only(costly, tip_only_equilibrium(costly))
    scarce = ThreeSidedMarket([[5, 1], [1, 4]], [[[1, 1], [1, 1]]])
    outcome = tip_only_equilibrium(scarce)
    assert_tip_only(scarce, outcome)
    assert outcome.transactions == ((0, 0, 0),)
    assert 4 <= outcome.equilibrium.tips[0, 0] <= 5  # the courier's rent is in [3, 4]


def test_a_gap_is_the_reason_why_there_is_none():
    outcome = tip_only_equilibrium(E3)
    assert not outcome.exists
    assert np.isnan(outcome.welfare)
    assert "gap 0.5 (first best 6)" in outcome.status


@pytest.mark.parametrize("draw", [uniform_market, integer_market])
def test_other_markets_have_one_exactly_if_there_is_no_gap(draw):
    gaps = 0
    for seed in range(80):
        rng = np.random.default_rng(seed)
        market = draw(tuple(rng.integers(2, 5, 3)), rng)
        outcome = tip_only_equilibrium(market)
        best = max(market.welfare(tau) for tau in all_transactions(market.shape)) if seed < 20 else None
        if relaxation(market) > first_best(market).welfare + 1e-7:
            gaps += 1
            assert not outcome.exists
        else:
            assert outcome.exists
            assert check_equilibrium(market, outcome, tol=1e-6) == ()
            assert (outcome.equilibrium.compensations == 0).all()
            assert best is None or outcome.welfare == pytest.approx(best)
    assert 0 < gaps < 40


@pytest.mark.parametrize("shape", [(0, 0, 0), (0, 3, 2), (3, 0, 2), (3, 2, 0)])
def test_empty_sides(shape):
    market = uniform_market(shape, np.random.default_rng(0))
    outcome = tip_only_equilibrium(market)
    assert_tip_only(market, outcome)
    assert outcome.welfare == 0


def test_a_wrongly_declared_family_is_refused():
    with pytest.raises(ValueError, match="T3"):
        tip_only_equilibrium(E3, family="T3")
    with pytest.raises(ValueError, match="family"):
        tip_only_equilibrium(E3, family="T9")


@pytest.mark.parametrize("market", [E3, family_market("T1", (2, 3, 2), np.random.default_rng(0))])
@pytest.mark.parametrize("time_limit", [0.0, np.nan])
def test_the_time_limit_is_checked_of_families_too(market, time_limit):
    with pytest.raises(ValueError, match="time_limit"):
        tip_only_equilibrium(market, time_limit=time_limit)
