"""Pictures of cities, of paths through the three sides, and of the matching problem that a market can hide."""

from collections.abc import Iterable, Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from numpy.typing import NDArray

from common.plots import COLOURS, PALETTE, label_axes, panel_title, panels
from common.plots.spatial import spatial_network
from common.plots.spatial_state import Agents, Arrows, SpatialState
from common.stats import wilson_interval
from papers.delivery_tips.city import City
from papers.delivery_tips.market import DeliveryEquilibrium, Transactions

_INK = "#1a1a1a"


def city_state(
    city: City, transactions: Transactions, equilibrium: DeliveryEquilibrium | None = None, *, home: bool = False
) -> SpatialState:
    """Put a city and its deliveries into the shape that :func:`common.plots.spatial.spatial_network` draws.

    Parameters
    ----------
    city : City
        Who is where.
    transactions : tuple of (int, int, int)
        Buyer, store and courier of each delivery.
    equilibrium : DeliveryEquilibrium, optional
        Its prices stand beside the stores that sell and its tips on the orders that are carried.
    home : bool
        Whether also the couriers' way home is drawn, for round trips.

    Returns
    -------
    SpatialState
    """
    tau = np.array(transactions, dtype=np.intp).reshape(-1, 3)
    buyers, stores, couriers = tau.T
    served = {
        "couriers": np.isin(np.arange(len(city.couriers)), couriers),
        "stores": np.isin(np.arange(len(city.stores)), stores),
        "buyers": np.isin(np.arange(len(city.buyers)), buyers),
    }
    prices, tips = {}, {}
    if equilibrium is not None:
        sells = zip(equilibrium.prices, served["stores"], strict=True)
        prices = {"p": [float(price) if sold else "" for price, sold in sells]}
        tips = {"t": equilibrium.tips[buyers, stores].tolist()}
    agents = [
        Agents(side, getattr(city, side), ~busy, prices if side == "stores" else {}) for side, busy in served.items()
    ]
    arrows = [
        Arrows("drives to the store", "couriers", "stores", tau[:, [2, 1]], colour=PALETTE[0], dashed=True),
        Arrows("brings the order", "stores", "buyers", tau[:, [1, 0]], tips),
    ]
    if home:
        arrows.append(Arrows("drives home", "buyers", "couriers", tau[:, [0, 2]], colour=PALETTE[3], dashed=True))
    return SpatialState(agents, arrows)


def path_picture() -> Figure:
    """Draw which pairs of sides a courier's cost depends on: a path for one-way trips, a cycle for round trips.

    Returns
    -------
    matplotlib.figure.Figure
    """
    places = {"couriers": (0.0, 0.0), "stores": (1.0, 0.0), "buyers": (0.5, -0.55)}
    figure, axes = panels(1, 2, width=10.5, height=4.0)
    for ax, title, closed in zip(axes, ("one way: a path", "round trip: a cycle"), (False, True), strict=True):
        agents = [Agents(side, [place], notes={"": [""]}) for side, place in places.items()]
        arrows = [
            Arrows("to the store", "couriers", "stores", [[0, 0]], {"": ["$-k_{cs}$"]}, colour=PALETTE[0], dashed=True),
            Arrows("to the buyer", "stores", "buyers", [[0, 0]], {"": ["$V_{bs}-\\kappa_{bs}$"]}),
        ]
        if closed:
            notes = {"": ["$-k_{cb}$"]}
            arrows.append(Arrows("home", "buyers", "couriers", [[0, 0]], notes, colour=PALETTE[3], dashed=True))
        spatial_network(SpatialState(agents, arrows), ax=ax)
        panel_title(ax, title)
    return figure


def rooks_picture(n: int, triples: Iterable[Sequence[int]], chosen: Transactions, ax: Axes, title: str) -> Axes:
    """Draw a 3-dimensional matching problem as a chess board: in each square the couriers that may carry the order.

    Parameters
    ----------
    n : int
        Buyers (rows), stores (columns) and couriers (colours), ``>= 1``.
    triples : iterable of (int, int, int)
        Buyer, store and courier of each triple that may be matched.
    chosen : tuple of (int, int, int)
        Transactions; those among the triples are framed.
    ax : matplotlib.axes.Axes
        Panel to draw into.
    title : str
        What stands above it.

    Returns
    -------
    matplotlib.axes.Axes
    """
    allowed = sorted(tuple(int(agent) for agent in triple) for triple in triples)
    for b, s in {triple[:2] for triple in allowed}:
        here = [c for buyer, store, c in allowed if (buyer, store) == (b, s)]
        for place, c in zip(_inside(len(here)), here, strict=True):
            taken = (b, s, c) in chosen
            if taken:
                ax.add_patch(Rectangle((s + 0.55, b + 0.55), 0.9, 0.9, fc="#dbe9f4", ec=COLOURS["ours"], lw=2))
            style = {"color": COLOURS["ours"] if taken else _INK, "weight": "bold" if taken else "normal"}
            ax.text(s + 1 + place[0], b + 1 + place[1], f"c{c + 1}", ha="center", va="center", fontsize=10, **style)
    ax.set(xlim=(0.5, n + 0.5), ylim=(n + 0.5, 0.5), aspect="equal")
    ax.set_xticks(range(1, n + 1), [f"s{s}" for s in range(1, n + 1)])
    ax.set_yticks(range(1, n + 1), [f"b{b}" for b in range(1, n + 1)])
    ax.grid(visible=False)
    ax.hlines(np.arange(n + 1) + 0.5, 0.5, n + 0.5, color="#d0d0d0", lw=0.8, zorder=0)
    ax.vlines(np.arange(n + 1) + 0.5, 0.5, n + 0.5, color="#d0d0d0", lw=0.8, zorder=0)
    ax.tick_params(length=0)
    ax.spines[:].set_visible(False)
    panel_title(ax, title)
    return ax


def _inside(count: int) -> NDArray[np.float64]:
    """Places of names in a square: one in the middle, two on the diagonal, more in a grid."""
    side = int(np.ceil(np.sqrt(count)))
    middles = (np.arange(side) + 0.5) / side - 0.5
    grid = np.array([(x, y) for y in middles for x in middles])
    return grid[[0, 3]] if count == 2 else grid[:count]


def trip_panel(ax: Axes, trips: pd.DataFrame, over: str, xlabel: str) -> Axes:
    """Draw how often the linear relaxation has a gap, one way and for round trips, with Wilson intervals at 95 %.

    Parameters
    ----------
    ax : matplotlib.axes.Axes
        Panel to draw into.
    trips : pandas.DataFrame
        Of :func:`papers.delivery_tips.hardness_study.trip_study`.
    over : str
        The column that stands on the horizontal axis.
    xlabel : str
        What that column is, with its unit in brackets.

    Returns
    -------
    matplotlib.axes.Axes
    """
    shift = 0.012 * np.ptp(trips[over])
    for trip, marker, colour, side in (("one-way", "o", COLOURS["ours"], -1), ("round", "D", COLOURS["bound"], 1)):
        groups = trips[trips["trip"] == trip].groupby(over)["has_gap"]
        found = [wilson_interval(int(group.sum()), group.size) for _, group in groups]
        middle = np.array([share.estimate for share in found])
        errors = np.abs([[share.low, share.high] for share in found] - middle[:, None]).T
        style = {"color": colour, "ls": "", "ms": 7, "capsize": 3, "label": f"{trip} trips"}
        ax.errorbar(np.array(list(groups.groups)) + side * shift, middle, errors, fmt=marker, **style)
    label_axes(ax, xlabel, "markets with a linear gap (share)")
    return ax
