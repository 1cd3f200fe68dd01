r"""What the heuristics earn with homogeneous goods depends on how ties between introductions are broken.

If buyers value all goods alike, it does not matter for welfare *where* a buyer buys, and introductions of the same
welfare can earn very different revenues. A rule is imposed here by nudging the values before a heuristic chooses; what
it chose is then judged at the true values. With ties broken for the platform both heuristics would be optimal, because
by Proposition S7 the optimum is an efficient matching.
"""

from copy import deepcopy
from typing import TYPE_CHECKING, Literal

import numpy as np

from common.stats import spawn_generators
from papers.trading_networks.cardinality import cardinality_sweep
from papers.trading_networks.density import DENSITIES
from papers.trading_networks.experiments import random_market
from papers.trading_networks.heuristics import full_match
from papers.trading_networks.homogeneous_exact import homogeneous_optimal_revenue
from papers.trading_networks.network import TradingNetwork
from papers.trading_networks.revenue import platform_revenue

if TYPE_CHECKING:
    import pandas as pd

TieRule = Literal["fewest", "random", "most"]
TIE_RULES: tuple[TieRule, ...] = ("fewest", "random", "most")

_NUDGE = 1e-5  # of the largest value: above the solver's feasibility tolerances (its gap is 0)


def nudged(net: TradingNetwork, rule: TieRule, rng: np.random.Generator) -> TradingNetwork:
    """Change the values a little, so that ties are broken by a rule.

    Parameters
    ----------
    net : TradingNetwork
        The market.
    rule : {"fewest", "random", "most"}
        World trades are worth a little more, every pair is worth a little more at random, or introduced trades are.
    rng : numpy.random.Generator
        Source of the random nudges.

    Returns
    -------
    TradingNetwork
        With values at most 0.001 % of the largest one higher; pairs of value 0 stay at 0.

    Raises
    ------
    ValueError
        If the rule is unknown.
    """
    if rule not in TIE_RULES:
        raise ValueError(f"rule must be one of {TIE_RULES}, given {rule!r}")
    weight = rng.random(net.values.shape) if rule == "random" else net.world if rule == "fewest" else ~net.world
    return TradingNetwork(net.values + _NUDGE * net.values.max(initial=0.0) * weight * (net.values > 0), net.world)


def shares_by_tie_rule(net: TradingNetwork, rng: np.random.Generator) -> dict[str, float]:
    """Compute the share of the optimal revenue that sweep and full match earn under each rule for ties.

    Parameters
    ----------
    net : TradingNetwork
        A market with homogeneous goods.
    rng : numpy.random.Generator
        Source of the random rule.

    Returns
    -------
    dict of str to float
        ``"sweep, fewest"`` and so on, in [0, 1]; NaN if no introductions earn anything.

    Raises
    ------
    ValueError
        If the goods are not homogeneous.
    """
    best = homogeneous_optimal_revenue(net).revenue or np.nan
    shares = {}
    for rule in TIE_RULES:
        market = nudged(net, rule, rng)
        chosen = cardinality_sweep(market).introduced_by_size
        shares[f"sweep, {rule}"] = max(platform_revenue(net, pairs).revenue for pairs in chosen) / best
        shares[f"full match, {rule}"] = platform_revenue(net, full_match(market).introduced).revenue / best
    return shares


def tie_study(size: int, draws: int, seed: int) -> "pd.DataFrame":
    """Measure the rules for ties on the markets that `market_study` draws for homogeneous goods with the same seed.

    Parameters
    ----------
    size : int
        Number of buyers and of sellers, ``>= 1``.
    draws : int
        Number of markets at each density, ``>= 1``.
    seed : int
        Seed of the whole study, ``>= 0``.

    Returns
    -------
    pandas.DataFrame
        A row a market: ``density`` (from :data:`~papers.trading_networks.density.DENSITIES`), ``draw``, and the
        columns of :func:`shares_by_tie_rule`.
    """
    import pandas as pd

    rows = []
    for draw, rng in enumerate(spawn_generators(seed, draws)):
        for density in DENSITIES:
            own = deepcopy(rng)  # the same values and nested worlds at every density
            net = random_market("homogeneous", size, size, density, own)
            rows.append({"density": density, "draw": draw} | shares_by_tie_rule(net, own))
    return pd.DataFrame(rows)
