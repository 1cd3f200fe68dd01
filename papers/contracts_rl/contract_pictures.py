"""Pictures of Figure 1: the cliff in one state, and the action profiles among which a committed principal chooses."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from common.plots import COLOURS, PALETTE, EndLabel, end_labels, label_axes, panel_title, panels


def payment_cliff(table: pd.DataFrame, threshold: float) -> Figure:
    """Draw what both get in one state by what is paid there.

    Parameters
    ----------
    table : pandas.DataFrame
        From :func:`~papers.contracts_rl.contract_study.payments_of_one_state`.
    threshold : float
        The least payment for which the agent works.

    Returns
    -------
    matplotlib.figure.Figure
        The principal on the left, the agent on the right.
    """
    figure, axes = panels(1, 2, width=10.4, height=3.8)
    for ax, who, colour in zip(axes, ("principal", "agent"), PALETTE, strict=False):
        label_axes(ax, "payment for L (reward)", f"{who}'s utility in the state (reward)")
        works = table["payment"] >= threshold - 1e-12
        for part in (table[works], table[~works]):
            ax.plot(part["payment"], part[who], color=colour, lw=2.4)
        ax.axvline(threshold, color=COLOURS["expected"], ls=":", lw=1.8)
        ax.annotate(
            "the agent works",
            (threshold, ax.get_ylim()[1]),
            (6, -12),
            textcoords="offset points",
            color=COLOURS["expected"],
        )
        panel_title(ax, who)
    return figure


def profiles_picture(profiles: pd.DataFrame, marked: Mapping[str, int]) -> Axes:
    """Draw the agent's least utility and the surplus of every action profile.

    Parameters
    ----------
    profiles : pandas.DataFrame
        From :func:`~papers.contracts_rl.contract_study.profile_table`.
    marked : mapping from str to int
        Rows to be named.

    Returns
    -------
    matplotlib.axes.Axes
        Dotted lines join what is equally good for the principal.
    """
    agent, surplus = (profiles[name].astype(float).to_numpy() for name in ("agent", "surplus"))
    ax = panels(width=6.8, height=4.4)[1][0]
    label_axes(ax, "agent's least utility (reward)", "surplus of the profile (reward)")
    ax.plot(agent, surplus, "o", color=COLOURS["ours"], ms=8, mec="white", label="action profiles")
    ax.margins(0.12)
    ends = np.array(ax.get_xlim())
    (bottom, top), labels = ax.get_ylim(), []
    for name, row in marked.items():
        level = surplus[row] - agent[row]
        ax.plot(ends, ends + level, color=COLOURS["expected"], ls=":", lw=1.4)
        labels.append(EndLabel(ends[1], ends[1] + level, f"{name}:\nprincipal {level:.3f}", COLOURS["expected"]))
    ax.set(xlim=ends, ylim=(bottom, max(top, ends[1] + (surplus - agent).max())))
    end_labels(ax, labels)
    return ax
