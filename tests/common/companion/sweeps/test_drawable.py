"""What of the recorded values can be drawn, and why the rest cannot."""

import numpy as np
import pandas as pd

from common.companion.sweeps.columns import typed_column
from common.companion.sweeps.drawable import MOST_ENTRIES, sorted_out


def parted(arrays=(), **values):
    table = pd.DataFrame({name: typed_column(column) for name, column in values.items()}).set_axis([4, 7])
    drawn, left_out = sorted_out(table, list(values), arrays)
    return {value.name: value for value in drawn}, dict(left_out)


def test_numbers_and_truth_values_are_drawn_as_they_are():
    drawn, left_out = parted(x=[1, 2.5], n=[None, 3], met=[True, None])
    assert not left_out
    assert [list(value.columns) for value in drawn.values()] == [["x"], ["n"], ["met"]]
    assert not any(value.is_list for value in drawn.values())


def test_a_list_of_numbers_is_drawn_entry_by_entry():
    drawn, left_out = parted(curve=[[1, 2.5, None], [3, 4, 5]], flags=[[True, False], None])
    assert not left_out
    curve, flags = drawn["curve"].columns, drawn["flags"].columns
    assert list(curve) == ["curve[0]", "curve[1]", "curve[2]"]
    assert curve.index.tolist() == [4, 7]
    np.testing.assert_array_equal(curve.astype(float), [[1, 2.5, np.nan], [3, 4, 5]])
    assert flags["flags[1]"].tolist() == [False, pd.NA]
    assert flags.dtypes.tolist() == ["boolean", "boolean"]


def test_what_is_left_out_has_its_reason():
    drawn, left_out = parted(
        arrays=["field"],
        field=["x.npz#a", "y.npz#a"],
        ragged=[[1], [1, 2, 3]],
        empty=[[], []],
        word=["a", "b"],
        words=[["a"], ["b"]],
        nested=[[[1]], [[2]]],
        never=[None, None],
        short=[[*range(MOST_ENTRIES)]] * 2,
        nine=[[*range(MOST_ENTRIES + 1)]] * 2,
        long=[[*range(20)]] * 2,
    )
    assert left_out == {
        "field": "arrays",
        "ragged": "lists of different lengths, 1 to 3 entries",
        "empty": "empty lists",
        "word": "texts, or lists that hold other lists",
        "words": "lists of texts",
        "nested": "texts, or lists that hold other lists",
        "never": "no finished run has one",
        "nine[8]": "the first 8 of 9 entries are drawn",
        "long[8] to long[19]": "the first 8 of 20 entries are drawn",
    }
    assert list(drawn) == ["short", "nine", "long"]
    assert [value.columns.shape for value in drawn.values()] == [(2, MOST_ENTRIES)] * 3
