"""A two-sided market as a picture: buyers left, sellers right, trades thick, introductions in colour."""

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Literal

import numpy as np
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from numpy.typing import NDArray

from common.plots.network_state import NetworkState
from common.plots.style import panels

EDGE_STYLES = {
    "world": {"color": "#9a9a9a", "lw": 1.3, "ls": "-"},
    "world, traded": {"color": "#1a1a1a", "lw": 4.0, "ls": "-"},
    "introduced": {"color": "#D55E00", "lw": 1.6, "ls": (0, (4, 2))},
    "introduced, traded": {"color": "#D55E00", "lw": 4.0, "ls": "-"},
}
PATH = {"color": "#56B4E9", "lw": 12.0, "alpha": 0.45}

Node = tuple[Literal["buyer", "seller"], int]


def bipartite_network(
    state: NetworkState,
    *,
    path: Sequence[Node] = (),
    path_label: str = "opportunity path",
    digits: int = 2,
    ax: Axes | None = None,
) -> Axes:
    """Draw the market: an edge for every pair that can trade, values and utilities at buyers, prices at sellers.

    Readable up to about 8 x 8.

    Parameters
    ----------
    state : NetworkState
        What to draw.
    path : sequence of (side, index)
        Alternating path to highlight, as in ``[("buyer", 0), ("seller", 1), ("buyer", 1)]``; consecutive nodes
        must be linked.
    path_label : str
        Its name in the legend.
    digits : int
        Decimals of prices, utilities and values, 0..6.
    ax : matplotlib.axes.Axes, optional
        Panel to draw into; by default a new figure as high as the market needs.

    Returns
    -------
    matplotlib.axes.Axes
        The panel; buyers stand at x = 0 and sellers at x = 1.

    Raises
    ------
    ValueError
        If the path follows no edge or digits is out of range.
    """
    if not 0 <= digits <= 6:
        raise ValueError(f"digits must be in 0..6, got {digits!r}")
    heights = _heights(state.shape)
    steps = _path_steps(state, path)
    if ax is None:
        ax = panels(width=6.8, height=1.5 + 0.55 * max(state.shape))[1][0]
    ax.set_axis_off()
    for buyer, seller in steps:
        ax.plot([0, 1], [heights[0][buyer], heights[1][seller]], solid_capstyle="round", zorder=0, **PATH)
    present = _draw_edges(ax, state, heights)
    _draw_nodes(ax, state, heights, digits)
    ax.set(xlim=(-0.42, 1.42), ylim=(min(map(min, heights)) - 0.5, max(map(max, heights)) + 0.95))
    handles = [Line2D([], [], label=kind, **EDGE_STYLES[kind]) for kind in present]
    if steps:
        handles.append(Line2D([], [], label=path_label, **PATH))
    if handles:
        ax.legend(handles=handles, loc="upper center", bbox_to_anchor=(0.5, 0.0), ncols=3 if len(handles) != 4 else 2)
    return ax


def _heights(shape: tuple[int, int]) -> tuple[np.ndarray, np.ndarray]:
    """Return heights of buyers and sellers, from the top: a unit apart on the longer side, centred on the other."""
    tall = max(shape)
    gaps = [(1 + tall / count) / 2 for count in shape]  # the shorter side spreads half way to the longer
    middle = (tall - 1) / 2
    return tuple(middle + gap * ((count - 1) / 2 - np.arange(count)) for gap, count in zip(gaps, shape, strict=True))


def _path_steps(state: NetworkState, path: Sequence[Node]) -> list[tuple[int, int]]:
    """Return the (buyer, seller) pairs along the path, refusing steps that follow no edge."""
    steps = []
    for here, there in pairwise(path):
        ends = dict((here, there))
        if set(ends) != {"buyer", "seller"}:
            raise ValueError(f"path must alternate between 'buyer' and 'seller', got {here} then {there}")
        pair = (ends["buyer"], ends["seller"])
        inside = all(0 <= index < size for index, size in zip(pair, state.shape, strict=True))
        if not inside or not (state.world | state.introduced)[pair]:
            raise ValueError(f"path must follow edges of the network, got {here} then {there}")
        steps.append(pair)
    return steps


def _draw_edges(ax: Axes, state: NetworkState, heights: tuple[np.ndarray, np.ndarray]) -> list[str]:
    """Draw thin edges first and trades last; return the kinds that occur, in legend order."""
    masks = {
        "world": state.world & ~state.traded,
        "introduced": state.introduced & ~state.traded,
        "world, traded": state.world & state.traded,
        "introduced, traded": state.introduced & state.traded,
    }
    for order, (kind, mask) in enumerate(masks.items(), start=1):
        for buyer, seller in np.argwhere(mask):
            ends = [heights[0][buyer], heights[1][seller]]
            ax.plot([0, 1], ends, zorder=order, gid=f"{kind}:{buyer}-{seller}", **EDGE_STYLES[kind])
    return [kind for kind, mask in masks.items() if mask.any()]


def _draw_nodes(ax: Axes, state: NetworkState, heights: tuple[np.ndarray, np.ndarray], digits: int) -> None:
    """Draw headings, nodes with their names, and the numbers beside them."""
    node = {"mfc": "white", "mec": "#1a1a1a", "mew": 1.6, "ms": 25, "ls": "", "zorder": 6}
    inside = {"ha": "center", "va": "center", "fontsize": 11, "zorder": 7}
    buyer_notes = _notes({"v": state.values, "u": state.utilities}, state.shape[0], digits)
    seller_notes = _notes({"p": state.prices}, state.shape[1], digits)
    for x, name, marker, align, ys, notes in (
        (0, "buyers", "o", "right", heights[0], buyer_notes),
        (1, "sellers", "s", "left", heights[1], seller_notes),
    ):
        ax.text(x, max(map(max, heights)) + 0.75, name, fontweight="bold", ha="center", va="center")
        ax.plot([x] * len(ys), ys, marker, **node)
        for index, (y, note) in enumerate(zip(ys, notes, strict=True), start=1):
            ax.text(x, y, f"{name[0]}{index}", **inside)
            away = (18 if align == "left" else -18, 0)
            ax.annotate(note, (x, y), away, textcoords="offset points", fontsize=11.5, ha=align, va="center")


def _notes(numbers: Mapping[str, NDArray[np.float64] | None], count: int, digits: int) -> list[str]:
    """Return what stands beside each node, one line a number."""
    known = [(symbol, np.round(array, digits) + 0.0) for symbol, array in numbers.items() if array is not None]
    return ["\n".join(f"${symbol}={array[i]:.{digits}f}$" for symbol, array in known) for i in range(count)]
