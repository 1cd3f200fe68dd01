import numpy as np
import pytest
from hypothesis import given

from common.markets.assignment import (
    competitive_prices,
    favoured_efficient_matching,
    matching_welfare,
    max_weight_matching,
    owners,
)
from tests.market_cases import all_matchings, best_value, markets, value_of


@given(markets())
def test_the_matching_is_one_of_the_best_and_drops_worthless_pairs(market):
    V, mask = market
    x = max_weight_matching(V, mask)
    assert matching_welfare(V, x) == best_value(V, mask)
    assert all(mask[i, j] and V[i, j] > 0 for i, j in enumerate(x) if j >= 0)


@given(markets(largest=3))
def test_favoured_matching_is_efficient_and_best_for_the_favour_among_all_efficient_ones(market):
    V, mask = market
    favour = np.arange(V.size, dtype=float).reshape(V.shape) % 3
    best = best_value(V, mask)
    # A pair of value zero changes no welfare, and is never matched here.
    most = max(value_of(favour, x) for x in all_matchings(mask & (V > 0)) if value_of(V, x) == best)
    for which in ("max", "min", "midpoint"):
        x = favoured_efficient_matching(V, mask, competitive_prices(V, mask, which), favour)
        assert value_of(V, x) == best
        assert value_of(favour, x) == most


def test_favour_needs_equilibrium_prices():
    V, favour = np.array([[2.0], [3.0]]), np.ones((2, 1))
    assert favoured_efficient_matching(V, None, [2.5], favour).tolist() == [-1, 0]
    for price in (0.0, 4.0, -1.0):
        with pytest.raises(ValueError, match="p must be equilibrium prices"):
            favoured_efficient_matching(V, None, [price], favour)
    with pytest.raises(ValueError, match=r"favour must have shape \(2, 1\)"):
        favoured_efficient_matching(V, None, [2.5], [[1.0]])


def test_owners_turns_the_matching_around():
    assert owners(np.array([2, -1, 0]), 4).tolist() == [2, -1, 0, -1]


def test_bad_input_is_named():
    with pytest.raises(ValueError, match=r"V must be finite"):
        max_weight_matching([[np.nan]])
    with pytest.raises(ValueError, match="mask must have shape"):
        max_weight_matching([[1.0]], [[1, 1]])
    with pytest.raises(ValueError, match="x must have shape"):
        matching_welfare([[1.0]], [0, 0])
