"""The samples of random markets that the notebooks measure, one row a market."""

from copy import deepcopy
from typing import TYPE_CHECKING, Literal

import numpy as np

from common.stats import spawn_generators
from papers.trading_networks.cardinality import cardinality_sweep
from papers.trading_networks.exact import optimal_revenue
from papers.trading_networks.generators import erdos_renyi_world, homogeneous_goods, independent_values
from papers.trading_networks.heuristics import full_match
from papers.trading_networks.homogeneous import homogeneous_full_extraction
from papers.trading_networks.network import TradingNetwork
from papers.trading_networks.revenue import platform_revenue

if TYPE_CHECKING:
    import pandas as pd

Goods = Literal["heterogeneous", "homogeneous"]


def random_market(goods: Goods, n: int, m: int, density: float, rng: np.random.Generator) -> TradingNetwork:
    """Draw a market with values uniform on [0, 1] and an Erdos-Renyi world.

    Parameters
    ----------
    goods : {"heterogeneous", "homogeneous"}
        Independent values for all pairs, or one value a buyer for all goods.
    n, m : int
        Numbers of buyers and sellers, ``>= 1``.
    density : float
        Probability ``q`` in [0, 1] that a pair knows each other.
    rng : numpy.random.Generator
        Source of randomness.

    Returns
    -------
    TradingNetwork

    Raises
    ------
    ValueError
        If an argument is out of range.
    """
    if goods not in ("heterogeneous", "homogeneous"):
        raise ValueError(f"goods must be 'heterogeneous' or 'homogeneous', given {goods!r}")
    draw = independent_values if goods == "heterogeneous" else homogeneous_goods
    return TradingNetwork(draw(n, m, rng), erdos_renyi_world(n, m, density, rng))


def measure(net: TradingNetwork) -> dict[str, float]:
    r"""Solve one market exactly and by the heuristics.

    Parameters
    ----------
    net : TradingNetwork
        The market.

    Returns
    -------
    dict of str to float
        In money: ``world_welfare`` :math:`W_0`, ``optimal_welfare`` :math:`W^*`, ``gain`` :math:`\Delta W`,
        ``guarantee`` :math:`\Delta W/H_K`, ``revenue`` :math:`R^*`, ``welfare`` :math:`W_R`, ``sweep`` and
        ``full_match`` (revenue of the two heuristics), ``at_minimum_prices`` (revenue of the optimal
        introductions if the smallest prices form), and with homogeneous goods ``extraction`` (Proposition S8).
    """
    best = optimal_revenue(net)
    row = {
        "world_welfare": net.world_welfare,
        "optimal_welfare": net.optimal_welfare,
        "gain": net.welfare_gain,
        "guarantee": net.revenue_guarantee,
        "revenue": best.revenue,
        "welfare": best.welfare,
        "sweep": cardinality_sweep(net).revenue,
        "full_match": full_match(net).revenue,
        "at_minimum_prices": platform_revenue(net, best.introduced, which="min").revenue,
    }
    if net.is_homogeneous:
        row["extraction"] = homogeneous_full_extraction(net).revenue
    return row


def market_study(goods: Goods, size: int, densities: list[float], draws: int, seed: int) -> "pd.DataFrame":
    """Measure random markets of ``size`` buyers and sellers, ``draws`` of them at each density.

    A draw has the same values at every density, and its worlds are nested: densities are compared on the same
    markets. The first draws do not depend on how many follow.

    Parameters
    ----------
    goods : {"heterogeneous", "homogeneous"}
        As for :func:`random_market`.
    size : int
        Number of buyers and of sellers, ``>= 1``.
    densities : list of float
        Densities of the world in [0, 1].
    draws : int
        Number of markets at each density, ``>= 1``.
    seed : int
        Seed of the whole study, ``>= 0``.

    Returns
    -------
    pandas.DataFrame
        A row a market: ``density``, ``draw``, and the columns of :func:`measure`.

    Raises
    ------
    ValueError
        If an argument is out of range.
    """
    import pandas as pd

    rows = [
        {"density": density, "draw": draw} | measure(random_market(goods, size, size, density, deepcopy(rng)))
        for draw, rng in enumerate(spawn_generators(seed, draws))
        for density in densities
    ]
    return pd.DataFrame(rows)
