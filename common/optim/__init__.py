"""One thin wrapper for linear and mixed-integer programmes."""

from common.optim.milp import Solution, solve_milp
from common.optim.scale import magnitude

__all__ = ["Solution", "magnitude", "solve_milp"]
