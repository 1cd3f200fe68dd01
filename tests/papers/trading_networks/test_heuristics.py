import numpy as np
import pytest

from papers.trading_networks import (
    TradingNetwork,
    cardinality_sweep,
    enumerate_revenue,
    full_match,
    greedy,
    local_search,
    platform_revenue,
)
from tests.market_cases import random_market


@pytest.mark.parametrize("heuristic", [full_match, greedy, local_search, cardinality_sweep])
def test_no_heuristic_beats_the_optimum_or_its_bound_and_each_tells_the_truth(heuristic):
    rng = np.random.default_rng(14)
    for _ in range(40):
        net = TradingNetwork(*random_market(rng))
        outcome = heuristic(net)
        assert outcome.revenue <= enumerate_revenue(net).revenue + 1e-9
        assert outcome.bound == net.optimal_welfare
        again = platform_revenue(net, outcome.introduced)
        assert (outcome.revenue, outcome.welfare) == (again.revenue, again.welfare)


def test_full_match_is_efficient():
    rng = np.random.default_rng(15)
    for _ in range(50):
        net = TradingNetwork(*random_market(rng, largest=8))
        assert full_match(net).welfare == pytest.approx(net.optimal_welfare)


def test_local_search_is_a_local_optimum_above_its_start():
    rng = np.random.default_rng(16)
    for _ in range(20):
        net = TradingNetwork(*random_market(rng))
        outcome = local_search(net)
        assert outcome.revenue >= cardinality_sweep(net).revenue - 1e-9
        assert local_search(net, start=[]).revenue >= 0
        for i, j in np.argwhere(~net.world):
            other = outcome.introduced.copy()
            drop = other[i, j]
            if not drop:
                other[i, :] = other[:, j] = False
            other[i, j] = not drop
            assert platform_revenue(net, other).revenue <= outcome.revenue + 1e-6


def test_greedy_finds_no_single_addition_and_can_fail():
    rng = np.random.default_rng(17)
    for _ in range(20):
        net = TradingNetwork(*random_market(rng))
        outcome = greedy(net)
        for i, j in np.argwhere(~net.world & ~outcome.introduced):
            more = outcome.introduced.copy()
            more[i, j] = True
            assert platform_revenue(net, more).revenue <= outcome.revenue + 1e-6
    # Either introduction alone only sets off the competition; both together earn.
    cycle = TradingNetwork([[3.0, 4.0], [4.0, 3.0]], [[1, 0], [0, 1]])
    assert greedy(cycle).revenue < enumerate_revenue(cycle).revenue


def test_a_start_that_does_not_fit_is_refused():
    with pytest.raises(ValueError, match="introduced must have shape"):
        local_search(TradingNetwork([[1.0]], [[0]]), start=np.ones((2, 2)))
