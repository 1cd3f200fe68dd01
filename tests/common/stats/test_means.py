from math import sqrt

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats as reference

from common.stats import Interval, mean_interval, paired_interval, spawn_generators, wilson_interval


def test_two_observations_in_closed_form():
    # Student's law with one degree of freedom is Cauchy's, whose 0.975 quantile is tan(0.475 pi)
    found = mean_interval([0.0, 2.0])
    half = np.tan(0.475 * np.pi) * sqrt(2) / sqrt(2)
    assert (found.low, found.estimate, found.high) == pytest.approx((1 - half, 1, 1 + half))


@given(
    st.lists(st.floats(-1e6, 1e6), min_size=2, max_size=30).filter(lambda v: np.ptp(v) > 1e-3),
    st.floats(0.01, 0.999),
)
def test_agrees_with_scipy(sample, level):
    found = mean_interval(sample, level)
    low, high = reference.t.interval(level, len(sample) - 1, np.mean(sample), reference.sem(sample))
    assert (found.low, found.high) == pytest.approx((low, high), rel=1e-6, abs=1e-6 * np.ptp(sample))


@pytest.mark.parametrize(("method", "size"), [("t", 12), ("bootstrap", 100)])
def test_covers_the_true_mean_as_often_as_it_says(method, size):
    # with 500 independent intervals the share that covers lies within 4 standard errors of its level
    level, rounds = 0.8, 500
    covered = 0
    for rng in spawn_generators(11, rounds):
        found = mean_interval(rng.normal(3, 2, size), level, method, rng, resamples=300)
        covered += found.low <= 3 <= found.high
    allowed = 4 * sqrt(level * (1 - level) / rounds)
    assert abs(covered / rounds - level) < allowed


def test_bootstrap_needs_and_repeats_its_generator():
    sample = np.random.default_rng(1).exponential(size=30)
    first, second = (mean_interval(sample, method="bootstrap", rng=np.random.default_rng(5)) for _ in range(2))
    assert first == second
    assert first.high - first.estimate > first.estimate - first.low  # the tail is on the right
    with pytest.raises(ValueError, match="rng must be a numpy Generator"):
        mean_interval(sample, method="bootstrap")


@pytest.mark.parametrize("method", ["t", "bootstrap"])
def test_a_constant_sample_has_no_spread(method):
    found = mean_interval([2.5] * 7, method=method, rng=np.random.default_rng(0))
    assert (found.low, found.estimate, found.high) == (2.5, 2.5, 2.5)


def test_pairing_removes_what_both_share():
    rng = np.random.default_rng(2)
    difficulty = rng.normal(0, 100, 50)
    found = paired_interval(difficulty + rng.normal(1, 0.1, 50), difficulty)
    assert found.low < 1 < found.high
    assert found.high - found.low < 0.1


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: mean_interval([1.0]), "sample must hold at least 2"),
        (lambda: mean_interval([1.0, np.nan]), "sample must be finite"),
        (lambda: mean_interval([1.0, 2.0], level=1.0), "level must be strictly between 0 and 1, got 1.0"),
        (lambda: mean_interval([1.0, 2.0], method="normal"), "method must be 't' or 'bootstrap', got 'normal'"),
        (
            lambda: mean_interval([1.0, 2.0], method="bootstrap", rng=np.random.default_rng(0), resamples=0),
            "resamples must be at least 1",
        ),
        (lambda: paired_interval([1.0, 2.0], [1.0, 2.0, 3.0]), "same length, got 2 and 3"),
        (lambda: Interval(1.0, 2.0, 1.0), "low must not exceed high"),
        (lambda: Interval(1.0, np.nan, 1.0), "must be finite"),
        (lambda: wilson_interval(1, 2, level=0), "level must be strictly"),
    ],
)
def test_refuses(call, message):
    with pytest.raises(ValueError, match=message):
        call()
