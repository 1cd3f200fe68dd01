r"""The cardinality sweep: a revenue of at least :math:`\Delta W/H_K` from the best few introductions.

:math:`W_k` is the largest welfare with at most ``k`` non-world trades, :math:`M_k` those trades and
:math:`\delta_k=W_k-W_{k-1}`. A platform seller's price at :math:`M_k` is at least :math:`\delta_k`, so

.. math:: R(M_k)\ge k\delta_k,\qquad \Delta W=\sum_k\frac{k\delta_k}{k}\le H_K\max_kk\delta_k\qquad\text{(dossier S3)}.

A matching with at most ``k`` pairs of one kind is not a minimum-cost flow, and the integer programme for one
``k`` has no polynomial bound. The *breakpoints* of the concave envelope of :math:`W_k` have one: each is a
matching with weights :math:`v_{ij}-\lambda` on non-world pairs. They suffice for the guarantee, because between
two breakpoints the envelope's increment is constant and is at most :math:`\delta_k` at the upper one.
"""

import time
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from common.markets.assignment import max_weight_matching
from common.optim import solve_milp
from papers.trading_networks.network import PlatformOutcome, TradingNetwork
from papers.trading_networks.revenue import platform_revenue


@dataclass(frozen=True, eq=False, kw_only=True)
class CardinalitySweep(PlatformOutcome):
    r"""The best of the introductions :math:`M_0,\dots,M_K`, and the whole sweep.

    Attributes
    ----------
    welfare_by_size : ndarray of float, shape (K + 1,)
        :math:`W_k`, in money (its concave envelope if only the breakpoints were asked for).
    revenue_by_size : ndarray of float, shape (K + 1,)
        :math:`R(M_k)`, in money.
    introduced_by_size : ndarray of bool, shape (K + 1, n, m)
        :math:`M_k`; at a size that is no breakpoint, and was not asked for, that of the last breakpoint.
    """

    welfare_by_size: NDArray[np.float64]
    revenue_by_size: NDArray[np.float64]
    introduced_by_size: NDArray[np.bool_]

    @property
    def increments(self) -> NDArray[np.float64]:
        r""":math:`\delta_1,\dots,\delta_K`, shape (K,), in money."""
        return np.diff(self.welfare_by_size)

    @property
    def certificate(self) -> float:
        r""":math:`\max_kk\delta_k`, a proven lower bound on the revenue, in money, at least :math:`\Delta W/H_K`."""
        return float((np.arange(1, self.increments.size + 1) * self.increments).max(initial=0.0))


def cardinality_sweep(net: TradingNetwork, breakpoints_only: bool = False) -> CardinalitySweep:
    r"""Introduce the best :math:`k` pairs for :math:`k=0..K` and keep what earns most.

    Parameters
    ----------
    net : TradingNetwork
        The market.
    breakpoints_only : bool
        Whether to leave out the sizes that need an integer programme. The guarantee stays, the time is polynomial.

    Returns
    -------
    CardinalitySweep
        The best outcome, with the bound :math:`W^*`, and the sweep.

    Examples
    --------
    >>> net = TradingNetwork([[5, 2, 8], [0, 0, 0], [3, 6, 6]], [[1, 0, 0], [1, 1, 1], [1, 0, 0]])
    >>> sweep = cardinality_sweep(net)
    >>> sweep.revenue, sweep.increments.tolist()
    (6.0, [6.0, 3.0, 0.0])
    """
    begin = time.perf_counter()
    breakpoints = _envelope(net)
    welfare = np.interp(np.arange(net.size + 1), list(breakpoints), [_value(net, x) for x in breakpoints.values()])
    outcomes: list[PlatformOutcome] = []
    for k in range(net.size + 1):
        if k in breakpoints:
            x = breakpoints[k]
        elif breakpoints_only or k > max(breakpoints):
            outcomes.append(outcomes[-1])
            continue
        else:
            x = _best_with_at_most(net, k)
            welfare[k] = _value(net, x)
        outcomes.append(platform_revenue(net, _new_pairs(net, x)))
    best = max(outcomes, key=lambda outcome: outcome.revenue)
    return CardinalitySweep(
        revenue=best.revenue,
        introduced=best.introduced,
        welfare=best.welfare,
        prices=best.prices,
        allocation=best.allocation,
        bound=net.optimal_welfare,
        seconds=time.perf_counter() - begin,
        welfare_by_size=welfare,
        revenue_by_size=np.array([outcome.revenue for outcome in outcomes]),
        introduced_by_size=np.array([outcome.introduced for outcome in outcomes]),
    )


def _envelope(net: TradingNetwork) -> dict[int, NDArray[np.intp]]:
    """Breakpoints of the concave envelope of the welfare by size, in order: size and matching.

    Between two known ones the toll at which both are equally good shows a third above their line, or there is none.
    """
    tol = 1e-9 * net.values.max(initial=0.0)
    # A toll below any difference that counts gives the optimum with the fewest introductions.
    first, last = max_weight_matching(net.values, net.world), _tolled(net, tol)
    found = {0: first, _size(net, last): last}
    open_segments = [tuple(found)] if len(found) == 2 else []
    while open_segments:
        low, high = open_segments.pop()
        if high - low < 2:
            continue
        line = _value(net, found[low])
        toll = (_value(net, found[high]) - line) / (high - low)
        x = _tolled(net, toll)
        k = _size(net, x)
        if low < k < high and _value(net, x) > line + toll * (k - low) + tol:
            found[k] = x
            open_segments += [(low, k), (k, high)]
    return dict(sorted(found.items()))


def _tolled(net: TradingNetwork, toll: float) -> NDArray[np.intp]:
    return max_weight_matching(np.maximum(net.values - toll * ~net.world, 0.0))


def _best_with_at_most(net: TradingNetwork, k: int) -> NDArray[np.intp]:
    """Best matching with at most ``k`` non-world pairs, by an integer programme."""
    n, m = net.values.shape
    buyer, seller = np.nonzero(net.values)
    pair, new = np.arange(buyer.size), ~net.world[buyer, seller]
    row = np.r_[buyer, n + seller, np.full(new.sum(), n + m)]
    rows = sparse.coo_array((np.ones(row.size), (row, np.r_[pair, pair, pair[new]])), shape=(n + m + 1, pair.size))
    value = net.values[buyer, seller] / net.values.max()
    limit = np.r_[np.ones(n + m), float(k)]
    solution = solve_milp(value, rows, -np.inf, limit, 0.0, 1.0, np.ones(pair.size), maximise=True, gap=0.0)
    chosen = solution.x > 0.5
    x = np.full(n, -1, dtype=np.intp)
    x[buyer[chosen]] = seller[chosen]
    return x


def _new_pairs(net: TradingNetwork, x: NDArray[np.intp]) -> NDArray[np.bool_]:
    buyers = np.flatnonzero(x >= 0)
    pairs = np.zeros(net.values.shape, dtype=bool)
    pairs[buyers, x[buyers]] = True
    return pairs & ~net.world


def _size(net: TradingNetwork, x: NDArray[np.intp]) -> int:
    return int(_new_pairs(net, x).sum())


def _value(net: TradingNetwork, x: NDArray[np.intp]) -> float:
    buyers = np.flatnonzero(x >= 0)
    return float(net.values[buyers, x[buyers]].sum())
