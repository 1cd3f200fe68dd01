r"""The best equilibrium without tips, and how many couriers one needs.

Under the formalisation of this companion (dossier P2, P3) transactions are an equilibrium outcome without tips exactly
if their orders are a maximum-weight matching of buyers and stores for the values :math:`V` alone, and are carried at
the least cost. So an equilibrium without tips exists exactly if :math:`|C|\ge\kappa(V)`, the fewest orders of such a
matching (orders of value 0 dropped).
"""

import time
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import sparse
from scipy.sparse.csgraph import connected_components

from common.markets.assignment import competitive_prices, owners, smallest_efficient_matching
from common.optim import Solution, magnitude, solve_milp
from papers.delivery_tips.market import DeliveryOutcome, ThreeSidedMarket, Transactions
from papers.delivery_tips.support import Orders, least_cost_transactions, supporting_equilibrium_without_tips


def fewest_orders(V: ArrayLike) -> int:
    r"""Count the orders :math:`\kappa(V)` of the smallest maximum-weight matching: couriers that no tips need (P3).

    Parameters
    ----------
    V : array_like, shape (B, S)
        Values in money, ``>= 0``.

    Returns
    -------
    int
        At most :math:`\min\{|B|,|S|\}`, and equal to it if every value is positive.

    Raises
    ------
    ValueError
        If the array is malformed; the message names it.

    Examples
    --------
    Two buyers want the same good: one courier is enough.

    >>> fewest_orders([[2, 0], [2, 0]])
    1
    """
    return int(np.count_nonzero(smallest_efficient_matching(V) >= 0))


def without_tip_optimum(
    market: ThreeSidedMarket, *, time_limit: float = 60.0, gap: float = 1e-7, threads: int = 1
) -> DeliveryOutcome:
    r"""Find the equilibrium without tips of the largest welfare.

    All of them have the same total value, so it is the maximum-weight matching that costs least to carry. Equilibrium
    prices tell which orders such matchings hold and who must trade (complementary slackness). If these orders are a
    matching, it is the only one, and one assignment of couriers settles it; else a three-dimensional assignment problem
    on these orders alone does, as an integer programme.

    Parameters
    ----------
    market : ThreeSidedMarket
        The market.
    time_limit : float
        Seconds for the integer programme, ``> 0``. At the limit the answer is an equilibrium, and perhaps not the best.
    gap : float
        Relative gap at which the search stops, ``>= 0``.
    threads : int
        Threads of the solver, ``>= 1``.

    Returns
    -------
    DeliveryOutcome
        With payments that support it, bound and gap; it does not exist if there are too few couriers.

    Raises
    ------
    ValueError
        If an option is out of range.

    Examples
    --------
    >>> market = ThreeSidedMarket([[1]], [[[2]]])
    >>> without_tip_optimum(market).welfare  # the order is carried although it costs more than it is worth
    -1.0
    >>> without_tip_optimum(ThreeSidedMarket([[5, 1], [1, 4]], [[[1, 1], [1, 1]]])).exists
    False
    """
    begin = time.perf_counter()
    if not time_limit > 0 or not gap >= 0 or threads < 1:
        raise ValueError(
            "time_limit must be > 0, gap >= 0 and threads >= 1,"
            f" given time_limit={time_limit}, gap={gap}, threads={threads}"
        )
    matching = smallest_efficient_matching(market.V)
    buyers = np.flatnonzero(matching >= 0)
    fewest = np.stack([buyers, matching[buyers]])
    if buyers.size > market.n_couriers:
        reason = f"no equilibrium without tips: {market.n_couriers} couriers, at least {buyers.size} needed"
        return DeliveryOutcome.missing(reason, time.perf_counter() - begin)
    tau = least_cost_transactions(market, fewest)
    orders, *due = _efficient_orders(market.V, matching)
    if orders.shape == fewest.shape:
        bound, status = market.welfare(tau), "optimal"
    else:
        solution = _solve(market, orders, due, tau, {"time_limit": time_limit, "gap": gap, "threads": threads})
        # Couriers cost nothing at best, which bounds the welfare where the solver had no time to.
        most = float(market.V[tuple(fewest)].sum())
        bound, status = min(solution.bound * magnitude(market.V), most), solution.status
        if solution.x is not None:
            chosen = orders[:, solution.x.reshape(-1, market.n_couriers).any(axis=1)]
            tau = least_cost_transactions(market, chosen)  # up to rounding, or better at a time limit
    equilibrium = supporting_equilibrium_without_tips(market, tau)
    welfare = market.welfare(tau)
    bound = max(bound, welfare)
    relative = (bound - welfare) / (abs(welfare) or 1.0)
    return DeliveryOutcome(True, welfare, tau, equilibrium, bound, relative, status, time.perf_counter() - begin)


def _efficient_orders(
    V: NDArray[np.float64], matching: NDArray[np.intp]
) -> tuple[Orders, NDArray[np.bool_], NDArray[np.bool_]]:
    """Orders of all maximum-weight matchings, shape (2, orders), and which buyers and stores they must hold.

    By complementary slackness the matchings hold tight orders only, and whoever has a utility or a price. From one
    matching another is reached by buyers who move to stores that are as good for them: around a cycle, or from one
    end to another where a buyer or store without utility or price stays out (node 0). So an order is in one of them
    exactly if its buyer's place and its store's are strongly connected.
    """
    prices = competitive_prices(V)
    tol = 1e-9 * V.max(initial=0.0)  # as in the smallest matching, which is then feasible
    utilities = (V - prices).max(axis=1, initial=0.0)
    tight = (tol < V) & (V - prices >= utilities[:, None] - tol)
    buyer_place = np.where(matching >= 0, np.arange(1, len(V) + 1), 0)
    store_place = owners(matching, V.shape[1]) + 1
    moves = np.zeros((len(V) + 1, len(V) + 1), dtype=bool)
    b, s = np.nonzero(tight)
    moves[buyer_place[b], store_place[s]] = True
    moves[buyer_place[utilities <= tol], 0] = True
    moves[0, store_place[prices <= tol]] = True
    component = connected_components(sparse.csr_array(moves), connection="strong")[1]
    kept = component[buyer_place[b]] == component[store_place[s]]
    return np.stack([b[kept], s[kept]]), utilities > tol, prices > tol


def _solve(
    market: ThreeSidedMarket, orders: Orders, due: list[NDArray[np.bool_]], tau: Transactions, options: dict[str, Any]
) -> Solution:
    """Choose among efficient orders and their couriers (columns by order, then courier), starting from ``tau``.

    The welfare is in units of the :func:`~common.optim.magnitude` of the values: the solver's tolerances are absolute.
    """
    b, s = orders
    C, each = market.n_couriers, np.ones((1, market.n_couriers))
    A = sparse.vstack(
        [
            sparse.kron(np.arange(market.n_buyers)[:, None] == b, each),
            sparse.kron(np.arange(market.n_stores)[:, None] == s, each),
            sparse.kron(np.ones((1, b.size)), sparse.eye_array(C)),
        ]
    )
    start = np.zeros((b.size, C))
    for buyer, store, courier in tau:
        start[(b == buyer) & (s == store), courier] = 1.0
    lower = np.concatenate([*due, np.zeros(C)])
    surplus = market.surplus[:, b, s].T.ravel() / magnitude(market.V)
    integer = np.ones(surplus.size)
    return solve_milp(surplus, A, lower, 1.0, 0.0, 1.0, integer, maximise=True, start=start.ravel(), **options)
