r"""Payments that make given transactions an equilibrium, by two assignment problems; or the answer that there are none.

Under the formalisation of this companion (dossier P1), transactions :math:`\tau` with orders :math:`\mu` are a with-tip
equilibrium outcome exactly if there are :math:`u,p,y,w\ge0`, zero for whoever and whatever is not in :math:`\tau`, with

.. math:: u_b+p_s+y_c\ge V_{bs}-K_{cbs}+w_{bs}\ \ \forall(b,s,c),\ \text{ with equality in }\tau,\qquad
    u_b+p_s\le V_{bs}\ \ \forall(b,s)\in\mu .

**Proposition (Q1 of this companion).** :math:`\tau` is a with-tip equilibrium outcome if and only if

(a) its couriers carry its orders at the least cost among all couriers, the idle ones included, and
(b) :math:`\mu` is a maximum-weight matching for the weights :math:`V_{bs}` on :math:`\mu` and
    :math:`\max\{0,V_{bs}-\min_c(K_{cbs}+y^*_c)\}` elsewhere, where :math:`y^*` is the largest vector of rents that
    supports (a) with idle couriers at 0. If no courier is idle, :math:`y^*=\infty` and (b) always holds.

*Proof.* For :math:`(b,s,c)\in\tau` write :math:`\omega_{bs}=y_c+K_{cbs}` for what the order earns its courier. The
conditions among transacted orders say :math:`y_{c'}\ge\omega_{bs}-K_{c'bs}`: rents support the assignment of couriers,
which is (a). Such rents form a lattice, bounded through the idle couriers if there are any; raising :math:`y` in it
(and :math:`w` with it) only relaxes the conditions of untransacted orders, so :math:`y=y^*` without loss. On a
transacted order :math:`u_b+p_s=V_{bs}-t_{bs}`; raising :math:`u_b` by the tip (and :math:`w_{bs}`) relaxes the rest, so
:math:`t_{bs}=0` there. What remains, :math:`u_b+p_s\ge V_{bs}-\min_c(K_{cbs}+y^*_c)` elsewhere and
:math:`u_b+p_s=V_{bs}` on :math:`\mu`, are competitive prices of buyers and stores for the weights of (b), and they
support :math:`\mu` exactly if it has maximum weight. :math:`\blacksquare`

So no tip need be paid in some equilibrium of the same outcome; the tips quoted for untransacted orders do the work.
"""

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

from common.markets.assignment import competitive_prices
from papers.delivery_tips.market import DeliveryEquilibrium, ThreeSidedMarket, Transactions
from papers.delivery_tips.transactions import disjoint_transactions

Orders = NDArray[np.intp]  #: buyers in the first row, stores in the second


def supporting_equilibrium(
    market: ThreeSidedMarket, transactions: Iterable[Sequence[int]]
) -> DeliveryEquilibrium | None:
    """Find payments that make transactions a with-tip equilibrium (Q1, see the module), without tips on transactions.

    Rents of couriers are the largest possible where somebody is idle, and prices the smallest for these rents. Sums are
    compared up to :func:`sum_tolerance`.

    Parameters
    ----------
    market : ThreeSidedMarket
        The market.
    transactions : iterable of (int, int, int)
        Buyer, store and courier of each delivery, disjoint.

    Returns
    -------
    DeliveryEquilibrium or None
        None if and only if no payments make the transactions an equilibrium.

    Raises
    ------
    ValueError
        If a triple is malformed or two of them overlap.

    Examples
    --------
    A courier who costs more than the delivery is worth stays idle: the buyer would have to tip too much.

    >>> supporting_equilibrium(ThreeSidedMarket([[1]], [[[2]]]), [])
    DeliveryEquilibrium(prices=[0.0], compensations=[[0.0]], tips=[[1.0]], transactions=())
    """
    tau = disjoint_transactions(market, transactions)
    if not _least_cost(market, tau):
        return None
    if len(tau) < market.n_couriers:
        rents = courier_rents(market, tau, largest=True)
    else:  # rents have no upper limit, and with these no tip attracts a courier to another order
        rents = courier_rents(market, tau, largest=False) + market.V.max(initial=0.0)
    reservation = (market.K + rents[:, None, None]).min(axis=0, initial=np.inf)
    weights = np.maximum(market.V - reservation, 0.0)
    for b, s, _ in tau:
        weights[b, s] = market.V[b, s]
    if not _is_heaviest(market, weights, tau):
        return None
    prices = competitive_prices(weights, which="min")
    utilities = np.zeros(market.n_buyers)
    for b, s, _ in tau:
        utilities[b] = market.V[b, s] - prices[s]
    tips = np.maximum(market.V - prices - utilities[:, None], 0.0)
    for b, s, _ in tau:
        tips[b, s] = 0.0
    return DeliveryEquilibrium(prices, _compensations(market, tau, rents), tips, tau)


def supporting_equilibrium_without_tips(
    market: ThreeSidedMarket, transactions: Iterable[Sequence[int]]
) -> DeliveryEquilibrium | None:
    r"""Find prices and compensations that make transactions a without-tip equilibrium (dossier P2).

    They exist exactly if the orders are a maximum-weight matching of buyers and stores for the values :math:`V` alone
    and the couriers carry them at the least cost: with :math:`t=0` buyers and stores are an assignment market that
    knows nothing of couriers, couriers are assigned a fixed set of orders, and an untransacted order, which pays
    nothing, earns a courier :math:`-K_{cbs}\le0`. Prices and compensations are the smallest possible.

    Parameters
    ----------
    market : ThreeSidedMarket
        The market.
    transactions : iterable of (int, int, int)
        Buyer, store and courier of each delivery, disjoint.

    Returns
    -------
    DeliveryEquilibrium or None
        None if and only if no payments make the transactions an equilibrium without tips.

    Raises
    ------
    ValueError
        If a triple is malformed or two of them overlap.
    """
    tau = disjoint_transactions(market, transactions)
    if not (_is_heaviest(market, market.V, tau) and _least_cost(market, tau)):
        return None
    prices = competitive_prices(market.V, which="min")
    compensations = _compensations(market, tau, courier_rents(market, tau, largest=False))
    return DeliveryEquilibrium(prices, compensations, np.zeros_like(market.V), tau)


def least_cost_transactions(market: ThreeSidedMarket, orders: Orders) -> Transactions:
    """Assign couriers to orders at the least cost.

    Parameters
    ----------
    market : ThreeSidedMarket
        The market.
    orders : ndarray of int, shape (2, orders)
        Buyers and stores of disjoint orders, at most as many as couriers.

    Returns
    -------
    tuple of (int, int, int)
        Buyer, store and courier of each delivery, sorted.
    """
    b, s = orders
    rows, couriers = linear_sum_assignment(market.K[:, b, s].T)
    return market.check_transactions(zip(b[rows], s[rows], couriers, strict=True))


def courier_rents(market: ThreeSidedMarket, tau: Transactions, *, largest: bool) -> NDArray[np.float64]:
    r"""Compute extreme rents that support the couriers of transactions served at the least cost.

    They are :math:`y\ge0` with :math:`y_{c'}-y_c\ge K_{cbs}-K_{c'bs}` for :math:`(b,s,c)\in\tau` and all :math:`c'`,
    idle couriers at 0: the competitive prices of couriers bought by orders with values
    :math:`\max\{0,M_{bs}-K_{cbs}\}`, for any :math:`M_{bs}\ge K_{cbs}+y_c` on :math:`\tau`. The largest rents leave an
    order no dearer than the cheapest idle courier, whose cost is :math:`M_{bs}`; the smallest are at most the total
    cost of :math:`\tau`, and twice that will do. So a courier whose huge cost forbids an order spoils no digits.

    Parameters
    ----------
    market : ThreeSidedMarket
        The market.
    tau : tuple of (int, int, int)
        Disjoint triples whose couriers carry the orders at the least cost.
    largest : bool
        The largest rents, for which somebody must be idle; else the smallest.

    Returns
    -------
    ndarray of float, shape (C,)
        Rent of each courier in money, 0 if idle.
    """
    costs = _order_costs(market, tau)
    if largest:
        most = np.delete(costs, [c for _, _, c in tau], axis=1).min(axis=1, keepdims=True)
    else:
        most = 2 * _cost(costs, tau) or 1.0
    return competitive_prices(np.maximum(most - costs, 0.0), which="max" if largest else "min")


def sum_tolerance(market: ThreeSidedMarket, cost: float = 0.0) -> float:
    """Return by how much two sums of values or costs may differ and still count as equal.

    Parameters
    ----------
    market : ThreeSidedMarket
        The market.
    cost : float
        The smaller of the sums, where they are of costs, in money.

    Returns
    -------
    float
        In money: ``1e-9`` of the sum of costs, and of the largest value for every buyer and store as in
        :func:`common.markets.assignment.smallest_efficient_matching`; of the largest cost if all values are 0. So a
        huge cost that forbids an order makes nothing else equal.
    """
    largest = market.V.max(initial=0.0) or market.K.max(initial=0.0)
    return 1e-9 * (largest * (market.n_buyers + market.n_stores) + cost)


def _order_costs(market: ThreeSidedMarket, tau: Transactions) -> NDArray[np.float64]:
    """Cost of each courier for each transacted order, shape (orders, C)."""
    orders = np.array([triple[:2] for triple in tau], dtype=np.intp).reshape(-1, 2)
    return market.K[:, orders[:, 0], orders[:, 1]].T


def _cost(costs: NDArray[np.float64], tau: Transactions) -> float:
    return float(sum(costs[row, c] for row, (_, _, c) in enumerate(tau)))


def _least_cost(market: ThreeSidedMarket, tau: Transactions) -> bool:
    costs = _order_costs(market, tau)
    least = float(costs[linear_sum_assignment(costs)].sum())
    return _cost(costs, tau) <= least + sum_tolerance(market, least)


def _is_heaviest(market: ThreeSidedMarket, weights: NDArray[np.float64], tau: Transactions) -> bool:
    own = sum(weights[b, s] for b, s, _ in tau)
    return bool(own >= weights[linear_sum_assignment(weights, maximize=True)].sum() - sum_tolerance(market))


def _compensations(market: ThreeSidedMarket, tau: Transactions, rents: NDArray[np.float64]) -> NDArray[np.float64]:
    """Pay every courier cost and rent."""
    compensations = np.zeros_like(market.V)
    for b, s, c in tau:
        compensations[b, s] = market.K[c, b, s] + rents[c]
    return compensations
