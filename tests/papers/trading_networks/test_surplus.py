import numpy as np
import pytest

from papers.trading_networks import TradingNetwork, optimal_revenue, platform_revenue, surplus_change
from tests.market_cases import random_market


def test_everybody_s_surplus_adds_up_to_the_welfare_before_and_after():
    rng = np.random.default_rng(19)
    for _ in range(60):
        net = TradingNetwork(*random_market(rng, largest=5))
        for which in ("max", "min", "midpoint"):
            outcome = platform_revenue(net, rng.random(net.world.shape) < 0.4, which)
            change = surplus_change(net, outcome, commission=0.3, which=which)
            assert change.buyers_before.sum() + change.sellers_before.sum() == pytest.approx(net.world_welfare)
            after = change.buyers_after.sum() + change.sellers_after.sum() + change.platform
            assert after == pytest.approx(outcome.welfare)
            assert change.platform == pytest.approx(0.3 * outcome.revenue)
            parts = (change.buyers_before, change.buyers_after, change.sellers_before, change.sellers_after)
            assert min(part.min() for part in parts) >= -1e-9
            losers = [*(change.buyers_change < -1e-9), *(change.sellers_change < -1e-9)]
            assert change.share_worse_off() == np.mean(losers)


def test_one_seller_changes_hands():
    # TN1: the good goes from the buyer of 1 to the buyer of 3, at the price 3.
    net = TradingNetwork([[1.0], [3.0]], [[1], [0]])
    change = surplus_change(net, optimal_revenue(net), commission=0.25)
    assert change.buyers_change.tolist() == [0.0, 0.0]
    assert change.sellers_before.tolist() == [1.0]
    assert change.sellers_after.tolist() == [2.25]
    assert change.platform == 0.75
    assert change.share_worse_off() == 0.0
    # All of the price to the platform: the seller, one of three, is worse off.
    assert surplus_change(net, optimal_revenue(net)).share_worse_off() == pytest.approx(1 / 3)


def test_bad_input_is_named():
    net = TradingNetwork([[1.0], [3.0]], [[1], [0]])
    with pytest.raises(ValueError, match=r"commission must be in \[0, 1\], given 2"):
        surplus_change(net, platform_revenue(net, []), commission=2)
    other = platform_revenue(TradingNetwork([[1.0]], [[1]]), [])
    with pytest.raises(ValueError, match="outcome must be of shape"):
        surplus_change(net, other)
