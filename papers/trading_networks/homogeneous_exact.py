r"""Homogeneous goods, any world: exact optimal revenue by a search over nested sets of goods (beyond the paper).

By Proposition S7 the ``K`` buyers of highest value trade; say that unsold goods are held by dummies of value 0. Fix
who holds what. At maximum prices a good costs what its buyer can be made to pay: the smaller of her value and the
cheapest good she knows. Let :math:`U_a` be the goods cheaper than ``a``. A buyer pays less than ``a`` iff her value
is below ``a`` or she knows a good of :math:`U_a`, and exactly these buyers hold the goods of :math:`U_a`, so

.. math:: |U_a|=\big|\{b:v_b<a\}\cup\Gamma(U_a)\big| .\qquad\text{(tight)}

Conversely, take a chain :math:`U_{a_1}\subseteq U_{a_2}\subseteq\dots` of tight sets, one for each value. Between
two neighbours equally many buyers and goods enter: a *price class*. Match the buyers and goods of each class in any
way, at the lower of the two values. Nobody in the class is worth less, and nobody in it knows a cheaper good, so
this is an equilibrium. Hence the optimal revenue is the best chain, where a class of ``s`` goods at price ``a``
earns :math:`a(s-d)` and ``d`` is the least number of world pairs in a perfect matching of the class (mostly 0). In
the lowest class the buyers worth exactly its price (or the dummies) fill up.

The best chain is found by best-first search (A*); the optimistic completion of a chain takes ``d = 0``.
"""

import heapq
import itertools
import math
import time
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

from papers.trading_networks.homogeneous import homogeneous_full_extraction, homogeneous_values
from papers.trading_networks.homogeneous_sets import (
    TightSets,
    TradingSide,
    good_sets,
    optimistic_revenue,
    tight_sets,
    trading_side,
)
from papers.trading_networks.network import PlatformOutcome, TradingNetwork
from papers.trading_networks.revenue import platform_revenue


def homogeneous_optimal_revenue(net: TradingNetwork, time_limit: float | None = None) -> PlatformOutcome:
    r"""Find optimal introductions in a market with homogeneous goods, whatever the world.

    In ``benchmarks/homogeneous.py``, which compares it with the mixed-integer programme, 14 buyers and sellers take
    under 0.1 s in the mean, and up to 2 s in a single market on a loaded machine. The time grows with the number of
    sets of goods; the number of buyers hardly matters.
    Method and proof are in the module's docstring.

    Parameters
    ----------
    net : TradingNetwork
        A market with homogeneous goods. Values may be equal or zero.
    time_limit : float, optional
        Seconds, ``> 0``; none by default. When they are over (a table once begun is finished), the answer is the
        better of the first chain and :func:`homogeneous_full_extraction`, with the bound proven so far.

    Returns
    -------
    PlatformOutcome
        ``bound`` equals the revenue up to rounding unless time ran out.

    Raises
    ------
    ValueError
        If the goods are not homogeneous, ``time_limit`` is not positive, or there are too many sets of goods (24
        goods known to different buyers are the most; goods known to the same buyers count less).

    Examples
    --------
    >>> net = TradingNetwork([[3.0, 3.0], [2.0, 2.0]], [[1, 1], [0, 1]])
    >>> homogeneous_optimal_revenue(net).revenue
    2.0
    """
    begin = time.perf_counter()
    if time_limit is not None and not time_limit > 0:
        raise ValueError(f"time_limit must be > 0 seconds or None, given {time_limit}")
    deadline = math.inf if time_limit is None else begin + time_limit
    side = trading_side(homogeneous_values(net), net.n_sellers)
    sets = good_sets(net.world, side)
    layers = tight_sets(sets, side, net.n_sellers)
    optimistic = optimistic_revenue(layers, sets, side, deadline)
    outcome, bound = homogeneous_full_extraction(net), net.optimal_welfare
    if optimistic is not None:
        search = _ChainSearch(net.world, side, layers, optimistic)
        bound, chain = search.run(deadline)
        found = platform_revenue(net, search.introductions(chain))
        outcome = max(found, outcome, key=lambda candidate: candidate.revenue)
    bound = max(bound, outcome.revenue)  # the larger only by rounding
    return replace(outcome, bound=bound, seconds=time.perf_counter() - begin)


@dataclass(eq=False)
class _Node:
    """A chain up to the tight set ``place`` of layer ``layer``; its moves are listed when it is settled."""

    layer: int
    place: int
    earned: float
    parent: "_Node | None"
    targets: NDArray[np.intp] | None = None  # places in the next layer, best bound first
    bounds: NDArray[np.float64] | None = None


class _ChainSearch:
    """Best-first search for the chain of tight sets that earns most."""

    def __init__(
        self,
        world: NDArray[np.bool_],
        side: TradingSide,
        layers: list[TightSets],
        optimistic: list[NDArray[np.float64]],
    ) -> None:
        self.world, self.side, self.layers, self.optimistic = world, side, layers, optimistic
        self._enough = -math.inf  # chains that cannot earn this are not looked at
        self._queue: list[tuple[float, int, int, _Node, int]] = []
        self._ticket = itertools.count()
        self._trades: dict[tuple[int, int, bool], list[tuple[int, int]]] = {}

    def run(self, deadline: float) -> tuple[float, list[int]]:
        """Search; answer a proven bound and a chain (a place for each layer), the best unless time is over."""
        root = _Node(0, 0, 0.0, None)
        first = self._dive(root)
        self._enough = first.earned - 1e-9 * float(self.side.prices[-1])
        self._push(self._hope(root), root)
        settled: set[tuple[int, int]] = set()
        while True:
            bound = -self._queue[0][0]
            if time.perf_counter() > deadline:
                return bound, _places(first)
            *_, node, move = heapq.heappop(self._queue)
            if move >= 0:
                self._push_move(node, move + 1)
                child = self._child(node, int(node.targets[move]))
                self._push(self._hope(child), child)
            elif node.layer == len(self.layers) - 1:
                return bound, _places(node)
            elif (node.layer, node.place) not in settled:
                settled.add((node.layer, node.place))
                self._list_moves(node)
                self._push_move(node, 0)

    def _dive(self, node: _Node) -> _Node:
        """Follow the moves that keep most of the hope to the end."""
        while node.layer < len(self.layers) - 1:
            self._list_moves(node)
            best, hope = node, -math.inf
            for place, bound in zip(node.targets, node.bounds, strict=True):
                if node.earned + bound <= hope:
                    break
                child = self._child(node, int(place))
                if self._hope(child) > hope:
                    best, hope = child, self._hope(child)
            node = best
        return node

    def _hope(self, node: _Node) -> float:
        return node.earned + float(self.optimistic[node.layer][node.place])

    def _push(self, bound: float, node: _Node, move: int = -1) -> None:
        """Queue a node, or (``move >= 0``) its next move, whose price class has not been looked at yet."""
        if bound >= self._enough:
            heapq.heappush(self._queue, (-bound, -node.layer, next(self._ticket), node, move))

    def _push_move(self, node: _Node, move: int) -> None:
        if move < node.targets.size:
            self._push(node.earned + node.bounds[move], node, move)

    def _child(self, node: _Node, place: int) -> _Node:
        goods = self.layers[node.layer + 1].size[place] - self.layers[node.layer].size[node.place]
        lost = sum(self.world[pair] for pair in self._class_trades(node.layer, node.place, place))
        price = float(self.side.prices[node.layer])
        return _Node(node.layer + 1, place, node.earned + price * (int(goods) - int(lost)), node)

    def _list_moves(self, node: _Node) -> None:
        here, there = self.layers[node.layer], self.layers[node.layer + 1]
        supersets = np.flatnonzero(here.goods[node.place] & ~there.goods == 0)
        earns = self.side.prices[node.layer] * (there.size[supersets] - here.size[node.place])
        bounds = earns + self.optimistic[node.layer + 1][supersets]
        hopeful = np.flatnonzero(node.earned + bounds >= self._enough)
        order = hopeful[np.argsort(-bounds[hopeful], kind="stable")]
        node.targets, node.bounds = supersets[order], bounds[order]

    def _class_trades(self, layer: int, lower: int, upper: int) -> list[tuple[int, int]]:
        """Match the price class between two tight sets with the fewest world pairs; nothing at a price of 0."""
        below, above = self.layers[layer], self.layers[layer + 1]
        goods = int(above.goods[upper] & ~below.goods[lower])
        buyers = int(above.buyers[upper] & ~below.buyers[lower])
        key = goods, buyers, layer == 0
        if key not in self._trades:
            must = self.side.above[_positions(buyers)]
            may = self.side.marginal if layer == 0 else self.side.marginal[:0]
            priced = self.side.prices[layer] > 0
            self._trades[key] = _fewest_world_pairs(self.world, must, may, _positions(goods)) if priced else []
        return self._trades[key]

    def introductions(self, chain: list[int]) -> list[tuple[int, int]]:
        """List the trades of a chain that are no world pairs."""
        steps = enumerate(itertools.pairwise(chain))
        trades = [pair for layer, (lower, upper) in steps for pair in self._class_trades(layer, lower, upper)]
        return [pair for pair in trades if not self.world[pair]]


def _places(node: _Node | None) -> list[int]:
    places = []
    while node is not None:
        places.append(node.place)
        node = node.parent
    return places[::-1]


def _positions(word: int) -> list[int]:
    return [position for position in range(word.bit_length()) if word >> position & 1]


def _fewest_world_pairs(
    world: NDArray[np.bool_], must: NDArray[np.intp], may: NDArray[np.intp], goods: list[int]
) -> list[tuple[int, int]]:
    """Sell all ``goods`` to all buyers in ``must`` and some in ``may``, with as few world pairs as possible."""
    buyers = np.append(must, may)
    cost = np.zeros((buyers.size, buyers.size))  # the columns beyond the goods: no good
    cost[:, : len(goods)] = world[np.ix_(buyers, goods)]
    cost[: must.size, len(goods) :] = len(goods) + 1
    rows, columns = linear_sum_assignment(cost)
    return [(int(buyers[i]), goods[j]) for i, j in zip(rows, columns, strict=True) if j < len(goods)]
