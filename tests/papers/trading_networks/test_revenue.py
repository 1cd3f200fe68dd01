import numpy as np
import pytest
from hypothesis import given

from common.markets.assignment import competitive_prices, is_competitive_equilibrium
from papers.trading_networks import TradingNetwork, platform_revenue
from tests.market_cases import all_matchings, best_value, markets, random_market, value_of


@given(markets(largest=3), markets(largest=3))
def test_revenue_is_the_most_any_efficient_matching_brings_at_the_convention_s_prices(market, other):
    values, world = market
    introduced = np.resize(other[1], world.shape) if other[1].size else np.zeros_like(world)
    net = TradingNetwork(values, world)
    network, new = world | introduced, introduced & ~world
    best = best_value(values, network)
    for which in ("max", "min", "midpoint"):
        outcome = platform_revenue(net, introduced, which)
        prices = competitive_prices(values, network, which)
        brings = [
            sum(prices[j] for i, j in enumerate(x) if j >= 0 and new[i, j])
            for x in all_matchings(network)
            if value_of(values, x) == best
        ]
        assert outcome.revenue == pytest.approx(max(brings), abs=1e-12)
        assert outcome.welfare == best
        assert is_competitive_equilibrium(values, network, outcome.allocation, outcome.prices)
        assert (outcome.introduced == new).all()


def test_a_tie_is_broken_for_the_platform_whatever_the_order():
    # Two buyers of the same value for one good: one knows it, the other is introduced to it.
    for world in ([[1], [0]], [[0], [1]]):
        net = TradingNetwork([[2.0], [2.0]], world)
        assert platform_revenue(net, ~net.world).revenue == 2.0


def test_a_world_pair_brings_nothing_even_if_it_is_introduced():
    net = TradingNetwork([[2.0], [1.0]], [[1], [0]])
    assert platform_revenue(net, [(0, 0)]).revenue == 0.0
    assert not platform_revenue(net, [(0, 0)]).introduced.any()


def test_revenue_scales_with_values_and_is_at_most_the_welfare():
    rng = np.random.default_rng(4)
    for _ in range(100):
        values, world = random_market(rng, largest=6)
        introduced = rng.random(world.shape) < 0.4
        outcome = platform_revenue(TradingNetwork(values, world), introduced)
        assert outcome.revenue <= outcome.welfare + 1e-12
        for scale in (1e-6, 1e6):
            scaled = platform_revenue(TradingNetwork(scale * values, world), introduced)
            assert scaled.revenue == pytest.approx(scale * outcome.revenue, rel=1e-9)


def test_bad_input_is_named():
    net = TradingNetwork([[1.0]], [[0]])
    with pytest.raises(ValueError, match="which must be"):
        platform_revenue(net, [], "mean")
    with pytest.raises(ValueError, match="introduced must have shape"):
        platform_revenue(net, np.ones((2, 1)))
