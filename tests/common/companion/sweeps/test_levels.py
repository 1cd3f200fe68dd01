"""Swept parameters as axes: which are numbers, which are spaced like powers, and where means are taken."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.companion.sweeps.levels import is_logarithmic, levels_of, means_by_level
from common.stats import mean_interval, wilson_interval


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([0.001, 0.003, 0.01, 0.03, 0.1], True),
        ([1, 10, 100], True),
        ([1, 2, 4, 8, 16, 32], True),
        (np.geomspace(1e-5, 1, 40), True),
        (np.sort(10 ** np.random.default_rng(1).uniform(-4, 0, 300)), True),
        ([1, 2, 4], False),  # not a factor of ten
        ([1, 100], False),  # two values have no spacing
        ([0, 0.01, 0.1, 1], False),
        ([-100, -10, -1], False),
        (np.arange(1, 30), False),
        (np.sort(np.random.default_rng(1).uniform(0.001, 1, 300)), False),
    ],
)
def test_spaced_like_powers(values, expected):
    assert is_logarithmic(np.asarray(values, float)) is expected


def test_numbers_names_and_seeds():
    numbers = levels_of(pd.Series([4, 2, 4], name="depth"))
    assert (numbers.kind, numbers.labels, numbers.codes.tolist()) == ("numbers", ["2", "4"], [1, 0, 1])
    truths = levels_of(pd.Series(pd.array([True, False, True], dtype="boolean"), name="nudge"))
    assert (truths.kind, truths.labels, truths.codes.tolist()) == ("names", ["True", "False"], [0, 1, 0])
    lists = levels_of(pd.Series([[1, 2], [3], [1, 2]], name="sizes"))
    assert (lists.kind, lists.labels, lists.codes.tolist()) == ("names", ["[1, 2]", "[3]"], [0, 1, 0])
    long = levels_of(pd.Series([list(range(50)), [*range(49), 99], list(range(50))], name="sizes"))
    assert long.codes.tolist() == [0, 1, 0]  # they differ where a label may be cut
    partly = levels_of(pd.Series(pd.array([1, None, 1], dtype="Int64"), name="limit"))
    assert (partly.kind, partly.labels) == ("names", ["1", "none"])
    assert levels_of(pd.Series(range(100), name="seed")).kind == "seeds"


@given(st.lists(st.integers(0, 200), min_size=1, max_size=400))
def test_bins_keep_the_order_and_lose_nobody(numbers):
    levels = levels_of(pd.Series(numbers, name="n"))
    at, codes = np.asarray(numbers, float), levels.codes
    assert levels.kind == ("bins" if len(set(numbers)) > 25 else "numbers")
    assert sorted(set(codes)) == list(range(len(levels.places)))
    assert len(levels.places) <= 25
    order = np.argsort(at, kind="stable")
    assert (np.diff(codes[order]) >= 0).all()
    for code, place in enumerate(levels.places):
        inside = at[codes == code]
        assert inside.min() - 1e-9 <= place <= inside.max() + 1e-9


def test_bins_of_distinct_numbers_are_equally_large():
    levels = levels_of(pd.Series(np.random.default_rng(2).permutation(np.arange(120.0)), name="u"))
    assert np.bincount(levels.codes).tolist() == [10] * 12


def test_means_and_intervals():
    rng = np.random.default_rng(4)
    table = pd.DataFrame({"n": np.repeat([3, 1, 2], 20), "level": rng.normal(size=60), "met": rng.random(60) < 0.4})
    table.loc[5, "level"] = np.nan
    levels = levels_of(table["n"])
    means = means_by_level(table, levels, ["level", "met"])
    for row, n in enumerate((1, 2, 3)):
        runs = table[table["n"] == n]
        interval = mean_interval(runs["level"].dropna())
        found = means["level"].loc[row, ["mean", "low", "high"]].tolist()
        assert found == pytest.approx([interval.estimate, interval.low, interval.high])
        share = wilson_interval(int(runs["met"].sum()), 20)
        assert means["met"].loc[row, ["mean", "low"]].tolist() == pytest.approx([share.estimate, share.low])
