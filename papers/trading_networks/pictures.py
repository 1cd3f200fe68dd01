"""Markets and their outcomes as the pictures of `common.plots` want them."""

from collections.abc import Mapping

import numpy as np

from common.markets.assignment import OpportunityPath
from common.plots import NetworkState
from papers.trading_networks.network import PlatformOutcome, TradingNetwork


def market_state(
    net: TradingNetwork, outcome: PlatformOutcome, readouts: Mapping[str, float | str] | None = None
) -> NetworkState:
    """Describe a market after the platform's introductions.

    Parameters
    ----------
    net : TradingNetwork
        The market.
    outcome : PlatformOutcome
        Introductions, prices and trades in it.
    readouts : mapping from str to float or str, optional
        Further numbers to show, as revenue and welfare.

    Returns
    -------
    NetworkState
        With prices at sellers, and values of what they get and utilities at buyers.
    """
    buyers = np.flatnonzero(outcome.allocation >= 0)
    traded = np.zeros(net.values.shape, dtype=bool)
    traded[buyers, outcome.allocation[buyers]] = True
    values = (net.values * traded).sum(axis=1)
    return NetworkState(
        world=net.world,
        introduced=outcome.introduced,
        traded=traded,
        prices=outcome.prices,
        utilities=np.where(traded.any(axis=1), values - traded @ outcome.prices, 0.0),
        values=values,
        readouts=readouts or {},
    )


def path_nodes(path: OpportunityPath) -> list[tuple[str, int]]:
    """List the nodes of an opportunity path in the order in which it is drawn.

    Parameters
    ----------
    path : OpportunityPath
        As `common.markets.assignment.opportunity_paths` finds it.

    Returns
    -------
    list of (side, index)
        Alternating ``("seller", j)`` and ``("buyer", i)``, beginning with the priced good.
    """
    nodes: list[tuple[str, int]] = []
    for step, good in enumerate(path.goods):
        nodes.append(("seller", good))
        if step < len(path.buyers):
            nodes.append(("buyer", path.buyers[step]))
    return nodes
