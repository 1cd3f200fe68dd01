"""Pictures of revenue: what each mechanism keeps of full surplus, and the ratios that the abstract speaks of."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from common.plots import COLOURS, PALETTE, label_axes, panel_title, panels
from common.stats import Interval, mean_interval
from papers.bundleflow.mechanisms import MECHANISMS
from papers.bundleflow.revenue_study import Cell, ratios

#: Revenue of BundleFlow over that of the baselines, lowest and highest of the paper's cells (published: abstract).
PUBLISHED_RATIOS = (1.11, 2.23)

_MARKERS = {"fresh": "o", "shared": "D"}


def cell_interval(values: Sequence[float] | np.ndarray) -> Interval:
    """Return the mean over seeds with its Student interval; of a single seed the number alone."""
    if len(values) == 1:
        return Interval(float(values[0]), float(values[0]), float(values[0]))
    return mean_interval(values)


def shares_picture(table: pd.DataFrame, recorded: Mapping[str, float] | None = None, label: str = "") -> Figure:
    """Draw the share of full surplus that each mechanism earns, a panel for each number of items.

    Parameters
    ----------
    table : DataFrame
        From `revenue_table`.
    recorded : mapping from str to float, optional
        Shares of a recorded larger run by name of the mechanism, drawn into every panel.
    label : str
        What the legend says of them.

    Returns
    -------
    matplotlib.figure.Figure
        Mechanisms from the one with the largest mean share down; a colour an environment, a marker a kind of market.
    """
    sizes = table["n_items"].unique()
    names = table.groupby("mechanism")["share"].mean().sort_values().index
    figure, axes = panels(1, len(sizes), width=5.2 + 3.6 * len(sizes), height=1.6 + 0.42 * len(names))
    colours = dict(zip(table["environment"].unique(), PALETTE, strict=False))
    for place, (ax, size) in enumerate(zip(axes, sizes, strict=True)):
        part = table[table["n_items"] == size]
        _shares(ax, part, names, colours)
        for y, name in enumerate(names):
            if name in (recorded or {}):
                ax.plot(recorded[name], y - 0.34, "X", color=COLOURS["recorded"], ms=8, mec="white", zorder=5)
        ax.set_yticks(range(len(names)), [MECHANISMS[name].label for name in names] if not place else [])
        ax.set_ylim(-0.6, len(names) - 0.4)
        label_axes(ax, "revenue / full surplus (share)", "mechanism", categorical="y")
        ax.set_ylabel("")
        panel_title(ax, f"{size} items")
    used = table[["environment", "market"]].drop_duplicates().itertuples(index=False)
    handles = [_handle(colours[environment], market, f"{environment}, {market}") for environment, market in used]
    if recorded:
        handles.append(Line2D([], [], color=COLOURS["recorded"], marker="X", mec="white", ms=9, lw=0, label=label))
    figure.legend(handles=handles, loc="outside upper center", ncols=min(4, len(handles)))
    return figure


def _shares(ax: Axes, part: pd.DataFrame, names: Sequence[str], colours: Mapping[str, str]) -> None:
    """Draw a dot with its interval for each cell and mechanism, cells apart from one another."""
    cells = list(part.groupby(["environment", "market"], sort=False))
    shifts = np.linspace(0.24, -0.24, len(cells)) if len(cells) > 1 else [0.0]
    for shift, ((environment, market), group) in zip(shifts, cells, strict=True):
        for y, name in enumerate(names):
            found = cell_interval(group.loc[group["mechanism"] == name, "share"].to_numpy())
            _dot(ax, found, y + shift, colours[environment], _MARKERS[market])
    for y in range(1, len(names)):
        ax.axhline(y - 0.5, color="#e4e4e4", lw=0.8, zorder=0)
    ax.grid(axis="y", visible=False)
    ax.tick_params(axis="y", length=0)


def ratios_picture(table: pd.DataFrame, baselines: Sequence[str], first: str = "bundleflow") -> Axes:
    """Draw the ratio of a mechanism's revenue to that of others in each cell, beside the band of the abstract.

    Parameters
    ----------
    table : DataFrame
        From `revenue_table`.
    baselines : sequence of str
        Names of the others, from top to bottom.
    first : str
        Name of the mechanism.

    Returns
    -------
    matplotlib.axes.Axes
    """
    _, (ax,) = panels(width=9.6, height=1.9 + 0.62 * len(baselines))
    ax.axvspan(*PUBLISHED_RATIOS, color=COLOURS["published"], alpha=0.1, lw=0)
    ax.axvline(1.0, color=COLOURS["reference"], lw=1)
    cells = [Cell(*cell) for cell in ratios(table, first, baselines[0]).index]
    colours = {key: PALETTE[place] for place, key in enumerate(dict.fromkeys(cell[:2] for cell in cells))}
    shifts = np.linspace(0.28, -0.28, len(cells)) if len(cells) > 1 else [0.0]
    for y, baseline in enumerate(reversed(baselines)):
        by_seed = ratios(table, first, baseline)
        for shift, cell in zip(shifts, cells, strict=True):
            found = cell_interval(by_seed.loc[tuple(cell)].to_numpy())
            _dot(ax, found, y + shift, colours[cell[:2]], _MARKERS[cell.market])
    ax.set_yticks(range(len(baselines)), [MECHANISMS[name].label for name in reversed(baselines)])
    ax.set_ylim(-0.6, len(baselines) - 0.4)
    ax.grid(axis="y", visible=False)
    label_axes(
        ax, f"revenue of {MECHANISMS[first].label} / revenue of the baseline (ratio)", "baseline", categorical="y"
    )
    ax.set_ylabel("")
    handles = [_handle(colours[c[:2]], c.market, f"{c.environment}, {c.n_items}, {c.market}") for c in cells]
    low, high = PUBLISHED_RATIOS
    handles.append(Patch(color=COLOURS["published"], alpha=0.15, lw=0, label=f"published (abstract): {low}-{high}"))
    ax.figure.legend(handles=handles, loc="outside upper center", ncols=min(4, len(handles)))
    return ax


def _dot(ax: Axes, found: Interval, y: float, colour: str, marker: str) -> None:
    error = [[found.estimate - found.low], [found.high - found.estimate]]
    ax.errorbar(
        found.estimate, y, xerr=error, fmt=marker, color=colour, ms=6, mec="white", mew=0.6, lw=1.4, capsize=2.5
    )


def _handle(colour: str, market: str, label: str) -> Line2D:
    return Line2D([], [], color=colour, marker=_MARKERS[market], mec="white", ms=8, lw=0, label=label)


def curves_picture(curves: pd.DataFrame, budget: int, share: float = 0.9) -> Figure:
    """Draw revenue over iterations and over CPU seconds, with bands over the seeds.

    Parameters
    ----------
    curves : DataFrame
        From `learning_curves`.
    budget : int
        Which of its budgets.
    share : float
        Of the best final revenue, where a line is drawn.

    Returns
    -------
    matplotlib.figure.Figure
        Left against iterations; right against mean CPU seconds at these iterations, Stage 1 included.
    """
    part = curves[curves["budget"] == budget]
    figure, axes = panels(1, 2, width=11.0, height=4.6)
    ylabel = "revenue / full surplus (share)"
    finals = part[part["iteration"] == budget].groupby("seed")["share"].max()
    for name, shade in zip(part["learner"].unique(), PALETTE, strict=False):
        looks = part[part["learner"] == name].groupby("iteration")
        found = [cell_interval(group.to_numpy()) for _, group in looks["share"]]
        middle = [interval.estimate for interval in found]
        low, high = ([getattr(interval, end) for interval in found] for end in ("low", "high"))
        style = {"marker": "o", "ms": 4, "color": shade, "label": MECHANISMS[name].label}
        axes[0].plot(list(looks.groups), middle, **style)
        axes[0].fill_between(list(looks.groups), low, high, color=shade, alpha=0.15, lw=0)
        axes[1].plot(looks["seconds"].mean() + looks["stage_1_seconds"].mean(), middle, **style)
    label_axes(axes[0], "iterations (count)", ylabel)
    label_axes(axes[1], "CPU time with Stage 1, one thread (seconds)", ylabel)
    for ax in axes:
        ax.axhline(share * float(finals.mean()), color=COLOURS["reference"], ls=":", lw=1.6)
        ax.set_ylim(0, 1.05 * part["share"].max())
    figure.legend(*axes[1].get_legend_handles_labels(), loc="outside upper center", ncols=2)
    return figure
