r"""Worlds of different shape in which a buyer knows equally many sellers on average."""

from copy import deepcopy
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import NDArray

from common.stats import spawn_generators
from papers.trading_networks.exact import optimal_revenue
from papers.trading_networks.generators import (
    block_world,
    erdos_renyi_world,
    geometric_world,
    independent_values,
    preferential_attachment_world,
)
from papers.trading_networks.network import TradingNetwork

if TYPE_CHECKING:
    import pandas as pd

Topology = Literal["Erdos-Renyi", "geometric", "attachment", "blocks"]
TOPOLOGIES: tuple[Topology, ...] = ("Erdos-Renyi", "geometric", "attachment", "blocks")

_ACROSS = 0.25
"""Probability that two people of different blocks know each other, as a share of that of any two."""


def world_of_topology(topology: Topology, size: int, degree: int, rng: np.random.Generator) -> NDArray[np.bool_]:
    """Draw a world in which a buyer knows ``degree`` sellers on average.

    Parameters
    ----------
    topology : {"Erdos-Renyi", "geometric", "attachment", "blocks"}
        All pairs alike; neighbours in the unit square; sellers known to many get to be known to more (here every
        buyer knows exactly ``degree``); two communities.
    size : int
        Number of buyers and of sellers, even, ``>= 2``.
    degree : int
        ``1..size // 2``.
    rng : numpy.random.Generator
        Source of randomness.

    Returns
    -------
    ndarray of bool, shape (size, size)

    Raises
    ------
    ValueError
        If an argument is out of range.
    """
    if size < 2 or size % 2:
        raise ValueError(f"size must be even and >= 2, given {size}")
    if not 1 <= degree <= size // 2:
        raise ValueError(f"degree must be in 1..{size // 2}, given {degree}")
    q = degree / size
    if topology == "Erdos-Renyi":
        return erdos_renyi_world(size, size, q, rng)
    if topology == "geometric":
        return geometric_world(size, size, radius_of_share(q), rng)
    if topology == "attachment":
        return preferential_attachment_world(size, size, degree, rng)
    if topology == "blocks":
        return block_world(size, size, 2, (2 - _ACROSS) * q, _ACROSS * q, rng)
    raise ValueError(f"topology must be one of {TOPOLOGIES}, given {topology!r}")


def radius_of_share(q: float) -> float:
    r"""Find the radius within which two random points of the unit square lie with probability ``q``.

    .. math:: \Pr(d\le r)=r^2\left(\pi-\tfrac83r+\tfrac12r^2\right)\qquad(0\le r\le1),

    the distribution function of square line picking (Weisstein, MathWorld, "Square Line Picking").

    Parameters
    ----------
    q : float
        Probability in ``[0, 0.97]``.

    Returns
    -------
    float
        In ``[0, 1]``, in sides of the square.

    Raises
    ------
    ValueError
        If ``q`` is out of range.
    """
    from scipy.optimize import brentq

    if not 0 <= q <= 0.97:
        raise ValueError(f"q must be in [0, 0.97], given {q}")
    return float(brentq(lambda r: r**2 * (np.pi - 8 / 3 * r + r**2 / 2) - q, 0.0, 1.0))


def topology_study(size: int, degree: int, draws: int, seed: int) -> "pd.DataFrame":
    """Solve markets with the same independent values in worlds of each topology.

    Parameters
    ----------
    size, degree : int
        As for :func:`world_of_topology`.
    draws : int
        Number of markets of each topology, ``>= 1``.
    seed : int
        Seed of the whole study, ``>= 0``.

    Returns
    -------
    pandas.DataFrame
        A row a market: ``topology``, ``draw``, ``degree`` (mean number of sellers a buyer knows), ``prm``, and as
        shares of the optimal welfare ``world_share`` and ``revenue_share``.

    Raises
    ------
    ValueError
        If an argument is out of range.
    """
    import pandas as pd

    rows = []
    for draw, rng in enumerate(spawn_generators(seed, draws)):
        values = independent_values(size, size, rng)
        for topology in TOPOLOGIES:
            net = TradingNetwork(values, world_of_topology(topology, size, degree, deepcopy(rng)))
            best, largest = optimal_revenue(net), net.optimal_welfare
            row = {"topology": topology, "draw": draw, "degree": net.world.sum(axis=1).mean()}
            row |= {"prm": largest / best.welfare, "world_share": net.world_welfare / largest}
            rows.append(row | {"revenue_share": best.revenue / largest})
    return pd.DataFrame(rows)
