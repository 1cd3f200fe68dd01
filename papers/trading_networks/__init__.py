"""Disrupting Bipartite Trading Networks: Matching for Revenue Maximization (arXiv 2406.07385)."""

from papers.trading_networks.cardinality import CardinalitySweep, cardinality_sweep
from papers.trading_networks.enumeration import enumerate_revenue
from papers.trading_networks.exact import optimal_revenue, revenue_upper_bound
from papers.trading_networks.generators import (
    additive_values,
    block_world,
    erdos_renyi_world,
    geometric_world,
    homogeneous_goods,
    independent_values,
    preferential_attachment_world,
)
from papers.trading_networks.heuristics import full_match, greedy, local_search
from papers.trading_networks.homogeneous import FullExtraction, homogeneous_full_extraction
from papers.trading_networks.homogeneous_dp import homogeneous_dp
from papers.trading_networks.homogeneous_exact import homogeneous_optimal_revenue
from papers.trading_networks.instances import (
    costly_platform,
    densest_subgraph_gadget,
    general_ladder,
    ladder,
    worked_instances,
)
from papers.trading_networks.network import PlatformOutcome, TradingNetwork, harmonic
from papers.trading_networks.noise import NoisyOutcome, estimated_network, revenue_from_estimates
from papers.trading_networks.prm import HuntResult, hunt, price_of_revenue_maximisation
from papers.trading_networks.revenue import platform_revenue
from papers.trading_networks.surplus import SurplusChange, surplus_change

__all__ = [
    "CardinalitySweep",
    "FullExtraction",
    "HuntResult",
    "NoisyOutcome",
    "PlatformOutcome",
    "SurplusChange",
    "TradingNetwork",
    "additive_values",
    "block_world",
    "cardinality_sweep",
    "costly_platform",
    "densest_subgraph_gadget",
    "enumerate_revenue",
    "erdos_renyi_world",
    "estimated_network",
    "full_match",
    "general_ladder",
    "geometric_world",
    "greedy",
    "harmonic",
    "homogeneous_dp",
    "homogeneous_full_extraction",
    "homogeneous_goods",
    "homogeneous_optimal_revenue",
    "hunt",
    "independent_values",
    "ladder",
    "local_search",
    "optimal_revenue",
    "platform_revenue",
    "preferential_attachment_world",
    "price_of_revenue_maximisation",
    "revenue_from_estimates",
    "revenue_upper_bound",
    "surplus_change",
    "worked_instances",
]
