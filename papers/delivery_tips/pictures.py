"""Pictures of this paper: a tiny market, which transactions survive, and the chance of an equilibrium."""

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import ArrayLike, NDArray

from common.companion import Recorded
from common.plots import (
    COLOURS,
    PALETTE,
    Agents,
    Arrows,
    SpatialState,
    label_axes,
    legend_above,
    panels,
    spatial_network,
)
from common.stats import wilson_interval
from papers.delivery_tips.census import enumerate_equilibria
from papers.delivery_tips.division import division_of_surplus
from papers.delivery_tips.market import DeliveryEquilibrium, ThreeSidedMarket
from papers.delivery_tips.transactions import all_transactions

_KINDS = {
    "none": ("no equilibrium", "o", COLOURS["reference"]),
    "tips": ("equilibrium with tips only", "o", COLOURS["ours"]),
    "both": ("equilibrium also without tips", "s", PALETTE[2]),
}


def market_picture(market: ThreeSidedMarket, equilibrium: DeliveryEquilibrium, digits: int = 1) -> Axes:
    """Draw a tiny market in three columns, with the payments and who carries what.

    Parameters
    ----------
    market : ThreeSidedMarket
        Up to about three agents a side.
    equilibrium : DeliveryEquilibrium
        Payments and transactions.
    digits : int
        Decimals of all numbers.

    Returns
    -------
    matplotlib.axes.Axes
    """
    served = {(b, s): c for b, s, c in equilibrium.transactions}
    orders = [(b, s) for b, s in np.ndindex(market.V.shape) if market.V[b, s] > 0 or (b, s) in served]
    gains = division_of_surplus(market, equilibrium)
    busy = [set(side) for side in zip(*equilibrium.transactions, strict=True)] or [set()] * 3

    def side(name: str, column: int, axis: int, notes: dict[str, list[float]]) -> Agents:
        size = market.shape[axis]
        heights = 2.0 * ((size - 1) / 2 - np.arange(size))
        idle = [agent not in busy[axis] for agent in range(size)]
        return Agents(name, np.column_stack([np.full(size, 2.6 * column), heights]), idle=idle, notes=notes)

    def of_orders(name: str, pairs: list[tuple[int, int]], width: float, dashed: bool) -> Arrows:
        notes = {"V": [market.V[o] for o in pairs], "t": [equilibrium.tips[o] for o in pairs]}
        return Arrows(name, "stores", "buyers", [(s, b) for b, s in pairs], notes, width=width, dashed=dashed)

    pay = {"w": [equilibrium.compensations[order] for order in served]}
    state = SpatialState(
        agents=[
            side("couriers", 0, 2, {"y": gains.couriers.tolist()}),
            side("stores", 1, 1, {"p": equilibrium.prices.tolist()}),
            side("buyers", 2, 0, {"u": gains.buyers.tolist()}),
        ],
        arrows=[
            of_orders("order that nobody carries", [o for o in orders if o not in served], 1.0, True),
            Arrows(
                "courier of the order", "couriers", "stores", [(c, s) for (_, s), c in served.items()], pay, width=3
            ),
            of_orders("order carried", list(served), 3.0, False),
        ],
    )
    return spatial_network(state, digits=digits)


def outcomes_picture(markets: Mapping[str, ThreeSidedMarket]) -> Figure:
    """Draw every set of transactions of tiny markets by welfare, and mark which can be an equilibrium.

    Parameters
    ----------
    markets : mapping from str to ThreeSidedMarket
        Markets by name, small enough for the census.

    Returns
    -------
    matplotlib.figure.Figure
    """
    figure, (ax,) = panels(width=9.2, height=4.6)
    groups: dict[str, list[tuple[float, float]]] = {kind: [] for kind in _KINDS}
    for column, market in enumerate(markets.values()):
        survivors = [{found.transactions for found in enumerate_equilibria(market, tips=t)} for t in (True, False)]
        sets = list(all_transactions(market.shape))
        for place, tau in zip(_side_by_side([market.welfare(tau) for tau in sets], column), sets, strict=True):
            kind = "both" if tau in survivors[1] else "tips" if tau in survivors[0] else "none"
            groups[kind].append(place)
    for kind, (label, marker, colour) in _KINDS.items():
        places = np.array(groups[kind]).reshape(-1, 2)
        filled = "white" if kind == "none" else colour
        ax.plot(*places.T, marker, color=colour, mfc=filled, ms=6.5, mew=1.4, ls="", label=label)
    ax.set_xticks(range(len(markets)), markets)
    ax.xaxis.grid(visible=False)
    label_axes(ax, "instance", "welfare (money)", categorical="x")
    legend_above(ax, ax.get_legend_handles_labels()[0])
    return figure


def _side_by_side(heights: Sequence[float], column: int, step: float = 0.13) -> list[tuple[float, float]]:
    """Places of dots in a column, those of equal height beside each other and centred."""
    rounded = np.round(heights, 6)
    places = []
    for i, height in enumerate(rounded):
        equal = np.flatnonzero(rounded == height)
        places.append((column + step * (int(np.searchsorted(equal, i)) - (equal.size - 1) / 2), float(height)))
    return places


def existence_panel(
    ax: Axes, couriers: NDArray[np.intp], exists: NDArray[np.bool_], expected: ArrayLike, run: Recorded | None
) -> Axes:
    """Draw the share of markets with an equilibrium over the number of couriers, with intervals and the threshold.

    Parameters
    ----------
    ax : matplotlib.axes.Axes
        Panel to draw into.
    couriers : ndarray of int, shape (k,)
        Numbers of couriers; the last is the guaranteed threshold.
    exists : ndarray of bool, shape (draws, k)
        Whether an equilibrium exists in each market.
    expected : array_like, shape (k,)
        What the ledger expects.
    run : Recorded or None
        A larger run on record.

    Returns
    -------
    matplotlib.axes.Axes
    """
    shares = [wilson_interval(int(column.sum()), column.size) for column in exists.T]
    middle = exists.mean(axis=0)
    errors = np.abs([[share.low, share.high] for share in shares] - middle[:, None]).T
    ax.axvline(couriers[-1], color=COLOURS["bound"], ls="--", lw=1.4, label="guaranteed from here (P3)")
    ax.errorbar(couriers, middle, errors, fmt="o-", ms=5, color=COLOURS["ours"], capsize=3, label="computed")
    square = {"color": COLOURS["expected"], "mfc": "none", "mew": 1.6}
    ax.plot(couriers, expected, "s", ms=8, label="expected", **square)
    if run is not None:
        ax.plot(couriers, run.value, "D", ms=4, color=COLOURS["recorded"], label=run.label)
    label_axes(ax, "couriers (count)", "markets with an equilibrium (share)")
    ax.set_ylim(-0.05, 1.05)
    return ax
