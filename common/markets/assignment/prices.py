r"""The lattice of competitive prices: its two ends, and the opportunity paths that set them.

For a market ``(V, mask)`` with efficient matching ``x`` the equilibrium prices form a lattice (Shapley and
Shubik 1971; Gul and Stacchetti 1999) that is independent of ``x``. Its ends are

.. math:: p^{\max}_j = W - W(\text{without } j), \qquad p^{\min}_j = W(\text{with a second } j) - W .

Computing them so takes ``m`` matchings. Both are shortest paths in the residual graph of *one* matching: a
buyer who loses her good drops out, takes an unsold good, or takes another's, who is then in the same place.
The cheapest such chain for the buyer of ``j`` costs :math:`p^{\max}_j` and is called its *opportunity path* (after
Kranton and Minehart 2001). The smallest prices are the same problem with the two sides exchanged.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from common.markets.assignment.matching import hungarian, owners
from common.markets.validation import check_mask, check_matching, check_values

PriceConvention = Literal["max", "min", "midpoint"]


@dataclass(frozen=True)
class OpportunityPath:
    """The alternating path that sets the largest or smallest equilibrium price of a good.

    Attributes
    ----------
    good : int
        The good that is priced.
    price : float
        Its price, in money: the difference of the values along the path.
    which : {"max", "min"}
        End of the lattice.
    buyers : tuple of int
        For ``"max"``: the good's buyer, then the buyer she displaces, and so on. For ``"min"``: the buyer who
        would take a second unit, then the buyer who would take what she leaves, and so on.
    goods : tuple of int
        The goods of the path, ``good`` first. For ``"max"`` buyer ``k`` leaves ``goods[k]`` and takes
        ``goods[k + 1]``, or drops out if there is none. For ``"min"`` buyer ``k`` takes ``goods[k]`` and leaves
        ``goods[k + 1]``, or was unmatched if there is none.
    """

    good: int
    price: float
    which: Literal["max", "min"]
    buyers: tuple[int, ...]
    goods: tuple[int, ...]


def competitive_prices(
    V: ArrayLike, mask: ArrayLike | None = None, which: PriceConvention = "max"
) -> NDArray[np.float64]:
    """Compute extreme (or middle) competitive equilibrium prices with one matching and one shortest-path search.

    Parameters
    ----------
    V : array_like, shape (n, m)
        Values in money, ``>= 0``.
    mask : array_like of bool, shape (n, m), optional
        Pairs that may trade; all of them by default.
    which : {"max", "min", "midpoint"}
        The sellers' best prices, the buyers' best prices, or the mean of the two (an equilibrium as well).

    Returns
    -------
    ndarray of float, shape (m,)
        Price of each good in money; 0 for unsold goods.

    Raises
    ------
    ValueError
        If an argument is malformed; the message names it.

    Examples
    --------
    >>> competitive_prices([[3.0], [2.0]], which="min")
    array([2.])
    """
    if which not in ("max", "min", "midpoint"):
        raise ValueError(f"which must be 'max', 'min' or 'midpoint', given {which!r}")
    weights = _weights(V, mask)
    x = hungarian(weights)
    if which == "max":
        return _highest(weights, x)[0]
    if which == "min":
        return _lowest(weights, x)[0]
    return (_highest(weights, x)[0] + _lowest(weights, x)[0]) / 2


def price_lattice_bounds(
    V: ArrayLike, mask: ArrayLike | None = None
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Compute both ends of the lattice of equilibrium prices.

    Parameters
    ----------
    V : array_like, shape (n, m)
        Values in money, ``>= 0``.
    mask : array_like of bool, shape (n, m), optional
        Pairs that may trade; all of them by default.

    Returns
    -------
    lowest, highest : ndarray of float, shape (m,)
        The smallest and the largest equilibrium price of each good, in money.

    Raises
    ------
    ValueError
        If an argument is malformed; the message names it.
    """
    weights = _weights(V, mask)
    x = hungarian(weights)
    return _lowest(weights, x)[0], _highest(weights, x)[0]


def opportunity_paths(
    V: ArrayLike,
    mask: ArrayLike | None,
    x: ArrayLike,
    which: Literal["max", "min"] = "max",
) -> tuple[OpportunityPath, ...]:
    """Find, for every sold good, the alternating path that sets its price.

    Parameters
    ----------
    V : array_like, shape (n, m)
        Values in money, ``>= 0``.
    mask : array_like of bool, shape (n, m), or None
        Pairs that may trade; None means all.
    x : array_like of int, shape (n,)
        An *efficient* matching of the market.
    which : {"max", "min"}
        The end of the lattice.

    Returns
    -------
    tuple of OpportunityPath
        One for each sold good, in the order of the goods.

    Raises
    ------
    ValueError
        If an argument is malformed, or ``x`` is not efficient (a pair that may not trade counts nothing).
    """
    if which not in ("max", "min"):
        raise ValueError(f"which must be 'max' or 'min', given {which!r}")
    weights = _weights(V, mask)
    x = check_matching(x, weights.shape)
    value, best = (_total(weights, matching) for matching in (x, hungarian(weights)))
    if value < best * (1 - 1e-9):
        raise ValueError(f"x must be efficient, given total value {value} where {best} is possible")
    prices, step = _highest(weights, x) if which == "max" else _lowest(weights, x)
    follow = _displacements if which == "max" else _successions
    owner = owners(x, weights.shape[1])
    return tuple(
        OpportunityPath(int(j), float(prices[j]), which, *follow(int(j), x, owner, step))
        for j in np.flatnonzero(owner >= 0)
    )


def _weights(V: ArrayLike, mask: ArrayLike | None) -> NDArray[np.float64]:
    V = check_values(V)
    return np.where(check_mask(mask, V.shape), V, 0.0)


def _total(weights: NDArray[np.float64], x: NDArray[np.intp]) -> float:
    buyers = np.flatnonzero(x >= 0)
    return float(weights[buyers, x[buyers]].sum())


def _highest(weights: NDArray[np.float64], x: NDArray[np.intp]) -> tuple[NDArray[np.float64], NDArray[np.intp]]:
    """Largest price of each good, and the good its buyer would turn to (-1: none), by Bellman-Ford.

    Prices start at the buyers' values (everybody drops out) and fall as better chains are found. A chain visits
    a buyer once, so ``n`` rounds suffice; an improvement below rounding error is none, which keeps cycles out.
    """
    n, m = weights.shape
    buyers = np.flatnonzero(x >= 0)
    goods = x[buyers]
    rows = weights[buyers]
    own = rows[np.arange(buyers.size), goods]
    tol = 4 * np.finfo(float).eps * max(n, m, 1) * weights.max(initial=0.0)
    prices = np.zeros(m)
    prices[goods] = own
    step = np.full(m, -1, dtype=np.intp)
    for _ in range(buyers.size):
        surplus = rows - prices
        turn = surplus.argmax(axis=1)
        price = own - surplus[np.arange(buyers.size), turn]
        better = price < prices[goods] - tol
        if not better.any():
            break
        prices[goods[better]] = price[better]
        step[goods[better]] = turn[better]
    return np.maximum(prices, 0.0), step


def _lowest(weights: NDArray[np.float64], x: NDArray[np.intp]) -> tuple[NDArray[np.float64], NDArray[np.intp]]:
    """Smallest price of each good, and the buyer who would take a second unit (-1: nobody)."""
    m = weights.shape[1]
    owner = owners(x, m)
    utility, step = _highest(weights.T, owner)
    sold = np.flatnonzero(owner >= 0)
    prices = np.zeros(m)
    prices[sold] = np.maximum(weights[owner[sold], sold] - utility[owner[sold]], 0.0)
    takers = np.full(m, -1, dtype=np.intp)
    takers[sold] = step[owner[sold]]
    return prices, takers


def _displacements(
    good: int, x: NDArray[np.intp], owner: NDArray[np.intp], step: NDArray[np.intp]
) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Follow who displaces whom when the buyer of ``good`` has to leave it."""
    buyers, goods = [], [good]
    while owner[goods[-1]] >= 0:
        buyers.append(int(owner[goods[-1]]))
        if step[goods[-1]] < 0:
            break
        goods.append(int(step[goods[-1]]))
    return tuple(buyers), tuple(goods)


def _successions(
    good: int, x: NDArray[np.intp], owner: NDArray[np.intp], step: NDArray[np.intp]
) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Follow who would take a second unit of ``good``, and who what she leaves."""
    buyers, goods = [], [good]
    while step[goods[-1]] >= 0:
        buyers.append(int(step[goods[-1]]))
        if x[buyers[-1]] < 0:
            break
        goods.append(int(x[buyers[-1]]))
    return tuple(buyers), tuple(goods)
