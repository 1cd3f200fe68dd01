"""The programme of with-tip equilibria, solved and read; :mod:`papers.delivery_tips.with_tips_rows` builds it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from common.optim import Solution, solve_milp
from papers.delivery_tips.market import DeliveryEquilibrium, ThreeSidedMarket, Transactions


@dataclass(frozen=True, eq=False)
class EquilibriumProgramme:
    """The programme over some candidate triples.

    Attributes
    ----------
    market : ThreeSidedMarket
        The market.
    triples : ndarray of int, shape (n, 3)
        Buyer, store and courier of the candidates: the binary columns.
    orders : ndarray of int, shape (m, 2)
        Buyer and store of their orders, each with a compensation and a tip.
    blocks : mapping from str to slice
        Columns of the ``triples``, of ``compensations`` and ``tips`` of the orders, of the ``utilities`` of buyers, the
        ``prices`` of stores and the ``rents`` of couriers.
    rows : csr_array, shape (rows, columns)
        Coefficients.
    lower, upper : ndarray of float, shape (rows,)
        Limits of the rows.
    most : ndarray of float, shape (columns,)
        Upper limits of the columns.
    """

    market: ThreeSidedMarket
    triples: NDArray[np.intp]
    orders: NDArray[np.intp]
    blocks: Mapping[str, slice]
    rows: sparse.csr_array
    lower: NDArray[np.float64]
    upper: NDArray[np.float64]
    most: NDArray[np.float64]

    @property
    def welfare(self) -> NDArray[np.float64]:
        """The welfare as an objective, shape (columns,)."""
        b, s, c = self.triples.T
        objective = np.zeros(self.rows.shape[1])
        objective[: len(self.triples)] = self.market.surplus[c, b, s]
        return objective

    def total(self, block: str) -> NDArray[np.float64]:
        """Return the sum of a block of columns as an objective.

        Parameters
        ----------
        block : {"compensations", "tips", "utilities", "prices", "rents"}
            What is added up.

        Returns
        -------
        ndarray of float, shape (columns,)
        """
        objective = np.zeros(self.rows.shape[1])
        objective[self.blocks[block]] = 1.0
        return objective

    def solve(
        self,
        objective: NDArray[np.float64],
        *,
        maximise: bool = True,
        start: DeliveryEquilibrium | None = None,
        excluded: Sequence[Transactions] = (),
        time_limit: float = np.inf,
        gap: float = 1e-7,
        threads: int = 1,
    ) -> Solution:
        r"""Solve the programme.

        Parameters
        ----------
        objective : ndarray of float, shape (columns,)
            :attr:`welfare` or a :meth:`total`.
        maximise : bool
            Whether to maximise rather than minimise.
        start : DeliveryEquilibrium, optional
            An equilibrium to begin with, of candidate triples.
        excluded : sequence of transactions
            Sets of candidate triples that are not wanted: each is kept out by
            :math:`\sum_{\tau}(1-x)+\sum_{\text{others}}x\ge1`.
        time_limit, gap, threads
            As for :func:`common.optim.solve_milp`.

        Returns
        -------
        Solution
        """
        inside = np.array([self._chosen(tau) for tau in excluded]).reshape(len(excluded), len(self.triples))
        cuts = sparse.csr_array(np.pad(1.0 - 2.0 * inside, ((0, 0), (0, objective.size - len(self.triples)))))
        return solve_milp(
            objective,
            sparse.vstack([self.rows, cuts]),
            np.r_[self.lower, 1.0 - inside.sum(axis=1)],
            np.r_[self.upper, np.full(len(excluded), np.inf)],
            upper=self.most,
            integrality=np.arange(objective.size) < len(self.triples),
            maximise=maximise,
            time_limit=time_limit,
            gap=gap,
            start=None if start is None else self.point(start),
            threads=threads,
        )

    def transactions(self, solution: Solution) -> Transactions:
        """Read off who trades.

        Parameters
        ----------
        solution : Solution
            A solution with a point.

        Returns
        -------
        tuple of (int, int, int)
        """
        chosen = solution.x[: len(self.triples)] > 0.5
        return tuple(sorted((b, s, c) for b, s, c in self.triples[chosen].tolist()))

    def equilibrium(self, solution: Solution) -> DeliveryEquilibrium:
        """Read off the payments; tips on untransacted orders are the smallest that keep their buyers away.

        Parameters
        ----------
        solution : Solution
            A solution with a point.

        Returns
        -------
        DeliveryEquilibrium
        """
        tau, V = self.transactions(solution), self.market.V
        point = np.maximum(solution.x, 0.0)
        utilities, prices = point[self.blocks["utilities"]], point[self.blocks["prices"]]
        tips = np.maximum(V - prices - utilities[:, None], 0.0)
        compensations = np.zeros_like(V)
        traded = {(b, s) for b, s, _ in tau}
        paid = zip(self.orders.tolist(), point[self.blocks["compensations"]], point[self.blocks["tips"]], strict=True)
        for (b, s), compensation, tip in paid:
            if (b, s) in traded:
                compensations[b, s], tips[b, s] = compensation, tip
        return DeliveryEquilibrium(prices, compensations, tips, tau)

    def _chosen(self, tau: Transactions) -> NDArray[np.bool_]:
        table = transaction_table(self.market, tau)
        b, s, c = self.triples.T
        return table[c, b, s]

    def point(self, equilibrium: DeliveryEquilibrium) -> NDArray[np.float64]:
        """Write an equilibrium as a point, to start from; tips count where the order is transacted.

        Parameters
        ----------
        equilibrium : DeliveryEquilibrium
            An equilibrium of candidate triples.

        Returns
        -------
        ndarray of float, shape (columns,)
            Feasible unless a courier is paid more than the limit; the solver then looks for lower pay itself.
        """
        point, market = np.zeros(self.rows.shape[1]), self.market
        traded = transaction_table(market, equilibrium.transactions)
        b, s = self.orders.T
        tips = equilibrium.tips * traded.any(axis=0)
        pay = equilibrium.compensations + tips
        utilities = (market.V - equilibrium.prices - tips) * traded.any(axis=0)
        point[: len(self.triples)] = self._chosen(equilibrium.transactions)
        for block, money in (
            ("compensations", equilibrium.compensations[b, s]),
            ("tips", tips[b, s]),
            ("utilities", utilities.sum(axis=1)),
            ("prices", equilibrium.prices),
            ("rents", ((pay - market.K) * traded).sum(axis=(1, 2))),
        ):
            point[self.blocks[block]] = money
        return point


def transaction_table(market: ThreeSidedMarket, tau: Transactions) -> NDArray[np.bool_]:
    """Mark transactions in a table.

    Parameters
    ----------
    market : ThreeSidedMarket
        The market.
    tau : tuple of (int, int, int)
        Buyer, store and courier of each delivery.

    Returns
    -------
    ndarray of bool, shape (C, B, S)
    """
    table = np.zeros(market.surplus.shape, dtype=bool)
    if tau:
        b, s, c = zip(*tau, strict=True)
        table[c, b, s] = True
    return table
