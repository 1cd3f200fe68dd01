from math import sqrt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.stats import wilson_interval

Z = 1.959963984540054


@given(st.integers(1, 400).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_ends_solve_the_score_equation(counts):
    # Wilson's ends are the two p with |share - p| = z sqrt(p (1 - p) / n)
    successes, n = counts
    found = wilson_interval(successes, n)
    assert 0 <= found.low <= found.estimate <= found.high <= 1
    for end in (found.low, found.high):
        if 1e-12 < end < 1 - 1e-12:
            assert abs(found.estimate - end) == pytest.approx(Z * sqrt(end * (1 - end) / n), rel=1e-6)


def test_no_success_still_leaves_doubt():
    found = wilson_interval(0, 10)
    assert found.low == 0
    assert found.high == pytest.approx(Z**2 / (10 + Z**2))


@pytest.mark.parametrize(("successes", "n"), [(-1, 3), (4, 3), (0.5, 3), (0, 0), (1, 2.5)])
def test_refuses_impossible_counts(successes, n):
    with pytest.raises(ValueError, match="whole number"):
        wilson_interval(successes, n)
