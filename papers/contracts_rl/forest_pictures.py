"""Pictures of random trees: one of them, the distribution over many, and what depth and noise do."""

from collections.abc import Mapping
from itertools import pairwise

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from numpy.typing import NDArray

from common.plots import COLOURS, PALETTE, label_axes, legend_above, lines_with_band, panel_title, panels
from papers.contracts_rl.trees import WORK

_LINE, _REST = "#bdbdbd", "#ffffff"


def tree_picture(action: NDArray[np.intp], other: NDArray[np.intp], name: str) -> Axes:
    """Draw a tree with the actions asked for, and where another solution asks for something else.

    Parameters
    ----------
    action, other : ndarray of int, shape (T, 2**(T-1))
        Actions of two solutions, in the layout of :func:`~papers.contracts_rl.trees.random_binary_tree`; readable up to
        a depth of about 6.
    name : str
        What the other solution is called.

    Returns
    -------
    matplotlib.axes.Axes
        The root on top; the left branch of a state is the outcome of shirking.
    """
    depth = len(action)
    ax = panels(width=10.4, height=0.9 + 0.62 * depth)[1][0]
    ax.set_axis_off()
    places = [np.column_stack([(np.arange(2**t) + 0.5) / 2**t, np.full(2**t, -float(t))]) for t in range(depth)]
    for above, below in pairwise(places):
        branches = np.stack([above.repeat(2, axis=0), below], axis=1)
        ax.add_collection(LineCollection(branches, colors=_LINE, linewidths=1.2, zorder=1))
    points = np.concatenate(places)
    first, second = (np.concatenate([row[: 2**t] for t, row in enumerate(a)]) for a in (action, other))
    for asked, face in ((WORK, PALETTE[0]), (1 - WORK, _REST)):
        ax.plot(*points[first == asked].T, "o", ms=9, mfc=face, mec=PALETTE[0], mew=1.5, zorder=3)
    ax.plot(*points[first != second].T, "o", ms=16, mfc="none", mec=PALETTE[1], mew=2.2, zorder=2)
    ax.set_ylim(0.5 - depth, 0.5)
    handles = [
        Line2D([], [], marker="o", ls="", ms=9, mfc=face, mec=PALETTE[0], label=label)
        for face, label in ((PALETTE[0], "work is asked for"), (_REST, "work is not asked for"))
    ]
    ring = Line2D([], [], marker="o", ls="", ms=13, mfc="none", mec=PALETTE[1], mew=2.2, label=f"otherwise {name}")
    legend_above(ax, [*handles, ring])
    return ax


def shares_picture(table: pd.DataFrame, marks: Mapping[str, float]) -> Axes:
    """Draw the distribution of the share of states in which work is asked for.

    Parameters
    ----------
    table : pandas.DataFrame
        From :func:`~papers.contracts_rl.tree_study.tree_statistics`.
    marks : mapping from str to float
        Values to mark, from ``"published"``, ``"expected"`` and ``"recorded"``.

    Returns
    -------
    matplotlib.axes.Axes
    """
    ax = panels(height=3.8)[1][0]
    label_axes(ax, "states in which work is asked for (share)", "trees (count)")
    bins = np.linspace(0.5, 0.66, 33)
    ax.hist(table["effort_share"].clip(0.5, 0.66), bins=bins, color=COLOURS["ours"], alpha=0.6, label="ours")
    ax.axvline(table["effort_share"].mean(), color=COLOURS["ours"], lw=2.4, label="our mean")
    for kind, value in marks.items():
        ax.axvline(value, color=COLOURS[kind], lw=2, ls="-" if kind == "published" else ":", label=kind)
    legend_above(ax, ax.get_legend_handles_labels()[0])
    return ax


def sensitivity_picture(table: pd.DataFrame) -> Figure:
    """Draw how often work is asked for, and what both get, over the noise and by depth.

    Parameters
    ----------
    table : pandas.DataFrame
        From :func:`~papers.contracts_rl.tree_study.sensitivity`.

    Returns
    -------
    matplotlib.figure.Figure
        A panel for each of the three; means with 95 % intervals.
    """
    figure, axes = panels(1, 3, width=13.5, height=3.9)
    labels = {
        "effort_share": "work is asked for (share)",
        "principal": "principal's utility (reward)",
        "agent": "agent's utility (reward)",
    }
    for ax, (name, label) in zip(axes, labels.items(), strict=True):
        grids = {f"T = {depth}": _by_tree(part, "noise", name) for depth, part in table.groupby("depth")}
        lines = {key: grid.to_numpy() for key, grid in grids.items()}
        noises = next(iter(grids.values())).columns
        lines_with_band(noises, lines, xlabel="noise (probability)", ylabel=label, ax=ax)
    return figure


def commitment_picture(by_depth: pd.DataFrame, by_noise: pd.DataFrame) -> Figure:
    """Draw what commitment is worth to the principal, by depth and by noise.

    Parameters
    ----------
    by_depth, by_noise : pandas.DataFrame
        From :func:`~papers.contracts_rl.tree_study.commitment_study`: several depths with one noise, and several noises
        with one depth.

    Returns
    -------
    matplotlib.figure.Figure
        Depths on the left, with the proven bound; noises on the right. Means with 95 % intervals.
    """
    figure, (left, right) = panels(1, 2, width=10.8, height=4.0)
    ylabel, colours = "commitment / equilibrium (ratio)", {"proven bound": COLOURS["bound"]}
    found, most = (_by_tree(by_depth, "depth", name) for name in ("ratio", "most"))
    lines = {"found": found.to_numpy(), "proven bound": most.to_numpy()}
    lines_with_band(found.columns, lines, xlabel="layers T (count)", ylabel=ylabel, colours=colours, ax=left)
    found = _by_tree(by_noise, "noise", "ratio")
    lines_with_band(found.columns, {"found": found.to_numpy()}, xlabel="noise (probability)", ylabel=ylabel, ax=right)
    panel_title(left, f"noise {by_depth['noise'].iloc[0]:g}")
    panel_title(right, f"{by_noise['depth'].iloc[0]} layers")
    return figure


def _by_tree(table: pd.DataFrame, along: str, value: str) -> pd.DataFrame:
    return table.pivot(index="tree", columns=along, values=value)
