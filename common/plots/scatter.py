"""Measured points against a line that theory says they cannot cross."""

from collections.abc import Callable, Mapping
from typing import Literal

import numpy as np
from matplotlib.axes import Axes
from numpy.typing import ArrayLike, NDArray

from common.plots.checks import check_label
from common.plots.labels import EndLabel, end_labels, legend_above
from common.plots.style import COLOURS, MARKERS, axes_or_new, label_axes, series_colours
from common.stats import finite_array


def scatter_with_bound(
    x: ArrayLike,
    y: ArrayLike | Mapping[str, ArrayLike],
    bound: Callable[[NDArray[np.float64]], ArrayLike],
    *,
    xlabel: str,
    ylabel: str,
    bound_label: str,
    side: Literal["lower", "upper"] = "lower",
    tolerance: float = 1e-9,
    colours: Mapping[str, str] | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Draw points, the bound with its name, and the side theory forbids as a shaded region.

    A point beyond the bound is ringed and counted above the panel: a counterexample must not hide.

    Parameters
    ----------
    x : array_like, shape (n,)
        Places of the points.
    y : array_like, shape (n,), or mapping from str to such
        Heights of the points; a mapping draws several series over the same x.
    bound : callable
        Vectorised function of x that gives the bound.
    xlabel, ylabel : str
        With units in brackets.
    bound_label : str
        Name of the bound, written at its right end; it may have several lines.
    side : {"lower", "upper"}
        Whether points must stay above (a lower bound) or below (an upper bound).
    tolerance : float
        Crossing by no more than this is rounding; non-negative, in units of y.
    colours : mapping, optional
        Colours of some series.
    ax : matplotlib.axes.Axes, optional
        Panel to draw into.

    Returns
    -------
    matplotlib.axes.Axes
        The panel.

    Raises
    ------
    ValueError
        If lengths differ, numbers are not finite, side is unknown, or a label is blank or lacks its unit.
    """
    places = finite_array("x", x)
    series = {name: finite_array("y", v) for name, v in (y if isinstance(y, Mapping) else {"": y}).items()}
    for name, values in series.items():
        if values.shape != places.shape:
            raise ValueError(f"y {name!r} must have the length of x, {places.size}, got {values.size}")
    if side not in ("lower", "upper"):
        raise ValueError(f"side must be 'lower' or 'upper', got {side!r}")
    if not tolerance >= 0:
        raise ValueError(f"tolerance must be at least 0, got {tolerance!r}")
    at_points = finite_array("bound(x)", bound(places))
    ax = axes_or_new(ax)
    label_axes(ax, xlabel, ylabel)
    handles = _points(ax, places, series, colours)
    crossed = _ring_crossings(ax, places, series, at_points, tolerance if side == "lower" else -tolerance, side)
    _bound(ax, bound, check_label("bound_label", bound_label), side)
    if len(series) > 1 or crossed:
        legend_above(ax, handles + crossed)
    return ax


def _points(ax: Axes, places: NDArray, series: Mapping[str, NDArray], colours: Mapping[str, str] | None) -> list:
    """Draw each series with its own colour and marker; return the legend handles."""
    shades = series_colours(list(series), colours, reserved=(COLOURS["bound"],))
    return [
        ax.plot(places, values, marker, color=shade, mec="white", mew=0.6, ms=7, alpha=0.85, label=name or "ours")[0]
        for (name, values), shade, marker in zip(series.items(), shades, MARKERS, strict=False)
    ]


def _ring_crossings(
    ax: Axes, places: NDArray, series: Mapping[str, NDArray], limit: NDArray, slack: float, side: str
) -> list:
    """Ring the points beyond the bound; return their legend handle, or nothing where there are none."""
    beyond = [(v < limit - slack) if side == "lower" else (v > limit - slack) for v in series.values()]
    px = np.concatenate([places[b] for b in beyond])
    py = np.concatenate([v[b] for v, b in zip(series.values(), beyond, strict=True)])
    if not px.size:
        return []
    label = f"beyond the bound: {px.size}"
    return ax.plot(px, py, "o", mfc="none", mec=COLOURS["bound"], mew=1.8, ms=13, label=label)


def _bound(ax: Axes, bound: Callable, label: str, side: str) -> None:
    """Draw the bound over the whole panel, shade beyond it, and write its name at the right end."""
    (left, right), (bottom, top) = ax.get_xlim(), ax.get_ylim()
    grid = np.linspace(left, right, 200)
    with np.errstate(all="ignore"):  # the formula need not hold a little beyond the points
        line = np.asarray(bound(grid), dtype=float)
    known = np.isfinite(line)
    pad = 0.04 * (top - bottom)
    bottom, top = min(bottom, line[known].min() - pad), max(top, line[known].max() + pad)
    ax.plot(grid, line, color=COLOURS["bound"], lw=2.2, zorder=3)
    edge = bottom if side == "lower" else top
    ax.fill_between(grid, line, edge, where=known, color=COLOURS["bound"], alpha=0.12, lw=0, zorder=0)
    ax.set(xlim=(left, right), ylim=(bottom, top))
    last = np.flatnonzero(known)[-1]
    end_labels(ax, [EndLabel(grid[last], line[last], label, COLOURS["bound"])])
