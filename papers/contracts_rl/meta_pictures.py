"""Pictures of the meta-algorithm: when it ends, what settles when, and where it goes round for ever."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from numpy.typing import NDArray

from common.plots import COLOURS, PALETTE, EndLabel, end_labels, label_axes, legend_above, panel_title, panels
from common.stats import wilson_interval
from papers.contracts_rl.meta import MetaHistory
from papers.contracts_rl.meta_study import settled_from


def iterations_picture(study: pd.DataFrame) -> Figure:
    """Draw how many iterations trees of every depth took, and the bound.

    Parameters
    ----------
    study : DataFrame
        Of `papers.contracts_rl.meta_study.iterations_on_trees`.

    Returns
    -------
    Figure
        Areas and numbers are shares of the trees of a depth, in per cent.
    """
    figure, (ax,) = panels(height=4.6)
    shares = study.groupby("depth")["iterations"].value_counts(normalize=True)
    for (depth, iterations), share in shares.items():
        ax.scatter(depth, iterations, s=1300 * share, color=COLOURS["ours"], alpha=0.35, lw=0)
        ax.annotate(f"{100 * share:.0f}", (depth, iterations), ha="center", va="center", fontsize=9)
    depths = np.array([study["depth"].min() - 0.5, study["depth"].max() + 0.5])
    ax.plot(depths, depths + 1, color=COLOURS["bound"])
    ax.fill_between(depths, depths + 1, depths[1] + 2, color=COLOURS["bound"], alpha=0.12, lw=0)
    ax.set(xlim=depths, ylim=(0.4, depths[1] + 2))
    label_axes(ax, "depth of the tree, T (layers)", "iterations (count)")
    end_labels(ax, [EndLabel(depths[1], depths[1] + 1, "T + 1", COLOURS["bound"])])
    return figure


def path_picture(histories: Sequence[MetaHistory]) -> Figure:
    """Draw the way to the equilibrium: what the principal expects in the root, and when which layer is settled.

    Parameters
    ----------
    histories : sequence of MetaHistory
        Runs on single trees of equal depth; the first stands out.

    Returns
    -------
    Figure
    """
    figure, (left, right) = panels(1, 2, width=9.0, height=3.8)
    for index, history in reversed(list(enumerate(histories))):
        root, settled = history.v_principal[:, 0, 0] / history.v_principal[-1, 0, 0], settled_from(history)
        style = {"color": COLOURS["ours"] if index == 0 else "#9aa7b1", "lw": 2.2 if index == 0 else 1.0}
        left.plot(np.arange(1, len(root) + 1), root, "o-", ms=4 if index == 0 else 2, **style)
        right.plot(np.arange(1, len(settled) + 1), settled, "o-", ms=4 if index == 0 else 2, **style)
    depth = histories[0].contracts.shape[1]
    layers = np.arange(1, depth + 1)
    right.plot(layers, depth + 1 - layers, color=COLOURS["bound"], lw=6, alpha=0.5, zorder=0)
    right.fill_between(layers, depth + 1 - layers, depth + 1, color=COLOURS["bound"], alpha=0.12, lw=0, zorder=0)
    end_labels(right, [EndLabel(depth, 1, "at the latest", COLOURS["bound"])])
    label_axes(left, "iteration (count)", "principal's value in the root\n/ that in equilibrium (ratio)")
    label_axes(right, "layer t (1 is the root)", "settled from\niteration (count)")
    panel_title(left, "not monotone")
    panel_title(right, "from the leaves to the root")
    return figure


def gaps_picture(table: pd.DataFrame) -> Figure:
    """Draw output against input distances of the counter-example.

    Parameters
    ----------
    table : DataFrame
        Of `papers.contracts_rl.contraction.counter_example_table`.

    Returns
    -------
    Figure
    """
    figure, (ax,) = panels(height=4.0)
    x = table["input gap"]
    lines = {"agent fixed": ("gap, agent fixed", COLOURS["ours"], "o-")}
    lines["agent answers\nanew"] = ("gap, agent answers anew", PALETTE[2], "s-")
    labels = [EndLabel(x.max(), x.max(), "output = input", COLOURS["bound"])]
    ax.plot(x, x, color=COLOURS["bound"])
    for name, (column, colour, marker) in lines.items():
        ax.plot(x, table[column], marker, color=colour)
        labels.append(EndLabel(x.max(), table[column][x.idxmax()], name, colour))
    ax.set(xscale="log", yscale="log")
    label_axes(ax, "distance of the two inputs (money)", "distance of the two outputs (money)")
    end_labels(ax, labels)
    return figure


def payments_picture(panels_of: Mapping[str, Mapping[str, NDArray[np.float64]]]) -> Figure:
    """Draw a payment over the iterations, a panel a group, a line a run.

    Parameters
    ----------
    panels_of : mapping from str to mapping from str to ndarray of float, shape (I + 1,)
        By heading of the panel and name of the run: the payment offered after every iteration, in money.

    Returns
    -------
    Figure
    """
    figure, axes = panels(1, len(panels_of), width=4.5 * len(panels_of), height=3.6)
    for ax, (heading, runs) in zip(axes, panels_of.items(), strict=True):
        handles = []
        for (name, payments), colour, marker in zip(runs.items(), PALETTE, "os^D", strict=False):
            handles += ax.plot(np.arange(len(payments)), payments, f"{marker}-", ms=4, color=colour, label=name)
        label_axes(ax, "iteration (count)", "payment for the good outcome\nin state 1 (money)")
        legend_above(ax, handles)
        panel_title(ax, heading)
    return figure


def cycling_picture(study: pd.DataFrame, known: Mapping[str, tuple[float, Mapping[int, float]]]) -> Figure:
    """Draw the share of instances on which the meta-algorithm does not converge, over the discount.

    Parameters
    ----------
    study : DataFrame
        Of `papers.contracts_rl.meta_study.cycling_study`.
    known : mapping from str to (float, mapping from int to float)
        Shares from elsewhere: by label (``"expected ..."`` or ``"recorded ..."``) the discount, and the share by number
        of states.

    Returns
    -------
    Figure
        Shares with 95 % Wilson intervals: of all instances, without damping, with it, and without an equilibrium.
    """
    states = sorted(study["states"].unique())
    figure, axes = panels(1, len(states), width=5.0 * len(states), height=4.0)
    for ax, number in zip(axes, states, strict=True):
        group = study[study["states"] == number]
        handles = []
        for name, column, colour, marker in (
            ("undamped", ~group["converged"], COLOURS["ours"], "o"),
            ("nor with damping", group["damped"] == 0, PALETTE[3], "^"),
            ("nor is there a pure equilibrium", group["equilibria"] == 0, PALETTE[2], "s"),
        ):
            counts = column.groupby(group["gamma"]).agg(["sum", "count"])
            found = [wilson_interval(int(row["sum"]), int(row["count"])) for _, row in counts.iterrows()]
            middle = np.array([interval.estimate for interval in found])
            ends = [middle - [i.low for i in found], [i.high for i in found] - middle]
            shift = 0.006 * (len(handles) - 1)
            handles.append(
                ax.errorbar(
                    counts.index + shift, middle, ends, fmt=f"{marker}-", ms=5, capsize=3, color=colour, label=name
                )
            )
        for name, (gamma, shares) in known.items():
            colour, mark = COLOURS[name.split()[0].rstrip(",")], "D" if name.startswith("recorded") else "s"
            handles += ax.plot(
                gamma, shares[number], mark, color=colour, mfc="white", ms=8, mew=2, ls="none", label=name, zorder=4
            )
        label_axes(ax, "discount γ (1)", "does not converge (share)")
        ax.set_ylim(-0.01, None)
        legend_above(ax, handles)
        panel_title(ax, f"{number} states")
    return figure
