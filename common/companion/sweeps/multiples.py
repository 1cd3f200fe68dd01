"""Small multiples: a figure for each recorded value, in it a panel for each swept parameter, as SVG for a page."""

from __future__ import annotations

import io
import re
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from math import ceil
from typing import TYPE_CHECKING

import numpy as np

from common.companion.sweeps.levels import Levels, levels_of, means_by_level
from common.companion.sweeps.words import value_text

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

#: Points of a page that are drawn as vectors; of a page with more they are pixels within the vector picture.
_MOST_VECTORS = 20_000
#: Panels side by side.
_COLUMNS = 6
#: Names on an axis; of more every second, third, ... is written.
_MOST_NAMES = 16
_INK, _GRID, _POINTS, _MEANS = "#333333", "#e4e4e4", "#0072b2", "#d55e00"
#: The page's style sheet says what these are in its light and its dark dress.
_DRESS = {_INK: "currentColor", _GRID: "var(--grid)", _POINTS: "var(--points)", _MEANS: "var(--means)"}

_RC = {
    "font.size": 9, "axes.labelsize": 9.5, "xtick.labelsize": 8.5, "ytick.labelsize": 8.5, "lines.markersize": 4,
    "axes.labelpad": 3, "lines.linewidth": 1.6, "text.color": _INK, "axes.labelcolor": _INK, "axes.edgecolor": _INK,
    "xtick.color": _INK, "ytick.color": _INK, "grid.color": _GRID, "svg.fonttype": "none",
    "text.parse_math": False,  # names are not formulae
    "savefig.facecolor": "none",
    "figure.constrained_layout.use": False,  # slow, and the panels of two figures would not stand in line
}  # fmt: skip


@dataclass(frozen=True)
class Multiple:
    """The panels of one recorded value.

    Attributes
    ----------
    value
        Its name.
    svg
        The picture, to be put into a page as it is; it carries its alt text.
    runs, missing
        Finished runs that recorded it, and that did not.
    is_share
        Whether truth values were recorded: then shares are drawn.
    """

    value: str
    svg: str
    runs: int
    missing: int
    is_share: bool


def can_be_drawn(column: pd.Series) -> bool:
    """Whether a recorded value is a number or a truth value, and some run has one."""
    from pandas.api.types import is_numeric_dtype

    return is_numeric_dtype(column) and bool(column.notna().any())


def small_multiples(table: pd.DataFrame, values: Sequence[str], varying: Sequence[str]) -> list[Multiple]:
    """Draw recorded values against swept parameters.

    A panel has a point for each run and, joined, the mean of all runs with the same value of its parameter, whatever
    their other parameters and seeds, with its 95 % interval. Of truth values it has their share alone.

    Parameters
    ----------
    table
        The finished runs, at least one.
    values
        Columns for which `can_be_drawn` holds.
    varying
        Columns of the swept parameters.
    """
    import matplotlib as mpl

    from common.plots.style import use_style

    axes = [levels_of(table[name]) for name in varying]
    means = [means_by_level(table, levels, list(values)) for levels in axes]
    as_pixels = len(table) * len(values) * len(varying) > _MOST_VECTORS
    found = []
    with mpl.rc_context():
        use_style()
        mpl.rcParams.update(_RC)
        for name in values:
            column, own = table[name], [each[name] for each in means]
            figure = _figure(column, axes, own, as_pixels)
            missing = int(column.isna().sum())
            mpl.rcParams["svg.hashsalt"] = f"companion {name}"  # the ids of two figures of a page differ
            svg = _svg(figure, _alt(name, axes, own))
            found.append(Multiple(name, svg, len(table) - missing, missing, _is_share(column)))
    return found


def _is_share(column: pd.Series) -> bool:
    from pandas.api.types import is_bool_dtype

    return is_bool_dtype(column)


def _figure(column: pd.Series, axes: list[Levels], means: list[pd.DataFrame], as_pixels: bool) -> Figure:
    """Lay the panels out so that those of one parameter stand below each other from figure to figure."""
    from matplotlib.figure import Figure

    lines = ceil(len(axes) / _COLUMNS)
    columns = ceil(len(axes) / lines)
    panel = min(4.0, 11.5 / columns)  # inches: six fit into a window of 1280 pixels
    foot = 1.1 if any(_upright(levels, panel) for levels in axes) else 0.5
    width, height = 0.85 + columns * panel, lines * (1.9 + foot) + 0.1
    figure = Figure(figsize=(width, height), facecolor="none")
    grid = figure.subplots(lines, columns, sharey=True, squeeze=False)
    figure.subplots_adjust(
        left=0.75 / width, right=1 - 0.1 / width, bottom=foot / height, top=1 - 0.1 / height,
        wspace=0.2 / (panel - 0.2), hspace=foot / 1.9,
    )  # fmt: skip
    for ax in list(grid.flat)[len(axes) :]:
        ax.remove()
    for ax, levels, mean in zip(grid.flat, axes, means, strict=False):
        ax.set_facecolor("none")
        _draw(ax, column, levels, mean, as_pixels)
        _dress(ax, levels, panel)
    for ax in grid[:, 0]:
        ax.set_ylabel(value_text(str(column.name), 28) + (" (share)" if _is_share(column) else ""))
    return figure


def _draw(ax: Axes, column: pd.Series, levels: Levels, means: pd.DataFrame, as_pixels: bool) -> None:
    if _is_share(column):
        ax.set_ylim(-0.05, 1.05)
    else:
        present = column.notna().to_numpy()
        numbers = column.to_numpy(dtype=float, na_value=np.nan)[present]
        alpha = float(np.clip(20 / np.sqrt(numbers.size), 0.15, 0.6))
        ax.plot(levels.at[present], numbers, "o", color=_POINTS, mew=0, alpha=alpha, rasterized=as_pixels)
    if levels.kind == "seeds" and not _is_share(column):
        ax.axhline(numbers.mean(), color=_MEANS)
    elif levels.kind in ("names", "seeds"):
        up, down = means["high"] - means["mean"], means["mean"] - means["low"]
        ax.errorbar(
            levels.places, means["mean"], [down.clip(lower=0), up.clip(lower=0)], color=_MEANS, fmt="D", capsize=4
        )
    else:
        ax.fill_between(levels.places, means["low"], means["high"], color=_MEANS, alpha=0.25, lw=0)
        ax.plot(levels.places, means["mean"], "o-", color=_MEANS)


def _dress(ax: Axes, levels: Levels, panel: float) -> None:
    ax.set_xlabel(value_text(levels.name, int(panel * 14)))
    if levels.logarithmic:
        ax.set_xscale("log")
        ax.xaxis.set_major_formatter("{x:g}")
        ax.minorticks_off()
    if levels.kind == "names":
        step = ceil(len(levels.labels) / _MOST_NAMES)
        shown = [value_text(label, 16) for label in levels.labels[::step]]
        ax.set_xticks(levels.places[::step], shown, rotation=90 if _upright(levels, panel) else 0)
        ax.set_xlim(-0.5, len(levels.labels) - 0.5)
    elif _fit(levels, panel):
        ax.set_xticks(levels.places, levels.labels)
    elif not levels.logarithmic:
        ax.xaxis.get_major_locator().set_params(integer=bool((levels.at % 1 == 0).all()))


def _upright(levels: Levels, panel: float) -> bool:
    """Whether names need more room than there is beside each other."""
    return levels.kind == "names" and sum(min(len(label), 16) + 2 for label in levels.labels) > panel * 14


def _fit(levels: Levels, panel: float) -> bool:
    """Whether the numbers of an axis can all be written below it."""
    places = np.log(levels.places) if levels.logarithmic else levels.places
    if levels.kind != "numbers" or places.size < 2:
        return levels.kind == "numbers"
    nearest = np.diff(places).min() / np.ptp(places)  # as a share of the axis
    return bool(nearest * panel * 12 > max(map(len, levels.labels)) + 1)


def _svg(figure: Figure, alt: str) -> str:
    """Return a figure as an element of a page: no prologue, no ids that a second figure has, the page's colours."""
    text = io.StringIO()
    figure.savefig(text, format="svg", metadata=dict.fromkeys(("Creator", "Date", "Format", "Type")))
    svg = text.getvalue()
    svg = re.sub(r'<g id="[^"]*"', "<g", svg[svg.index("<svg") :])
    svg = re.sub(r"<style.*?</style>", "", svg, count=1)  # it would hold for the whole page
    svg = re.sub(r"(fill|stroke): (#[0-9a-f]{6})", lambda m: f"{m[1]}: {_DRESS.get(m[2], m[2])}", svg)
    return svg.replace("<svg", f'<svg role="img" aria-label="{escape(alt)}"', 1)


def _alt(value: str, axes: list[Levels], means: list[pd.DataFrame]) -> str:
    return " ".join(_told(value, levels, mean) for levels, mean in zip(axes, means, strict=True))


def _told(value: str, levels: Levels, means: pd.DataFrame) -> str:
    """Say in words what a panel shows."""
    known = means["mean"].notna().to_numpy()
    pairs = [
        (label, value_text(float(m))) for label, m, k in zip(levels.labels, means["mean"], known, strict=True) if k
    ]
    start = f"Mean of {value} by {levels.name}:"
    if levels.kind == "seeds" or (levels.kind == "names" and len(pairs) > 8):
        low, high = value_text(float(means["mean"].min())), value_text(float(means["mean"].max()))
        return f"{start} between {low} and {high} for {len(pairs)} different ones."
    if len(pairs) > 8:
        return f"{start} from {pairs[0][1]} at {pairs[0][0]} to {pairs[-1][1]} at {pairs[-1][0]}."
    return f"{start} {', '.join(f'{mean} at {label}' for label, mean in pairs)}."
