"""The three-dimensional assignment problem: disjoint triples, one agent of each side, of the greatest total value."""

from common.markets.three_dimensional.alternating import alternating_assignment
from common.markets.three_dimensional.chain import ChainAssignment, chain_assignment
from common.markets.three_dimensional.exact import three_dimensional_assignment
from common.markets.three_dimensional.relaxation import LinearRelaxation, linear_relaxation
from common.markets.three_dimensional.triples import ThreeDimensionalAssignment

__all__ = [
    "ChainAssignment",
    "LinearRelaxation",
    "ThreeDimensionalAssignment",
    "alternating_assignment",
    "chain_assignment",
    "linear_relaxation",
    "three_dimensional_assignment",
]
