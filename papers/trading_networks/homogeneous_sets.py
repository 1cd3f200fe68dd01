r"""Homogeneous goods: the sets of goods that can be the cheap ones (the state space of :mod:`.homogeneous_exact`).

A set of goods is *tight* for a price ``a`` if it can be the set of goods cheaper than ``a`` at maximum prices: it
is held exactly by the buyers whose value is below ``a`` or who know a good of it,
:math:`|U|=|\{b:v_b<a\}\cup\Gamma(U)|`. Few sets are tight in a dense world, and in a sparse world many goods are
alike: goods known to the same buyers are counted, not listed.
"""

import math
import time
from dataclasses import dataclass
from functools import reduce

import numpy as np
from numpy.typing import NDArray

MAX_SETS = 2**24
"""Largest table of sets of goods: 24 goods known to different buyers (about 0.9 GB)."""


@dataclass(frozen=True, eq=False)
class TradingSide:
    r"""The buyers who can trade in an efficient outcome.

    Attributes
    ----------
    above : ndarray of int, shape (k,)
        Buyers worth more than ``prices[0]``, highest value first. All of them trade.
    marginal : ndarray of int
        Buyers worth exactly ``prices[0]``, unless that is 0; as many of them trade as goods are left.
    prices : ndarray of float, shape (levels,)
        The prices that can occur, ascending: the ``m``-th highest value (0 if there are fewer than ``m`` buyers),
        and the distinct values above it. In money.
    values : ndarray of float, shape (k,)
        The values of ``above``, in money.
    """

    above: NDArray[np.intp]
    marginal: NDArray[np.intp]
    prices: NDArray[np.float64]
    values: NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class GoodSets:
    """Sets of goods up to exchanging twins, as a table of shape ``shape`` in C order (one axis a class of twins).

    Attributes
    ----------
    shape : tuple of int
        One more than the number of goods in each class.
    goods : ndarray of uint64, shape (prod(shape),)
        Bit ``j`` is set if good ``j`` is in the set; classes are filled in the order of their goods.
    knowing : ndarray of uint64, shape (prod(shape),)
        Bit ``b`` is set if buyer ``above[b]`` knows a good of the set.
    """

    shape: tuple[int, ...]
    goods: NDArray[np.uint64]
    knowing: NDArray[np.uint64]


@dataclass(frozen=True, eq=False)
class TightSets:
    """The sets that are tight for one price.

    Attributes
    ----------
    index : ndarray of int, shape (s,)
        Their places in the table.
    goods, buyers : ndarray of uint64, shape (s,)
        Bits of the goods cheaper than the price, and of the buyers in ``above`` who pay less than it.
    size : ndarray of int, shape (s,)
        Numbers of goods.
    """

    index: NDArray[np.intp]
    goods: NDArray[np.uint64]
    buyers: NDArray[np.uint64]
    size: NDArray[np.uint8]


def trading_side(v: NDArray[np.float64], n_sellers: int) -> TradingSide:
    """Find out who can trade.

    Parameters
    ----------
    v : ndarray of float, shape (n,)
        Values of the buyers, in money, ``>= 0``.
    n_sellers : int
        Number of goods ``m``.

    Returns
    -------
    TradingSide
    """
    ranked = np.argsort(-v, kind="stable")
    least = float(v[ranked[n_sellers - 1]]) if 0 < n_sellers <= v.size else 0.0
    above = ranked[v[ranked] > least][:n_sellers]
    marginal = ranked[v[ranked] == least] if least > 0 else ranked[:0]
    return TradingSide(above, marginal, np.append(least, np.unique(v[above])), v[above])


def good_sets(world: NDArray[np.bool_], side: TradingSide) -> GoodSets:
    """List the sets of goods, twins (goods known to the same buyers of the trading side) being exchangeable.

    Parameters
    ----------
    world : ndarray of bool, shape (n, m)
        Who knows whom.
    side : TradingSide
        The buyers who matter.

    Returns
    -------
    GoodSets

    Raises
    ------
    ValueError
        If there are more than :data:`MAX_SETS` of them, or more than 64 goods.
    """
    known = world[np.append(side.above, side.marginal)]
    twins: dict[bytes, list[int]] = {}
    for j in range(world.shape[1]):
        twins.setdefault(known[:, j].tobytes(), []).append(j)
    shape = tuple(len(goods) + 1 for goods in twins.values())
    if math.prod(shape) > MAX_SETS or world.shape[1] > 64:
        raise ValueError(
            f"net must have at most 64 goods and {MAX_SETS} sets of goods (twins counted once),"
            f" given {world.shape[1]} goods and {math.prod(shape)} sets"
        )
    table = GoodSets(shape, np.zeros(1, dtype=np.uint64), np.zeros(1, dtype=np.uint64))
    for goods in twins.values():
        prefixes = np.array([_bits(goods[:count]) for count in range(len(goods) + 1)], dtype=np.uint64)
        fans = _bits(np.flatnonzero(world[side.above, goods[0]]))
        knowing = np.array([0] + [fans] * len(goods), dtype=np.uint64)
        table = GoodSets(shape, (table.goods[:, None] | prefixes).ravel(), (table.knowing[:, None] | knowing).ravel())
    return table


def tight_sets(sets: GoodSets, side: TradingSide, n_sellers: int) -> list[TightSets]:
    """Find the tight sets for every price of the side, and for a price above all of them.

    Parameters
    ----------
    sets : GoodSets
        All sets.
    side : TradingSide
        Buyers and prices.
    n_sellers : int
        Number of goods ``m``.

    Returns
    -------
    list of TightSets
        One more than prices: first the empty set alone (nothing is cheaper than the lowest price), last the set of
        all goods.
    """
    size = np.bitwise_count(sets.goods)
    others = n_sellers - side.above.size  # goods held by marginal buyers, or unsold; all at the lowest price
    nothing = np.zeros(1, dtype=np.uint64)
    layers = [TightSets(np.zeros(1, dtype=np.intp), nothing, nothing, np.zeros(1, dtype=np.uint8))]
    for price in np.append(side.prices[1:], np.inf):
        buyers = sets.knowing | np.uint64(_bits(np.flatnonzero(side.values < price)))
        index = np.flatnonzero(np.bitwise_count(buyers) + others == size)
        layers.append(TightSets(index, sets.goods[index], buyers[index], size[index]))
    return layers


def optimistic_revenue(
    layers: list[TightSets], sets: GoodSets, side: TradingSide, deadline: float
) -> list[NDArray[np.float64]] | None:
    r"""Bound what can be earned above each tight set, as if no price class had to trade in the world.

    .. math:: h_\ell(U)=\max_{U'\supseteq U,\ U'\in\text{layer }\ell+1}\ a_\ell\,(|U'|-|U|)+h_{\ell+1}(U') .

    Parameters
    ----------
    layers : list of TightSets
        From :func:`tight_sets`.
    sets : GoodSets
        All sets.
    side : TradingSide
        Buyers and prices.
    deadline : float
        Reading of :func:`time.perf_counter` at which to give up.

    Returns
    -------
    list of ndarray, or None
        For each layer, in money; None if time is over.
    """
    bounds = [np.zeros(1)]
    for layer, above, price in zip(layers[-2::-1], layers[:0:-1], side.prices[::-1], strict=True):
        if time.perf_counter() > deadline:
            return None
        best = _best_above(layer, above, bounds[-1] + price * above.size, sets)
        bounds.append(best - price * layer.size)
    return bounds[::-1]


def _best_above(layer: TightSets, above: TightSets, worth: NDArray[np.float64], sets: GoodSets) -> NDArray[np.float64]:
    """Find for each set of ``layer`` the most that a superset in ``above`` is worth, by pairs if that is less work."""
    if layer.goods.size * above.goods.size <= sets.goods.size:
        contained = layer.goods[:, None] & ~above.goods == 0
        return np.where(contained, worth, -np.inf).max(axis=1, initial=-np.inf)
    table = np.full(sets.goods.size, -np.inf)
    table[above.index] = worth
    _superset_maximum(table, sets.shape)
    return table[layer.index]


def _superset_maximum(table: NDArray[np.float64], shape: tuple[int, ...]) -> None:
    """Replace each entry by the largest over all supersets, in place."""
    stride = 1
    for length in reversed(shape):
        axis = table.reshape(-1, length, stride)
        for count in range(length - 2, -1, -1):
            np.maximum(axis[:, count], axis[:, count + 1], out=axis[:, count])
        stride *= length


def _bits(positions: list[int] | NDArray[np.intp]) -> int:
    return reduce(lambda word, position: word | 1 << int(position), positions, 0)
