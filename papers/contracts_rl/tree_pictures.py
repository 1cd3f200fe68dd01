"""Pictures of learning on trees: the median of the runs with a margin, and the range of all of them."""

from collections.abc import Mapping
from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from common.plots import COLOURS, PALETTE, label_axes, panel_title, panels

_DASHED = {"lw": 1.4, "ls": (0, (5, 2))}
_EQUILIBRIUM = {"color": COLOURS["expected"], "label": "equilibrium (exact)"} | _DASHED
_PUBLISHED = {"color": COLOURS["published"], "label": "published, at the end"} | _DASHED
_RATIO = "utility / equilibrium (ratio)"
_PRINCIPAL, _AGENT = (-0.15, 1.15), (-0.3, 4.3)  # limits of utilities


def learning_curves(strict: pd.DataFrame, tolerant: pd.DataFrame, published: float) -> Figure:
    """Draw the paper's Figure 3 for two oracles, and how often the strict one deviates.

    Parameters
    ----------
    strict, tolerant : pandas.DataFrame
        Of `TreeValidation.to_frame`.
    published : float
        The paper's accuracy at the end.

    Returns
    -------
    matplotlib.figure.Figure
        The strict oracle above, the tolerant one below; the principal's utility, the agent's, and on the right accuracy
        (the same for both) and the strict agent's deviations.
    """
    figure, axes = panels(2, 3, width=10.4, height=5.2)
    for row, (name, frame) in enumerate((("strict", strict), ("tolerant", tolerant))):
        for ax, who, limits in zip(axes[3 * row :], ("principal", "agent"), (_PRINCIPAL, _AGENT), strict=False):
            _curves(ax, frame, f"{who}_share")
            ax.axhline(1, **_EQUILIBRIUM)
            label_axes(ax, "gradient steps (count)", _RATIO)
            ax.set_ylim(*limits)
            panel_title(ax, f"{who}, {name} oracle")
    _curves(axes[2], strict, "accuracy")
    axes[2].axhline(published, **_PUBLISHED)
    panel_title(axes[2], "right recommendation")
    _curves(axes[5], strict, "deviating")
    panel_title(axes[5], "strict agent deviates")
    for ax in (axes[2], axes[5]):
        label_axes(ax, "gradient steps (count)", "all states (share)")
        ax.set_ylim(-0.02, 1.02)
    _legend(figure, strict, [_EQUILIBRIUM, _PUBLISHED])
    return figure


def sweep_curves(by_margin: pd.DataFrame, by_tolerance: pd.DataFrame, marks: Mapping[str, float]) -> Figure:
    """Draw what learnt principals earn with other margins, and against other oracles.

    Parameters
    ----------
    by_margin, by_tolerance : pandas.DataFrame
        Of `oracle_sweep`, the first over margins, the second over tolerances.
    marks : mapping from str to float
        Tolerances to be named.

    Returns
    -------
    matplotlib.figure.Figure
    """
    figure, (left, right) = panels(1, 2, width=9.6, height=3.9)
    labels = {
        "margin": "margin of the contracts offered ξ (units of reward)",
        "tolerance": "tolerance (units of reward)",
    }
    for ax, frame, x in ((left, by_margin, "margin"), (right, by_tolerance, "tolerance")):
        _curves(ax, frame, "principal_share", x=x)
        ax.axhline(1, **_EQUILIBRIUM)
        label_axes(ax, labels[x], f"principal's {_RATIO}")
        ax.set_ylim(*_PRINCIPAL)
    right.set_xscale("log")
    for name, place in marks.items():
        right.axvline(place, color=COLOURS["reference"], lw=1, ls=":")
        right.text(place, _PRINCIPAL[0] + 0.03, f" {name}", rotation=90, ha="right", va="bottom", fontsize=10)
    panel_title(left, "any margin, strict oracle")
    panel_title(right, "margin of training, any oracle")
    _legend(figure, by_margin, [_EQUILIBRIUM])
    return figure


def _curves(ax: Axes, frame: pd.DataFrame, column: str, x: str = "step") -> None:
    for colour, (_, group) in zip(PALETTE, frame.groupby("trained_margin"), strict=False):
        runs = group.groupby(x)[column]
        ax.fill_between(runs.min().index, runs.min(), runs.max(), color=colour, alpha=0.15, lw=0, antialiased=False)
        median = group.groupby(x)[column].median()
        ax.plot(median.index, median, color=colour, lw=2.4)


def _legend(figure: Figure, frame: pd.DataFrame, references: list[dict[str, Any]]) -> None:
    handles = [
        Line2D([], [], color=colour, lw=2.4, label=f"margin ξ = {margin:g}")
        for colour, margin in zip(PALETTE, sorted(frame["trained_margin"].unique()), strict=False)
    ]
    handles += [Line2D([], [], **reference) for reference in references]
    figure.legend(handles=handles, loc="outside upper center", ncols=len(handles))
