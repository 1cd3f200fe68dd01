r"""Exact revenue maximisation as one mixed-integer programme.

By the single-level formulation (dossier S2) the platform chooses who trades with whom, and the world only
supplies outside options: :math:`R^*` is the largest price total of non-world trades over all matchings ``x`` of all
pairs and prices that leave nobody in the world envious. Instead of a price for each good we use a *payment for
each pair*, :math:`0\le\pi_{ij}\le v_{ij}x_{ij}`, so that

.. math:: p_j=\sum_i\pi_{ij},\qquad u_i=\sum_j(v_{ij}x_{ij}-\pi_{ij}),

and stability is :math:`u_i+p_j\ge v_{ij}` on the world pairs. Unsold goods cost 0 and unmatched buyers gain 0
by construction, and no big-M is left; ``benchmarks/optimal_revenue.py`` compares it with the plain programme.
"""

import time
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from common.optim import Solution, solve_milp
from papers.trading_networks.network import PlatformOutcome, TradingNetwork, check_count
from papers.trading_networks.revenue import platform_revenue


def optimal_revenue(
    net: TradingNetwork,
    *,
    max_introductions: int | None = None,
    welfare_stage: bool = True,
    time_limit: float = 600.0,
    gap: float = 1e-6,
) -> PlatformOutcome:
    r"""Compute :math:`R^*` and introductions that earn it, with a proven bound.

    Among the optimal introductions a second programme finds those of the largest welfare, :math:`W_R`. It lets
    the revenue fall by ``gap`` relative to the optimum, and is left out if the first answer is efficient already or
    the time was up. ``welfare_is_largest`` of the answer tells whether :math:`W_R` was proven, within ``gap``.
    Revenue, welfare and prices of the answer are recomputed from the introductions with
    :func:`platform_revenue`, not read from the solver.

    Parameters
    ----------
    net : TradingNetwork
        The market.
    max_introductions : int, optional
        The platform makes at most this many introductions, ``>= 0``; any number by default.
    welfare_stage : bool
        Whether to look for the largest welfare among the optima.
    time_limit : float
        Seconds for each of the two programmes, ``> 0``.
    gap : float
        Relative gap at which the search stops, ``>= 0``.

    Returns
    -------
    PlatformOutcome
        With ``bound``, above ``revenue`` by at most ``gap`` unless the time was up. If the time was up before
        anything was found, nothing is introduced and the bound is :math:`W^*`.

    Raises
    ------
    ValueError
        If an option is out of range.

    Examples
    --------
    >>> net = TradingNetwork([[9.0, 0.0], [10.0, 9.0]], [[1, 0], [0, 0]])
    >>> best = optimal_revenue(net)
    >>> best.revenue, best.welfare, net.optimal_welfare
    (10.0, 10.0, 18.0)
    """
    if max_introductions is not None:
        check_count("max_introductions", max_introductions, 0)
    begin = time.perf_counter()
    programme = _programme(net, max_introductions)
    first = programme.solve(programme.paid, time_limit, gap)
    best = programme.outcome(first)
    bound = net.optimal_welfare if first.x is None else min(first.bound * programme.scale, net.optimal_welfare)
    known = first.status == "optimal" and best.welfare >= net.optimal_welfare * (1 - gap)
    if welfare_stage and first.status == "optimal" and not known:
        welfare = np.r_[programme.value, np.zeros(programme.n_pairs)]
        floor = best.revenue / programme.scale * (1 - gap)
        second = programme.solve(welfare, time_limit, gap, floor, first.x)
        other = programme.outcome(second)
        keeps = other.revenue >= best.revenue * (1 - 2 * gap)
        known = second.status == "optimal" and keeps
        if keeps and other.welfare > best.welfare:
            best = other
    seconds = time.perf_counter() - begin
    return replace(best, bound=max(bound, best.revenue), seconds=seconds, welfare_is_largest=known)


def revenue_upper_bound(net: TradingNetwork) -> float:
    r"""Compute a quick upper bound on :math:`R^*`: the linear relaxation of the programme.

    Parameters
    ----------
    net : TradingNetwork
        The market.

    Returns
    -------
    float
        In money, at most :math:`W^*`.
    """
    programme = _programme(net, None)
    relaxed = programme.solve(programme.paid, np.inf, 0.0, integer=False)
    return min(relaxed.objective * programme.scale, net.optimal_welfare)


@dataclass(frozen=True, eq=False)
class _Programme:
    """The rows that both stages share; columns are the matching ``x`` and the payments of the worthwhile pairs.

    Values are divided by the largest, so that the solver's absolute tolerances mean the same in every market.
    """

    net: TradingNetwork
    scale: float
    buyer: NDArray[np.intp]
    seller: NDArray[np.intp]
    value: NDArray[np.float64]
    introduced: NDArray[np.bool_]
    rows: sparse.csr_array
    lower: NDArray[np.float64]
    upper: NDArray[np.float64]

    @property
    def n_pairs(self) -> int:
        return self.value.size

    @property
    def paid(self) -> NDArray[np.float64]:
        """The revenue as an objective."""
        return np.r_[np.zeros(self.n_pairs), self.introduced]

    def solve(
        self,
        objective: NDArray[np.float64],
        time_limit: float,
        gap: float,
        floor: float = 0.0,
        start: NDArray[np.float64] | None = None,
        integer: bool = True,
    ) -> Solution:
        """Maximise ``objective`` with a revenue of at least ``floor`` (the last row)."""
        lower = self.lower.copy()
        lower[-1] = floor
        return solve_milp(
            objective,
            self.rows,
            lower,
            self.upper,
            upper=np.r_[np.ones(self.n_pairs), self.value],
            integrality=(np.arange(2 * self.n_pairs) < self.n_pairs) & integer,
            maximise=True,
            time_limit=time_limit,
            gap=gap,
            start=start,
        )

    def outcome(self, solution: Solution) -> PlatformOutcome:
        """Recompute what the introductions of a solution bring; pairs that do not trade are left out."""
        pairs = np.zeros(self.net.values.shape, dtype=bool)
        if solution.x is not None:
            chosen = (solution.x[: self.n_pairs] > 0.5) & self.introduced
            pairs[self.buyer[chosen], self.seller[chosen]] = True
        return platform_revenue(self.net, pairs)


def _programme(net: TradingNetwork, max_introductions: int | None) -> _Programme:
    n, m = net.values.shape
    scale = net.values.max(initial=0.0) or 1.0
    buyer, seller = np.nonzero(net.values)
    value = net.values[buyer, seller] / scale
    introduced = ~net.world[buyer, seller]
    size, known, new = value.size, np.flatnonzero(~introduced), np.flatnonzero(introduced)
    x, payment = np.arange(size), np.arange(size, 2 * size)
    # Stability of world pair q: the payments for its good and the surplus of its buyer, over all their pairs.
    q_good, good = np.nonzero(seller[known][:, None] == seller)
    q_buyer, bought = np.nonzero(buyer[known][:, None] == buyer)
    first_stable = n + m + size
    last = first_stable + known.size
    entries = (
        (buyer, x, 1.0),  # a buyer takes one good at most
        (n + seller, x, 1.0),  # a good is sold once at most
        (n + m + x, payment, 1.0),  # who does not trade does not pay, and nobody pays more than the value
        (n + m + x, x, -value),
        (first_stable + q_good, payment[good], 1.0),
        (first_stable + q_buyer, x[bought], value[bought]),
        (first_stable + q_buyer, payment[bought], -1.0),
        (np.full(new.size, last), x[new], 1.0),  # number of introductions
        (np.full(new.size, last + 1), payment[new], 1.0),  # revenue
    )
    row, column, data = (
        np.concatenate([np.broadcast_to(entry[part], entry[0].shape) for entry in entries]) for part in range(3)
    )
    limit = np.inf if max_introductions is None else float(max_introductions)
    return _Programme(
        net=net,
        scale=scale,
        buyer=buyer,
        seller=seller,
        value=value,
        introduced=introduced,
        rows=sparse.coo_array((data, (row, column)), shape=(last + 2, 2 * size)).tocsr(),
        lower=np.r_[np.full(first_stable, -np.inf), value[known], -np.inf, 0.0],
        upper=np.r_[np.ones(n + m), np.zeros(size), np.full(known.size, np.inf), limit, np.inf],
    )
