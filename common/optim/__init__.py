"""One thin wrapper for linear and mixed-integer programmes."""

from common.optim.milp import Solution, solve_milp

__all__ = ["Solution", "solve_milp"]
