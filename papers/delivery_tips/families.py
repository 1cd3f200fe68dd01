r"""Markets whose surplus splits along a path of the three sides (P8).

If :math:`V_{bs}-K_{cbs}=\ell_{xm}+r_{mz}`, where ``m`` is the agent of the side in the middle and ``x``, ``z`` are the
agents of the two ends, the assignment of the three sides is a flow of unit node capacities from one end to the other.
Its linear programme is integral, hence (P7) an efficient equilibrium without compensations exists.

======  ======================================  ======================  ==================================
family  cost                                    middle                  example
======  ======================================  ======================  ==================================
T1      :math:`\kappa_{bs}`                     buyers (or stores)      identical couriers
T2      :math:`k_c+\kappa_{bs}`                 buyers (or stores)      couriers who differ in their wages
T3      :math:`k_{cs}+\kappa_{bs}`              stores                  drive to the store, then the buyer
T4      :math:`k_{cb}+\kappa_{bs}`              buyers                  couriers who know their customers
T5      :math:`k_{cs}+k_{cb}`                   couriers                values :math:`\alpha_b+\beta_s`
======  ======================================  ======================  ==================================

Only the surplus counts: T5 is read as :math:`V_{bs}-K_{cbs}=f_{cb}+g_{cs}`, of which the line above is the case that
has a name. T1 is part of T2, and T2 is the intersection of T3 and T4: if the cost difference of two couriers depends
on the store alone and on the buyer alone, it is constant.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

from papers.delivery_tips.generators import Family
from papers.delivery_tips.market import ThreeSidedMarket, Transactions, as_transactions

Side = Literal["buyers", "stores", "couriers"]
_AXES: dict[Side, int] = {"couriers": 0, "buyers": 1, "stores": 2}  # of the surplus
_PATHS: tuple[tuple[tuple[Side, Side, Side], tuple[Family, ...]], ...] = (
    (("couriers", "buyers", "stores"), ("T1", "T2", "T4")),  # the narrowest family first
    (("couriers", "stores", "buyers"), ("T3",)),
    (("buyers", "couriers", "stores"), ("T5",)),
)


@dataclass(frozen=True, eq=False)
class Chain:
    r"""The surplus of a market as a path: :math:`V_{bs}-K_{cbs}=\ell_{xm}+r_{mz}`.

    Attributes
    ----------
    family : {"T1", "T2", "T3", "T4", "T5"}
        The narrowest family found, or the one asked for.
    sides : tuple of str
        The sides ``(x, m, z)`` in the order of the path: one end, the middle, the other end.
    left : ndarray of float, shape (X, M)
        :math:`\ell`, in money; with mean 0 over ``x`` for every ``m``.
    right : ndarray of float, shape (M, Z)
        :math:`r`, in money.
    """

    family: Family
    sides: tuple[Side, Side, Side]
    left: NDArray[np.float64]
    right: NDArray[np.float64]

    def transactions(self, triples: Iterable[Sequence[int]]) -> Transactions:
        """Turn triples along the path into buyer, store and courier.

        Parameters
        ----------
        triples : iterable of (int, int, int)
            Agents ``(x, m, z)``.

        Returns
        -------
        tuple of (int, int, int)
        """
        columns = [self.sides.index(side) for side in get_args(Side)]
        return as_transactions([triple[k] for k in columns] for triple in triples)


def decompose(market: ThreeSidedMarket, tol: float = 1e-9, *, family: Family | None = None) -> Chain | None:
    """Find the path of the three sides along which the surplus splits.

    Parameters
    ----------
    market : ThreeSidedMarket
        The market, as dense arrays.
    tol : float
        How far the surplus may be from its split, relative to the largest value or cost, finite and ``>= 0``.
    family : {"T1", "T2", "T3", "T4", "T5"}, optional
        The only family that is tried; by default all, the narrowest first.

    Returns
    -------
    Chain or None
        None if the market is of no family, or not of the one asked for.

    Raises
    ------
    ValueError
        If the tolerance is out of range or the family unknown.
    """
    if not 0 <= tol < np.inf:
        raise ValueError(f"tol must be finite and >= 0, given {tol}")
    if family is not None and family not in get_args(Family):
        raise ValueError(f"family must be one of {', '.join(get_args(Family))} or None, given {family!r}")
    slack = tol * max(market.V.max(initial=0.0), market.K.max(initial=0.0))
    for sides, families in _PATHS:
        if family is not None and family not in families:
            continue
        tables = _split(market.surplus.transpose([_AXES[side] for side in sides]), slack)
        if tables is None:
            continue
        narrowest = _narrowest(tables[0], slack) if len(families) > 1 else families[0]
        if family is None or families.index(narrowest) <= families.index(family):
            return Chain(family or narrowest, sides, *tables)
    return None


def _split(surplus: NDArray[np.float64], slack: float) -> tuple[NDArray[np.float64], NDArray[np.float64]] | None:
    """Split a table ``(x, m, z)``; agent by agent of the middle, so that the first that does not split ends it."""
    n_left, n_middle, n_right = surplus.shape
    left, right = np.zeros((n_left, n_middle)), np.zeros((n_middle, n_right))
    if not surplus.size:
        return left, right
    for m in range(n_middle):
        table = surplus[:, m, :]
        right[m] = table.mean(axis=0)
        left[:, m] = table.mean(axis=1) - right[m].mean()
        if np.abs(table - left[:, m, None] - right[m]).max() > slack:
            return None
    return left, right


def _narrowest(left: NDArray[np.float64], slack: float) -> Family:
    """Tell T1, T2 and T4 apart by what the couriers' table ``(C, B)`` depends on."""
    if np.abs(left).max(initial=0.0) <= slack:
        return "T1"
    return "T2" if np.ptp(left, axis=1).max() <= slack else "T4"
