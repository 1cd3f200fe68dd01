"""Samples of random markets for two questions beyond the paper: who gains and loses, and what ignorance costs."""

from collections.abc import Sequence
from copy import deepcopy
from typing import TYPE_CHECKING

from common.stats import spawn_generators
from papers.trading_networks.exact import optimal_revenue
from papers.trading_networks.experiments import Goods, random_market
from papers.trading_networks.network import PlatformOutcome, TradingNetwork
from papers.trading_networks.noise import estimated_network, revenue_from_estimates
from papers.trading_networks.surplus import surplus_change

if TYPE_CHECKING:
    import pandas as pd


def surplus_study(
    goods: Goods, size: int, densities: Sequence[float], commissions: Sequence[float], draws: int, seed: int
) -> "pd.DataFrame":
    """Measure everybody's surplus before and after the optimal introductions, at the largest equilibrium prices.

    Markets are those of :func:`papers.trading_networks.experiments.market_study`: a draw has the same values at every
    density, and nested worlds.

    Parameters
    ----------
    goods : {"heterogeneous", "homogeneous"}
        As for :func:`papers.trading_networks.experiments.random_market`.
    size : int
        Number of buyers and of sellers, ``>= 1``.
    densities : sequence of float
        Densities of the world in [0, 1].
    commissions : sequence of float
        Shares in [0, 1] of the price of an introduced trade that the platform takes; sellers do not react.
    draws : int
        Markets at each density, ``>= 1``.
    seed : int
        ``>= 0``.

    Returns
    -------
    pandas.DataFrame
        A row a market and commission: ``density``, ``commission``, ``draw``; ``worse_off``, ``buyers_worse_off`` and
        ``sellers_worse_off`` (shares of them); as shares of the best welfare ``buyers_before``, ``sellers_before``,
        ``buyers_after``, ``sellers_after`` and ``platform``; and ``welfare``, to which the three after it add up.

    Raises
    ------
    ValueError
        If an argument is out of range.
    """
    import pandas as pd

    rows = []
    for draw, rng in enumerate(spawn_generators(seed, draws)):
        for density in densities:
            net = random_market(goods, size, size, density, deepcopy(rng))
            outcome = optimal_revenue(net)
            for commission in commissions:
                key = {"density": density, "commission": commission, "draw": draw}
                rows.append(key | _surplus_row(net, outcome, commission))
    return pd.DataFrame(rows)


def _surplus_row(net: TradingNetwork, outcome: PlatformOutcome, commission: float) -> dict[str, float]:
    change = surplus_change(net, outcome, commission)
    parts = {
        "buyers_before": change.buyers_before.sum(),
        "sellers_before": change.sellers_before.sum(),
        "buyers_after": change.buyers_after.sum(),
        "sellers_after": change.sellers_after.sum(),
        "platform": change.platform,
        "welfare": outcome.welfare,
    }
    shares = {name: float(part / net.optimal_welfare) for name, part in parts.items()}
    return shares | {
        "worse_off": change.share_worse_off(),
        "buyers_worse_off": float((change.buyers_change < -1e-9).mean()),
        "sellers_worse_off": float((change.sellers_change < -1e-9).mean()),
    }


def noise_study(
    goods: Goods, size: int, density: float, spreads: Sequence[float], draws: int, seed: int
) -> "pd.DataFrame":
    """Measure what a platform expects and earns that optimises on noisy estimates of the values.

    A draw has the same market and the same estimation errors, scaled, at every spread.

    Parameters
    ----------
    goods : {"heterogeneous", "homogeneous"}
        As for :func:`papers.trading_networks.experiments.random_market`.
    size : int
        Number of buyers and of sellers, ``>= 1``.
    density : float
        Density of the world in [0, 1].
    spreads : sequence of float
        Relative errors of the estimates, ``>= 0``; see :func:`papers.trading_networks.noise.estimated_network`.
    draws : int
        Markets, ``>= 1``.
    seed : int
        ``>= 0``.

    Returns
    -------
    pandas.DataFrame
        A row a market and spread: ``spread``, ``draw``, and as shares of the optimal revenue ``expected``,
        ``realised`` and ``regret``. Markets without any revenue to earn are left out.

    Raises
    ------
    ValueError
        If an argument is out of range.
    """
    import pandas as pd

    rows = []
    for draw, rng in enumerate(spawn_generators(seed, draws)):
        net = random_market(goods, size, size, density, rng)
        for spread in spreads:
            found = revenue_from_estimates(net, estimated_network(net, spread, deepcopy(rng)))
            optimum = found.optimal.revenue
            if optimum < 1e-9:
                continue
            rows.append(
                {
                    "spread": spread,
                    "draw": draw,
                    "expected": found.expected.revenue / optimum,
                    "realised": found.realised.revenue / optimum,
                    "regret": found.regret / optimum,
                }
            )
    return pd.DataFrame(rows)
