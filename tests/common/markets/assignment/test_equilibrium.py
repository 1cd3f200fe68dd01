import numpy as np
import pytest
from hypothesis import given

from common.markets.assignment import (
    Violation,
    equilibrium_violations,
    is_competitive_equilibrium,
    max_weight_matching,
    price_lattice_bounds,
)
from tests.market_cases import all_matchings, best_value, markets, value_of

V = np.array([[4.0, 3.0], [2.0, 0.0]])


def test_every_violation_is_found_with_its_amount():
    mask = [[0, 1], [1, 1]]
    found = equilibrium_violations(V, mask, [0, -1], [5.0, -1.0])
    assert found == (
        Violation("link", 0, 0, 4.0),
        Violation("price sign", None, 1, 1.0),
        Violation("rationality", 0, 0, 1.0),
        Violation("envy", 0, 1, 4.0),
        Violation("envy", 1, 1, 1.0),
    )
    assert equilibrium_violations(V, None, [1, 0], [2.0, 1.0]) == ()
    assert equilibrium_violations(V, None, [0, -1], [2.0, 1.0]) == (Violation("unsold price", None, 1, 1.0),)


@given(markets(largest=3))
def test_prices_support_exactly_the_efficient_matchings(market):
    values, mask = market
    best = best_value(values, mask)
    for prices in price_lattice_bounds(values, mask):
        for x in all_matchings(mask):
            assert is_competitive_equilibrium(values, mask, x, prices) == (value_of(values, x) == best)


@given(markets(largest=4))
def test_moving_a_price_out_of_the_lattice_is_found(market):
    values, mask = market
    x = max_weight_matching(values, mask)
    low, high = price_lattice_bounds(values, mask)
    for j in range(values.shape[1]):
        for prices, change in ((high, 0.5), (low, -0.5)):
            moved = prices.copy()
            moved[j] += change
            assert not is_competitive_equilibrium(values, mask, x, moved)


def test_bad_input_is_named():
    with pytest.raises(ValueError, match="tol must be >= 0, given -1"):
        is_competitive_equilibrium(V, None, [1, 0], [0.0, 0.0], -1)
    with pytest.raises(ValueError, match=r"p must have shape \(2,\)"):
        is_competitive_equilibrium(V, None, [1, 0], [0.0])
    with pytest.raises(ValueError, match="x must sell a good at most once"):
        is_competitive_equilibrium(V, None, [1, 1], [0.0, 0.0])
