"""Means with their intervals over a swept quantity, a series for each value of another.

Imported by its path: what `common.plots` exports is part of the name of every run that draws.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib import rcParams
from matplotlib.transforms import ScaledTranslation

from common.plots.labels import EndLabel, end_labels, legend_above
from common.plots.style import LINESTYLES, PALETTE, label_axes

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

#: Points between two series at the same place: bars of lines over the same places would cover each other.
_APART = 5.0


def draw_intervals(
    summary: pd.DataFrame,
    x: str,
    by: str,
    ax: Axes,
    *,
    xlabel: str,
    ylabel: str,
    label: str = "{:g}",
    apart: float = _APART,
    legend: bool | None = None,
) -> Mapping[Any, str]:
    """Draw means with their intervals over ``x``, a line for each value of ``by``.

    Parameters
    ----------
    summary : pandas.DataFrame
        Of one value, from `common.stats.aggregation.aggregate`: columns ``x``, ``by``, ``mean``, ``low``, ``high``.
    x, by : str
        Its columns: numbers for the axis, and what makes a series.
    ax : matplotlib.axes.Axes
        Panel to draw into.
    xlabel, ylabel : str
        With units in brackets.
    label : str
        How a value of ``by`` is written, in place of the braces.
    apart : float
        Points between two series at the same place.
    legend : bool, optional
        Whether the names stand in a legend above; by default only where the lines do not end at the same place,
        else at their ends.

    Returns
    -------
    mapping to str
        The colour of each series.

    Raises
    ------
    ValueError
        If the summary is of several values, or has more series than there are colours.
    """
    values, groups = list(summary["value"].unique()), list(summary.sort_values(x).groupby(by))
    if len(values) != 1:
        raise ValueError(f"summary must be of one value, given {values}")
    if len(groups) > len(PALETTE):
        raise ValueError(f"summary must have at most {len(PALETTE)} series, given {len(groups)}")
    label_axes(ax, xlabel, ylabel)
    lines, ends = [], []
    for index, (key, rows) in enumerate(groups):
        mean, text = rows["mean"].to_numpy(dtype=float), label.format(key)
        reach = np.abs(rows[["low", "high"]].to_numpy(dtype=float) - mean[:, None]).T
        shift = ScaledTranslation(apart * (index - (len(groups) - 1) / 2) / 72, 0, ax.figure.dpi_scale_trans)
        style = {"color": PALETTE[index], "ls": LINESTYLES[index], "marker": "o", "ms": 5, "elinewidth": 1.2}
        bars = ax.errorbar(rows[x], mean, reach, label=text, capsize=3, transform=ax.transData + shift, **style)
        lines.append(bars)
        ends.append(EndLabel(rows[x].iloc[-1], mean[-1], text, PALETTE[index]))
    # When it chooses the limits, matplotlib counts nothing that is shifted, and leaves no room for the shift.
    for edge in ("mean", "low", "high"):  # a single run has no interval
        ax.update_datalim(summary[[x, edge]].dropna().to_numpy(dtype=float))
    aside = apart * (len(groups) - 1) / 2
    ax.margins(x=rcParams["axes.xmargin"] + aside / (72 * ax.bbox.width / ax.figure.dpi - 2 * aside))
    ax.autoscale_view()
    if legend is None:
        legend = summary.groupby(by)[x].max().nunique() > 1
    if legend:
        legend_above(ax, lines)
    else:
        end_labels(ax, ends)
    return {key: PALETTE[index] for index, (key, _) in enumerate(groups)}
