import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.companion.sweeps.drawing import draw_points
from common.companion.sweeps.schema import Range


def drawn(n, seed=0, **ranges):
    return draw_points({name: Range(**r) for name, r in ranges.items()}, n, np.random.Generator(np.random.PCG64(seed)))


finite = st.floats(allow_nan=False, allow_infinity=False)
positive = st.floats(min_value=1e-300, max_value=1e300)


def ends(values):
    return st.tuples(values, values).map(sorted).filter(lambda pair: pair[0] < pair[1])


kinds = st.one_of(
    ends(finite).map(lambda pair: {"low": pair[0], "high": pair[1]}),
    ends(positive).map(lambda pair: {"low": pair[0], "high": pair[1], "log": True}),
    ends(st.integers(-(2**80), 2**80)).map(lambda pair: {"low": pair[0], "high": pair[1]}),
    st.lists(st.integers(), min_size=1, unique=True).map(lambda values: {"choice": values}),
)


@given(st.lists(kinds, min_size=1, max_size=4), st.integers(1, 40), st.integers(0, 2**64), st.data())
def test_points_lie_in_their_ranges_are_distinct_and_begin_alike(given_ranges, n, seed, data):
    ranges = {f"p{i}": r for i, r in enumerate(given_ranges)}
    points = drawn(n, seed, **ranges)
    assert len(set(points)) == len(points) <= n
    for point in points:
        for value, r in zip(point, ranges.values(), strict=True):
            assert value in r["choice"] if "choice" in r else r["low"] <= value <= r["high"]
            assert "choice" in r or type(value) is type(r["low"])
    fewer = drawn(data.draw(st.integers(1, n)), seed, **ranges)
    assert points[: len(fewer)] == fewer


# The bound of Dvoretzky, Kiefer, Wolfowitz and Massart: P(sup |F_n - F| > e) <= 2 exp(-2 n e^2), here below 1e-15.
N, DEVIATION = 20_000, 0.03


@pytest.mark.parametrize(
    ("drawn_from", "distribution"),
    [
        ({"low": -2.0, "high": 6.0}, lambda x: (x + 2) / 8),
        ({"low": 0.001, "high": 10.0, "log": True}, lambda x: math.log(x / 0.001) / math.log(10 / 0.001)),
        ({"low": 0, "high": 10**9}, lambda x: x / 10**9),
    ],
)
def test_draws_have_their_distribution(drawn_from, distribution):
    values = sorted(value for (value,) in drawn(N, **{"x": drawn_from}))
    assert len(values) > N - 10  # hardly any integer twice
    steps = (np.arange(len(values)) + 0.5) / len(values)
    assert np.abs(np.array([distribution(value) for value in values]) - steps).max() < DEVIATION


@pytest.mark.parametrize("drawn_from", [{"low": 3, "high": 7}, {"choice": ["a", "b", [1.0], "d", True]}])
def test_both_ends_and_every_choice_are_equally_likely(drawn_from):
    values = drawn_from.get("choice", [3, 4, 5, 6, 7])
    points = drawn(N, x=drawn_from, tie={"low": 0.0, "high": 1.0})  # the second makes all points distinct
    counts = [sum(value == wanted for value, _ in points) for wanted in values]
    assert sum(counts) == N
    assert all(abs(count / N - 0.2) < DEVIATION for count in counts)


def test_what_was_drawn_before_is_dropped():
    points = drawn(1000, a={"low": 1, "high": 3}, b={"choice": ["x", "y"]})
    assert sorted(points) == [(a, b) for a in (1, 2, 3) for b in "xy"]
