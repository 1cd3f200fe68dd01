"""The assignment market: unit-demand buyers, unit-supply sellers, a mask of pairs that may trade."""

from common.markets.assignment.equilibrium import (
    Violation,
    equilibrium_violations,
    is_competitive_equilibrium,
)
from common.markets.assignment.matching import (
    favoured_efficient_matching,
    matching_welfare,
    max_weight_matching,
    owners,
)
from common.markets.assignment.prices import (
    OpportunityPath,
    PriceConvention,
    competitive_prices,
    opportunity_paths,
    price_lattice_bounds,
)
from common.markets.assignment.smallest import smallest_efficient_matching

__all__ = [
    "OpportunityPath",
    "PriceConvention",
    "Violation",
    "competitive_prices",
    "equilibrium_violations",
    "favoured_efficient_matching",
    "is_competitive_equilibrium",
    "matching_welfare",
    "max_weight_matching",
    "opportunity_paths",
    "owners",
    "price_lattice_bounds",
    "smallest_efficient_matching",
]
