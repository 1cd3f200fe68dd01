"""Direct labels that never overlap: they are pushed apart each time the figure is drawn."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.backend_bases import RendererBase
from matplotlib.text import Annotation
from matplotlib.transforms import Affine2D, Transform
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import isotonic_regression

from common.plots.checks import check_label
from common.plots.style import ink

LINE_HEIGHT = 1.45
"""Room a line of text needs, as a multiple of its size."""


def push_apart(wanted: ArrayLike, heights: ArrayLike, low: float, high: float) -> NDArray[np.float64]:
    """Return the centres closest to `wanted` (least squares) at which boxes do not overlap.

    Parameters
    ----------
    wanted : array_like, shape (n,)
        Centres asked for, in any order.
    heights : array_like, shape (n,)
        Heights of the boxes, same unit.
    low, high : float
        Room for the boxes; where they need more, the stack is centred on it and sticks out.

    Returns
    -------
    ndarray, shape (n,)
        New centres in the order of `wanted`; equal ones keep their order from below.
    """
    centres, sizes = np.asarray(wanted, float), np.asarray(heights, float)
    order = np.argsort(centres, kind="stable")
    size = sizes[order]
    # subtracting the room taken by the boxes below turns "no overlap" into "non-decreasing"
    below = np.concatenate([[0.0], np.cumsum((size[:-1] + size[1:]) / 2)])
    slack = isotonic_regression(centres[order] - below).x
    first, last = low + size[0] / 2, high - size[-1] / 2 - below[-1]
    placed = np.empty_like(centres)
    placed[order] = below + (np.clip(slack, first, last) if first <= last else (first + last) / 2)
    return placed


@dataclass(frozen=True)
class EndLabel:
    """A text to stand to the right of a panel, beside the end of its line.

    Parameters
    ----------
    x, y : float
        The end of the line, in data coordinates.
    text : str
        The label; it may have several lines.
    colour : str
        Colour of the line; the text is darkened where it would be too pale to read.
    """

    x: float
    y: float
    text: str
    colour: str


class _Column:
    """Places a column of labels in display coordinates, anew for every draw."""

    def __init__(self, ax: Axes, labels: Sequence[EndLabel], fontsize: float) -> None:
        self.ax, self.labels, self.fontsize = ax, labels, fontsize

    def place(self, index: int) -> Transform:
        """Return the shift from the origin to where label `index` stands now."""
        box, pixel = self.ax.bbox, self.ax.figure.dpi / 72
        ends = self.ax.transData.transform([(label.x, label.y) for label in self.labels])[:, 1]
        lines = np.array([label.text.count("\n") + 1 for label in self.labels])
        heights = lines * self.fontsize * LINE_HEIGHT * pixel
        centres = push_apart(np.clip(ends, box.y0, box.y1), heights, box.y0, box.y1)
        return Affine2D().translate(box.x1 + 14 * pixel, centres[index])


def end_labels(ax: Axes, labels: Sequence[EndLabel], fontsize: float = 11) -> list[Annotation]:
    """Write labels to the right of `ax`, joined to their lines by thin leaders.

    Parameters
    ----------
    ax : matplotlib.axes.Axes
        The panel.
    labels : sequence of EndLabel
        One for each line.
    fontsize : float
        In points.

    Returns
    -------
    list of matplotlib.text.Annotation
        In the order of `labels`.
    """
    column = _Column(ax, labels, fontsize)

    def coordinates(index: int) -> object:
        def place(renderer: RendererBase) -> Transform:
            return column.place(index)

        return place

    return [
        ax.annotate(
            label.text,
            xy=(label.x, label.y),
            xytext=(0, 0),
            textcoords=coordinates(index),
            color=ink(label.colour),
            fontsize=fontsize,
            va="center",
            ha="left",
            annotation_clip=False,
            arrowprops={
                "arrowstyle": "-",
                "color": label.colour,
                "lw": 0.9,
                "shrinkA": 1,
                "shrinkB": 2,
                "relpos": (0, 0.5),
            },
        )
        for index, label in enumerate(labels)
    ]


def legend_above(ax: Axes, handles: Sequence[Artist]) -> None:
    """Put a legend between the title and the data, where it can cover neither, in as few rows as fit.

    Parameters
    ----------
    ax : matplotlib.axes.Axes
        The panel.
    handles : sequence of artists
        Each with its label.
    """
    engine = ax.figure.get_layout_engine()
    if engine is not None:
        engine.execute(ax.figure)  # the room that tick labels and direct labels leave
    for rows in range(1, len(handles) + 1):
        legend = ax.legend(
            handles=list(handles),
            loc="lower left",
            bbox_to_anchor=(0, 1.0),
            ncols=-(-len(handles) // rows),  # no row much shorter than the others
            borderaxespad=0.3,
            columnspacing=1.6,
            handletextpad=0.6,
        )
        if legend.get_window_extent().width <= ax.bbox.width:
            return


def panel_title(ax: Axes, text: str) -> None:
    """Head one of several panels, above its legend where it has one.

    Parameters
    ----------
    ax : matplotlib.axes.Axes
        A panel that is drawn already.
    text : str
        A few words; what is to be seen belongs into the caption.

    Raises
    ------
    ValueError
        If the text is blank.
    """
    legend = ax.get_legend()
    above = 0.0 if legend is None else legend.get_window_extent().y1 - ax.bbox.y1
    ax.set_title(check_label("text", text), pad=10 + max(above, 0) * 72 / ax.figure.dpi)
