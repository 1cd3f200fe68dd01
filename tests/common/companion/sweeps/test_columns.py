import pandas as pd
import polars as pl
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.companion.sweeps.columns import arrow_table, as_csv, plain, typed_column


@pytest.mark.parametrize(
    ("values", "dtype", "kept"),
    [
        ([True, None], "boolean", [True, None]),
        ([1, None, 3], "Int64", [1, None, 3]),
        ([True, 2], "Int64", [1, 2]),
        ([1, 2.5, None], "float64", [1.0, 2.5, None]),
        ([2**63, 1], "float64", [2.0**63, 1.0]),  # the number of policies, say
        ([None, None], "float64", [None, None]),
        ([], "float64", []),
        (["max", None], "string", ["max", None]),
        ([[1, 2], None, []], "object", [[1, 2], None, []]),
        ([[1, 2.5], [3]], "object", [[1.0, 2.5], [3.0]]),
        ([[1, None]], "object", [[1.0, None]]),
        ([[True, None], ["a"][:0]], "object", [[True, None], []]),
        ([["a", "b"]], "object", [["a", "b"]]),
        (["max", 2, None], "string", ['"max"', "2", None]),  # what no type fits is JSON
        ([[1], 2], "string", ["[1]", "2"]),
        ([[[1]], [[2]]], "string", ["[[1]]", "[[2]]"]),
        ([[1, "a"]], "string", ['[1, "a"]']),
    ],
)
def test_the_narrowest_type_that_holds_all(values, dtype, kept):
    column = typed_column(values)
    assert str(column.dtype) == dtype
    assert plain(column) == kept
    assert [list(map(type, v)) if isinstance(v, list) else type(v) for v in plain(column)] == [
        list(map(type, v)) if isinstance(v, list) else type(v) for v in kept
    ]


NUMBER = st.floats(allow_nan=False, allow_infinity=False, allow_subnormal=False)
ENTRIES = st.one_of(
    st.lists(st.none() | st.booleans()),
    st.lists(st.none() | st.integers(-(2**63), 2**63 - 1)),
    st.lists(st.none() | NUMBER),
    st.lists(st.none() | st.text(st.characters(exclude_categories=["C"]))),
    st.lists(st.none() | st.lists(st.none() | NUMBER, max_size=3)),
    st.lists(st.none() | st.lists(st.integers(-9, 9), max_size=3)),
)


@given(ENTRIES)
def test_what_goes_into_a_file_comes_out_of_it(tmp_path_factory, entries):
    table = pd.DataFrame({"x": typed_column(entries)})
    path = tmp_path_factory.mktemp("columns") / "table.parquet"
    pq.write_table(arrow_table(table), path)
    assert pq.read_table(path)["x"].to_pylist() == entries
    assert pl.read_parquet(path)["x"].to_list() == entries
    assert plain(typed_column(plain(table["x"]))) == entries


def test_csv():
    table = pd.DataFrame(
        {"n": typed_column([1, None]), "x": typed_column([0.1, None]), "c": typed_column([[1.5, None], None])}
    )
    assert as_csv(table).splitlines() == ["n,x,c", '1,0.1,"[1.5, null]"', ",,"]
