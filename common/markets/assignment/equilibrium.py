"""Verification of a competitive equilibrium: every violated condition, or none."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from common.markets.assignment.matching import owners
from common.markets.validation import check_mask, check_matching, check_prices, check_values

Condition = Literal["link", "price sign", "unsold price", "rationality", "envy"]


@dataclass(frozen=True)
class Violation:
    """One condition of competitive equilibrium that does not hold.

    Attributes
    ----------
    condition : {"link", "price sign", "unsold price", "rationality", "envy"}
        ``link``: a pair trades that may not. ``price sign``: a price is negative. ``unsold price``: an unsold good
        has a positive price. ``rationality``: a buyer pays more than her value. ``envy``: a buyer would
        rather have another good at its price.
    buyer, good : int or None
        Who and what it is about.
    amount : float
        By how much it is violated, in money (for ``link``: the value of the pair).
    """

    condition: Condition
    buyer: int | None
    good: int | None
    amount: float


def equilibrium_violations(
    V: ArrayLike, mask: ArrayLike | None, x: ArrayLike, p: ArrayLike, tol: float = 1e-7
) -> tuple[Violation, ...]:
    """List every condition of competitive equilibrium that ``(x, p)`` violates by more than ``tol``.

    Parameters
    ----------
    V : array_like, shape (n, m)
        Values in money, ``>= 0``.
    mask : array_like of bool, shape (n, m), or None
        Pairs that may trade; None means all.
    x : array_like of int, shape (n,)
        The good of each buyer, -1 if none.
    p : array_like, shape (m,)
        Price of each good, in money.
    tol : float
        Largest violation that is let pass, in money, ``>= 0``.

    Returns
    -------
    tuple of Violation
        Empty exactly if ``(x, p)`` is a competitive equilibrium within ``tol``.

    Raises
    ------
    ValueError
        If an argument is malformed; the message names it.
    """
    V = check_values(V)
    n, m = V.shape
    mask, x, p = check_mask(mask, (n, m)), check_matching(x, (n, m)), check_prices(p, m)
    if not tol >= 0:
        raise ValueError(f"tol must be >= 0, given {tol}")
    buyers = np.flatnonzero(x >= 0)
    utility = np.zeros(n)
    utility[buyers] = V[buyers, x[buyers]] - p[x[buyers]]
    wish = np.where(mask, V - p, -np.inf) - np.maximum(utility, 0.0)[:, None]
    found = [Violation("link", int(i), int(x[i]), float(V[i, x[i]])) for i in buyers if not mask[i, x[i]]]
    found += [Violation("price sign", None, int(j), float(-p[j])) for j in np.flatnonzero(p < -tol)]
    unsold = (owners(x, m) < 0) & (p > tol)
    found += [Violation("unsold price", None, int(j), float(p[j])) for j in np.flatnonzero(unsold)]
    found += [Violation("rationality", int(i), int(x[i]), float(-utility[i])) for i in np.flatnonzero(utility < -tol)]
    found += [Violation("envy", int(i), int(j), float(wish[i, j])) for i, j in np.argwhere(wish > tol)]
    return tuple(found)


def is_competitive_equilibrium(
    V: ArrayLike, mask: ArrayLike | None, x: ArrayLike, p: ArrayLike, tol: float = 1e-7
) -> bool:
    """Tell whether matching and prices are a competitive equilibrium within ``tol``.

    Parameters
    ----------
    V, mask, x, p, tol
        As for :func:`equilibrium_violations`.

    Returns
    -------
    bool

    Raises
    ------
    ValueError
        If an argument is malformed; the message names it.
    """
    return not equilibrium_violations(V, mask, x, p, tol)
