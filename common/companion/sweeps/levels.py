"""The values that a swept parameter took, as places on an axis, and the means of what was recorded at each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import NDArray

from common.companion.sweeps.words import value_text

if TYPE_CHECKING:
    import pandas as pd

#: More different numbers than this are put into bins of equally many runs before means are taken.
_MOST_LEVELS = 25
_BINS = 12


@dataclass(frozen=True)
class Levels:
    """A swept parameter as an axis.

    Attributes
    ----------
    name
        The parameter.
    kind
        ``numbers``; ``bins`` of numbers of which nearly every run has its own; ``names`` in the order of the sweep;
        ``seeds``: numbers whose order means nothing.
    at : ndarray, shape (n_runs,)
        Where each run stands on the axis.
    codes : ndarray of int, shape (n_runs,)
        The level, 0..n_levels - 1, of each run.
    places : ndarray, shape (n_levels,)
        Where each level stands on the axis: of a bin, its mean.
    labels
        What each level is called.
    logarithmic
        Whether the axis is.
    """

    name: str
    kind: Literal["numbers", "bins", "names", "seeds"]
    at: NDArray[np.float64]
    codes: NDArray[np.intp]
    places: NDArray[np.float64]
    labels: list[str]
    logarithmic: bool = False


def levels_of(column: pd.Series) -> Levels:
    """Find the levels of a parameter.

    Parameters
    ----------
    column
        The value of each run, at least one. Numbers make a numerical axis; truth values, texts, lists, and numbers
        some of which are missing are names.
    """
    from pandas import factorize
    from pandas.api.types import is_bool_dtype, is_numeric_dtype

    name = str(column.name)
    if is_bool_dtype(column) or not is_numeric_dtype(column) or column.isna().any():
        plain = column.astype(object).where(column.notna(), "none")
        codes, _ = factorize(plain.map(str))  # in the order in which they come
        labels = [value_text(plain.iloc[row]) for row in np.unique(codes, return_index=True)[1]]
        return Levels(name, "names", codes.astype(float), codes, np.arange(float(len(labels))), labels)
    at = column.to_numpy(dtype=float)
    found, codes = np.unique(at, return_inverse=True)
    kind, places = "seeds" if name == "seed" else "numbers", found
    logarithmic = is_logarithmic(found) and kind == "numbers"
    if kind == "numbers" and found.size > _MOST_LEVELS:
        kind, codes = "bins", _binned(codes)
        places = np.bincount(codes, np.log(at) if logarithmic else at) / np.bincount(codes)
        places = np.exp(places) if logarithmic else places
    return Levels(name, kind, at, codes, places, [value_text(float(place)) for place in places], logarithmic)


def is_logarithmic(found: NDArray[np.float64]) -> bool:
    """Whether distinct values in ascending order are spaced like powers rather than like multiples.

    They are if they span a factor of ten or more and their ratios vary less than their differences.
    """
    if found.size < 3 or found[0] <= 0 or found[-1] < 10 * found[0]:
        return False
    ratios, steps = np.diff(np.log(found)), np.diff(found)
    return bool(ratios.std() / ratios.mean() < steps.std() / steps.mean())


def _binned(codes: NDArray[np.intp]) -> NDArray[np.intp]:
    """Join levels in ascending order into bins of about as many runs each."""
    runs = np.bincount(codes)
    middle = np.cumsum(runs) - runs / 2  # of a level, among all runs
    bins = np.minimum((middle / codes.size * _BINS).astype(np.intp), _BINS - 1)
    return np.unique(bins, return_inverse=True)[1][codes]


def means_by_level(table: pd.DataFrame, levels: Levels, seeds: pd.Series | None = None) -> dict[str, pd.DataFrame]:
    """Return for each column a frame with ``mean``, ``low`` and ``high``, a row a level.

    Parameters
    ----------
    table
        What the runs recorded to which `levels` belong: numbers or truth values, whose mean is the share of true ones.
    levels
        Where the means are taken.
    seeds
        The seed of each run, where seeds are swept. Then ``low`` and ``high`` are a 95 % interval from one mean a seed:
        other grid points and repeats of a seed are no independent observations. The levels of the seed itself have
        none. Where no seeds are swept the two are the least and the greatest number, and missing for truth values.
    """
    from pandas import DataFrame

    if seeds is not None and levels.kind != "seeds":
        return _intervals(table, levels, seeds)
    found = {}
    for name in table:
        numbers = table[name].astype(float)
        by_level = numbers.groupby(levels.codes)
        spread = seeds is None and not is_share(table[name])
        low, high = (by_level.min(), by_level.max()) if spread else (np.nan, np.nan)
        found[name] = DataFrame({"mean": by_level.mean(), "low": low, "high": high})
    return found


def is_share(column: pd.Series) -> bool:
    """Whether a column is one of truth values, whose mean is a share."""
    from pandas.api.types import is_bool_dtype

    return is_bool_dtype(column)


def _intervals(table: pd.DataFrame, levels: Levels, seeds: pd.Series) -> dict[str, pd.DataFrame]:
    from pandas import DataFrame

    from common.stats.aggregation import aggregate

    keys = DataFrame({"level": levels.codes, "seed": seeds.array}, index=table.index)
    # of a single run a seed truth values stay what they are, and their interval that of a proportion
    over = "seed" if keys.duplicated().any() else None
    return {
        name: aggregate(keys.assign(recorded=table[name]), "level", "recorded", over=over)[["mean", "low", "high"]]
        for name in table
    }
