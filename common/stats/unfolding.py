"""Recorded lists and shares made tidy: a row an element, or a row a unit, as aggregation wants them.

Imported by its path, like `common.stats.aggregation`: what `common.stats` exports is part of the name of every run.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import pandas as pd


def unfold(table: pd.DataFrame, lists: str | Sequence[str], axis: str, places: Sequence[Any]) -> pd.DataFrame:
    """Give each entry of recorded lists a row of its own: from a row a run to a row a run and place.

    Parameters
    ----------
    table : pandas.DataFrame
        A row a run, such as `common.companion.recorded_sweep` has it.
    lists : str or sequence of str
        Columns of lists of numbers, one a place in each.
    axis : str
        Name of the new column, e.g. ``"density"``; none of the table's.
    places : sequence
        What the entries of a list belong to, in their order.

    Returns
    -------
    pandas.DataFrame
        The table with ``axis`` and with numbers in ``lists``; the runs in their order, a new index.

    Raises
    ------
    ValueError
        If the axis is a column already, a run has no list (it is not done), or one of another length than the places.

    Examples
    --------
    >>> import pandas as pd
    >>> unfold(pd.DataFrame({"seed": [0, 1], "kept": [[0.9, 1.0], [0.8, 1.0]]}), "kept", "spare", [0, 1])
       seed  kept  spare
    0     0   0.9      0
    1     0   1.0      1
    2     1   0.8      0
    3     1   1.0      1
    """
    lists = [lists] if isinstance(lists, str) else list(lists)
    if axis in table:
        raise ValueError(f"axis must not be a column of the table, given {axis!r}")
    for name in lists:
        if table[name].isna().any():
            raise ValueError(f"lists must be there in every row, and {name!r} is missing in some: drop unfinished runs")
        if wrong := sorted(set(table[name].map(len)) - {len(places)}):
            raise ValueError(f"lists must have {len(places)} entries each, given {wrong[0]} in {name!r}")
    long = table.assign(**{axis: [list(places)] * len(table)}).explode([*lists, axis], ignore_index=True)
    return long.astype(dict.fromkeys(lists, float)).infer_objects()


def unit_by_unit(table: pd.DataFrame, share: str, units: int) -> pd.DataFrame:
    """Turn shares of independent units into a row a unit, so that the units of several seeds are pooled.

    An interval of the share then is that of a proportion (Wilson's), and stays between 0 and 1.

    Parameters
    ----------
    table : pandas.DataFrame
        A row a group of units.
    share : str
        The column with the share of each group's units that are of some kind.
    units : int
        Number of units in each group, 1 or more.

    Returns
    -------
    pandas.DataFrame
        A row a unit, the column ``share`` being whether it is of that kind; a new index.

    Raises
    ------
    ValueError
        If a share is not that of a whole number of units.

    Examples
    --------
    >>> import pandas as pd
    >>> unit_by_unit(pd.DataFrame({"seed": [0, 1], "gap": [0.5, 0.0]}), "gap", 2)["gap"].tolist()
    [True, False, False, False]
    """
    counts = units * table[share].to_numpy(dtype=float)
    whole = np.rint(counts)
    if not (np.allclose(counts, whole, atol=1e-6) and (whole >= 0).all() and (whole <= units).all()):
        raise ValueError(f"{share} must hold shares of units = {units}, given {table[share].tolist()}")
    rows = table.loc[table.index.repeat(units)].reset_index(drop=True)
    return rows.assign(**{share: (np.arange(units) < whole[:, None]).ravel()})
