"""A quantity over two parameters, with the exact threshold on top."""

from collections.abc import Callable

import matplotlib.patheffects as pe
import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator
from numpy.typing import ArrayLike, NDArray

from common.plots.checks import check_label
from common.plots.labels import EndLabel, end_labels
from common.plots.style import axes_or_new, label_axes
from common.stats import finite_array


def phase_diagram(
    x: ArrayLike,
    y: ArrayLike,
    z: ArrayLike,
    *,
    xlabel: str,
    ylabel: str,
    zlabel: str,
    threshold: Callable[[NDArray[np.float64]], ArrayLike] | None = None,
    threshold_label: str = "",
    limits: tuple[float, float] | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Draw z as a heat map over the grid, its scale above, and the theoretical threshold as a curve.

    Parameters
    ----------
    x : array_like, shape (k,)
        Centres of the columns, increasing, k >= 2.
    y : array_like, shape (l,)
        Centres of the rows, increasing, l >= 2.
    z : array_like, shape (l, k)
        Values, ``z[row, column]``.
    xlabel, ylabel, zlabel : str
        With units in brackets; `zlabel` names the colour scale.
    threshold : callable, optional
        Vectorised function of x that gives the threshold in units of y; values outside the grid are cut off.
    threshold_label : str
        Its name, written beside its right end; required with `threshold`.
    limits : (float, float), optional
        Ends of the colour scale; by default those of z.
    ax : matplotlib.axes.Axes, optional
        Panel to draw into.

    Returns
    -------
    matplotlib.axes.Axes
        The panel; the colour scale belongs to it.

    Raises
    ------
    ValueError
        If shapes do not fit, an axis does not increase, the threshold never meets the grid, or a label is
        blank or lacks its unit.
    """
    columns, rows = finite_array("x", x, least=2), finite_array("y", y, least=2)
    heat = finite_array("z", z, ndim=2)
    for name, places in (("x", columns), ("y", rows)):
        if (np.diff(places) <= 0).any():
            raise ValueError(f"{name} must be increasing, got {places.tolist()}")
    if heat.shape != (rows.size, columns.size):
        raise ValueError(f"z must have shape (len(y), len(x)) = {(rows.size, columns.size)}, got {heat.shape}")
    ax = axes_or_new(ax)
    label_axes(ax, xlabel, ylabel)
    low, high = limits or (None, None)
    mesh = ax.pcolormesh(columns, rows, heat, shading="nearest", vmin=low, vmax=high, rasterized=True)
    strip = ax.inset_axes((0, 1.03, 1, 0.035))  # part of the panel, so that it keeps close to it among others
    bar = ax.figure.colorbar(mesh, cax=strip, orientation="horizontal", ticklocation="top", ticks=MaxNLocator(6))
    bar.set_label(check_label("zlabel", zlabel, unit=True), labelpad=6)
    bar.outline.set_visible(False)
    ax.grid(visible=False)
    ax.autoscale_view()
    if threshold is not None:
        _threshold(ax, threshold, check_label("threshold_label", threshold_label))
    return ax


def _threshold(ax: Axes, threshold: Callable, label: str) -> None:
    """Draw the threshold where it crosses the panel and write its name."""
    (left, right), (bottom, top) = ax.get_xlim(), ax.get_ylim()
    grid = np.linspace(left, right, 400)
    with np.errstate(all="ignore"):  # the formula need not hold over the whole panel
        curve = np.asarray(threshold(grid), dtype=float)
    curve = np.where((curve >= bottom) & (curve <= top), curve, np.nan)
    seen = np.flatnonzero(np.isfinite(curve))
    if not seen.size:
        raise ValueError(f"threshold must cross the panel, y in [{bottom:.4g}, {top:.4g}], but it lies outside")
    halo = [pe.Stroke(linewidth=5, foreground="white"), pe.Normal()]
    ax.plot(grid, curve, color="black", lw=2.2, path_effects=halo)
    ax.set(xlim=(left, right), ylim=(bottom, top))
    end_labels(ax, [EndLabel(grid[seen[-1]], curve[seen[-1]], label, "black")])
