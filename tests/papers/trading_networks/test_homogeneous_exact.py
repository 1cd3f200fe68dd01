import numpy as np
import pytest
from hypothesis import given, settings

from papers.trading_networks import (
    TradingNetwork,
    enumerate_revenue,
    homogeneous_full_extraction,
    homogeneous_optimal_revenue,
    optimal_revenue,
    worked_instances,
)
from tests.papers.trading_networks.homogeneous_cases import market, markets, random_market

WITHIN = {"rel": 1e-9, "abs": 1e-9}


@settings(max_examples=300)
@given(markets(largest=4))
def test_the_search_equals_enumeration_with_ties_and_zeros(net):
    outcome, reference = homogeneous_optimal_revenue(net), enumerate_revenue(net)
    assert outcome.revenue == pytest.approx(reference.revenue, **WITHIN)
    assert outcome.bound == pytest.approx(reference.revenue, **WITHIN)
    assert outcome.welfare == pytest.approx(net.optimal_welfare, **WITHIN)
    assert not (outcome.introduced & net.world).any()


def test_ties_about_who_trades():
    """More buyers than goods, two values: marginal buyers fill the cheapest class, all others must trade."""
    rng = np.random.default_rng(30)
    nets = [market(rng.integers(1, 3, 5), rng.random((5, m)) < 0.5) for m in (1, 2, 3) for _ in range(40)]
    for net in [market([2, 1, 1], [[1, 1], [0, 0], [0, 0]]), *nets]:
        outcome = homogeneous_optimal_revenue(net)
        assert outcome.revenue == outcome.bound == enumerate_revenue(net).revenue


def test_the_search_equals_the_integer_programme():
    """Also with more buyers than goods and the other way round."""
    rng = np.random.default_rng(31)
    for shape in ((7, 7), (9, 5), (5, 9), (7, 6)):
        for q in (0.1, 0.2, 0.4):
            net = random_market(rng, *shape, q)
            reference = optimal_revenue(net, welfare_stage=False)
            assert homogeneous_optimal_revenue(net).revenue == pytest.approx(reference.revenue, rel=1e-6)


@pytest.mark.parametrize("q", [0.1, 0.2, 0.3])
def test_14_buyers_and_sellers_are_closed(q):
    """The size at which TN-15 reports an open gap for the plain programme."""
    for seed in range(5):
        net = random_market(np.random.default_rng(seed), 14, 14, q)
        outcome = homogeneous_optimal_revenue(net)
        assert outcome.gap <= 1e-9
        assert homogeneous_full_extraction(net).revenue <= outcome.revenue + 1e-9


def test_many_alike_goods_and_many_buyers_are_no_obstacle():
    """What counts is the number of different goods: 40 goods of which 6 are known, 200 buyers for 10 goods."""
    rng = np.random.default_rng(32)
    known = np.zeros((10, 40), dtype=bool)
    known[:, :6] = rng.random((10, 6)) < 0.3
    for net in (market(rng.random(10), known), random_market(rng, 200, 10, 0.05)):
        outcome = homogeneous_optimal_revenue(net)
        assert outcome.gap <= 1e-9
        assert net.welfare_gain - 1e-9 <= outcome.revenue <= net.optimal_welfare + 1e-9


def test_the_worked_instance():
    assert homogeneous_optimal_revenue(worked_instances()["TN6"]).revenue == pytest.approx(1.25)


def test_revenue_does_not_depend_on_names_and_scales_with_the_values():
    """S11, and relabelling buyers and goods."""
    rng = np.random.default_rng(33)
    for _ in range(20):
        net = random_market(rng, 8, 7, 0.25)
        buyers, goods = rng.permutation(8), rng.permutation(7)
        other = TradingNetwork(3 * net.values[buyers][:, goods], net.world[buyers][:, goods])
        assert homogeneous_optimal_revenue(other).revenue == pytest.approx(3 * homogeneous_optimal_revenue(net).revenue)


def test_a_larger_world_never_helps_the_platform():
    """Knowing more sellers is one more outside option, and one introduction fewer."""
    rng = np.random.default_rng(34)
    for _ in range(20):
        net = random_market(rng, 8, 8, 0.15)
        larger = TradingNetwork(net.values, net.world | (rng.random((8, 8)) < 0.1))
        assert homogeneous_optimal_revenue(larger).revenue <= homogeneous_optimal_revenue(net).revenue + 1e-9


def test_when_time_is_over_the_answer_still_has_a_true_bound():
    net = random_market(np.random.default_rng(35), 12, 12, 0.2)
    best = homogeneous_optimal_revenue(net).revenue
    for time_limit in (1e-9, 0.003, 0.006, 60.0):
        outcome = homogeneous_optimal_revenue(net, time_limit)
        assert homogeneous_full_extraction(net).revenue - 1e-9 <= outcome.revenue <= best + 1e-9
        assert outcome.bound >= best - 1e-9
    assert outcome.gap <= 1e-9


def test_bad_input_is_refused():
    with pytest.raises(ValueError, match="net must have homogeneous goods"):
        homogeneous_optimal_revenue(TradingNetwork([[1, 2]], np.zeros((1, 2))))
    for time_limit in (0.0, -1.0, float("nan")):
        with pytest.raises(ValueError, match="time_limit must be > 0 seconds or None"):
            homogeneous_optimal_revenue(market([1], [[0]]), time_limit)
    with pytest.raises(ValueError, match="at most 64 goods and 16777216 sets"):
        homogeneous_optimal_revenue(random_market(np.random.default_rng(0), 30, 30, 0.3))
