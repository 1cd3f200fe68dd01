"""Pictures of the gap to the optimum and of what is learned about fresh types."""

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from common.plots import COLOURS, PALETTE, label_axes, lines_with_band, panels
from common.plots.labels import panel_title
from common.plots.style import ink
from papers.bundleflow.gap_study import EXACT

_EXACT_COLOUR = "#9a9a9a"
_MECHANISMS = {"best lotteries": PALETTE[0], "a + b per item": PALETTE[1], "BundleFlow": PALETTE[2]}


def gap_picture(table: pd.DataFrame) -> Figure:
    """Draw what each mechanism earns of the best lotteries, a panel for each size.

    Parameters
    ----------
    table : DataFrame
        From `gap_study.gap_table`.

    Returns
    -------
    matplotlib.figure.Figure
    """
    sizes = list(table.groupby(["n_items", "n_types"]))
    order = table.groupby("mechanism")["share_of_optimum"].mean().sort_values().index
    figure, axes = panels(1, len(sizes), width=3.4 + 3.6 * len(sizes), height=0.42 * len(order) + 1.4)
    for ax, ((n_items, n_types), rows) in zip(axes, sizes, strict=True):
        label_axes(ax, "revenue / optimum (share)", "mechanism", categorical="y")
        for place, name in enumerate(order):
            shares = rows.loc[rows["mechanism"] == name, "share_of_optimum"].to_numpy()
            colour = _EXACT_COLOUR if name in EXACT else COLOURS["ours"]
            if shares.size:
                ax.barh(place, shares.mean(), color=colour, alpha=0.45, height=0.6)
                ax.plot(shares, np.full(shares.size, place), "o", color=ink(colour), ms=4)
        ax.axvline(1, color="black", lw=1)
        ax.set_yticks(range(len(order)), order if ax is axes[0] else [""] * len(order))
        ax.grid(axis="y", visible=False)
        panel_title(ax, f"{n_items} items, {n_types} types")
    return figure


def generalisation_picture(table: pd.DataFrame) -> Figure:
    """Draw shares of surplus on own and on fresh types over the number of training types.

    Parameters
    ----------
    table : DataFrame
        From `gap_study.generalisation_table`. A mechanism that was made for one number of types only is left out.

    Returns
    -------
    matplotlib.figure.Figure
    """
    tables = {
        name: rows.pivot_table(index=["on", "draw"], columns="n_types", values="share_of_surplus")
        for name, rows in table.groupby("mechanism")
    }
    names = [name for name in _MECHANISMS if name in tables and tables[name].shape[1] > 1]
    figure, axes = panels(1, len(names), width=4.6 * len(names), height=4.0)
    low, high = table["share_of_surplus"].min(), table["share_of_surplus"].max()
    for ax, name in zip(axes, names, strict=True):
        wide = tables[name]
        series = {on: wide.loc[on].to_numpy() for on in ("own types", "fresh types")}
        lines_with_band(
            wide.columns.to_numpy(),
            series,
            xlabel="training types (count)",
            ylabel="revenue / full surplus (share)",
            colours={"own types": _EXACT_COLOUR, "fresh types": _MECHANISMS[name]},
            ax=ax,
        )
        ax.set_xscale("log")
        ax.set_xticks(wide.columns, [f"{number}" for number in wide.columns])
        ax.minorticks_off()
        ax.set_ylim(low - 0.03, high + 0.03)
        panel_title(ax, name)
    return figure
