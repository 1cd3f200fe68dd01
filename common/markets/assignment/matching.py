"""Maximum-weight bipartite matching with unit demand and unit supply.

A matching is an integer array ``x`` of shape ``(n,)``: ``x[i]`` is the good of buyer ``i``, or -1. Pairs of
value zero are never part of it: the Hungarian algorithm pairs the leftovers at random, and such a pair would
look like a trade.
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import linear_sum_assignment

from common.markets.validation import check_mask, check_matching, check_prices, check_values


def max_weight_matching(V: ArrayLike, mask: ArrayLike | None = None) -> NDArray[np.intp]:
    """Find an efficient matching: one of the largest total value.

    Parameters
    ----------
    V : array_like, shape (n, m)
        Values in money, ``>= 0``.
    mask : array_like of bool, shape (n, m), optional
        Pairs that may trade; all of them by default.

    Returns
    -------
    ndarray of int, shape (n,)
        The good of each buyer, -1 if none. Pairs of value zero are dropped.

    Raises
    ------
    ValueError
        If an array is malformed; the message names it.

    Examples
    --------
    >>> max_weight_matching([[5, 4], [4, 0]])
    array([1, 0])
    """
    V = check_values(V)
    return hungarian(np.where(check_mask(mask, V.shape), V, 0.0))


def hungarian(weights: NDArray[np.float64]) -> NDArray[np.intp]:
    """Match by a table of weights that needs no check; pairs of weight ``<= 0`` are dropped.

    Parameters
    ----------
    weights : ndarray of float, shape (n, m)
        Weight of each pair, 0 where the pair may not trade.

    Returns
    -------
    ndarray of int, shape (n,)
        The good of each buyer, -1 if none.
    """
    x = np.full(weights.shape[0], -1, dtype=np.intp)
    rows, columns = linear_sum_assignment(weights, maximize=True)
    trade = weights[rows, columns] > 0
    x[rows[trade]] = columns[trade]
    return x


def owners(x: NDArray[np.intp], m: int) -> NDArray[np.intp]:
    """Turn a matching around: the buyer of each good.

    Parameters
    ----------
    x : ndarray of int, shape (n,)
        The good of each buyer, -1 if none.
    m : int
        Number of goods.

    Returns
    -------
    ndarray of int, shape (m,)
        The buyer of each good, -1 if it is unsold.
    """
    owner = np.full(m, -1, dtype=np.intp)
    buyers = np.flatnonzero(x >= 0)
    owner[x[buyers]] = buyers
    return owner


def matching_welfare(V: ArrayLike, x: ArrayLike) -> float:
    """Add up the values of a matching.

    Parameters
    ----------
    V : array_like, shape (n, m)
        Values in money, ``>= 0``.
    x : array_like of int, shape (n,)
        The good of each buyer, -1 if none.

    Returns
    -------
    float
        Total value of the trades, in money.

    Raises
    ------
    ValueError
        If an array is malformed; the message names it.
    """
    V = check_values(V)
    x = check_matching(x, V.shape)
    buyers = np.flatnonzero(x >= 0)
    return float(V[buyers, x[buyers]].sum())


def favoured_efficient_matching(
    V: ArrayLike, mask: ArrayLike | None, p: ArrayLike, favour: ArrayLike
) -> NDArray[np.intp]:
    """Find, among the efficient matchings, the one with the largest total favour.

    Parameters
    ----------
    V : array_like, shape (n, m)
        Values in money, ``>= 0``.
    mask : array_like of bool, shape (n, m), or None
        Pairs that may trade; None means all.
    p : array_like, shape (m,)
        Competitive equilibrium prices of the market ``(V, mask)``.
    favour : array_like, shape (n, m)
        What each pair is worth to whoever breaks the ties, ``>= 0``.

    Returns
    -------
    ndarray of int, shape (n,)
        The good of each buyer, -1 if none.

    Raises
    ------
    ValueError
        If an array is malformed, or ``p`` are no equilibrium prices: no matching of tight pairs then clears
        the market.
    """
    V = check_values(V)
    mask, p, favour = check_mask(mask, V.shape), check_prices(p, V.shape[1]), check_values(favour, "favour")
    if favour.shape != V.shape:
        raise ValueError(f"favour must have shape {V.shape}, given shape {favour.shape}")
    # All favour of a matching together stays below one, the weight of a single agent who must be served.
    top = favour.max(initial=0.0) * (min(V.shape) + 1)
    return clearing_matching(V, mask, p, favour / top if top > 0 else favour)


def clearing_matching(
    V: NDArray[np.float64], mask: NDArray[np.bool_], p: NDArray[np.float64], bonus: NDArray[np.float64]
) -> NDArray[np.intp]:
    r"""Find, among the efficient matchings, the one with the largest total bonus; the arrays need no check.

    Equilibrium prices ``p`` with the utilities :math:`u_i=\max\{0,\max_j(v_{ij}-p_j)\}` are an optimal dual
    solution, so by complementary slackness the efficient matchings are exactly the matchings of *tight* pairs
    (:math:`u_i+p_j=v_{ij}`) that serve every buyer with :math:`u_i>0` and sell every good with :math:`p_j>0`.
    They are searched by one assignment problem on the tight pairs, in which every buyer who must be served and every
    good that must be sold counts one, more than all bonuses together. Equalities hold up to ``1e-9`` times the
    largest value.

    Parameters
    ----------
    V, mask, p
        As for :func:`favoured_efficient_matching`.
    bonus : ndarray of float, shape (n, m)
        Bonus of each pair, less than ``1 / min(n, m)`` in absolute value.

    Returns
    -------
    ndarray of int, shape (n,)
        The good of each buyer, -1 if none.

    Raises
    ------
    ValueError
        If ``p`` are no equilibrium prices.
    """
    tol = 1e-9 * V.max(initial=0.0)
    surplus = np.where(mask, V - p, 0.0)
    utility = surplus.max(axis=1, initial=0.0)
    tight = mask & (tol < V) & (surplus >= utility[:, None] - tol)
    buyer_due, good_due = utility > tol, p > tol
    due = buyer_due[:, None].astype(float) + good_due
    x = hungarian(np.where(tight, due + bonus, 0.0))
    buyers = np.flatnonzero(x >= 0)
    if (p < -tol).any() or due[buyers, x[buyers]].sum() < buyer_due.sum() + good_due.sum():
        raise ValueError("p must be equilibrium prices, given prices at which the market does not clear")
    return x
