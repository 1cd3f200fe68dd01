"""The columns of a sweep's table: one type a column, missing entries where a run has nothing to say."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

_INT64 = range(-(2**63), 2**63)


def typed_column(values: Sequence[Any], dtype: str | None = None) -> pd.Series:
    """Return values as a column of the narrowest type that holds all of them.

    Parameters
    ----------
    values
        Bools, numbers, texts or lists of them as JSON has them; None is missing.
    dtype
        The type, where it is known beforehand.

    Returns
    -------
    pandas.Series
        ``boolean``, ``Int64``, ``float64`` (NaN is missing) or ``string``; objects if the entries are lists, whose
        numbers are then all int or all float (NaN is missing). What fits none of these is JSON text.
    """
    import pandas as pd

    dtype = dtype or _type_of(values)
    if dtype == "json":
        values, dtype = [None if v is None else json.dumps(v) for v in values], "string"
    elif dtype == "float lists":
        values = [None if v is None else _floats(v) for v in values]
    elif dtype == "float64":
        values = _floats(values)
    return pd.Series(values, dtype="object" if dtype.endswith("lists") else dtype)


def _floats(values: Iterable[float | None]) -> list[float]:
    return [math.nan if v is None else float(v) for v in values]


def _type_of(values: Iterable[Any]) -> str:
    """Name the type of a column; one that says nothing is of numbers."""
    present = [v for v in values if v is not None]
    kinds = set(map(type, present))
    if kinds == {list}:
        return _type_of_lists(present)
    if kinds == {bool}:
        return "boolean"
    if kinds and kinds <= {bool, int} and all(v in _INT64 for v in present):
        return "Int64"
    if kinds <= {bool, int, float}:
        return "float64"
    return "string" if kinds == {str} else "json"


def _type_of_lists(lists: Iterable[list[Any]]) -> str:
    elements = [element for values in lists for element in values]
    kind = _type_of(elements)
    if kind == "float64" or (kind == "Int64" and None in elements):
        return "float lists"
    return "lists" if kind in ("boolean", "Int64", "string") else "json"


def arrow_table(table: pd.DataFrame) -> pa.Table:
    """Return a data frame of such columns for Parquet, without its index; a missing entry is null."""
    import pyarrow as pa

    fields = {}
    for name in table.columns:
        if table[name].dtype == object:
            found = pa.array(table[name].to_list(), from_pandas=True).type
            fields[name] = pa.list_(pa.float64()) if pa.types.is_null(found.value_type) else found
    inferred = pa.Table.from_pandas(table.drop(columns=list(fields)), preserve_index=False).schema
    schema = pa.schema([pa.field(n, fields[n]) if n in fields else inferred.field(n) for n in table.columns])
    return pa.Table.from_pandas(table, schema=schema, preserve_index=False)


def plain(column: pd.Series) -> list[Any]:
    """Return the entries of such a column as JSON has them: a missing one is None, also within a list."""
    if column.dtype == object:
        return [v and [None if isinstance(e, float) and math.isnan(e) else e for e in v] for v in column]
    return [None if missing else v for v, missing in zip(column.tolist(), column.isna(), strict=True)]


def as_csv(table: pd.DataFrame) -> str:
    """Return a data frame of such columns as CSV; a list is JSON text, a missing entry is empty."""
    lists = {
        name: [None if v is None else json.dumps(v) for v in plain(table[name])]
        for name in table.columns
        if table[name].dtype == object
    }
    return table.assign(**lists).to_csv(index=False)
