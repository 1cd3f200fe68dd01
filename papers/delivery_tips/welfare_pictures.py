"""Pictures of welfare: what is lost against the first best, and who may have how much of it."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from common.plots import COLOURS, PALETTE, label_axes, panel_title, panels
from common.stats import Interval, mean_interval, wilson_interval
from papers.delivery_tips.welfare_study import SIDES

_SERIES = {
    "linear_value": ("linear bound", COLOURS["bound"], "v"),
    "with_tips": ("best with tips", COLOURS["ours"], "o"),
    "without_tips": ("best without tips, where one exists", PALETTE[2], "s"),
}


def losses(study: pd.DataFrame, level: str, axis: str) -> dict[float, Interval]:
    """Average what is lost against the first best, in the markets where it is defined.

    Parameters
    ----------
    study : pandas.DataFrame
        Of `welfare_study`.
    level : {"linear_value", "with_tips", "without_tips"}
        Whose welfare; the linear bound loses a negative amount.
    axis : str
        Column over which the study varies.

    Returns
    -------
    dict of float to Interval
        By value of the axis: mean of first best less welfare, in money, with its Student interval. Values with fewer
        than two markets are left out.
    """
    found = {}
    for value, group in study[study[level].notna()].groupby(axis):
        if len(group) >= 2:
            found[float(value)] = mean_interval(group["first_best"] - group[level])
    return found


def losses_picture(studies: Mapping[str, tuple[pd.DataFrame, str, str]]) -> Figure:
    """Draw the losses over each axis, and below them how often an equilibrium without tips exists.

    Parameters
    ----------
    studies : mapping from str to (pandas.DataFrame, str, str)
        By heading of the panel: a study, the column over which it varies, and the label of that axis.

    Returns
    -------
    matplotlib.figure.Figure
    """
    figure, axes = panels(2, len(studies), width=3.9 * len(studies), height=6.4)
    for place, (heading, (study, axis, label)) in enumerate(studies.items()):
        top, bottom = axes[place], axes[place + len(studies)]
        for level, (name, colour, marker) in _SERIES.items():
            _points(top, losses(study, level, axis), name, colour, marker)
        exists = study.groupby(axis)["without_tips"].agg(["count", "size"])
        shares = {float(x): wilson_interval(int(row["count"]), int(row["size"])) for x, row in exists.iterrows()}
        _points(bottom, shares, "", _SERIES["without_tips"][1], "s")
        label_axes(top, label, "first best less welfare (money)")
        label_axes(bottom, label, "equilibrium without tips exists (share)")
        bottom.set_ylim(-0.05, 1.05)
        top.set_xlim(bottom.get_xlim())
        panel_title(top, heading)
    figure.legend(*axes[0].get_legend_handles_labels(), loc="outside upper center", ncols=3)
    return figure


def _points(ax: Axes, intervals: Mapping[float, Interval], name: str, colour: str, marker: str) -> None:
    """Draw estimates with their intervals, joined."""
    x, middle = list(intervals), np.array([found.estimate for found in intervals.values()])
    low, high = (np.array([getattr(found, end) for found in intervals.values()]) for end in ("low", "high"))
    ax.errorbar(x, middle, [middle - low, high - middle], fmt=f"{marker}-", ms=5, color=colour, capsize=3, label=name)


def ranges_picture(study: pd.DataFrame) -> Axes:
    """Draw for each side the mean range of what it can have, under each rule.

    Parameters
    ----------
    study : pandas.DataFrame
        Of `range_study`.

    Returns
    -------
    matplotlib.axes.Axes
    """
    _, (ax,) = panels(width=8.4, height=4.4)
    rules = {"tips alone": COLOURS["ours"], "no tips": PALETTE[2]}
    for shift, (rule, colour) in zip((-0.16, 0.16), rules.items(), strict=True):
        for place, side in enumerate(SIDES):
            group = study[(study["rule"] == rule) & (study["side"] == side)]
            ends = [mean_interval(group[end]) for end in ("least", "most")]
            y = place + shift
            ax.plot([end.estimate for end in ends], [y, y], color=colour, lw=9, alpha=0.35, solid_capstyle="butt")
            for end in ends:
                error = [[end.estimate - end.low], [end.high - end.estimate]]
                ax.errorbar(end.estimate, y, xerr=error, fmt="|", ms=15, mew=2.4, color=colour, capsize=4)
        ax.plot([], [], color=colour, lw=9, alpha=0.35, label=rule)
    ax.axvline(0, color=COLOURS["reference"], lw=1)
    label_axes(ax, "part of the first best (share)", "side", categorical="y")
    ax.set_yticks(range(len(SIDES)), SIDES)
    ax.invert_yaxis()
    ax.figure.legend(*ax.get_legend_handles_labels(), loc="outside upper center", ncols=2)
    return ax
