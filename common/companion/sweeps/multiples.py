"""Small multiples: a figure for each recorded value, in it a panel for each swept parameter, as SVG for a page."""

from __future__ import annotations

import io
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from math import ceil
from types import MappingProxyType
from typing import TYPE_CHECKING

import numpy as np

from common.companion.sweeps.levels import Levels, is_share, levels_of, means_by_level
from common.companion.sweeps.words import value_text

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from common.companion.sweeps.drawable import Drawable

#: Points of a page that are drawn as vectors; of a page with more they are pixels within the vector picture.
_MOST_VECTORS = 20_000
#: Panels side by side.
_COLUMNS = 6
#: Names on an axis; of more every second, third, ... is written.
_MOST_NAMES = 16
#: Letters of an entry's name in a legend.
_MOST_LETTERS = 28
_INK, _GRID, _POINTS, _MEANS = "#333333", "#e4e4e4", "#0072b2", "#d55e00"
#: Of the entries of a list: each at least 3:1 against white.
_ENTRIES = (_POINTS, _MEANS, "#00855f", "#b8488f", "#9a7b00", "#7b4fb5", "#0e8fa3", "#6b6b6b")
_MARKERS = ("o", "D", "s", "^", "v", "P", "X", "p")
#: The page's style sheet says what these are in its light and its dark dress.
_DRESS = {_INK: "currentColor", _GRID: "var(--grid)", _POINTS: "var(--points)", _MEANS: "var(--means)"}
_DRESS |= {colour: f"var(--entry{i})" for i, colour in enumerate(_ENTRIES[2:], 2)}

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
    caption
        What is drawn, and of how many runs.
    """

    value: str
    svg: str
    caption: str


def small_multiples(
    table: pd.DataFrame,
    values: Sequence[Drawable],
    varying: Sequence[str],
    walked: Mapping[str, Sequence[str]] = MappingProxyType({}),
) -> list[Multiple]:
    """Draw recorded values against swept parameters.

    A panel has a point for each run and, joined, the mean of all runs with the same value of its parameter, whatever
    their other parameters and seeds, with the ends of `common.companion.sweeps.levels.means_by_level`. Of truth values
    it has their share alone, of a list the mean of each entry, with its interval where seeds are swept.

    Parameters
    ----------
    table
        The finished runs, at least one.
    values
        What was recorded, as `common.companion.sweeps.drawable.sorted_out` found it.
    varying
        Columns of the swept parameters.
    walked
        Of parameters that change together with others, these others: a panel names them.
    """
    import matplotlib as mpl

    from common.plots.style import use_style

    axes = [levels_of(table[name]) for name in varying]
    notes = ["" if name not in walked else f"walked together with {', '.join(walked[name])}" for name in varying]
    seeds = table["seed"] if "seed" in varying else None
    as_pixels = len(table) * len(values) * len(varying) > _MOST_VECTORS
    found = []
    with mpl.rc_context():
        use_style()
        mpl.rcParams.update(_RC)
        for value in values:
            means = [means_by_level(value.columns, levels, seeds) for levels in axes]
            figure = _figure(value, axes, notes, means, seeds is not None, as_pixels)
            mpl.rcParams["svg.hashsalt"] = f"companion {value.name}"  # the ids of two figures of a page differ
            svg = _svg(figure, " ".join(_told(*panel) for panel in zip(axes, notes, means, strict=True)))
            found.append(Multiple(value.name, svg, _caption(value)))
    return found


def _caption(value: Drawable) -> str:
    missing = int(value.columns.isna().all(axis=1).sum())
    if value.is_list:
        drawn = "Means of the entries"
    else:
        drawn = "Share of true ones" if is_share(value.columns[value.name]) else "Mean and runs"
    lost = f"; {missing:,} finished runs have no such value" if missing else ""
    return f"{drawn}, {len(value.columns) - missing:,} runs{lost}."


def _figure(
    value: Drawable,
    axes: list[Levels],
    notes: list[str],
    means: list[dict[str, pd.DataFrame]],
    by_seed: bool,
    as_pixels: bool,
) -> Figure:
    """Lay the panels out so that those of one parameter stand below each other from figure to figure."""
    from matplotlib.figure import Figure

    lines = ceil(len(axes) / _COLUMNS)
    columns = ceil(len(axes) / lines)
    panel = min(4.0, 11.5 / columns)  # inches: six fit into a window of 1280 pixels
    foot = (1.1 if any(_upright(levels, panel) for levels in axes) else 0.5) + 0.18 * any(notes)
    width = 0.85 + columns * panel
    beside = max(1, int(width * 11 / (_longest(value) + 6)))  # entries in a line of the legend
    head = 0.2 + 0.2 * ceil(value.columns.shape[1] / beside) if value.is_list else 0.1
    height = lines * (1.9 + foot) + head
    figure = Figure(figsize=(width, height), facecolor="none")
    grid = figure.subplots(lines, columns, sharey=True, squeeze=False)
    figure.subplots_adjust(
        left=0.75 / width, right=1 - 0.1 / width, bottom=foot / height, top=1 - head / height,
        wspace=0.2 / (panel - 0.2), hspace=foot / 1.9,
    )  # fmt: skip
    for ax in list(grid.flat)[len(axes) :]:
        ax.remove()
    for ax, levels, note, mean in zip(grid.flat, axes, notes, means, strict=False):
        ax.set_facecolor("none")
        if value.is_list:
            _draw_entries(ax, levels, mean, by_seed)
        else:
            _draw(ax, value.columns[value.name], levels, mean[value.name], as_pixels)
        _dress(ax, levels, note, panel)
    share = " (share)" if not value.is_list and is_share(value.columns[value.name]) else ""
    for ax in grid[:, 0]:
        ax.set_ylabel(value_text(value.name, 28) + share)
    if value.is_list:
        handles = grid.flat[0].get_lines()[: value.columns.shape[1]]
        names = [value_text(name, _MOST_LETTERS) for name in value.columns]
        figure.legend(handles, names, ncols=beside, loc="upper left", fontsize=8.5, borderaxespad=0.2)
    return figure


def _longest(value: Drawable) -> int:
    return min(_MOST_LETTERS, max(map(len, value.columns)))


def _draw(ax: Axes, column: pd.Series, levels: Levels, means: pd.DataFrame, as_pixels: bool) -> None:
    if is_share(column):
        ax.set_ylim(-0.05, 1.05)
    else:
        present = column.notna().to_numpy()
        numbers = column.to_numpy(dtype=float, na_value=np.nan)[present]
        alpha = float(np.clip(20 / np.sqrt(numbers.size), 0.15, 0.6))
        ax.plot(levels.at[present], numbers, "o", color=_POINTS, mew=0, alpha=alpha, rasterized=as_pixels)
    if levels.kind == "seeds" and not is_share(column):
        ax.axhline(numbers.mean(), color=_MEANS)
    elif levels.kind in ("names", "seeds"):
        ax.errorbar(levels.places, means["mean"], _whiskers(means), color=_MEANS, fmt="D", capsize=4)
    else:
        ax.fill_between(levels.places, means["low"], means["high"], color=_MEANS, alpha=0.25, lw=0)
        ax.plot(levels.places, means["mean"], "o-", color=_MEANS)


def _draw_entries(ax: Axes, levels: Levels, means: Mapping[str, pd.DataFrame], by_seed: bool) -> None:
    """Draw the mean of each entry of a list; the lines come first, for the legend."""
    joined = "-" if levels.kind in ("numbers", "bins") else ""
    looks = list(zip(_ENTRIES, _MARKERS, means.values(), strict=False))
    for colour, marker, mean in looks:
        ax.plot(levels.places, mean["mean"], marker + joined, color=colour)
    for colour, _, mean in looks if by_seed else []:
        if joined:
            ax.fill_between(levels.places, mean["low"], mean["high"], color=colour, alpha=0.15, lw=0)
        else:
            ax.errorbar(levels.places, mean["mean"], _whiskers(mean), color=colour, fmt="none", capsize=3)


def _whiskers(means: pd.DataFrame) -> list[pd.Series]:
    return [(means["mean"] - means["low"]).clip(lower=0), (means["high"] - means["mean"]).clip(lower=0)]


def _dress(ax: Axes, levels: Levels, note: str, panel: float) -> None:
    letters = int(panel * 14)
    ax.set_xlabel(value_text(levels.name, letters) + (f"\n{value_text(note, letters)}" if note else ""))
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


def _told(levels: Levels, note: str, means: Mapping[str, pd.DataFrame]) -> str:
    """Say in words what a panel shows."""
    axis = f"{levels.name} ({note})" if note else levels.name
    most = 8 if len(means) == 1 else 2
    return " ".join(f"Mean of {name} by {axis}: {_course(levels, mean, most)}." for name, mean in means.items())


def _course(levels: Levels, means: pd.DataFrame, most: int) -> str:
    known = means["mean"].notna().to_numpy()
    pairs = [
        (label, value_text(float(m))) for label, m, k in zip(levels.labels, means["mean"], known, strict=True) if k
    ]
    if not pairs:
        return "none"
    if levels.kind == "seeds" or (levels.kind == "names" and len(pairs) > most):
        low, high = value_text(float(means["mean"].min())), value_text(float(means["mean"].max()))
        return f"between {low} and {high} for {len(pairs)} different ones"
    if len(pairs) > most:
        return f"from {pairs[0][1]} at {pairs[0][0]} to {pairs[-1][1]} at {pairs[-1][0]}"
    return ", ".join(f"{mean} at {label}" for label, mean in pairs)
