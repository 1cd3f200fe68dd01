"""From a table with a row a run to one with a row a group: means over the seeds with their confidence intervals.

This module is imported by its path, ``from common.stats.aggregation import aggregate``: the package's own
``__init__`` is hashed into the name of every run that uses any of its intervals, and pandas would be imported with it.
"""

import math
import warnings
from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from common.stats.interval import check_level
from common.stats.means import mean_interval
from common.stats.proportions import wilson_interval

_STATISTICS = ["value", "count", "missing", "mean", "std", "low", "high"]


def aggregate(
    table: pd.DataFrame,
    by: str | Sequence[str],
    values: str | Sequence[str],
    *,
    over: str | Sequence[str] | None = None,
    level: float = 0.95,
    method: Literal["t", "bootstrap"] = "t",
    rng: np.random.Generator | None = None,
) -> pd.DataFrame:
    """Mean and confidence interval of recorded values in each group of runs.

    Numbers get the interval of `common.stats.mean_interval`, booleans that of Wilson for the share of true ones,
    whatever the method. Both are right only if the rows of a group are independent of each other. Repeats of a seed are
    not, nor are runs with the same seed and other parameters: then name with `over` what is independent.

    Parameters
    ----------
    table : pandas.DataFrame
        A row a run, such as `common.companion.load_results` returns.
    by : str or sequence of str
        Columns whose values make a group, e.g. the swept parameters but the seed. They may hold lists.
    values : str or sequence of str
        Columns of numbers or booleans. Missing entries (NaN, NA: undefined, failed or not yet run) are left out.
    over : str or sequence of str, optional
        Columns whose values make an observation, e.g. ``"seed"``: each value is first averaged over the rows of a group
        that agree in them, booleans to the share of true ones, a number as any other. ``count`` and ``missing`` then
        are of these averages.
    level : float
        Confidence level of every interval by itself, strictly between 0 and 1.
    method : {"t", "bootstrap"}
        As in `common.stats.mean_interval`.
    rng : numpy.random.Generator, optional
        Source of the resamples; required by ``"bootstrap"``.

    Returns
    -------
    pandas.DataFrame
        A row a group and value, groups sorted: the columns of `by`, ``value`` (the column's name), ``count`` of the
        entries used, ``missing`` ones, ``mean``, ``std`` (with count - 1), ``low`` and ``high``. The interval of fewer
        than two numbers, or of numbers that are too equal to be resampled, is NaN; of no entries also the mean.

    Raises
    ------
    ValueError
        If a column is not there, or is none of numbers or booleans, or holds infinite numbers; if one of `by` has
        the name of a column of the result or is one of `over`; if level or method is not allowed, or the bootstrap
        lacks `rng`.

    Examples
    --------
    >>> table = pd.DataFrame({"depth": [2, 2, 3], "seed": [0, 1, 0], "ratio": [1.0, 3.0, 5.0]})
    >>> aggregate(table, by="depth", values="ratio").round(1)
       depth  value  count  missing  mean  std   low  high
    0      2  ratio      2        0   2.0  1.4 -10.7  14.7
    1      3  ratio      1        0   5.0  NaN   NaN   NaN

    Three repeats of each run say nothing more about other seeds:

    >>> repeated = pd.concat([table] * 3)
    >>> aggregate(repeated, by="depth", values="ratio", over="seed").round(1)
       depth  value  count  missing  mean  std   low  high
    0      2  ratio      2        0   2.0  1.4 -10.7  14.7
    1      3  ratio      1        0   5.0  NaN   NaN   NaN
    """
    keys, names = _columns("by", by, table), _columns("values", values, table)
    units = [] if over is None else _columns("over", over, table)
    if shared := [key for key in keys if key in units]:
        raise ValueError(f"over must name other columns than by, given {shared[0]!r} in both")
    if taken := [key for key in keys if key in _STATISTICS]:
        raise ValueError(f"by must not name a column that the result has itself: rename {taken[0]!r} beforehand")
    check_level(level)
    if method not in ("t", "bootstrap"):
        raise ValueError(f"method must be 't' or 'bootstrap', given {method!r}")
    if method == "bootstrap" and rng is None:
        raise ValueError("rng must be a numpy Generator for method='bootstrap', given None")
    samples = {name: (_numbers(table[name], name), table[name].dtype.kind == "b") for name in names}
    table = table[[*keys, *units]]
    if units:
        table, samples = _averaged(table, samples)
    groups = _rows_of(_groups(table[keys]))
    summaries = [
        (name, *_summary(sample[rows], is_share, level, method, rng))
        for rows in groups
        for name, (sample, is_share) in samples.items()
    ]
    first = table[keys].iloc[[rows[0] for rows in groups for _ in names]]
    return pd.DataFrame(
        {key: first[key].array for key in keys} | pd.DataFrame(summaries, columns=_STATISTICS).to_dict("series")
    )


def _columns(argument: str, given: str | Sequence[str], table: pd.DataFrame) -> list[str]:
    names = [given] if isinstance(given, str) else list(dict.fromkeys(given))
    if not names:
        raise ValueError(f"{argument} must name at least one column, given none")
    for name in names:
        if name not in table.columns:
            near = get_close_matches(str(name), map(str, table.columns), n=1, cutoff=0.4)
            hint = f"did you mean '{near[0]}'?" if near else "it has " + ", ".join(map(str, table.columns))
            raise ValueError(f"{argument} must name columns of the table, given {name!r}: {hint}")
    return names


def _numbers(column: pd.Series, name: str) -> NDArray[np.float64]:
    """Return a column as floats with NaN for what is missing."""
    if column.dtype.kind not in "biuf":
        hint = ": common.stats.unfolding.unfold gives each entry a row" if _has_lists(column) else ""
        told = "lists" if hint else column.dtype
        raise ValueError(f"values must name columns of numbers or booleans, given {name!r} of {told}{hint}")
    numbers = column.to_numpy(dtype=float, na_value=np.nan)
    if np.isinf(numbers).any():
        raise ValueError(f"values must be finite, given {np.isinf(numbers).sum()} infinite ones in {name!r}")
    return numbers


def _has_lists(column: pd.Series) -> bool:
    return column.dtype == object and any(isinstance(entry, list | np.ndarray) for entry in column)


def _groups(keys: pd.DataFrame) -> NDArray[np.intp]:
    """Return the number of the group of each row, groups sorted by their keys."""
    hashable = {
        key: [tuple(v) if isinstance(v, list | np.ndarray) else v for v in keys[key]]
        for key in keys
        if keys[key].dtype == object
    }
    return keys.assign(**hashable).groupby(list(keys), dropna=False).ngroup().to_numpy()


def _rows_of(groups: NDArray[np.intp]) -> list[NDArray[np.intp]]:
    """Return the positions of the rows of each group."""
    if not groups.size:
        return []
    return np.split(np.argsort(groups, kind="stable"), np.cumsum(np.bincount(groups))[:-1])


def _averaged(
    keys: pd.DataFrame, samples: Mapping[str, tuple[NDArray[np.float64], bool]]
) -> tuple[pd.DataFrame, dict[str, tuple[NDArray[np.float64], bool]]]:
    """Join the rows that agree in all keys: return one of each, and the means of their entries, NaN of none."""
    units = _groups(keys)
    averages = {}
    for name, (sample, _) in samples.items():
        known = ~np.isnan(sample)
        sums, counts = np.bincount(units, np.where(known, sample, 0.0)), np.bincount(units, known)
        averages[name] = (np.divide(sums, counts, out=np.full(counts.size, np.nan), where=counts > 0), False)
    return keys.iloc[np.unique(units, return_index=True)[1]], averages


def _summary(
    entries: NDArray[np.float64],
    is_share: bool,
    level: float,
    method: Literal["t", "bootstrap"],
    rng: np.random.Generator | None,
) -> tuple[int, int, float, float, float, float]:
    """Return count, missing, mean, std, low and high of the entries of one group."""
    sample = entries[~np.isnan(entries)]
    n = sample.size
    mean = float(sample.mean()) if n else math.nan
    std = float(sample.std(ddof=1)) if n > 1 else math.nan
    low, high = math.nan, math.nan
    if is_share and n:
        interval = wilson_interval(int(sample.sum()), n, level)
        low, high = interval.low, interval.high
    elif n > 1:
        low, high = _ends(sample, level, method, rng)
    return n, entries.size - n, mean, std, low, high


def _ends(
    sample: NDArray[np.float64], level: float, method: Literal["t", "bootstrap"], rng: np.random.Generator | None
) -> tuple[float, float]:
    """Return the ends of the interval, NaN where there is none: resamples that differ by rounding alone, overflow."""
    with warnings.catch_warnings(action="ignore"):
        try:
            interval = mean_interval(sample, level, method, rng)
        except ValueError:  # the arguments have been checked
            return math.nan, math.nan
    return interval.low, interval.high
