r"""The payments that make given transactions an equilibrium, as a polyhedron for linear programmes.

For transactions :math:`\tau` with orders :math:`\mu` they are the points :math:`(p,w,t,u,y)\ge0` with

.. math::
    u_b+p_s+t_{bs}&\ge V_{bs} &&\forall(b,s),\ \text{with equality on }\mu,\\
    y_c-w_{bs}-t_{bs}&\ge -K_{cbs} &&\forall(c,b,s),\ \text{with equality on }\tau,

:math:`u_b=0` for unmatched buyers, :math:`p_s=0` for unsold stores, :math:`y_c=0` for idle couriers and
:math:`w_{bs}=0` for untransacted orders: the definition of equilibrium (dossier section 3) with the best alternative
of every agent written as her utility. Adding the two rows of a triple takes the tip out and gives the form of P1.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from common.optim import Solution, magnitude, solve_milp
from papers.delivery_tips.market import DeliveryEquilibrium, ThreeSidedMarket, Transactions
from papers.delivery_tips.transactions import disjoint_transactions


@dataclass(frozen=True, eq=False)
class EquilibriumConditions:
    """The polyhedron of payments and utilities that make transactions an equilibrium.

    Attributes
    ----------
    transactions : tuple of (int, int, int)
        Buyer, store and courier of each delivery.
    columns : mapping from str to ndarray of int
        Columns of the variables in their own shape: ``"prices"`` (S,), ``"compensations"`` (B, S), ``"tips"`` (B, S),
        ``"utilities"`` of buyers (B,) and ``"rents"`` of couriers (C,).
    A : scipy.sparse.csr_array, shape (rows, columns)
        The rows.
    row_lower, row_upper : ndarray of float, shape (rows,)
        Limits of the rows.
    upper : ndarray of float, shape (columns,)
        Largest value of each variable, 0 or infinite; the smallest is 0.
    """

    transactions: Transactions
    columns: Mapping[str, NDArray[np.intp]]
    A: sparse.csr_array
    row_lower: NDArray[np.float64]
    row_upper: NDArray[np.float64]
    upper: NDArray[np.float64]

    def solve(self, c: NDArray[np.float64] | None = None, *, maximise: bool = False) -> Solution:
        """Solve a linear programme over the polyhedron.

        Parameters
        ----------
        c : ndarray of float, shape (columns,), optional
            Objective; by default 0, which asks whether the transactions are an equilibrium outcome at all.
        maximise : bool
            Whether to maximise rather than minimise.

        Returns
        -------
        Solution
            Its status is ``"infeasible"`` if the transactions are no equilibrium outcome.
        """
        c = np.zeros(self.upper.size) if c is None else c
        # In units of the largest value (or cost): the tolerances of the solver are absolute.
        limits = self.row_lower[np.isfinite(self.row_lower)]
        scale = magnitude(limits.max(initial=0.0) or limits)
        lower, upper, most = (limit / scale for limit in (self.row_lower, self.row_upper, self.upper))
        found = solve_milp(c, self.A, lower, upper, 0.0, most, maximise=maximise)
        x = None if found.x is None else scale * found.x
        return replace(found, objective=scale * found.objective, x=x, bound=scale * found.bound)

    def equilibrium(self, x: NDArray[np.float64]) -> DeliveryEquilibrium:
        """Read the payments off a point of the polyhedron.

        Parameters
        ----------
        x : ndarray of float, shape (columns,)
            The point.

        Returns
        -------
        DeliveryEquilibrium
        """
        payments = (x[self.columns[kind]] for kind in ("prices", "compensations", "tips"))
        return DeliveryEquilibrium(*payments, self.transactions)


def equilibrium_conditions(
    market: ThreeSidedMarket,
    transactions: Iterable[Sequence[int]],
    *,
    tips: bool = True,
    tip_only: bool = False,
    budget_balanced: bool = False,
) -> EquilibriumConditions:
    r"""Write down the polyhedron of payments that make transactions an equilibrium (see the module).

    Parameters
    ----------
    market : ThreeSidedMarket
        The market.
    transactions : iterable of (int, int, int)
        Buyer, store and courier of each delivery, disjoint.
    tips : bool
        Whether tips are allowed; if not, :math:`t=0`.
    tip_only : bool
        Whether tips alone pay the couriers: :math:`w=0`.
    budget_balanced : bool
        Whether prices must cover compensations: :math:`\sum_{bs}w_{bs}\le\sum_sp_s` (decision D2 reversed).

    Returns
    -------
    EquilibriumConditions

    Raises
    ------
    ValueError
        If a triple is malformed or two of them overlap.
    """
    tau = disjoint_transactions(market, transactions)
    b, s, c = np.array(tau, dtype=np.intp).reshape(-1, 3).T
    upper = {
        "prices": np.zeros(market.n_stores),
        "compensations": np.zeros(market.V.shape),
        "tips": np.full(market.V.shape, np.inf if tips else 0.0),
        "utilities": np.zeros(market.n_buyers),
        "rents": np.zeros(market.n_couriers),
    }
    upper["prices"][s] = upper["utilities"][b] = upper["rents"][c] = np.inf
    if not tip_only:
        upper["compensations"][b, s] = np.inf
    order_slack, job_slack = np.full(market.V.shape, np.inf), np.full(market.K.shape, np.inf)
    order_slack[b, s] = job_slack[c, b, s] = 0.0
    lower = np.concatenate([market.V.ravel(), -market.K.ravel()])
    slack = np.concatenate([order_slack.ravel(), job_slack.ravel()])
    ends = np.cumsum([limit.size for limit in upper.values()])
    places = np.split(np.arange(ends[-1]), ends[:-1])
    return EquilibriumConditions(
        tau,
        {kind: place.reshape(upper[kind].shape) for kind, place in zip(upper, places, strict=True)},
        _rows(market.shape),
        np.append(lower, 0.0 if budget_balanced else -np.inf),
        np.append(lower + slack, np.inf),
        np.concatenate([limit.ravel() for limit in upper.values()]),
    )


@lru_cache(maxsize=8)
def _rows(shape: tuple[int, int, int]) -> sparse.csr_array:
    """Rows of buyers by (b, s), of couriers by (c, b, s), and last the platform's: prices less compensations."""
    n_buyers, n_stores, n_couriers = shape
    n_orders = n_buyers * n_stores
    order = sparse.eye_array(n_orders)
    store = sparse.kron(np.ones((n_buyers, 1)), sparse.eye_array(n_stores))
    buyer = sparse.kron(sparse.eye_array(n_buyers), np.ones((n_stores, 1)))
    pay = sparse.kron(np.ones((n_couriers, 1)), -order)
    courier = sparse.kron(sparse.eye_array(n_couriers), np.ones((n_orders, 1)))
    balance = np.ones((1, n_stores)), -np.ones((1, n_orders))
    rows = [[store, None, order, buyer, None], [None, pay, pay, None, courier], [*balance, None, None, None]]
    return sparse.block_array(rows, format="csr")
