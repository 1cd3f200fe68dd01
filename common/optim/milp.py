r"""Linear and mixed-integer programmes with HiGHS: answer, proven bound, gap and seconds.

.. math:: \min\ \text{or}\ \max\ c^\top x\quad\text{subject to}\quad
    l^r\le Ax\le u^r,\quad l\le x\le u,\quad x_j\in\mathbb Z\ (j\in I).

HiGHS is called through ``highspy`` and not through ``scipy.optimize.milp``, because the latter takes no starting point.
"""

import time
from dataclasses import dataclass

import highspy
import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import sparse

_STATUS = {
    highspy.HighsModelStatus.kOptimal: "optimal",
    highspy.HighsModelStatus.kInfeasible: "infeasible",
    highspy.HighsModelStatus.kUnbounded: "unbounded",
    highspy.HighsModelStatus.kUnboundedOrInfeasible: "unbounded or infeasible",
    highspy.HighsModelStatus.kTimeLimit: "time limit",
    highspy.HighsModelStatus.kObjectiveBound: "objective bound",
}


@dataclass(frozen=True, eq=False)
class Solution:
    """Answer of the solver.

    Attributes
    ----------
    status : str
        ``"optimal"`` (within the gap), ``"infeasible"``, ``"unbounded"``, ``"unbounded or infeasible"`` or
        ``"time limit"``; any other state of HiGHS in its own words.
    objective : float
        Value of ``x``; NaN if no feasible point was found.
    x : ndarray of float, shape (columns,), or None
        The best feasible point found, integers rounded; None if there is none.
    bound : float
        Proven bound on the optimum: nothing is better than this. NaN if the programme is infeasible.
    gap : float
        ``|bound - objective| / |objective|``, relative to 1 if the objective is 0; infinite without a point.
    seconds : float
        Wall-clock time of the solver.
    duals : ndarray of float, shape (rows,), or None
        Shadow prices of the rows for a linear programme: how much the objective grows with the row's limit.
    """

    status: str
    objective: float
    x: NDArray[np.float64] | None
    bound: float
    gap: float
    seconds: float
    duals: NDArray[np.float64] | None = None


def solve_milp(
    c: ArrayLike,
    A: sparse.sparray | sparse.spmatrix | ArrayLike,
    row_lower: ArrayLike,
    row_upper: ArrayLike,
    lower: ArrayLike = 0.0,
    upper: ArrayLike = np.inf,
    integrality: ArrayLike | None = None,
    *,
    maximise: bool = False,
    time_limit: float = np.inf,
    gap: float = 1e-6,
    start: ArrayLike | None = None,
    threads: int = 1,
) -> Solution:
    """Solve a linear or mixed-integer programme.

    Parameters
    ----------
    c : array_like, shape (columns,)
        Objective.
    A : sparse or dense array, shape (rows, columns)
        Rows of the constraints.
    row_lower, row_upper : array_like, shape (rows,) or scalar
        Limits of the rows, infinite where there is none.
    lower, upper : array_like, shape (columns,) or scalar
        Limits of the variables.
    integrality : array_like of bool, shape (columns,), or None
        True for integer variables; None for a linear programme.
    maximise : bool
        Whether to maximise rather than minimise.
    time_limit : float
        Seconds, ``> 0``.
    gap : float
        Relative gap at which the search stops, ``>= 0``.
    start : array_like, shape (columns,), optional
        A feasible point to begin with (ignored by the solver if it is infeasible).
    threads : int
        Threads of the solver, ``>= 1``.

    Returns
    -------
    Solution

    Raises
    ------
    ValueError
        If shapes disagree, a coefficient is not finite, a limit is NaN, or an option is out of range.
    """
    c, A = np.asarray(c, dtype=float), sparse.csr_array(A)
    if c.shape != (A.shape[1],):
        raise ValueError(f"c must have shape ({A.shape[1]},) to fit A {A.shape}, given shape {c.shape}")
    for name, coefficients in (("c", c), ("A", A.data)):
        if not np.isfinite(coefficients).all():
            raise ValueError(f"{name} must be finite, given a NaN or an infinity")
    if not time_limit > 0 or not gap >= 0 or threads < 1:
        raise ValueError(
            "time_limit must be > 0, gap >= 0 and threads >= 1,"
            f" given time_limit={time_limit}, gap={gap}, threads={threads}"
        )
    rows = _vector("row_lower", row_lower, A.shape[0]), _vector("row_upper", row_upper, A.shape[0])
    columns = _vector("lower", lower, c.size), _vector("upper", upper, c.size)
    integer = None if integrality is None else _vector("integrality", integrality, c.size) != 0
    if not c.size:
        return _without_columns(rows)
    begin = time.perf_counter()
    solver = highspy.Highs()
    for option, value in (
        ("output_flag", False),
        ("threads", threads),
        ("time_limit", float(time_limit)),
        ("mip_rel_gap", float(gap)),
        ("mip_abs_gap", 0.0),  # an absolute gap would loosen what was asked for where the objective is small
    ):
        solver.setOptionValue(option, value)
    solver.passModel(_model(c, A, rows, columns, integer, maximise))
    if start is not None:
        point = highspy.HighsSolution()
        point.col_value = _vector("start", start, c.size)
        solver.setSolution(point)
    solver.run()
    return _solution(solver, integer, time.perf_counter() - begin)


def _vector(name: str, value: ArrayLike, size: int) -> NDArray[np.float64]:
    array = np.asarray(value, dtype=float)
    if array.shape not in ((), (size,)):
        raise ValueError(f"{name} must be a number or have shape ({size},), given shape {array.shape}")
    if np.isnan(array).any():
        raise ValueError(f"{name} must not hold NaN")
    return np.ascontiguousarray(np.broadcast_to(array, (size,)))


def _without_columns(rows: tuple[NDArray[np.float64], NDArray[np.float64]]) -> Solution:
    """Answer for the empty point, which HiGHS calls optimal even if the rows exclude it."""
    if (rows[0] <= 0).all() and (rows[1] >= 0).all():
        return Solution("optimal", 0.0, np.zeros(0), 0.0, 0.0, 0.0)
    return Solution("infeasible", np.nan, None, np.nan, np.inf, 0.0)


def _model(
    c: NDArray[np.float64],
    A: sparse.csr_array,
    rows: tuple[NDArray[np.float64], NDArray[np.float64]],
    columns: tuple[NDArray[np.float64], NDArray[np.float64]],
    integer: NDArray[np.bool_] | None,
    maximise: bool,
) -> highspy.HighsLp:
    model = highspy.HighsLp()
    model.num_row_, model.num_col_ = A.shape
    model.sense_ = highspy.ObjSense.kMaximize if maximise else highspy.ObjSense.kMinimize
    model.col_cost_ = c
    model.row_lower_, model.row_upper_ = rows
    model.col_lower_, model.col_upper_ = columns
    model.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
    model.a_matrix_.num_row_, model.a_matrix_.num_col_ = A.shape
    model.a_matrix_.start_ = A.indptr.astype(np.int32)
    model.a_matrix_.index_ = A.indices.astype(np.int32)
    model.a_matrix_.value_ = A.data.astype(float)
    if integer is not None:
        kinds = (highspy.HighsVarType.kContinuous, highspy.HighsVarType.kInteger)
        model.integrality_ = [kinds[flag] for flag in integer.tolist()]
    return model


def _solution(solver: highspy.Highs, integer: NDArray[np.bool_] | None, seconds: float) -> Solution:
    raw = solver.getModelStatus()
    status = _STATUS.get(raw, solver.modelStatusToString(raw).lower())
    info, point = solver.getInfo(), solver.getSolution()
    feasible = info.primal_solution_status == highspy.SolutionStatus.kSolutionStatusFeasible
    x = np.array(point.col_value) if feasible else None
    objective = info.objective_function_value if feasible else np.nan
    is_mip = integer is not None and integer.any()
    if is_mip:
        bound = np.nan if status == "infeasible" else info.mip_dual_bound
        if x is not None:
            x[integer] = np.round(x[integer])
    else:
        bound = objective if status == "optimal" else np.nan
    gap = abs(bound - objective) / (abs(objective) or 1.0) if feasible else np.inf
    duals = np.array(point.row_dual) if point.dual_valid and not is_mip else None
    return Solution(status, objective, x, bound, gap, seconds, duals)
