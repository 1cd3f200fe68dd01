import numpy as np
from hypothesis import given

from papers.trading_networks import TradingNetwork, worked_instances
from papers.trading_networks.reference import (
    price_disagreement,
    prices_by_duplication,
    prices_by_programme,
    prices_by_removal,
    smallest_price_disagreement,
)
from tests.market_cases import markets


@given(markets(largest=4))
def test_the_ways_to_the_extreme_prices_agree(market):
    net = TradingNetwork(*market)
    assert price_disagreement(net) <= 1e-7
    assert smallest_price_disagreement(net) <= 1e-7


def test_the_worked_instances_agree():
    for net in worked_instances().values():
        assert smallest_price_disagreement(net) <= 1e-7


def test_one_good_has_the_prices_of_the_textbook():
    # The good goes to the highest value; the second highest is the smallest price, the highest the largest.
    net = TradingNetwork([[5.0], [3.0], [2.0]], [[1], [1], [1]])
    np.testing.assert_allclose([prices_by_duplication(net), prices_by_removal(net)], [[3.0], [5.0]])
    np.testing.assert_allclose(prices_by_programme(net, [-1.0]), [3.0], atol=1e-9)


def test_a_wrong_smallest_price_is_noticed(monkeypatch):
    net = TradingNetwork([[5.0], [3.0]], [[1], [1]])
    monkeypatch.setattr("papers.trading_networks.reference.competitive_prices", lambda *_: np.array([3.5]))
    assert smallest_price_disagreement(net) == 0.5
