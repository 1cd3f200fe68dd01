"""What we computed beside what a full-scale run recorded and what the paper or a proof says."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.patches import Patch, Rectangle

from common.plots.checks import check_label
from common.plots.labels import legend_above
from common.plots.style import COLOURS, axes_or_new, panels
from common.stats import Interval, finite_array


@dataclass(frozen=True)
class Comparison:
    """One row of the picture: a quantity and its known values.

    Parameters
    ----------
    name : str
        The quantity.
    ours : float or Interval
        What this notebook computed.
    recorded : float or Interval, optional
        What a recorded larger run found.
    target : float, optional
        What it is compared with.
    kind : {"published", "expected"}
        Whether the paper prints the target, or a proof, closed form or independent solver gives it.
    low, high : float, optional
        Ends of the tolerance band around the target, given both or neither.

    Raises
    ------
    ValueError
        If a number is not finite, the band misses the target, or `kind` is unknown.
    """

    name: str
    ours: float | Interval
    recorded: float | Interval | None = None
    target: float | None = None
    kind: Literal["published", "expected"] = "published"
    low: float | None = None
    high: float | None = None

    def __post_init__(self) -> None:
        check_label("name", self.name)
        if self.kind not in ("published", "expected"):
            raise ValueError(f"kind must be 'published' or 'expected', got {self.kind!r}")
        numbers = (self.ours, self.recorded, self.target, self.low, self.high)
        finite_array(
            f"{self.name}: its values", [v for v in numbers if v is not None and not isinstance(v, Interval)], least=0
        )
        if (self.low is None) != (self.high is None):
            raise ValueError(f"{self.name}: low and high must be given both or neither, got {self.low}, {self.high}")
        if self.low is not None and (self.target is None or not self.low <= self.target <= self.high):
            raise ValueError(f"{self.name}: the band [{self.low}, {self.high}] must hold the target, got {self.target}")


def recorded_against_computed(
    rows: Sequence[Comparison],
    *,
    xlabel: str,
    scale: str = "this scale",
    ax: Axes | None = None,
) -> Axes:
    """Draw a row for each quantity: ours, recorded, and the published or expected value with its tolerance.

    Parameters
    ----------
    rows : sequence of Comparison
        From top to bottom; all in the unit of `xlabel`.
    xlabel : str
        With its unit in brackets.
    scale : str
        Scale of our own run, for the legend.
    ax : matplotlib.axes.Axes, optional
        Panel to draw into; by default a new figure as high as its rows need.

    Returns
    -------
    matplotlib.axes.Axes
        The panel; row r stands at height -r.

    Raises
    ------
    ValueError
        If there is no row or the label is blank or lacks its unit.
    """
    if not rows:
        raise ValueError("rows must hold at least one Comparison, got none")
    if ax is None:
        ax = panels(height=1.5 + 0.5 * len(rows))[1][0]
    ax = axes_or_new(ax)
    ax.set_xlabel(check_label("xlabel", xlabel, unit=True))
    for height, row in enumerate(rows):
        _row(ax, row, -height)
    ax.set_yticks([-height for height in range(len(rows))], [row.name for row in rows])
    ax.set_ylim(0.5 - len(rows), 0.5)
    ax.tick_params(axis="y", length=0)
    ax.grid(axis="y", visible=False)
    for height in range(1, len(rows)):
        ax.axhline(0.5 - height, color="#e4e4e4", lw=0.8, zorder=0)
    legend_above(ax, _handles(rows, scale))
    return ax


def _row(ax: Axes, row: Comparison, y: float) -> None:
    """Ours stands a little above the row's middle and recorded below, so that equal values both show."""
    if row.low is not None:
        band = Rectangle((row.low, y - 0.36), row.high - row.low, 0.72, color=COLOURS[row.kind], alpha=0.13, lw=0)
        ax.add_patch(band)
    if row.target is not None:
        ax.plot([row.target] * 2, [y - 0.36, y + 0.36], color=COLOURS[row.kind], ls=_dash(row.kind), lw=2.2, zorder=2)
    _dot(ax, row.ours, y + (0.14 if row.recorded is not None else 0), "ours", "o")
    if row.recorded is not None:
        _dot(ax, row.recorded, y - 0.14, "recorded", "D")


def _dash(kind: str) -> str:
    """Return the line style that tells a printed value from a derived one."""
    return "-" if kind == "published" else ":"


def _dot(ax: Axes, value: float | Interval, y: float, kind: str, marker: str) -> None:
    """Draw a point, with its interval where it has one."""
    style = {"fmt": marker, "color": COLOURS[kind], "ms": 8, "mec": "white", "mew": 0.8, "lw": 2.2, "capsize": 4}
    if isinstance(value, Interval):
        error = [[max(value.estimate - value.low, 0)], [max(value.high - value.estimate, 0)]]
        ax.errorbar(value.estimate, y, xerr=error, zorder=4, **style)
    else:
        ax.errorbar(value, y, zorder=4, **style)


def _handles(rows: Sequence[Comparison], scale: str) -> list[Line2D | Patch]:
    """Return legend entries for what occurs in the rows, and nothing else."""
    dots = {"ms": 8, "mec": "white", "lw": 0}
    handles: list[Line2D | Patch] = [Line2D([], [], marker="o", color=COLOURS["ours"], label=f"ours, {scale}", **dots)]
    if any(row.recorded is not None for row in rows):
        handles.append(Line2D([], [], marker="D", color=COLOURS["recorded"], label="ours, recorded", **dots))
    for kind in ("published", "expected"):
        if any(row.target is not None and row.kind == kind for row in rows):
            handles.append(Line2D([], [], color=COLOURS[kind], ls=_dash(kind), lw=2.2, label=kind))
    if any(row.low is not None for row in rows):
        handles.append(Patch(color=COLOURS["expected"], alpha=0.2, lw=0, label="tolerance"))
    return handles
