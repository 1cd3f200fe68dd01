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


def test_without_seeds_a_mean_has_the_least_and_the_greatest_run():
    table = pd.DataFrame(
        {"n": [2, 1, 1, 2, 3], "x": [1.0, 5.0, 8.0, np.nan, np.nan], "met": [True, True, False] + [True] * 2}
    )
    means = means_by_level(table[["x", "met"]], levels_of(table["n"]))
    np.testing.assert_array_equal(means["x"], [[6.5, 5, 8], [1, 1, 1], [np.nan] * 3])
    np.testing.assert_array_equal(means["met"], [[0.5, np.nan, np.nan]] + [[1, np.nan, np.nan]] * 2)


def test_other_grid_points_and_repeats_of_a_seed_are_no_observations():
    rng = np.random.default_rng(6)
    table = pd.DataFrame({"seed": np.tile(np.arange(5), 12), "n": np.repeat([1, 2], 30), "x": rng.normal(size=60)})
    table["met"] = table["x"] > 0
    means = means_by_level(table[["x", "met"]], levels_of(table["n"]), table["seed"])
    for row, n in enumerate((1, 2)):
        of_seeds = table[table["n"] == n].groupby("seed")[["x", "met"]].mean()
        for name in ("x", "met"):
            interval = mean_interval(of_seeds[name])
            assert means[name].loc[row].tolist() == pytest.approx([interval.estimate, interval.low, interval.high])
    copied = pd.concat([table] * 3, ignore_index=True)
    again = means_by_level(copied[["x", "met"]], levels_of(copied["n"]), copied["seed"])
    for name, mean in means.items():
        pd.testing.assert_frame_equal(again[name], mean)
    by_seed = means_by_level(table[["x", "met"]], levels_of(table["seed"]), table["seed"])
    assert by_seed["x"]["mean"].tolist() == pytest.approx(table.groupby("seed")["x"].mean().tolist())
    assert by_seed["x"][["low", "high"]].isna().all(axis=None)


def test_means_and_intervals_of_one_run_a_seed():
    rng = np.random.default_rng(4)
    table = pd.DataFrame({"n": np.repeat([3, 1, 2], 20), "level": rng.normal(size=60), "met": rng.random(60) < 0.4})
    table.loc[5, "level"] = np.nan
    levels = levels_of(table["n"])
    means = means_by_level(table[["level", "met"]], levels, pd.Series([*range(20)] * 3))
    for row, n in enumerate((1, 2, 3)):
        runs = table[table["n"] == n]
        interval = mean_interval(runs["level"].dropna())
        found = means["level"].loc[row, ["mean", "low", "high"]].tolist()
        assert found == pytest.approx([interval.estimate, interval.low, interval.high])
        share = wilson_interval(int(runs["met"].sum()), 20)
        assert means["met"].loc[row, ["mean", "low"]].tolist() == pytest.approx([share.estimate, share.low])
