"""Pictures of Stage 1: trajectories, losses between their floors, sizes of bundles, and the term of a density."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import ArrayLike, NDArray
from scipy.stats import binom

from common.diffusion.rectified import TrainingHistory
from common.plots import COLOURS, PALETTE, EndLabel, end_labels, label_axes, panel_title, panels
from papers.bundleflow.flow_floors import FlowFloors
from papers.bundleflow.flow_stage import THRESHOLD


def trajectories_picture(paths: Mapping[int, NDArray[np.floating]]) -> Figure:
    """Draw where a flow carries points of the plane, at several moments of its training.

    Parameters
    ----------
    paths : mapping from int to ndarray, shape (steps + 1, B, m)
        Trajectories by number of iterations; their first two coordinates are drawn.

    Returns
    -------
    matplotlib.figure.Figure
        A panel a moment. Colours tell the corner nearest to the start, squares are the corners.
    """
    figure, axes = panels(1, len(paths), width=2.6 * len(paths), height=2.9)
    everything = np.concatenate([path[..., :2].reshape(-1, 2) for path in paths.values()])
    low, high = np.minimum(everything.min(axis=0), -0.1), np.maximum(everything.max(axis=0), 1.1)
    for ax, (done, path) in zip(axes, paths.items(), strict=True):
        label_axes(ax, "item 1 (share)", "item 2 (share)")
        panel_title(ax, f"{done:,} iterations")
        for level in (ax.axhline, ax.axvline):
            level(THRESHOLD, color=COLOURS["expected"], ls=":", lw=1)
        corner = (path[0, :, :2] >= THRESHOLD) @ [1, 2]
        for number in range(4):
            part, colour = path[:, corner == number, :2], PALETTE[number]
            ax.plot(part[..., 0], part[..., 1], color=colour, lw=0.7, alpha=0.5)
            ax.plot(part[0, :, 0], part[0, :, 1], ".", color=colour, ms=3, alpha=0.6)
            ax.plot(part[-1, :, 0], part[-1, :, 1], "o", color=colour, ms=4.5, mec="white", mew=0.4)
        ax.plot([0, 0, 1, 1], [0, 1, 0, 1], "s", color="black", ms=7, mfc="none", mew=1.3)
        ax.set(xlim=(low[0] - 0.05, high[0] + 0.05), ylim=(low[1] - 0.05, high[1] + 0.05))
    return figure


def losses_picture(histories: Mapping[int, TrainingHistory], floors: FlowFloors) -> Axes:
    """Draw the loss of an item over the training of flows, and its floors.

    Parameters
    ----------
    histories : mapping from int to TrainingHistory
        By number of items; all trained on the distribution of the floors.
    floors : FlowFloors
        Lowest losses of an item.

    Returns
    -------
    matplotlib.axes.Axes
    """
    ax = panels(width=7.4, height=4.2)[1][0]
    label_axes(ax, "iteration (count)", "loss of an item (squared distance)")
    last = max(history.iterations[-1] for history in histories.values())
    for (n_items, history), colour in zip(histories.items(), PALETTE, strict=False):
        name = f"{n_items} items"
        ax.plot(history.iterations, history.loss / n_items, color=colour, lw=1.8, label=name)
    labels = []
    for name in ("standing", "constant", "rounding"):
        level = getattr(floors, name)
        ax.axhline(level, color=COLOURS["expected"], ls="--", lw=1.2)
        text = {"standing": "no flow", "constant": "best constant Q", "rounding": "best η(t) Q(s₀) s"}[name]
        labels.append(EndLabel(last, level, text, COLOURS["expected"]))
    ax.set_xlim(0, last)
    ax.set_ylim(0, floors.standing * 1.12)
    ax.legend(loc="lower left")
    end_labels(ax, labels)
    return ax


def sizes_picture(sizes: Mapping[str, ArrayLike]) -> Axes:
    """Draw how many items the bundles have that random starting points are carried to.

    Parameters
    ----------
    sizes : mapping from str to array_like, shape (m + 1,)
        Numbers of draws by size, as in `RoundingReport`, of flows over equally many items.

    Returns
    -------
    matplotlib.axes.Axes
        Shares beside those of plain rounding of symmetric starting points, which are binomial.
    """
    ax = panels(width=6.8, height=3.8)[1][0]
    label_axes(ax, "items in the bundle (count)", "draws (share)")
    for (name, counts), colour in zip(sizes.items(), PALETTE, strict=False):
        counts = np.asarray(counts)
        ax.plot(np.arange(len(counts)), counts / counts.sum(), "o-", color=colour, ms=3.5, lw=1.4, label=name)
    m = len(counts) - 1
    expected = binom.pmf(np.arange(m + 1), m, 0.5)
    ax.plot(np.arange(m + 1), expected, color=COLOURS["expected"], ls="--", lw=1.6, label="plain rounding (binomial)")
    ax.legend()
    return ax


def density_picture(tables: Mapping[str, pd.DataFrame]) -> Figure:
    """Draw the Liouville term against the exact log-determinant of the differential equation.

    Parameters
    ----------
    tables : mapping from str to pandas.DataFrame
        By flow, from :func:`~papers.bundleflow.flow_diagnostics.density_table`.

    Returns
    -------
    matplotlib.figure.Figure
        A panel a flow, with the diagonal on which both would be equal.
    """
    figure, axes = panels(1, len(tables), width=3.6 * len(tables), height=3.5)
    for ax, (name, table), colour in zip(axes, tables.items(), PALETTE, strict=False):
        label_axes(ax, "exact log-determinant (nats)", "Liouville term (nats)")
        panel_title(ax, name)
        x, y = table["log_det_ode"], table["liouville_ode"]
        ends = np.array([min(x.min(), y.min()), max(x.max(), y.max())])
        ends += 0.06 * max(np.ptp(ends), 0.5) * np.array([-1, 1])
        ax.plot(ends, ends, color=COLOURS["expected"], ls="--", lw=1.4, label="equal")
        ax.plot(x, y, "o", color=colour, ms=4.5, mec="white", mew=0.4, alpha=0.9)
        ax.set(xlim=ends, ylim=ends)
        ax.legend(loc="best")
    return figure


def term_picture(table: pd.DataFrame) -> Axes:
    """Draw how the Liouville term changes along one item's coordinate.

    Parameters
    ----------
    table : pandas.DataFrame
        From :func:`~papers.bundleflow.flow_study.term_along_one_item`.

    Returns
    -------
    matplotlib.axes.Axes
    """
    ax = panels(width=7.0, height=4.0)[1][0]
    label_axes(ax, "coordinate of one item (share)", "Liouville term, centred (nats)")
    for name, colour in zip(table, PALETTE, strict=False):
        ax.plot(table.index, table[name], color=colour, lw=2.2, label=name)
    ax.axvline(THRESHOLD, color=COLOURS["expected"], ls=":", lw=1.4)
    ax.legend()
    return ax
