import numpy as np
import pytest
from hypothesis import given, settings

from papers.trading_networks import TradingNetwork, homogeneous_optimal_revenue, platform_revenue, worked_instances
from papers.trading_networks.enumeration import matchings
from papers.trading_networks.homogeneous import homogeneous_full_extraction, homogeneous_values
from tests.papers.trading_networks.homogeneous_cases import market, markets, random_market

WITHIN = {"rel": 1e-9, "abs": 1e-9}


@settings(max_examples=60)
@given(markets(largest=3))
def test_every_optimal_outcome_is_efficient(net):
    """S7: not only the best among the optima."""
    pairs = tuple(map(tuple, np.argwhere(~net.world & (net.values > 0)).tolist()))
    outcomes = [platform_revenue(net, introduced) for introduced in matchings(pairs)]
    best = max(outcome.revenue for outcome in outcomes)
    for outcome in outcomes:
        if outcome.revenue >= best - 1e-9:
            assert outcome.welfare == pytest.approx(net.optimal_welfare, **WITHIN)


@settings(max_examples=300)
@given(markets(largest=7))
def test_full_extraction_earns_the_welfare_gain_and_is_efficient(net):
    """S8: R* >= R >= certificate >= dW."""
    outcome = homogeneous_full_extraction(net)
    assert outcome.welfare == pytest.approx(net.optimal_welfare, **WITHIN)
    assert outcome.certificate >= net.welfare_gain - 1e-9
    assert outcome.revenue >= outcome.certificate - 1e-9
    assert homogeneous_optimal_revenue(net).revenue >= outcome.revenue - 1e-9
    assert outcome.bound == net.optimal_welfare


def test_introduced_buyers_pay_all_they_are_worth():
    """S8 on large markets: each introduced buyer is left without utility."""
    rng = np.random.default_rng(11)
    for q in (0.0, 0.01, 0.02, 0.04):
        outcome = homogeneous_full_extraction(net := random_market(rng, 60, 50, q))
        assert outcome.pairs
        for buyer, seller in outcome.pairs:
            assert outcome.prices[seller] == pytest.approx(net.values[buyer, 0], **WITHIN)
            assert outcome.allocation[buyer] == seller


def test_full_extraction_is_not_always_optimal():
    """TN6: buyers whom the world serves well can still be introduced elsewhere."""
    net = worked_instances()["TN6"]
    assert homogeneous_full_extraction(net).revenue < homogeneous_optimal_revenue(net).revenue


def test_the_values_of_a_homogeneous_market_are_read():
    assert homogeneous_values(market([3, 1], np.zeros((2, 4)))).tolist() == [3.0, 1.0]
    assert homogeneous_values(TradingNetwork(np.zeros((2, 0)), np.zeros((2, 0)))).tolist() == [0.0, 0.0]


def test_other_goods_are_refused():
    with pytest.raises(ValueError, match=r"net must have homogeneous goods.*buyer 1 with values from 2 to 5"):
        homogeneous_full_extraction(TradingNetwork([[1, 1], [2, 5]], np.zeros((2, 2))))
