from dataclasses import replace

import numpy as np
import pytest

from common.optim import solve_milp
from papers.trading_networks import (
    TradingNetwork,
    enumerate_revenue,
    harmonic,
    optimal_revenue,
    platform_revenue,
    price_of_revenue_maximisation,
    revenue_upper_bound,
)
from papers.trading_networks.enumeration import matchings
from tests.market_cases import random_market

# The answer is recomputed from the introductions: it is exact wherever they are optimal.
WITHIN = {"rel": 1e-6, "abs": 1e-9}


def test_the_programme_equals_enumeration_on_300_markets_with_ties():
    """S2 and the acceptance of the issue: revenue and the welfare of the second stage."""
    rng = np.random.default_rng(7)
    for _ in range(300):
        net = TradingNetwork(*random_market(rng))
        best, reference = optimal_revenue(net), enumerate_revenue(net)
        assert best.revenue == pytest.approx(reference.revenue, **WITHIN)
        assert best.welfare == pytest.approx(reference.welfare, **WITHIN)
        assert best.gap <= 1e-6
        assert best.revenue <= reference.bound * (1 + 1e-9) <= best.bound * (1 + 1e-6) + 1e-9


def test_the_answer_is_a_matching_without_world_pairs_inside_the_bounds():
    """S3, S5, S11 and the relaxation, on markets too large to enumerate."""
    rng = np.random.default_rng(8)
    for _ in range(40):
        net = TradingNetwork(*random_market(rng, largest=7, value=9))
        best = optimal_revenue(net)
        assert best.introduced.sum(axis=0).max() <= 1
        assert best.introduced.sum(axis=1).max() <= 1
        assert not (best.introduced & net.world).any()
        assert net.revenue_guarantee * (1 - 1e-6) <= best.revenue <= best.welfare * (1 + 1e-9)
        assert best.welfare >= net.world_welfare * (1 - 1e-9)
        assert 1 - 1e-9 <= price_of_revenue_maximisation(net, best) <= 1 + harmonic(net.size) + 1e-6
        assert best.revenue <= revenue_upper_bound(net) + 1e-9
        assert revenue_upper_bound(net) <= net.optimal_welfare


def test_revenue_scales_with_the_values():
    rng = np.random.default_rng(9)
    values, world = rng.random((5, 5)), rng.random((5, 5)) < 0.3
    revenue = optimal_revenue(TradingNetwork(values, world)).revenue
    for scale in (1e-5, 1e5):
        assert optimal_revenue(TradingNetwork(scale * values, world)).revenue == pytest.approx(scale * revenue)


def test_a_limit_on_introductions_is_optimal_among_the_small_matchings():
    rng = np.random.default_rng(10)
    for _ in range(40):
        net = TradingNetwork(*random_market(rng, largest=3))
        pairs = tuple((int(i), int(j)) for i, j in np.argwhere(~net.world))
        revenues = [(len(M), platform_revenue(net, M).revenue) for M in matchings(pairs)]
        for most in range(3):
            best = optimal_revenue(net, max_introductions=most)
            assert best.introduced.sum() <= most
            assert best.revenue == pytest.approx(max(r for size, r in revenues if size <= most), **WITHIN)


@pytest.mark.parametrize("shape", [(0, 0), (0, 3), (3, 0), (2, 3)])
def test_a_market_without_worthwhile_trades_earns_nothing(shape):
    best = optimal_revenue(TradingNetwork(np.zeros(shape), np.zeros(shape)))
    assert (best.revenue, best.welfare, best.bound, best.gap) == (0.0, 0.0, 0.0, 0.0)


def test_when_the_time_is_up_the_bound_still_holds():
    rng = np.random.default_rng(11)
    net = TradingNetwork(rng.random((20, 20)), rng.random((20, 20)) < 0.4)
    best = optimal_revenue(net, time_limit=1e-3)
    assert best.gap > 0
    assert best.revenue <= best.bound <= net.optimal_welfare
    assert not best.welfare_is_largest


def test_the_answer_says_whether_its_welfare_is_the_largest(monkeypatch):
    costly = TradingNetwork([[9.0, 0.0], [10.0, 9.0]], [[1, 0], [0, 0]])  # its optimum is not efficient
    assert optimal_revenue(costly).welfare_is_largest
    assert not optimal_revenue(costly, welfare_stage=False).welfare_is_largest
    efficient = TradingNetwork([[1.0], [3.0]], [[1], [0]])
    assert optimal_revenue(efficient, welfare_stage=False).welfare_is_largest
    stages = []

    def second_runs_out(*args, **kwargs):
        stages.append(solve_milp(*args, **kwargs))
        return replace(stages[-1], status="time limit") if len(stages) == 2 else stages[-1]

    monkeypatch.setattr("papers.trading_networks.exact.solve_milp", second_runs_out)
    stopped = optimal_revenue(costly)
    assert len(stages) == 2
    assert stopped.gap <= 1e-6
    assert not stopped.welfare_is_largest


def test_bad_options_are_named():
    net = TradingNetwork([[1.0]], [[0]])
    for option, complaint in (
        ({"max_introductions": -1}, "max_introductions must be >= 0"),
        ({"max_introductions": 1.5}, "max_introductions must be >= 0 and an integer, given 1.5"),
        ({"time_limit": 0.0}, "time_limit must be > 0"),
        ({"gap": -1e-3}, "gap >= 0"),
    ):
        with pytest.raises(ValueError, match=complaint):
            optimal_revenue(net, **option)
