"""Branch and bound over the actions that a committed principal asks for."""

import time
from dataclasses import dataclass, field
from heapq import heappop, heappush
from itertools import count
from typing import Any, Protocol

from numpy.typing import NDArray

from papers.contracts_rl.decision_graph import State

Fixed = dict[int, int]  #: node and the action to ask for in it
_ROUNDING = 1e-9  # utilities in floating-point numbers closer than this, relative to 1 or to them, are equal


@dataclass(frozen=True, eq=False)
class Plan:
    """An action profile with its least-payment contracts.

    Attributes
    ----------
    v_principal, v_agent : float or Fraction
        Utilities in the start state.
    action : dict from (int, int) to int
        Action asked for, by layer (0 if stationary) and state.
    contract : dict from (int, int) to ndarray, shape (M,)
        Payments.
    """

    v_principal: Any
    v_agent: Any
    action: dict[State, int]
    contract: dict[State, NDArray[Any]]


@dataclass(frozen=True, eq=False)
class Relaxed:
    """Answer of a relaxation.

    Attributes
    ----------
    bound : float or Fraction
        No contracts with the fixed actions are worth more to the principal.
    profile : dict from int to int
        An action for every node that the bound suggests.
    split : int or None
        Node to decide next; None if nothing is left to decide.
    """

    bound: Any
    profile: Fixed
    split: int | None


class Relaxation(Protocol):
    """What the search needs to know of a process."""

    n_actions: int

    def relax(self, fixed: Fixed) -> Relaxed | None:
        """Bound what can be had with some actions fixed; None if nothing."""

    def evaluate(self, profile: Fixed) -> Plan | None:
        """Pay for a whole profile as little as possible; None if it cannot be had."""


@dataclass
class Search:
    """Where a search stands, and in the end its answer.

    Attributes
    ----------
    plan : Plan or None
        The best plan so far.
    bound : float or Fraction
        No plan is worth more to the principal.
    gap : float
        Distance between the two relative to the utility (to 1 if that is 0); 0 if the plan is proven optimal.
    subproblems : int
        Bounds computed.
    status : str
        ``"optimal"``, ``"gap"`` (stopped within the gap asked for) or ``"time limit"``.
    """

    plan: Plan | None
    bound: Any = None
    gap: float = float("inf")
    subproblems: int = 0
    status: str = "optimal"
    heap: list[tuple[Any, int, Fixed, Relaxed]] = field(default_factory=list)
    order: count = field(default_factory=count)

    def look_at(self, relaxation: Relaxation, fixed: Fixed) -> None:
        """Bound a subproblem, try the plan that the bound suggests, and put it on the heap.

        Parameters
        ----------
        relaxation : Relaxation
            The process.
        fixed : dict from int to int
            The subproblem.
        """
        self.subproblems += 1
        relaxed = relaxation.relax(fixed)
        if relaxed is None:
            return
        plan = relaxation.evaluate(relaxed.profile)
        if plan is not None and (self.plan is None or plan.v_principal > self.plan.v_principal):
            self.plan = plan
        heappush(self.heap, (-relaxed.bound, next(self.order), fixed, relaxed))

    def update(self) -> None:
        """Compare the best plan, once there is one, with the best bound."""
        if self.plan is None:
            return
        value = self.plan.v_principal
        self.bound = max([value, *(-entry[0] for entry in self.heap[:1])])
        distance = self.bound - value
        if isinstance(distance, float) and distance <= _ROUNDING * max(1.0, abs(value)):
            distance = 0.0
        self.gap = float(distance) / (abs(float(value)) or 1.0)


def branch_and_bound(relaxation: Relaxation, first: Plan | None, gap: float, time_limit: float) -> Search:
    """Find the best plan, splitting the most promising subproblem first.

    Parameters
    ----------
    relaxation : Relaxation
        The process.
    first : Plan, optional
        A plan to begin with.
    gap : float
        Relative gap at which to stop.
    time_limit : float
        Seconds after which no subproblem is split any more, once there is a plan.

    Returns
    -------
    Search
    """
    begin, search = time.perf_counter(), Search(first)
    search.look_at(relaxation, {})
    search.update()
    while search.gap > gap:
        if search.plan is not None and time.perf_counter() - begin > time_limit:
            search.status = "time limit"
            return search
        _, _, fixed, relaxed = heappop(search.heap)
        if relaxed.split is None:
            raise RuntimeError("a bound without anything left to decide must be the value of its plan")
        for action in range(relaxation.n_actions):
            search.look_at(relaxation, {**fixed, relaxed.split: action})
        search.update()
    search.status = "gap" if search.gap else "optimal"
    return search
