"""The one look of every figure: colours that survive colour blindness, type readable at arm's length."""

from collections.abc import Mapping
from textwrap import fill
from types import MappingProxyType
from typing import Literal

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure

from common.plots.checks import check_label

PALETTE = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000")
"""Okabe and Ito's colours without the yellow, which white swallows; neighbours differ most."""

COLOURS: Mapping[str, str] = MappingProxyType(
    {
        "ours": "#0072B2",
        "recorded": "#E69F00",
        "published": "#000000",
        "expected": "#595959",
        "bound": "#D55E00",
        "reference": "#595959",
    }
)
"""What a colour means, in every figure of every paper."""

MARKERS = ("o", "D", "s", "^", "v", "P", "X")
LINESTYLES = ("-", (0, (5, 2)), (0, (1.5, 1.5)), (0, (6, 2, 1.5, 2)), (0, (9, 3)), (0, (3, 1, 1, 1)), "-")

_RC = {
    "figure.figsize": (6.8, 4.2),
    "figure.dpi": 120,
    "figure.facecolor": "white",
    "figure.constrained_layout.use": True,
    "savefig.dpi": 120,
    "savefig.facecolor": "white",
    "font.family": "DejaVu Sans",  # ships with matplotlib: the same picture on every machine
    "font.size": 11.5,
    "axes.labelsize": 12,
    "axes.titlesize": 12.5,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "axes.titlepad": 10,
    "axes.labelpad": 6,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.edgecolor": "#333333",
    "axes.linewidth": 1.0,
    "axes.axisbelow": True,
    "axes.grid": True,
    "axes.prop_cycle": mpl.cycler(color=PALETTE),
    "grid.color": "#e4e4e4",
    "grid.linewidth": 0.8,
    "xtick.color": "#333333",
    "ytick.color": "#333333",
    "xtick.labelsize": 11,
    "ytick.labelsize": 11,
    "legend.fontsize": 11,
    "legend.frameon": False,
    "lines.linewidth": 2.0,
    "lines.markersize": 6.5,
    "image.cmap": "viridis",
    "svg.hashsalt": "companion",  # ids in SVG files would otherwise change with every run
}


def use_style() -> None:
    """Make the project's look matplotlib's default, for the rest of the process."""
    mpl.rcParams.update(_RC)


def panels(rows: int = 1, columns: int = 1, width: float = 6.8, height: float = 4.2) -> tuple[Figure, list[Axes]]:
    """Return an empty figure that no global state holds, so that it is drawn once, by `show`.

    Parameters
    ----------
    rows, columns : int
        Shape of the grid of panels, each at least 1.
    width, height : float
        Size of the whole figure in inches, positive.

    Returns
    -------
    figure : matplotlib.figure.Figure
        With constrained layout.
    axes : list of matplotlib.axes.Axes
        Row by row, of length ``rows * columns``.

    Raises
    ------
    ValueError
        If a count or a size is not positive.
    """
    if rows < 1 or columns < 1 or not (0 < width < 100 and 0 < height < 100):
        raise ValueError(
            "rows and columns must be at least 1, width and height in (0, 100) inches, "
            f"got {rows}, {columns}, {width}, {height}"
        )
    figure = Figure(figsize=(width, height), layout="constrained")
    return figure, list(figure.subplots(rows, columns, squeeze=False).flat)


def axes_or_new(ax: Axes | None) -> Axes:
    """Return `ax`, or the single panel of a new figure where it is None."""
    return panels()[1][0] if ax is None else ax


def label_axes(ax: Axes, xlabel: str, ylabel: str, categorical: Literal["", "x", "y"] = "") -> None:
    """Label both axes, refusing an empty label and one without its unit in brackets.

    Parameters
    ----------
    ax : matplotlib.axes.Axes
        The panel.
    xlabel, ylabel : str
        ``"Quantity (unit)"``; pure numbers say what they are, as in ``"Efficiency (share)"``. The ticks of a
        ``(count)`` are whole numbers.
    categorical : {"", "x", "y"}
        The axis that carries names instead of numbers, and so needs no unit.

    Raises
    ------
    ValueError
        If a label is empty or lacks its unit.
    """
    sides = ax.get_window_extent()
    for axis, side, text, name in ((ax.xaxis, sides.width, xlabel, "x"), (ax.yaxis, sides.height, ylabel, "y")):
        checked = check_label(f"{name}label", text, unit=categorical != name)
        letter = 0.6 * axis.label.get_fontsize() * ax.figure.dpi / 72  # width of one in pixels, on average
        axis.set_label_text(fill(checked, max(int(side / letter), 12)))
        if checked.endswith("(count)"):
            axis.get_major_locator().set_params(integer=True)


def ink(colour: str) -> str:
    """Return `colour` darkened until text in it is legible on white (WCAG contrast at least 4.5).

    Parameters
    ----------
    colour : str
        Any matplotlib colour.

    Returns
    -------
    str
        A hexadecimal colour of the same hue.
    """
    rgb = np.array(to_rgb(colour))
    while contrast_on_white(rgb) < 4.5:
        rgb = rgb * 0.97
    return mpl.colors.to_hex(rgb)


def contrast_on_white(rgb: np.ndarray) -> float:
    """Return the WCAG 2 contrast ratio, 1..21, of an sRGB colour against white.

    Parameters
    ----------
    rgb : ndarray, shape (3,)
        Red, green and blue in [0, 1].

    Returns
    -------
    float
        The ratio of relative luminances.
    """
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    return float(1.05 / (linear @ (0.2126, 0.7152, 0.0722) + 0.05))


def series_colours(
    names: list[str], colours: Mapping[str, str] | None = None, reserved: tuple[str, ...] = ()
) -> list[str]:
    """Return one colour for each series: the caller's, else the one its name means, else the palette's next.

    Parameters
    ----------
    names : list of str
        Names of the series, in drawing order.
    colours : mapping, optional
        From names to matplotlib colours.
    reserved : tuple of str
        Colours of the palette that mean something else in this panel.

    Returns
    -------
    list of str
        Colours in the order of `names`.

    Raises
    ------
    ValueError
        If there are more series than colours that can be told apart.
    """
    fixed = {**COLOURS, **(colours or {})}
    spare = [c for c in PALETTE if c not in {*reserved, *(fixed[n] for n in names if n in fixed)}]
    unnamed = [n for n in names if n not in fixed]
    if len(unnamed) > len(spare):
        raise ValueError(f"at most {len(PALETTE)} series can be told apart in one panel, got {len(names)}")
    return [fixed[n] if n in fixed else spare[unnamed.index(n)] for n in names]
