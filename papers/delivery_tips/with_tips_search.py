r"""The search for the with-tip equilibrium of the largest welfare.

Under the formalisation of this companion (propositions P1-P7 of the dossier, Q1 of
:mod:`papers.delivery_tips.support`) the search is a ladder, the dear rung last:

1. If the linear relaxation of the first best has no gap, its duals and no compensations are an efficient equilibrium.
2. If some payments support the first-best transactions that were found, these are optimal.
3. The best transactions that employ *all* couriers are an equilibrium (P5): a start, and often the optimum.
4. The mixed-integer programme of :mod:`papers.delivery_tips.with_tips_rows`, over the triples that can be part of
   anything better: with duals :math:`(u,p,y)` of the relaxation and its value :math:`L`, transactions with
   :math:`(b,s,c)` have a welfare of at most :math:`L-(u_b+p_s+y_c-V_{bs}+K_{cbs})`.

**Tips only.** With :math:`w=0` the conditions of P1 say that :math:`(u,p,y)` is feasible in the dual of the relaxation
and, by the equalities in :math:`\tau` and zeros outside, that it has the value :math:`W(\tau)`. So a tip-only
equilibrium is always efficient, exists if and only if the relaxation has no gap, and step 1 finds it.

**A balanced budget** (:math:`\sum w\le\sum p`, a variant: the abstract knows no such limit) leaves steps 1, 2 and 4;
in step 2 a linear programme takes the place of Q1.
"""

import time
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from common.markets.three_dimensional import ThreeDimensionalAssignment, three_dimensional_assignment
from common.optim import Solution
from papers.delivery_tips.conditions import equilibrium_conditions
from papers.delivery_tips.construction import construct_equilibrium
from papers.delivery_tips.first_best import FirstBest
from papers.delivery_tips.market import DeliveryEquilibrium, DeliveryOutcome, ThreeSidedMarket, Transactions
from papers.delivery_tips.support import supporting_equilibrium
from papers.delivery_tips.tip_only import tip_only_payments
from papers.delivery_tips.with_tips_programme import EquilibriumProgramme, transaction_table
from papers.delivery_tips.with_tips_rows import equilibrium_programme

SecondStage = Literal[
    "least compensation",
    "least tips",
    "most tips",
    "least rent",
    "most rent",
    "least buyer surplus",
    "most buyer surplus",
]
_QUANTITY = {"compensation": "compensations", "tips": "tips", "rent": "rents", "buyer surplus": "utilities"}
_PRECISION = 1e-7  # of the largest value or cost: welfare that differs by less is equal


@dataclass(frozen=True, eq=False)
class WithTipSearch:
    """A search for the equilibrium of the largest welfare.

    Attributes
    ----------
    market : ThreeSidedMarket
        The market; its largest number is near 1, as the tolerances of the solver are absolute.
    relaxed : FirstBest
        Its first best.
    tip_only, budget_balanced : bool
        What is asked of the equilibrium.
    deadline : float
        Time on the performance counter at which to stop, in seconds.
    gap : float
        Relative gap at which a programme stops.
    threads : int
        Threads of the solver.
    """

    market: ThreeSidedMarket
    relaxed: FirstBest
    tip_only: bool
    budget_balanced: bool
    deadline: float
    gap: float
    threads: int

    @property
    def limits(self) -> dict[str, float]:
        """Limits of a solver that starts now."""
        left = max(self.deadline - time.perf_counter(), 1e-3)
        return {"time_limit": left, "gap": self.gap, "threads": self.threads}

    def optimum(self) -> DeliveryOutcome:
        """Go down the ladder to an equilibrium of the largest welfare.

        Returns
        -------
        DeliveryOutcome
            Without the time it took.
        """
        relaxed = self.relaxed
        if relaxed.linear_value - relaxed.welfare <= _PRECISION:
            by_tips = tip_only_payments(self.market, relaxed.transactions, relaxed.duals)
            return _answer(self.market, by_tips, relaxed.welfare, "optimal")
        if self.tip_only:
            if relaxed.linear_value - relaxed.bound <= _PRECISION:
                return DeliveryOutcome.missing("time limit: the first best is not known")
            reason = "no tip-only equilibrium: the linear relaxation promises more than the first best (P7)"
            return DeliveryOutcome.missing(reason)
        efficient = self.payments(relaxed.transactions)
        if efficient is not None:
            return _answer(self.market, efficient, relaxed.bound, relaxed.status)
        if self.budget_balanced:
            return self.by_programme(None)
        busy = self.employ_everybody()
        start = None if busy is None else supporting_equilibrium(self.market, _transactions(busy))
        return self.by_programme(start or construct_equilibrium(self.market).equilibrium)

    def by_programme(self, start: DeliveryEquilibrium | None) -> DeliveryOutcome:
        """Look for the largest welfare near the first best, where few triples matter, and then below.

        Parameters
        ----------
        start : DeliveryEquilibrium or None
            An equilibrium; what has less welfare is not looked at.

        Returns
        -------
        DeliveryOutcome
            Without the time it took.
        """
        known, bound = -np.inf if start is None else self.market.welfare(start.transactions), self.relaxed.bound
        if known >= bound - _PRECISION:
            return _answer(self.market, start, bound, self.relaxed.status)
        near = bound - (self.relaxed.linear_value - bound)
        for floor in (bound, max(near, known), known):
            programme = self.programme((floor - _PRECISION, bound + _PRECISION))
            found, solution = self.certified(programme, programme.welfare, True, start if floor == known else None)
            if solution.status != "infeasible":
                bound = min(bound, solution.bound)
                break
            bound = max(floor, known)
        status = "optimal" if solution.status == "infeasible" else solution.status
        better = found is not None and self.market.welfare(found.transactions) >= known
        if better or start is not None:
            return _answer(self.market, found if better else start, bound, status)
        if solution.status == "infeasible":
            return DeliveryOutcome.missing("no equilibrium balances the budget")
        return DeliveryOutcome.missing(f"{solution.status}: no equilibrium that balances the budget found or ruled out")

    def second_stage(self, first: DeliveryOutcome, then: SecondStage) -> DeliveryOutcome:
        """Optimise a total over all equilibria of the largest welfare.

        Parameters
        ----------
        first : DeliveryOutcome
            One of them.
        then : str
            What is optimised.

        Returns
        -------
        DeliveryOutcome
            Without the time it took.
        """
        maximise, quantity = _aim(then)
        floor, status = first.welfare - _PRECISION, f"optimal; {then} not proven: "
        if then == "most rent" and not (self.tip_only or self.budget_balanced):
            busy = self.employ_everybody()
            if busy is not None and busy.bound >= floor:
                unbounded = supporting_equilibrium(self.market, _transactions(busy))
                if unbounded is None or busy.value < floor:
                    return replace(first, status=status + busy.status)
                return _answer(self.market, unbounded, first.bound, "optimal; rents unbounded")
        programme = self.programme((floor, np.inf), then)
        found, solution = self.certified(programme, programme.total(quantity), maximise, first.equilibrium, then)
        status = "optimal" if solution.status == "optimal" else status + solution.status
        return _answer(self.market, found or first.equilibrium, first.bound, status)

    def programme(self, welfare: tuple[float, float], then: SecondStage | None = None) -> EquilibriumProgramme:
        """Build the programme over triples that can be part of transactions whose welfare reaches the lower limit.

        Parameters
        ----------
        welfare : (float, float)
            Limits of the welfare, in money.
        then : str, optional
            The second stage it is for.

        Returns
        -------
        EquilibriumProgramme
        """
        u, p, y = self.relaxed.duals
        slack = u[:, None] + p + y[:, None, None] - self.market.surplus
        return equilibrium_programme(
            self.market,
            slack <= self.relaxed.linear_value - welfare[0] + _PRECISION,
            welfare=welfare,
            tips=then is not None,
            tip_only=self.tip_only,
            budget_balanced=self.budget_balanced,
            largest_rents=then == "most rent",
        )

    def certified(
        self,
        programme: EquilibriumProgramme,
        objective: NDArray[np.float64],
        maximise: bool,
        start: DeliveryEquilibrium | None,
        then: SecondStage | None = None,
    ) -> tuple[DeliveryEquilibrium | None, Solution]:
        """Solve a programme, and again without what passed only by its tolerances, until payments are found.

        Parameters
        ----------
        programme : EquilibriumProgramme
            The programme.
        objective : ndarray of float, shape (columns,)
            What is optimised.
        maximise : bool
            Whether to maximise it.
        start : DeliveryEquilibrium or None
            An equilibrium to begin with.
        then : str, optional
            The second stage it is for.

        Returns
        -------
        equilibrium : DeliveryEquilibrium or None
            None if nothing was found.
        solution : Solution
            The last answer of the solver.
        """
        excluded: list[Transactions] = []
        while True:
            solution = programme.solve(objective, maximise=maximise, start=start, excluded=excluded, **self.limits)
            if solution.x is None:
                return None, solution
            tau = programme.transactions(solution)
            payments = self.payments(tau, then)
            if payments is not None:
                return payments, solution
            excluded.append(tau)

    def payments(self, tau: Transactions, then: SecondStage | None = None) -> DeliveryEquilibrium | None:
        """Find payments that support transactions.

        Parameters
        ----------
        tau : tuple of (int, int, int)
            Buyer, store and courier of each delivery.
        then : str, optional
            The second stage that they must be best for.

        Returns
        -------
        DeliveryEquilibrium or None
            None if there are none.
        """
        if then is None and not self.budget_balanced:
            return supporting_equilibrium(self.market, tau)
        conditions = equilibrium_conditions(
            self.market, tau, tip_only=self.tip_only, budget_balanced=self.budget_balanced
        )
        objective, maximise = np.zeros(conditions.upper.size), False
        if then is not None:
            maximise, quantity = _aim(then)
            paid = transaction_table(self.market, tau).any(axis=0) if quantity == "tips" else np.s_[...]
            objective[conditions.columns[quantity][paid]] = 1.0
        solution = conditions.solve(objective, maximise=maximise)
        return None if solution.x is None else conditions.equilibrium(solution.x)

    def employ_everybody(self) -> ThreeDimensionalAssignment | None:
        """Find the best transactions that employ every courier: an equilibrium outcome whose rents have no limit (P5).

        Returns
        -------
        ThreeDimensionalAssignment or None
            Couriers first in each triple; None if there are no couriers, or more than buyers or stores.
        """
        n_buyers, n_stores, n_couriers = self.market.shape
        if not 0 < n_couriers <= min(n_buyers, n_stores):
            return None
        return three_dimensional_assignment(self.market.surplus, count=n_couriers, **self.limits)


def _transactions(assignment: ThreeDimensionalAssignment) -> Transactions:
    return tuple((b, s, c) for c, b, s in assignment.triples)


def _aim(then: SecondStage) -> tuple[bool, str]:
    """Tell whether to maximise, and what."""
    direction, quantity = then.split(maxsplit=1)
    return direction == "most", _QUANTITY[quantity]


def _answer(market: ThreeSidedMarket, found: DeliveryEquilibrium, bound: float, status: str) -> DeliveryOutcome:
    welfare = market.welfare(found.transactions)
    bound = max(bound, welfare)
    gap = (bound - welfare) / (abs(welfare) or 1.0)
    return DeliveryOutcome(True, welfare, found.transactions, found, bound, gap, status)
