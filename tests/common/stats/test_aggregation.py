import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats as reference

from common.stats import wilson_interval
from common.stats.aggregation import aggregate


def sweep():
    """Two depths by two nudges; with a failed run, an undefined value, and a group of one."""
    return pd.DataFrame(
        {
            "depth": pd.array([2, 2, 2, 2, 3, 3, 3, 3], dtype="Int64"),
            "nudge": [0.1, 0.1, 0.0, 0.0, 0.1, 0.1, 0.0, 0.0],
            "seed": [0, 1] * 4,
            "ratio": [1.0, 3.0, 5.0, np.nan, np.nan, np.nan, 4.0, 4.0],
            "holds": pd.array([True, True, False, True, None, None, None, False], dtype="boolean"),
            "which": pd.array(["a"] * 8, dtype="string"),
        }
    )


def test_a_row_a_group_and_value_groups_sorted():
    found = aggregate(sweep(), by=["depth", "nudge"], values=["ratio", "holds"])
    assert list(found.columns) == ["depth", "nudge", "value", "count", "missing", "mean", "std", "low", "high"]
    assert found["depth"].tolist() == [2, 2, 2, 2, 3, 3, 3, 3]
    assert found["nudge"].tolist() == [0.0, 0.0, 0.1, 0.1] * 2
    assert found["value"].tolist() == ["ratio", "holds"] * 4
    ratio = found[found["value"] == "ratio"]
    assert ratio["count"].tolist() == [1, 2, 2, 0]
    assert ratio["missing"].tolist() == [1, 0, 0, 2]
    np.testing.assert_array_equal(ratio["mean"], [5, 2, 4, np.nan])
    np.testing.assert_array_equal(ratio["std"], [np.nan, math.sqrt(2), 0, np.nan])


def test_intervals_in_closed_form():
    ratio = aggregate(sweep(), by=["depth", "nudge"], values="ratio")
    half = math.tan(0.475 * math.pi)  # Student's law with one degree of freedom is Cauchy's
    np.testing.assert_allclose(ratio["low"], [np.nan, 2 - half, 4, np.nan])
    np.testing.assert_allclose(ratio["high"], [np.nan, 2 + half, 4, np.nan])


def test_the_share_of_true_ones_has_wilsons_interval_also_of_one():
    found = aggregate(sweep(), by="depth", values="holds", level=0.9, method="bootstrap", rng=np.random.default_rng(0))
    assert found["count"].tolist() == [4, 1]
    assert found["mean"].tolist() == [0.75, 0.0]
    z = reference.norm.ppf(0.95)
    centre, half = (3 + z**2 / 2) / (4 + z**2), z / (4 + z**2) * math.sqrt(4 * 0.75 * 0.25 + z**2 / 4)
    np.testing.assert_allclose(found.loc[0, ["low", "high"]].astype(float), [centre - half, centre + half])
    assert found.loc[1, "high"] == wilson_interval(0, 1, 0.9).high


@settings(max_examples=60)
@given(
    st.lists(st.tuples(st.integers(0, 4), st.none() | st.floats(-1e3, 1e3)), min_size=1, max_size=40),
    st.floats(0.5, 0.99),
)
def test_agrees_with_pandas_and_scipy_group_by_group(rows, level):
    table = pd.DataFrame(rows, columns=["g", "x"]).astype({"x": float})
    found = aggregate(table, by="g", values="x", level=level).set_index("g")
    grouped = table.groupby("g")["x"]
    assert found["count"].to_dict() == grouped.count().to_dict()
    assert (found["count"] + found["missing"]).to_dict() == grouped.size().to_dict()
    for name in ("mean", "std"):
        np.testing.assert_allclose(found[name], getattr(grouped, name)(), rtol=1e-9, atol=1e-9)
    for group, row in found[found["count"] > 1].iterrows():
        sample = table["x"][table["g"] == group].dropna()
        half = reference.sem(sample) * reference.t.ppf((1 + level) / 2, len(sample) - 1)
        assert (row["low"], row["high"]) == pytest.approx((row["mean"] - half, row["mean"] + half), abs=1e-6)
    assert found.loc[found["count"] < 2, ["low", "high"]].isna().all(axis=None)


def test_groups_may_be_lists_and_rows_in_any_order():
    table = pd.DataFrame({"shares": [[0.5, 1.0], [0.2], [0.5, 1.0]], "x": [1.0, 7.0, 3.0]}, index=[9, 9, 9])
    found = aggregate(table, by="shares", values="x")
    assert found["shares"].tolist() == [[0.2], [0.5, 1.0]]
    assert found["mean"].tolist() == [7.0, 2.0]


@pytest.mark.parametrize("repeats", [1, 3, 10])
def test_repeats_of_a_seed_are_no_observations(repeats):
    once = sweep().astype({"holds": float})
    found = aggregate(pd.concat([sweep()] * repeats), ["depth", "nudge"], ["ratio", "holds"], over="seed")
    pd.testing.assert_frame_equal(found, aggregate(once, ["depth", "nudge"], ["ratio", "holds"]))


@settings(max_examples=60)
@given(
    st.lists(
        st.tuples(st.integers(0, 2), st.integers(0, 4), st.none() | st.floats(-1e3, 1e3), st.none() | st.booleans()),
        min_size=1,
        max_size=40,
    )
)
def test_over_seeds_is_the_summary_of_the_seeds_own_means(rows):
    table = pd.DataFrame(rows, columns=["g", "seed", "x", "met"]).astype({"x": float, "met": "boolean"})
    found = aggregate(table, "g", ["x", "met"], over="seed")
    means = table.astype({"met": float}).groupby(["g", "seed"])[["x", "met"]].mean().reset_index()
    pd.testing.assert_frame_equal(found, aggregate(means, "g", ["x", "met"]), atol=1e-6)


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("sample", [[1.0], [2.0, 2.0], [0, 0, 0, 0, 1e-300], [1, 1 + 1e-16, 1 + 3e-16]])
def test_degenerate_groups_have_no_or_no_width_but_no_error(sample):
    table = pd.DataFrame({"g": 0, "x": sample})
    found = aggregate(table, "g", "x", method="bootstrap", rng=np.random.default_rng(0)).loc[0]
    assert found["mean"] == pytest.approx(np.mean(sample))
    assert np.isnan(found["low"]) == (sample != [2.0, 2.0])


def test_the_bootstrap_is_bias_corrected_and_follows_its_generator():
    sample = np.random.default_rng(1).exponential(size=60)
    table = pd.DataFrame({"g": 0, "x": sample})
    found = [aggregate(table, "g", "x", method="bootstrap", rng=np.random.default_rng(2)).loc[0] for _ in range(2)]
    assert found[0].equals(found[1])
    assert found[0]["high"] - found[0]["mean"] > found[0]["mean"] - found[0]["low"]  # of a right-skewed sample


def test_an_empty_table_has_no_groups():
    assert aggregate(sweep().iloc[:0], "depth", "ratio").empty


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"by": "dept"}, "by must name columns of the table, given 'dept': did you mean 'depth'"),
        ({"by": []}, "by must name at least one column"),
        ({"values": ["ratio", "xyzzy"]}, "values must name .* given 'xyzzy': it has depth, nudge"),
        ({"values": "which"}, "values must name columns of numbers or booleans, given 'which' of string"),
        ({"by": "mean"}, "rename 'mean' beforehand"),
        ({"values": "mean"}, "values must be finite, given 1 infinite ones in 'mean'"),
        ({"values": "lists"}, r"given 'lists' of lists: common\.stats\.unfolding\.unfold gives each entry a row"),
        ({"over": "sead"}, "over must name columns of the table, given 'sead': did you mean 'seed'"),
        ({"over": ["seed", "depth"]}, "over must name other columns than by, given 'depth' in both"),
        ({"level": 1.0}, "level must be"),
        ({"method": "z"}, "method must be"),
        ({"method": "bootstrap"}, "rng must be"),
    ],
)
def test_bad_arguments_are_named(change, told):
    table = sweep().assign(mean=[np.inf] + [0.0] * 7, lists=[None] + [[1.0, 2.0]] * 7)
    with pytest.raises(ValueError, match=told):
        aggregate(table, **{"by": "depth", "values": "ratio"} | change)
