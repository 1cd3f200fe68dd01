"""Pricing with Tips in Three-Sided Delivery Platforms (arXiv 2507.10872)."""

from papers.delivery_tips.ascending import ascending_tips
from papers.delivery_tips.census import enumerate_equilibria
from papers.delivery_tips.city import City, random_city
from papers.delivery_tips.construction import construct_equilibrium
from papers.delivery_tips.division import Division, division_of_surplus
from papers.delivery_tips.families import Chain, decompose
from papers.delivery_tips.first_best import FirstBest, first_best
from papers.delivery_tips.generators import (
    bernoulli_values,
    diagonal_market,
    family_market,
    integer_market,
    random_triples,
    three_dimensional_matching_market,
    uniform_market,
)
from papers.delivery_tips.instances import worked_instances
from papers.delivery_tips.intervals import PaymentIntervals, payment_intervals
from papers.delivery_tips.market import DeliveryEquilibrium, DeliveryOutcome, ThreeSidedMarket
from papers.delivery_tips.support import supporting_equilibrium, supporting_equilibrium_without_tips
from papers.delivery_tips.tip_only import tip_only_equilibrium
from papers.delivery_tips.verification import Violation, check_equilibrium
from papers.delivery_tips.with_tips import with_tip_optimum
from papers.delivery_tips.without_tips import fewest_orders, without_tip_optimum

__all__ = [
    "Chain",
    "City",
    "DeliveryEquilibrium",
    "DeliveryOutcome",
    "Division",
    "FirstBest",
    "PaymentIntervals",
    "ThreeSidedMarket",
    "Violation",
    "ascending_tips",
    "bernoulli_values",
    "check_equilibrium",
    "construct_equilibrium",
    "decompose",
    "diagonal_market",
    "division_of_surplus",
    "enumerate_equilibria",
    "family_market",
    "fewest_orders",
    "first_best",
    "integer_market",
    "payment_intervals",
    "random_city",
    "random_triples",
    "supporting_equilibrium",
    "supporting_equilibrium_without_tips",
    "three_dimensional_matching_market",
    "tip_only_equilibrium",
    "uniform_market",
    "with_tip_optimum",
    "without_tip_optimum",
    "worked_instances",
]
