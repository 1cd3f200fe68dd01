import numpy as np
import pytest
from hypothesis import given

from common.markets.assignment import matching_welfare, smallest_efficient_matching
from tests.market_cases import all_matchings, best_value, markets, value_of


@given(markets())
def test_no_efficient_matching_has_fewer_pairs(market):
    V, mask = market
    x, best = smallest_efficient_matching(V, mask), best_value(V, mask)
    assert matching_welfare(V, x) == best
    assert all(mask[i, j] for i, j in enumerate(x) if j >= 0)
    assert (x >= 0).sum() == min((y >= 0).sum() for y in all_matchings(mask) if value_of(V, y) == best)


def test_one_pair_stands_for_many():
    # A cross of ones round a corner of value 2: the corner alone, or two ones.
    V = np.zeros((6, 6))
    V[0, 1:] = V[1:, 0] = 1
    V[0, 0] = 2
    assert smallest_efficient_matching(V).tolist() == [0, -1, -1, -1, -1, -1]
    # 0.1 + 0.2 is 4e-17 more than 0.3 in binary: still a tie.
    assert smallest_efficient_matching([[0.3, 0.1], [0.2, 0.0]]).tolist() == [0, -1]


def test_bad_input_is_named():
    with pytest.raises(ValueError, match="V must be finite and >= 0"):
        smallest_efficient_matching([[-1.0]])
    with pytest.raises(ValueError, match="mask must have shape"):
        smallest_efficient_matching([[1.0]], [[1, 1]])
