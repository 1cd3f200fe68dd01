"""Samples by group, each observation visible, with the mean and its confidence interval."""

from collections.abc import Mapping

import numpy as np
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from numpy.typing import ArrayLike, NDArray

from common.plots.checks import check_label
from common.plots.labels import legend_above
from common.plots.style import COLOURS, axes_or_new, ink, label_axes
from common.stats import finite_array, mean_interval

_REFERENCE_MARKS = {"published": "_", "recorded": "D", "expected": "s", "reference": "^"}


def distribution_with_interval(
    groups: Mapping[str, ArrayLike],
    *,
    xlabel: str,
    ylabel: str,
    references: Mapping[str, Mapping[str, float]] | None = None,
    level: float = 0.95,
    ax: Axes | None = None,
) -> Axes:
    """Draw every observation of each group, and beside them the mean with its interval and known values.

    Parameters
    ----------
    groups : mapping from str to array_like, shape (n_g,)
        Samples of at least two observations; the names stand below the axis.
    xlabel : str
        What the groups are; its unit in brackets where there is one.
    ylabel : str
        With its unit in brackets.
    references : mapping, optional
        From ``"published"``, ``"recorded"``, ``"expected"`` or ``"reference"`` to a value for each group (some
        may be left out), drawn beside the mean.
    level : float
        Level of the Student intervals.
    ax : matplotlib.axes.Axes, optional
        Panel to draw into.

    Returns
    -------
    matplotlib.axes.Axes
        The panel; group g stands at g = 0, 1, ...

    Raises
    ------
    ValueError
        If a sample is too small or not finite, a reference names no group or no known kind, or a label is
        blank or lacks its unit.
    """
    if not groups:
        raise ValueError("groups must hold at least one sample, got none")
    names = [check_label("groups", name) for name in groups]
    samples = [finite_array(f"groups[{name!r}]", v, least=2) for name, v in groups.items()]
    _check_references(references or {}, names)
    ax = axes_or_new(ax)
    label_axes(ax, xlabel, ylabel, categorical="x")
    for place, sample in enumerate(samples):
        ax.plot(place - 0.12 + _spread(sample), sample, "o", color=COLOURS["ours"], ms=5, alpha=0.4, mew=0, zorder=2)
        mean = mean_interval(sample, level)
        error = [[mean.estimate - mean.low], [mean.high - mean.estimate]]
        ax.errorbar(place + 0.17, mean.estimate, error, fmt="o", color=ink(COLOURS["ours"]), ms=8, lw=2.2, capsize=5)
    handles = [
        Line2D([], [], marker="o", ls="", ms=5, alpha=0.5, mew=0, color=COLOURS["ours"], label="one instance"),
        Line2D([], [], marker="o", ms=8, color=ink(COLOURS["ours"]), label=f"our mean, {level:.0%} interval"),
    ]
    handles += [_reference_marks(ax, kind, values, names) for kind, values in (references or {}).items()]
    ax.set_xticks(range(len(names)), names)
    ax.set_xlim(-0.6, len(names) - 0.4)
    ax.grid(axis="x", visible=False)
    legend_above(ax, handles)
    return ax


def _check_references(references: Mapping[str, Mapping[str, float]], names: list[str]) -> None:
    """Refuse kinds and groups that do not exist."""
    for kind, values in references.items():
        if kind not in _REFERENCE_MARKS:
            raise ValueError(f"references may be {sorted(_REFERENCE_MARKS)}, got {kind!r}")
        if not values or not set(values) <= set(names):
            raise ValueError(f"references[{kind!r}] must name some of the groups {names}, got {sorted(values)}")
        finite_array(f"references[{kind!r}]", list(values.values()))


def _reference_marks(ax: Axes, kind: str, values: Mapping[str, float], names: list[str]) -> Line2D:
    """Mark the known values beside the means; return their legend handle."""
    places = [names.index(name) + 0.34 for name in values]
    return ax.plot(
        places,
        list(values.values()),
        _REFERENCE_MARKS[kind],
        color=COLOURS[kind],
        ms=16 if kind == "published" else 8,
        mew=2.6,
        mfc="white",
        zorder=4,
        label=kind,
    )[0]


def _spread(sample: NDArray[np.float64], width: float = 0.2, bins: int = 24) -> NDArray[np.float64]:
    """Return sideways shifts that keep equal values apart: a swarm, wider where values crowd, without chance."""
    low, high = sample.min(), sample.max()
    level = np.minimum((sample - low) / (high - low or 1) * bins, bins - 1).astype(int)
    most = np.bincount(level).max()
    shift = np.zeros_like(sample)
    for value in np.unique(level):
        members = np.flatnonzero(level == value)
        shift[members] = (np.arange(members.size) - (members.size - 1) / 2) * (2 * width / max(most, 8))
    return shift
