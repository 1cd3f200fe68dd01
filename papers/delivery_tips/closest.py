r"""How far transactions are from being an equilibrium: the payments at which nobody gains much by leaving them.

For transactions :math:`\tau` that no payments support, the least :math:`\varepsilon` is sought such that some payments
keep everything of an equilibrium (nobody loses by her own transaction, nothing that is not traded is paid) but that an
agent may gain up to :math:`\varepsilon` by turning to another order. It is 0 exactly for equilibrium outcomes.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from scipy import sparse

from papers.delivery_tips.conditions import equilibrium_conditions
from papers.delivery_tips.market import DeliveryEquilibrium, ThreeSidedMarket


@dataclass(frozen=True, eq=False)
class ClosestPayments:
    """Payments that come as close as possible to supporting some transactions.

    Attributes
    ----------
    envy : float
        Largest gain of anybody from another order, in money; 0 for an equilibrium outcome.
    payments : DeliveryEquilibrium
        The payments, with the transactions.
    """

    envy: float
    payments: DeliveryEquilibrium


def closest_payments(
    market: ThreeSidedMarket, transactions: Iterable[Sequence[int]], *, tips: bool = True
) -> ClosestPayments:
    r"""Minimise the largest envy over all payments, by a linear programme.

    Parameters
    ----------
    market : ThreeSidedMarket
        The market.
    transactions : iterable of (int, int, int)
        Buyer, store and courier of each delivery, disjoint.
    tips : bool
        Whether tips are allowed.

    Returns
    -------
    ClosestPayments
        Some payments always do: a price of 0 and a tip of :math:`V_{bs}` on what is traded, with
        :math:`w_{bs}=\max_cK_{cbs}`, make nobody lose by her transaction.

    Raises
    ------
    ValueError
        If a triple is malformed or two of them overlap.

    Examples
    --------
    In E1 the delivery costs more than it is worth. Without tips nobody can be kept from ordering it.

    >>> market = ThreeSidedMarket([[1]], [[[2]]])
    >>> closest_payments(market, []).envy, closest_payments(market, [], tips=False).envy
    (0.0, 1.0)
    """
    conditions = equilibrium_conditions(market, transactions, tips=tips)
    may_be_envied = (conditions.row_lower < conditions.row_upper) & np.isfinite(conditions.row_lower)
    column = sparse.csr_array(may_be_envied.astype(float)[:, None])
    relaxed = replace(
        conditions,
        A=sparse.hstack([conditions.A, column], format="csr"),
        upper=np.append(conditions.upper, np.inf),
    )
    least = relaxed.solve(np.append(np.zeros(conditions.upper.size), 1.0))
    return ClosestPayments(max(least.objective, 0.0), conditions.equilibrium(least.x[:-1]))
