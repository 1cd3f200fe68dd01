r"""Homogeneous goods where each buyer knows at most one seller: optimal revenue in polynomial time (Proposition S10).

By Proposition S7 only the ``K`` buyers of highest value trade, and all of them do. They fall into *groups* by the
seller they know, ordered by highest value :math:`h_1\ge h_2\ge\dots`. A buyer who is introduced pays the smaller
of her value and the price of the good she knows. So it is enough to price the known goods, group after group:

- *world*: the group's top buyer buys at home for :math:`h_k`; the platform loses :math:`h_k`;
- *chain*: a *spare* buyer, one already priced but without a good, takes the good for what she pays, :math:`\sigma`;
  each buyer of the group then pays at most :math:`\sigma`;
- *cycle* on groups :math:`k..l`: the top buyers swap goods; everybody there pays at most :math:`h_l`.

A state is the number of groups done and the most that a spare buyer pays. The abstract of the forerunner
(Strategic Recommendation, AAAI-24 student abstract) names a dynamic programme over cycles and chains; whether this is
the same one was not checked.
"""

import heapq
import time
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from papers.trading_networks.homogeneous import homogeneous_values
from papers.trading_networks.network import PlatformOutcome, TradingNetwork
from papers.trading_networks.revenue import platform_revenue

_CHAIN = -1


@dataclass(frozen=True)
class _Groups:
    """The trading buyers: ``members[k]`` know ``sellers[k]``, highest value first; ``free`` know nobody."""

    members: list[NDArray[np.intp]]
    sellers: list[int]
    free: NDArray[np.intp]


@dataclass(frozen=True)
class _Plan:
    """Loss against full extraction, and the steps ``(first group, last group, is it a chain)`` in order."""

    loss: float
    steps: list[tuple[int, int, bool]]


def homogeneous_dp(net: TradingNetwork) -> PlatformOutcome:
    r"""Find optimal introductions for homogeneous goods when each buyer knows at most one seller.

    With :math:`n` trading buyers in :math:`g` groups the time is :math:`O(g^3+ng)`, in :math:`O(g)` array operations.
    Buyers of value 0 never trade and are left out. Equal values are allowed: among the trading buyers revenue is
    continuous in the values, and where a tie decides who trades, the choice that is best for the platform is
    made (:func:`_trading_buyers`).

    Parameters
    ----------
    net : TradingNetwork
        A market with homogeneous goods in which each buyer of positive value knows at most one seller.

    Returns
    -------
    PlatformOutcome
        The optimum: ``bound`` is the revenue that the programme proves to be the largest, ``introduced`` attains it, as
        :func:`platform_revenue` has recomputed.

    Raises
    ------
    ValueError
        If the goods are not homogeneous, or a buyer of positive value knows two sellers or more.

    Examples
    --------
    >>> net = TradingNetwork([[3.0, 3.0], [2.0, 2.0]], [[1, 0], [0, 1]])
    >>> homogeneous_dp(net).pairs
    ((0, 1), (1, 0))
    """
    begin = time.perf_counter()
    v = homogeneous_values(net)
    known = net.world.sum(axis=1) * (v > 0)
    if (known > 1).any():
        i = int(np.argmax(known > 1))
        raise ValueError(f"net.world must give each buyer at most 1 seller, given buyer {i} with {known[i]}")
    home = np.where(known == 1, net.world.argmax(axis=1) if net.n_sellers else 0, -1)
    candidates = []
    for trading in _trading_buyers(v, home, net.n_sellers):
        groups = _groups(v, home, trading)
        plan = _cheapest_plan([v[b] for b in groups.members], v[groups.free].max(initial=0.0))
        candidates.append((float(v[trading].sum()) - plan.loss, groups, plan))
    revenue, groups, plan = max(candidates, key=lambda candidate: candidate[0])
    outcome = platform_revenue(net, _introductions(v, groups, plan, net.n_sellers))
    bound = max(revenue, outcome.revenue)  # the larger only by rounding
    return replace(outcome, bound=bound, seconds=time.perf_counter() - begin)


def _trading_buyers(v: NDArray[np.float64], home: NDArray[np.intp], n_sellers: int) -> list[NDArray[np.intp]]:
    """List the sets of trading buyers, highest value first, of which one is optimal: one set, or two at a tie.

    Buyers tied at the margin pay what they are worth wherever they are introduced. The best know nobody: they are
    spares from the start. Next come *followers*, whose group has a higher buyer: they cost nothing and become spares.
    A *newcomer*, the top of her group, must be placed, but lets all others swap goods with her; a second one adds
    nothing to the first (so newcomers come from different groups, where they can swap among themselves). Hence
    either only followers are best, or one newcomer in place of the last follower.
    """
    place = np.full(v.size, -1)
    for seller in np.unique(home[home >= 0]):
        fans = np.flatnonzero(home == seller)
        fans = fans[np.argsort(-v[fans], kind="stable")]
        place[fans] = np.where(v[fans] < v[fans[0]], 0, np.arange(1, fans.size + 1))
    ranked = np.lexsort((place, -v))
    ranked = ranked[v[ranked] > 0]
    trading, left = ranked[:n_sellers], ranked[n_sellers:]
    if not trading.size or not left.size or place[trading[-1]] != 0:
        return [trading]
    newcomers = left[(v[left] == v[trading[-1]]) & (place[left] == 1)]
    return [trading] + [np.append(trading[:-1], newcomer) for newcomer in newcomers[:1]]


def _groups(v: NDArray[np.float64], home: NDArray[np.intp], trading: NDArray[np.intp]) -> _Groups:
    """Sort the trading buyers (given highest value first) into groups, ordered by their top values."""
    sellers = [int(j) for j in dict.fromkeys(home[trading].tolist()) if j >= 0]
    members = [trading[home[trading] == j] for j in sellers]
    return _Groups(members, sellers, trading[home[trading] < 0])


def _cheapest_plan(values: list[NDArray[np.float64]], free: float) -> _Plan:
    """Run the dynamic programme on the groups' values (each sorted downwards, groups by their first).

    ``loss[k, s]`` is the least loss on the first ``k`` groups that leaves a spare who pays ``grid[s]`` or more.
    """
    g = len(values)
    top = np.array([group[0] for group in values])
    second = np.array([group[1] if group.size > 1 else 0.0 for group in values])
    grid = np.unique(np.concatenate([[0.0, free], top, second]))
    flat = np.concatenate([*values, np.zeros(0)])
    starts = np.cumsum([0] + [group.size for group in values])
    loss = np.full((g + 1, grid.size), np.inf)
    loss[0, grid <= free] = 0.0
    came_from = np.zeros((g + 1, grid.size), dtype=np.intp)  # first group of the last step, or _CHAIN
    spare_then = np.zeros((g + 1, grid.size), dtype=np.intp)  # the state's grid index before that step
    columns = np.arange(grid.size)
    for last in range(g):
        # Cycles on first..last, for every first at once; first = last is the world trade, a cycle that pays nothing.
        excess = np.add.reduceat(np.maximum(flat[: starts[last + 1]] - top[last], 0.0), starts[: last + 1])
        cost = np.cumsum(excess[::-1])[::-1]
        cost[last] = top[last]
        leaves = np.maximum.accumulate(second[last::-1])[::-1]
        leaves[:last] = np.minimum(leaves[:last], top[last])
        anyone = grid <= leaves[:, None]  # such a spare is left whatever spare there was before
        total = np.where(anyone, loss[: last + 1, :1], loss[: last + 1]) + cost[:, None]
        first = total.argmin(axis=0)
        came_from[last + 1], loss[last + 1] = first, total[first, columns]
        spare_then[last + 1] = np.where(anyone[first, columns], 0, columns)
        # A chain needs a spare, and leaves one who pays no more than she did and no more than the group's top.
        group = values[last]
        chain = loss[last] + np.maximum(group[:, None] - grid, 0.0).sum(axis=0)
        chain[0] = np.inf
        best = _suffix_argmin(chain)
        better = (grid <= top[last]) & (chain[best] < loss[last + 1])
        loss[last + 1, better] = chain[best][better]
        came_from[last + 1, better] = _CHAIN
        spare_then[last + 1, better] = best[better]
    return _Plan(float(loss[g, 0]), _trace(came_from, spare_then))


def _suffix_argmin(a: NDArray[np.float64]) -> NDArray[np.intp]:
    """Find, for each index, where the smallest entry from there on stands."""
    least = np.minimum.accumulate(a[::-1])[::-1]
    return np.minimum.accumulate(np.where(a == least, np.arange(a.size), a.size)[::-1])[::-1]


def _trace(came_from: NDArray[np.intp], spare_then: NDArray[np.intp]) -> list[tuple[int, int, bool]]:
    steps, done, state = [], came_from.shape[0] - 1, 0
    while done:
        origin, before = int(came_from[done, state]), int(spare_then[done, state])
        first = done - 1 if origin == _CHAIN else origin
        steps.append((first, done - 1, origin == _CHAIN))
        done, state = first, before
    return steps[::-1]


def _introductions(v: NDArray[np.float64], groups: _Groups, plan: _Plan, n_sellers: int) -> list[tuple[int, int]]:
    """Follow the plan: who is introduced to whom."""
    pairs: list[tuple[int, int]] = []
    spares = [(-float(v[b]), int(b)) for b in groups.free]
    heapq.heapify(spares)  # the one who pays most comes first
    for first, last, is_chain in plan.steps:
        block, sellers = groups.members[first : last + 1], groups.sellers[first : last + 1]
        price = float(v[block[-1][0]])
        if is_chain:
            paid, buyer = heapq.heappop(spares)
            price = -paid
            pairs.append((buyer, sellers[0]))
        elif last > first:
            pairs += [(int(b[0]), j) for b, j in zip(block, sellers[1:] + sellers[:1], strict=True)]
        for b in np.concatenate([members if is_chain else members[1:] for members in block]):
            # At home the top buyer pays the highest value of the group, which binds nobody else.
            heapq.heappush(spares, (-min(float(v[b]), price), int(b)))
    unknown = sorted(set(range(n_sellers)) - set(groups.sellers))
    return pairs + [(buyer, j) for (_, buyer), j in zip(spares, unknown, strict=False)]
