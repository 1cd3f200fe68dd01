import numpy as np
import pytest
from hypothesis import given, settings

from papers.trading_networks import (
    TradingNetwork,
    enumerate_revenue,
    homogeneous_dp,
    homogeneous_optimal_revenue,
    optimal_revenue,
    platform_revenue,
)
from tests.papers.trading_networks.homogeneous_cases import market, random_sparse_market, sparse_markets

WITHIN = {"rel": 1e-9, "abs": 1e-9}


@settings(max_examples=250)
@given(sparse_markets(largest=4))
def test_the_programme_equals_enumeration_with_ties_and_zeros(net):
    outcome = homogeneous_dp(net)
    assert outcome.revenue == pytest.approx(enumerate_revenue(net).revenue, **WITHIN)
    assert outcome.bound == pytest.approx(outcome.revenue, **WITHIN)
    assert outcome.welfare == pytest.approx(net.optimal_welfare, **WITHIN)


def test_the_programme_equals_enumeration_on_5x5():
    rng = np.random.default_rng(21)
    for case in range(20):
        net = random_sparse_market(rng, 5, 5, ties=case % 2 == 0)
        assert homogeneous_dp(net).revenue == pytest.approx(enumerate_revenue(net).revenue, **WITHIN)


def test_the_programme_equals_the_integer_programme_on_8x8():
    rng = np.random.default_rng(22)
    for case in range(8):
        net = random_sparse_market(rng, 8, 8 - case % 3)
        reference = optimal_revenue(net, welfare_stage=False)
        assert homogeneous_dp(net).revenue == pytest.approx(reference.revenue, rel=1e-6)


@pytest.mark.parametrize("ties", [False, True])
def test_the_programme_equals_the_search_over_sets_of_goods(ties):
    """Two methods that share no idea, on 200 markets with more buyers than goods and the other way round."""
    rng = np.random.default_rng(23)
    for _ in range(100):
        net = random_sparse_market(rng, *rng.integers(1, 13, 2), ties=ties)
        outcome = homogeneous_dp(net)
        assert outcome.revenue == pytest.approx(homogeneous_optimal_revenue(net).revenue, **WITHIN)
        assert outcome.gap <= 1e-9


def test_the_introductions_attain_the_revenue_in_a_large_market():
    """The bound is the programme's own number, the revenue is recomputed from the introductions."""
    rng = np.random.default_rng(24)
    for n, m in ((120, 90), (90, 120), (100, 100)):
        net = random_sparse_market(rng, n, m)
        outcome = homogeneous_dp(net)
        assert outcome.revenue == pytest.approx(outcome.bound, **WITHIN)
        assert platform_revenue(net, outcome.pairs).revenue == pytest.approx(outcome.bound, **WITHIN)
        assert net.welfare_gain <= outcome.revenue <= net.optimal_welfare


@pytest.mark.parametrize(
    ("v", "home", "m", "revenue"),
    [
        ([3, 2], [0, 1], 2, 4.0),  # cycle: they swap, and both pay 2
        ([5, 3], [0, -1], 2, 6.0),  # chain: the spare prices the good of the other, both pay 3
        ([5, 3, 3], [0, 0, 0], 3, 6.0),  # world: the top buyer at home, her followers pay all they are worth
        ([5, 1, 1], [0, 1, 1], 3, 3.0),  # cycle on two groups, the follower to the unknown good
        ([3, 2, 2], [0, 1, 0], 2, 4.0),  # tie at the margin: the newcomer (buyer 1) swaps with buyer 0
        ([5, 5, 1, 1], [0, 1, 2, 0], 3, 11.0),  # tie at the margin: here the follower (buyer 3) is better
        ([2, 2, 2, 2], [0, 0, 0, 1], 2, 4.0),  # tie at the margin: newcomers of different groups swap
    ],
)
def test_each_step_by_hand(v, home, m, revenue):
    net = market(v, np.array(home)[:, None] == np.arange(m))
    assert homogeneous_dp(net).revenue == pytest.approx(revenue)


@pytest.mark.parametrize("shape", [(0, 0), (0, 3), (3, 0)])
def test_an_empty_side_earns_nothing(shape):
    assert homogeneous_dp(TradingNetwork(np.zeros(shape), np.zeros(shape))).revenue == 0.0


def test_a_buyer_who_knows_two_sellers_is_refused_unless_worth_nothing():
    world = [[1, 0], [1, 1]]
    with pytest.raises(ValueError, match=r"net\.world must give each buyer at most 1 seller, given buyer 1 with 2"):
        homogeneous_dp(market([2, 1], world))
    assert homogeneous_dp(market([2, 0], world)).revenue == enumerate_revenue(market([2, 0], world)).revenue


def test_other_goods_are_refused():
    with pytest.raises(ValueError, match="net must have homogeneous goods"):
        homogeneous_dp(TradingNetwork([[1, 2]], np.zeros((1, 2))))
