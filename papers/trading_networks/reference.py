"""Prices by their definitions: slow, and used to check the fast routines.

The prices by removal and by duplication share the matching routine with the fast ones; the linear programme
shares only the world welfare.
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from common.markets.assignment import competitive_prices, is_competitive_equilibrium, max_weight_matching
from common.optim import solve_milp
from papers.trading_networks.network import TradingNetwork


def prices_by_removal(net: TradingNetwork) -> NDArray[np.float64]:
    r"""Compute the largest prices of the world as :math:`p^{\max}_j=W(E)-W(E\setminus j)`, with one matching a good.

    Parameters
    ----------
    net : TradingNetwork
        The market.

    Returns
    -------
    ndarray of float, shape (m,)
        In money.
    """
    without = [net.welfare(net.world & (np.arange(net.n_sellers) != j)) for j in range(net.n_sellers)]
    return net.world_welfare - np.array(without)


def prices_by_duplication(net: TradingNetwork) -> NDArray[np.float64]:
    r"""Compute the smallest prices of the world: what a second copy of good ``j`` adds, :math:`W(E+j)-W(E)`.

    Parameters
    ----------
    net : TradingNetwork
        The market.

    Returns
    -------
    ndarray of float, shape (m,)
        In money.
    """
    copies = [np.append(np.arange(net.n_sellers), j) for j in range(net.n_sellers)]
    doubled = [TradingNetwork(net.values[:, goods], net.world[:, goods]).world_welfare for goods in copies]
    return np.array(doubled) - net.world_welfare


def prices_by_programme(net: TradingNetwork, weights: ArrayLike) -> NDArray[np.float64]:
    r"""Compute the equilibrium prices of the world that maximise :math:`\sum_jw_jp_j`, by linear programming.

    They are the prices of the dual solutions: :math:`u,p\ge0`, :math:`u_i+p_j\ge v_{ij}` on the world pairs and
    :math:`\sum_iu_i+\sum_jp_j=W(E)`. Weights of one give the largest prices, weights of minus one the smallest.

    Parameters
    ----------
    net : TradingNetwork
        The market.
    weights : array_like, shape (m,)
        The direction in which to look, finite.

    Returns
    -------
    ndarray of float, shape (m,)
        In money.

    Raises
    ------
    ValueError
        If ``weights`` has another shape or is not finite.
    """
    n, m = net.values.shape
    weights = np.asarray(weights, dtype=float)
    if weights.shape != (m,) or not np.isfinite(weights).all():
        raise ValueError(f"weights must be {m} finite numbers, given {weights}")
    buyers, sellers = np.nonzero(net.world)
    rows = np.zeros((buyers.size + 1, n + m))
    rows[np.arange(buyers.size), buyers] = rows[np.arange(buyers.size), n + sellers] = 1.0
    rows[-1] = 1.0  # what buyers and sellers get together is the welfare
    lower = np.r_[net.values[buyers, sellers], net.world_welfare]
    upper = np.r_[np.full(buyers.size, np.inf), net.world_welfare]
    return solve_milp(np.r_[np.zeros(n), weights], rows, lower, upper, maximise=True).x[n:]


def homogeneous_prices_by_reach(net: TradingNetwork, allocation: NDArray[np.intp]) -> NDArray[np.float64]:
    """Read the largest prices of a world with homogeneous goods off who reaches whom.

    From a good one goes to its buyer, from a buyer to every good she knows, from a sold good to its buyer. The
    price is the smallest value among the buyers that are reached, or 0 if an unsold good is (Kranton and Minehart
    2001).

    Parameters
    ----------
    net : TradingNetwork
        A market with homogeneous goods.
    allocation : ndarray of int, shape (n,)
        An efficient allocation of its world: the good of each buyer, -1 if none.

    Returns
    -------
    ndarray of float, shape (m,)
        In money.
    """
    import networkx as nx

    graph = nx.DiGraph()
    graph.add_nodes_from(("good", j) for j in range(net.n_sellers))
    graph.add_edges_from((("buyer", int(i)), ("good", int(j))) for i, j in np.argwhere(net.world))
    graph.add_edges_from((("good", int(j)), ("buyer", i)) for i, j in enumerate(allocation) if j >= 0)
    sold = {int(j) for j in allocation if j >= 0}
    prices = np.zeros(net.n_sellers)
    for good in sold:
        reached = nx.descendants(graph, ("good", good))
        if not any(kind == "good" and j not in sold for kind, j in reached):
            prices[good] = min(net.values[i, 0] for kind, i in reached if kind == "buyer")
    return prices


def lattice_violations(net: TradingNetwork, directions: NDArray[np.float64], tol: float = 1e-7) -> int:
    """Count failures of the lattice: meets and joins of equilibrium prices that are no equilibrium prices.

    Parameters
    ----------
    net : TradingNetwork
        The market.
    directions : ndarray of float, shape (k, m)
        One equilibrium price vector is taken in each of these directions; all pairs of them are tried.
    tol : float
        Tolerance of the verifier, in money, ``>= 0``.

    Returns
    -------
    int
        Between 0 and ``k (k - 1)``.
    """
    vectors = [prices_by_programme(net, direction) for direction in directions]
    x = max_weight_matching(net.values, net.world)
    return sum(
        not is_competitive_equilibrium(net.values, net.world, x, join(p, q), tol)
        for i, p in enumerate(vectors)
        for q in vectors[:i]
        for join in (np.minimum, np.maximum)
    )


def price_disagreement(net: TradingNetwork) -> float:
    """Compute the largest difference between three ways to the largest prices of the world.

    The removals share the matching routine with the fast prices; the linear programme shares only the world
    welfare, which is one of its rows.

    Parameters
    ----------
    net : TradingNetwork
        The market.

    Returns
    -------
    float
        In money, ``>= 0``.
    """
    fast = competitive_prices(net.values, net.world, "max")
    others = np.stack([prices_by_removal(net), prices_by_programme(net, np.ones(net.n_sellers))])
    return float(np.abs(others - fast).max(initial=0.0))


def smallest_price_disagreement(net: TradingNetwork) -> float:
    """Compute the largest difference between three ways to the smallest prices of the world.

    The duplications share the matching routine with the fast prices; the linear programme shares only the world
    welfare, which is one of its rows.

    Parameters
    ----------
    net : TradingNetwork
        The market.

    Returns
    -------
    float
        In money, ``>= 0``.
    """
    fast = competitive_prices(net.values, net.world, "min")
    others = np.stack([prices_by_duplication(net), prices_by_programme(net, -np.ones(net.n_sellers))])
    return float(np.abs(others - fast).max(initial=0.0))
