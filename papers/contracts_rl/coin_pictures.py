"""Pictures of the Coin Game: boards, an episode step by step, yardsticks, and what a budget buys."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from numpy.typing import ArrayLike, NDArray

from common.plots import COLOURS, PALETTE, label_axes, panel_title, panels

#: Colours of the players, and of their coins.
RED, BLUE = "#D55E00", "#0072B2"
_YARDSTICKS = {
    "random": ("random", "#999999", "x"),
    "selfish": ("selfish", PALETTE[1], "o"),
    "contracts": ("contracts", PALETTE[2], "D"),
}


def draw_board(ax: Axes, state: ArrayLike, grid: int) -> None:
    """Draw one state: discs with a letter are players, a small diamond is the coin.

    Parameters
    ----------
    ax : matplotlib.axes.Axes
        Panel to draw into.
    state : array_like of int, shape (4,) or (5,)
        Compact state.
    grid : int
        Side N of the torus.
    """
    cells, colour = np.asarray(state)[:3], int(np.asarray(state)[3])
    rows, columns = np.divmod(cells, grid)
    together = cells[0] == cells[1]
    for player, (letter, shade) in enumerate((("R", RED), ("B", BLUE))):
        x = columns[player] + (0.18 if player else -0.18) * together
        ax.scatter(x, rows[player], s=8500 / grid**2 / (1 + together), color=shade, alpha=0.9, zorder=2)
        ax.text(x, rows[player], letter, color="white", ha="center", va="center", weight="bold", size=26 / grid**0.5)
    aside = 0.3 * (cells[2] in cells[:2])  # a coin under a player is drawn beside her
    ax.scatter(
        columns[2] + aside,
        rows[2] - aside,
        s=2200 / grid**2 / (1 + bool(aside)),
        marker="D",
        color=(RED, BLUE)[colour],
        ec="black",
        zorder=3,
    )
    ax.set(xlim=(-0.5, grid - 0.5), ylim=(grid - 0.5, -0.5), aspect="equal", xticks=[], yticks=[])
    ax.set_xticks(np.arange(grid + 1) - 0.5, minor=True)
    ax.set_yticks(np.arange(grid + 1) - 0.5, minor=True)
    ax.grid(visible=False)
    ax.grid(which="minor", color="#bbbbbb", linewidth=1)
    ax.tick_params(which="both", length=0)


def boards_picture(states: Mapping[str, ArrayLike], grid: int, columns: int = 6) -> Figure:
    """Draw several states side by side, each with a line of text above.

    Parameters
    ----------
    states : mapping from str to array_like of int, shape (4,) or (5,)
        Compact states by what stands above them.
    grid : int
        Side N of the torus.
    columns : int
        Boards in a row.

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    ValueError
        If there is no state.
    """
    if not states:
        raise ValueError("states must hold at least one state, given none")
    rows = -(-len(states) // columns)
    width = min(columns, len(states))
    figure, axes = panels(rows, width, width=1.95 * width, height=2.5 * rows)
    for ax, (text, state) in zip(axes, states.items(), strict=False):
        draw_board(ax, state, grid)
        ax.set_title(text, size=10, weight="normal", loc="center", pad=4)
    for ax in axes[len(states) :]:
        ax.set_axis_off()
    return figure


def episode_captions(
    actions: NDArray[np.int64], rewards: NDArray[np.float64], payments: NDArray[np.float64] | None = None
) -> list[str]:
    """Say of each step what was moved, collected and paid.

    Parameters
    ----------
    actions : ndarray of int, shape (H, 2)
        Moves.
    rewards : ndarray of float, shape (H, 2)
        Coins collected.
    payments : ndarray of float, shape (H, 2), optional
        Payments for following.

    Returns
    -------
    list of str
        One text a step; who got what, ``R`` and ``B``.
    """
    arrows = "↑↓←→"
    texts = []
    for step, (moves, coins) in enumerate(zip(actions, rewards, strict=True)):
        text = f"{step}: R {arrows[moves[0]]}  B {arrows[moves[1]]}"
        gains = [f"{name} +{got:g}" for name, got in zip("RB", coins, strict=True) if got]
        paid = [] if payments is None else payments[step]
        gains += [f"{name} paid {due:.2f}" for name, due in zip("RB", paid, strict=False) if due > 5e-3]
        texts.append(text + "\n" + (", ".join(gains) or " "))
    return texts


def yardsticks_picture(table: pd.DataFrame) -> Figure:
    """Draw welfare as a share of the optimum, and payments as a share of welfare, a row a variant.

    Parameters
    ----------
    table : pandas.DataFrame
        Of `yardstick_table`.

    Returns
    -------
    matplotlib.figure.Figure
    """
    figure, (left, right) = panels(1, 2, width=10.6, height=1.6 + 0.42 * len(table))
    rows = np.arange(len(table))
    for column, (name, colour, marker) in _YARDSTICKS.items():
        left.plot(table[column] / table["optimum"], rows, marker, color=colour, label=name, ms=8, zorder=3)
    left.axvline(1, color=COLOURS["bound"], linewidth=1.2, label="optimum")
    right.barh(rows, table["share"], color=PALETTE[2], height=0.5)
    right.axvline(
        0.3, color=COLOURS["published"], linestyle="--", linewidth=1.2, label="published (second-hand): about 0.3"
    )
    for ax in (left, right):
        ax.set_yticks(rows, table.index if ax is left else [""] * len(table))
        ax.set_ylim(len(table) - 0.5, -0.5)
    left.set_xlim(0, 1.05)
    right.set_xlim(0, 0.35)
    label_axes(left, "welfare / optimum (share)", "variant", categorical="y")
    label_axes(right, "payments / welfare (share)", "variant", categorical="y")
    right.set_ylabel("")  # the rows are named on the left
    figure.legend(
        *[a + b for a, b in zip(left.get_legend_handles_labels(), right.get_legend_handles_labels(), strict=True)],
        loc="outside upper center",
        ncols=5,
    )
    return figure


def budget_picture(studies: Mapping[str, tuple[pd.DataFrame, pd.DataFrame, float]]) -> Figure:
    """Draw what a budget buys: constant proportions against contracts, a panel a board.

    Parameters
    ----------
    studies : mapping from str to (pandas.DataFrame, pandas.DataFrame, float)
        By heading: the tables of `proportion_study` and `alpha_study`, and the optimum in coins.

    Returns
    -------
    matplotlib.figure.Figure
    """
    figure, axes = panels(1, len(studies), width=5.4 * len(studies), height=4.6)
    for ax, (heading, (proportions, alphas, optimum)) in zip(axes, studies.items(), strict=True):
        x = proportions.index.to_numpy(dtype=float)
        welfare = proportions.drop(columns="mixed") / optimum
        ax.fill_between(x, welfare.min(axis=1), welfare.max(axis=1), color="#bbbbbb", alpha=0.5)
        ax.plot(x, welfare.iloc[:, 0], "o-", color=PALETTE[1], ms=5)
        ax.plot(alphas["share"], alphas["welfare"] / optimum, "D", color=PALETTE[2], ms=8, zorder=4)
        _name_alphas(ax, alphas, optimum)
        ax.axhline(1, color=COLOURS["bound"], linewidth=1.2)
        ax.set_xlim(-0.02, 1.02)
        label_axes(ax, "budget: proportion p, or payments / welfare (share)", "welfare / optimum (share)")
        panel_title(ax, heading)
    handles = [
        Line2D([], [], color=PALETTE[2], marker="D", linestyle="", ms=8, label="contracts, by weight α"),
        Line2D([], [], color=PALETTE[1], marker="o", ms=5, label="constant proportion"),
        Line2D([], [], color="#bbbbbb", linewidth=8, alpha=0.5, label="other selections"),
        Line2D([], [], color=COLOURS["bound"], linewidth=1.2, label="optimum"),
    ]
    figure.legend(handles=handles, loc="outside upper center", ncols=4)
    return figure


def _name_alphas(ax: Axes, alphas: pd.DataFrame, optimum: float) -> None:
    """Write beside each point of the contracts which weights lead there."""
    clusters: list[tuple[float, float, list[str]]] = []
    for alpha, row in alphas.iterrows():
        share, welfare = row["share"], row["welfare"] / optimum
        near = [names for x, y, names in clusters if abs(x - share) < 0.02 and abs(y - welfare) < 0.01]
        if near:
            near[0].append(f"{alpha:g}")
        else:
            clusters.append((share, welfare, [f"{alpha:g}"]))
    for share, welfare, names in clusters:
        text, place = f"α = {', '.join(names)}", (share, welfare)
        ax.annotate(text, place, xytext=(9, -3), textcoords="offset points", size=10, va="top")


def payoff_cells(tables: Sequence[ArrayLike], actions: Sequence[str]) -> pd.DataFrame:
    """Write a bimatrix game as a reader would: a pair of payoffs a cell.

    Parameters
    ----------
    tables : sequence of two array_like, shape (A, A)
        Payoffs of the row and the column player.
    actions : sequence of A str
        Names of the actions.

    Returns
    -------
    pandas.DataFrame
        Texts such as ``"3, 3"``.
    """
    row, column = (np.asarray(table) for table in tables)
    cells = [[f"{a:g}, {b:g}" for a, b in zip(x, y, strict=True)] for x, y in zip(row, column, strict=True)]
    return pd.DataFrame(cells, index=list(actions), columns=list(actions))
