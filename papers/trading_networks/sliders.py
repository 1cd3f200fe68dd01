r"""The explorer: one market whose world, number of introductions and price convention are moved by sliders.

Worlds are nested: a pair that knows each other at one density does so at every larger one. For each world the
introductions are those of the cardinality sweep, :math:`M_0,\dots,M_K`.
"""

from collections.abc import Sequence
from copy import deepcopy
from itertools import product

import numpy as np

from common.markets.assignment import PriceConvention
from common.plots import Explorer, NetworkState, Slider, explorer
from papers.trading_networks.cardinality import CardinalitySweep, cardinality_sweep
from papers.trading_networks.exact import optimal_revenue
from papers.trading_networks.experiments import random_market
from papers.trading_networks.network import TradingNetwork
from papers.trading_networks.pictures import market_state
from papers.trading_networks.revenue import platform_revenue

CONVENTIONS: dict[str, PriceConvention] = {"largest": "max", "midpoint": "midpoint", "smallest": "min"}


def market_explorer(n: int, m: int, densities: Sequence[float], rng: np.random.Generator) -> Explorer:
    r"""Build the explorer of one random market with heterogeneous goods.

    Parameters
    ----------
    n, m : int
        Numbers of buyers and sellers, ``>= 1``; readable up to about 8.
    densities : sequence of float
        Stops of the density slider in [0, 1], all different.
    rng : numpy.random.Generator
        Source of the values and the nested worlds.

    Returns
    -------
    Explorer
        Sliders for density, number of introductions :math:`k` and equilibrium prices. Read out are
        revenue, the guarantee :math:`k\delta_k` and :math:`R^*` (both at the largest prices whatever the slider says),
        welfare, :math:`W^*` and :math:`W_0`.

    Raises
    ------
    ValueError
        If a size or a density is out of range.
    """
    frames: dict[tuple[float, int, str], NetworkState] = {}
    for density in densities:
        net = random_market("heterogeneous", n, m, density, deepcopy(rng))
        sweep, optimum = cardinality_sweep(net), optimal_revenue(net, welfare_stage=False).revenue
        for k, prices in product(range(net.size + 1), CONVENTIONS):
            frames[density, k, prices] = _state(net, sweep, k, prices, optimum)
    sliders = [
        Slider("density of the world (probability)", densities),
        Slider("introductions k (count)", range(min(n, m) + 1)),
        Slider("equilibrium prices", list(CONVENTIONS)),
    ]
    middle = densities[len(densities) // 3]
    title = f"A market of {n} buyers and {m} sellers, with values between 0 and 1"
    return explorer(frames, sliders, title=title, start=(middle, min(n, m) // 2, "largest"))


def _state(net: TradingNetwork, sweep: CardinalitySweep, k: int, prices: str, optimum: float) -> NetworkState:
    outcome = platform_revenue(net, sweep.introduced_by_size[k], CONVENTIONS[prices])
    promised = k * sweep.increments[k - 1] if k else 0.0
    readouts = {
        "revenue": outcome.revenue,
        "promise k·δₖ": float(promised),
        "best revenue R*": optimum,
        "welfare": outcome.welfare,
        "best welfare W*": net.optimal_welfare,
        "world alone W₀": net.world_welfare,
    }
    return market_state(net, outcome, readouts)
