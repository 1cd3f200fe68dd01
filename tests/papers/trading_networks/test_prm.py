import numpy as np
import pytest
from hypothesis import given, settings

from papers.trading_networks import (
    TradingNetwork,
    enumerate_revenue,
    harmonic,
    hunt,
    optimal_revenue,
    platform_revenue,
    price_of_revenue_maximisation,
)
from tests.market_cases import markets


@settings(max_examples=60)
@given(markets(largest=3))
def test_the_price_is_that_of_the_best_optimum_and_at_most_one_plus_the_harmonic_number(market):
    """S5."""
    net = TradingNetwork(*market)
    price = price_of_revenue_maximisation(net)
    reference = enumerate_revenue(net).welfare
    assert price == pytest.approx(net.optimal_welfare / reference if reference else 1.0)
    assert 1 <= price <= 1 + harmonic(net.size)


def test_among_tied_optima_the_efficient_one_counts():
    # The good brings 2 from either stranger; only one of them leaves the other good to a world pair.
    net = TradingNetwork([[2.0, 0.0], [2.0, 1.0]], [[0, 0], [0, 1]])
    best = optimal_revenue(net)
    assert (best.revenue, best.welfare) == (2.0, 3.0)
    assert price_of_revenue_maximisation(net, best) == 1.0


def test_an_outcome_whose_welfare_may_not_be_the_largest_is_refused():
    net = TradingNetwork([[9.0, 0.0], [10.0, 9.0]], [[1, 0], [0, 0]])
    for outcome in (platform_revenue(net, [(1, 0)]), optimal_revenue(net, welfare_stage=False)):
        with pytest.raises(ValueError, match=r"outcome must be revenue-optimal .* longer time_limit"):
            price_of_revenue_maximisation(net, outcome)
    for outcome in (optimal_revenue(net), enumerate_revenue(net)):
        assert price_of_revenue_maximisation(net, outcome) == pytest.approx(1.8)


def test_the_hunt_finds_costly_markets_and_reports_them_truly():
    result = hunt(2, 2, 150, np.random.default_rng(23), leaders=5)
    prices = [price for price, _ in result.leaders]
    assert prices == sorted(prices, reverse=True)
    assert len({net.values.tobytes() + net.world.tobytes() for _, net in result.leaders}) == len(result.leaders) == 5
    for price, net in result.leaders:
        reference = enumerate_revenue(net)
        assert price == pytest.approx(net.optimal_welfare / reference.welfare)
        assert set(np.unique(net.values)) <= set(range(11))
    assert 1.5 < prices[0] <= 1 + harmonic(2)


def test_bad_options_are_named():
    rng = np.random.default_rng(0)
    for name, value in (("n", 0), ("m", 0), ("steps", -1), ("largest_value", 0), ("leaders", 0)):
        with pytest.raises(ValueError, match=f"{name} must be >="):
            hunt(**{"n": 2, "m": 2, "steps": 1, "rng": rng, name: value})
    with pytest.raises(ValueError, match="temperature must be > 0"):
        hunt(2, 2, 1, rng, temperature=0)
