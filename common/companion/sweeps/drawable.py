"""What of the recorded values can be drawn: numbers and truth values, and the entries of lists of these."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING

from common.companion.sweeps.columns import typed_column

if TYPE_CHECKING:
    import pandas as pd

#: Entries of a list that are drawn: more colours could not be told apart.
MOST_ENTRIES = 8


@dataclass(frozen=True)
class Drawable:
    """A recorded value as columns of numbers or truth values.

    Attributes
    ----------
    name
        The value.
    columns
        A row a run: one column of the value's name or, of a list, a column for each of its first entries, ``name[0]``,
        ``name[1]``, ...
    is_list
        Whether it is a list.
    """

    name: str
    columns: pd.DataFrame
    is_list: bool


def sorted_out(
    table: pd.DataFrame, values: Sequence[str], arrays: Sequence[str] = ()
) -> tuple[list[Drawable], list[tuple[str, str]]]:
    """Part recorded values into what can be drawn and what is left out.

    Parameters
    ----------
    table
        The finished runs, its columns as `common.companion.sweeps.columns.typed_column` makes them.
    values
        The columns of recorded values.
    arrays
        Those of them that are references to arrays.

    Returns
    -------
    tuple of list of Drawable and list of tuple of str
        What can be drawn, and of what is not the name and the reason.
    """
    drawn, left_out = [], []
    for name in values:
        reason = _reason(table[name], name in arrays)
        if reason:
            left_out.append((name, reason))
            continue
        is_list = table[name].dtype == object
        drawn.append(Drawable(name, _entries(table[name]) if is_list else table[[name]], is_list))
        if is_list and (length := _lengths(table[name])[0]) > MOST_ENTRIES:
            first, last = f"{name}[{MOST_ENTRIES}]", f"{name}[{length - 1}]"
            rest = first if first == last else f"{first} to {last}"
            left_out.append((rest, f"the first {MOST_ENTRIES} of {length} entries are drawn"))
    return drawn, left_out


def _reason(column: pd.Series, is_array: bool) -> str | None:
    """Say why a value cannot be drawn."""
    from pandas.api.types import is_numeric_dtype

    if not column.notna().any():
        return "no finished run has one"
    if is_array:
        return "arrays"
    if is_numeric_dtype(column):
        return None
    if column.dtype != object:
        return "texts, or lists that hold other lists"
    lengths = _lengths(column)
    if len(lengths) > 1:
        return f"lists of different lengths, {lengths[0]} to {lengths[-1]} entries"
    if lengths == [0]:
        return "empty lists"
    return None if all(map(is_numeric_dtype, _entries(column).dtypes)) else "lists of texts"


def _lengths(column: pd.Series) -> list[int]:
    return sorted(set(column.dropna().map(len)))


def _entries(column: pd.Series) -> pd.DataFrame:
    """Return the first entries of lists of equal length, a column each; a run without a list has none."""
    import pandas as pd

    (length,) = _lengths(column)
    lists = [entries if isinstance(entries, list) else [None] * length for entries in column]
    columns = zip(*lists, strict=True)
    named = {f"{column.name}[{i}]": typed_column(values) for i, values in enumerate(islice(columns, MOST_ENTRIES))}
    return pd.DataFrame(named).set_axis(column.index)
