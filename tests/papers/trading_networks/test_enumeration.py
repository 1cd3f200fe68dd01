import numpy as np
import pytest

from papers.trading_networks import TradingNetwork, enumerate_revenue, platform_revenue
from papers.trading_networks.enumeration import matchings
from tests.market_cases import all_matchings, random_market


def test_every_matching_of_the_pairs_is_listed_once():
    mask = np.array([[1, 1, 0], [1, 0, 1], [0, 1, 1]], dtype=bool)
    pairs = tuple((int(i), int(j)) for i, j in np.argwhere(mask))
    listed = [frozenset(matching) for matching in matchings(pairs)]
    expected = {frozenset((i, int(j)) for i, j in enumerate(x) if j >= 0) for x in all_matchings(mask)}
    assert len(listed) == len(set(listed))
    assert set(listed) == expected


def test_some_revenue_optimal_introductions_are_a_matching():
    """S1, by all sets of pairs against matchings."""
    rng = np.random.default_rng(5)
    for _ in range(30):
        n, m = rng.integers(2, 4, 2)
        values = rng.integers(0, 6, (n, m)) if rng.random() < 0.5 else rng.random((n, m))
        net = TradingNetwork(values, rng.random((n, m)) < 0.25)
        by_matchings, by_all = enumerate_revenue(net), enumerate_revenue(net, introductions="all")
        assert by_matchings.revenue == pytest.approx(by_all.revenue, abs=1e-9)
        assert by_matchings.revenue == by_matchings.bound


def test_competition_pays_at_minimum_prices_so_that_matchings_lose():
    net = TradingNetwork([[2.0], [3.0]], [[0], [0]])
    assert enumerate_revenue(net, "min").revenue == 0.0
    assert enumerate_revenue(net, "min", "all").revenue == 2.0


def test_the_answer_is_what_its_introductions_earn():
    rng = np.random.default_rng(6)
    for which in ("max", "min", "midpoint"):
        net = TradingNetwork(*random_market(rng))
        outcome = enumerate_revenue(net, which)
        again = platform_revenue(net, outcome.introduced, which)
        assert (outcome.revenue, outcome.welfare) == (again.revenue, again.welfare)


def test_too_much_is_refused():
    net = TradingNetwork(np.ones((5, 5)), np.zeros((5, 5)))
    with pytest.raises(ValueError, match="at most 20 pairs, given 25"):
        enumerate_revenue(net, introductions="all")
    with pytest.raises(ValueError, match="introductions must be 'matchings' or 'all', given 'some'"):
        enumerate_revenue(net, introductions="some")
