"""Pictures of scarcity prices, of what must be subsidised, and of bidding that runs its course."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from numpy.typing import ArrayLike

from common.companion import Recorded
from common.plots import COLOURS, PALETTE, label_axes, legend_above
from common.stats import wilson_interval
from papers.delivery_tips.ascending import AscendingHistory


def rents_panel(ax: Axes, table: pd.DataFrame, kind: str) -> Axes:
    """Draw the interval of rents or tips by number of couriers, between the two scarcity prices of couriers.

    Parameters
    ----------
    ax : matplotlib.axes.Axes
        Panel to draw into.
    table : pandas.DataFrame
        From :func:`papers.delivery_tips.scarcity_study.rents_by_couriers`.
    kind : {"rent", "tip"}
        What is drawn.

    Returns
    -------
    matplotlib.axes.Axes
    """
    couriers, low, high = table.index.to_numpy(), table[f"least {kind}"].to_numpy(), table[f"most {kind}"].to_numpy()
    ax.vlines(couriers, low, high, color=COLOURS["ours"], lw=9, alpha=0.45, label=f"{kind} in some equilibrium")
    if kind == "rent":
        marks = (("last courier", "v", "worst served order"), ("one more courier", "^", "best unserved order"))
        for column, marker, label in marks:
            ax.plot(couriers, table[column], marker, color=COLOURS["expected"], ms=9, mfc="white", mew=1.6, label=label)
    ends = (np.repeat(couriers, 2), np.column_stack([low, high]).ravel())
    ax.plot(*ends, "_", color=COLOURS["ours"], ms=15, mew=2.4)
    label_axes(ax, "couriers (count)", f"{kind} (money)")
    ax.set_xticks(couriers)
    ax.set_xlim(couriers[0] - 0.6, couriers[-1] + 0.6)
    ax.set_ylim(bottom=-0.25)
    return ax


def frontier_panel(ax: Axes, frontier: pd.DataFrame) -> Axes:
    """Draw the least compensation of every equilibrium outcome against its welfare, and its lower bound.

    Parameters
    ----------
    ax : matplotlib.axes.Axes
        Panel to draw into.
    frontier : pandas.DataFrame
        From :func:`papers.delivery_tips.scarcity_study.subsidy_frontier`.

    Returns
    -------
    matplotlib.axes.Axes
    """
    value = float((frontier["welfare"] + frontier["bound"]).max())
    left = float(frontier["welfare"].min()) - 0.5
    line = np.array([left, value])
    ax.plot(line, value - line, color=COLOURS["bound"], label="linear value less welfare")
    ax.fill_between(line, value - line, color=COLOURS["bound"], alpha=0.12, lw=0)
    ax.plot(
        frontier["welfare"], frontier["compensation"], "o", color=COLOURS["ours"], ms=8, label="equilibrium outcome"
    )
    # An outcome is on the frontier if none of at least its welfare needs less.
    ordered = frontier.sort_values(["welfare", "compensation"], ascending=[False, True])
    best = ordered[ordered["compensation"] < ordered["compensation"].cummin().shift(fill_value=np.inf)]
    ax.plot(
        best["welfare"], best["compensation"], color=COLOURS["ours"], ls="--", drawstyle="steps-pre", label="frontier"
    )
    label_axes(ax, "welfare (money)", "least total compensation (money)")
    return ax


def shares_panel(ax: Axes, groups: Mapping[str, ArrayLike], target: float, run: Recorded | None) -> Axes:
    """Draw how often something happens in each group, with intervals, beside the target for the first group.

    Parameters
    ----------
    ax : matplotlib.axes.Axes
        Panel to draw into.
    groups : mapping from str to array_like of bool
        Whether it happened in each market, by group.
    target : float
        What the ledger expects of the first group.
    run : Recorded or None
        A larger run on record for the first group.

    Returns
    -------
    matplotlib.axes.Axes
    """
    happened = [np.asarray(group) for group in groups.values()]
    found = [wilson_interval(int(group.sum()), group.size) for group in happened]
    shares = np.array([group.mean() for group in happened])
    errors = np.abs([[one.low, one.high] for one in found] - shares[:, None]).T
    ax.errorbar(range(shares.size), shares, errors, fmt="o", color=COLOURS["ours"], capsize=4, label="computed")
    expected = {"color": COLOURS["expected"], "mfc": "none", "mew": 1.6}
    ax.plot(0.15, target, "s", ms=8, label="expected (dossier simulation)", **expected)
    if run is not None:
        ax.plot(-0.15, run.value, "D", ms=5, color=COLOURS["recorded"], label=run.label)
    ax.set_xticks(range(shares.size), [f"{name}\n({group.size})" for name, group in zip(groups, happened, strict=True)])
    ax.xaxis.grid(visible=False)
    label_axes(ax, "couriers in the market", "without a budget-balanced equilibrium (share)", categorical="x")
    legend_above(ax, ax.get_legend_handles_labels()[0])
    return ax


def asks_panel(ax: Axes, history: AscendingHistory) -> Axes:
    """Draw the asks of goods and couriers as bids are made.

    Parameters
    ----------
    ax : matplotlib.axes.Axes
        Panel to draw into.
    history : AscendingHistory
        Of a run in a small market.

    Returns
    -------
    matplotlib.axes.Axes
    """
    for asks, colour, label in ((history.asks, PALETTE[1], "goods"), (history.rents, PALETTE[0], "couriers")):
        lines = ax.step(history.bids, asks, where="post", color=colour, lw=1.6)
        lines[0].set_label(label)
    label_axes(ax, "bids (count)", "ask (money)")
    legend_above(ax, ax.get_legend_handles_labels()[0])
    return ax
