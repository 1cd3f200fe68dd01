"""Curves over a parameter, with a confidence band over seeds."""

from collections.abc import Mapping

import numpy as np
from matplotlib.axes import Axes
from numpy.typing import ArrayLike, NDArray

from common.plots.checks import check_label
from common.plots.labels import EndLabel, end_labels
from common.plots.style import LINESTYLES, axes_or_new, label_axes, series_colours
from common.stats import finite_array, mean_interval


def lines_with_band(
    x: ArrayLike,
    ys: Mapping[str, ArrayLike],
    *,
    xlabel: str,
    ylabel: str,
    level: float = 0.95,
    colours: Mapping[str, str] | None = None,
    markers: bool = True,
    ax: Axes | None = None,
) -> Axes:
    """Draw the mean of each series over seeds, the interval of the mean as a band, its name at its end.

    Parameters
    ----------
    x : array_like, shape (k,)
        Parameter values, increasing.
    ys : mapping from str to array_like
        Each of shape (seeds, k) with at least two seeds, or (k,) for a curve without randomness.
    xlabel, ylabel : str
        With units in brackets.
    level : float
        Level of the pointwise Student intervals.
    colours : mapping, optional
        Colours of some series.
    markers : bool
        Whether each computed point is marked; turn it off for smooth curves.
    ax : matplotlib.axes.Axes, optional
        Panel to draw into.

    Returns
    -------
    matplotlib.axes.Axes
        The panel.

    Raises
    ------
    ValueError
        If x does not increase, a series has another length, or a label is blank or lacks its unit.
    """
    places = finite_array("x", x, least=2)
    if (np.diff(places) <= 0).any():
        raise ValueError(f"x must be increasing, got {places.tolist()}")
    if not ys:
        raise ValueError("ys must hold at least one series, got none")
    names = [check_label("ys", name) for name in ys]
    bands = [_band(name, values, places.size, level) for name, values in ys.items()]
    ax = axes_or_new(ax)
    label_axes(ax, xlabel, ylabel)
    shades = series_colours(names, colours)
    for (mean, low, high), name, shade, dash in zip(bands, names, shades, LINESTYLES, strict=False):
        ax.plot(places, mean, color=shade, linestyle=dash, marker="o" if markers else "", ms=5, label=name)
        if low is not None:
            ax.fill_between(places, low, high, color=shade, alpha=0.18, linewidth=0)
    ax.margins(x=0.02)
    end_labels(
        ax, [EndLabel(places[-1], b[0][-1], name, shade) for b, name, shade in zip(bands, names, shades, strict=True)]
    )
    return ax


def _band(name: str, values: ArrayLike, length: int, level: float) -> tuple[NDArray, NDArray | None, NDArray | None]:
    """Return mean, low and high at each x; no band where there is only one curve."""
    array = finite_array(f"ys[{name!r}]", values, ndim=(1, 2))
    if array.shape[-1] != length:
        raise ValueError(f"ys[{name!r}] must have shape ({length},) or (seeds, {length}), got {array.shape}")
    if array.ndim == 1:
        return array, None, None
    found = [mean_interval(column, level) for column in array.T]
    return tuple(np.array([getattr(i, end) for i in found]) for end in ("estimate", "low", "high"))
