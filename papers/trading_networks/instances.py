"""Markets with a known answer: the tight ladder, the hardness gadget, the costly platform, the worked instances."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from papers.trading_networks.network import TradingNetwork, check_count

if TYPE_CHECKING:
    import networkx as nx


def ladder(K: int) -> TradingNetwork:
    r"""Build the ladder of size ``K``, on which the bound :math:`\Delta W/H_K` is tight (dossier S4).

    Parameters
    ----------
    K : int
        Number of buyers, ``>= 1``.

    Returns
    -------
    TradingNetwork
        With :math:`\Delta W=H_K` and :math:`R^*=1`.

    Raises
    ------
    ValueError
        If ``K`` is no integer ``>= 1``.
    """
    check_count("K", K, 1)
    return general_ladder(1.0 / np.arange(1, K + 1))


def general_ladder(increments: Sequence[float]) -> TradingNetwork:
    r"""Build a ladder with chosen increments of welfare (dossier S4).

    Buyer ``r`` values the unknown good :math:`t_r` at :math:`\delta_1`, and knows the goods :math:`g_j`,
    ``j >= max(r, 2)``, with value :math:`\delta_1-\delta_j`. The goods are ordered :math:`t_1..t_K,g_2..g_K`.

    Parameters
    ----------
    increments : sequence of float, shape (K,)
        :math:`\delta_1\ge\delta_2\ge\dots>0`, in money.

    Returns
    -------
    TradingNetwork
        With :math:`\Delta W=\sum_k\delta_k` and :math:`R^*=\max_kk\delta_k`.

    Raises
    ------
    ValueError
        If the increments are empty, not positive and finite, or increase somewhere.
    """
    delta = np.asarray(increments, dtype=float)
    if delta.ndim != 1 or delta.size == 0 or not np.isfinite(delta).all() or (delta <= 0).any():
        raise ValueError(f"increments must be positive finite numbers, given {increments}")
    if (np.diff(delta) > 0).any():
        raise ValueError(f"increments must not increase, given {increments}")
    K = delta.size
    knows = np.arange(K)[:, None] <= np.arange(1, K)
    values = np.hstack([delta[0] * np.eye(K), knows * (delta[0] - delta[1:])])
    return TradingNetwork(values, np.hstack([np.zeros((K, K), dtype=bool), knows]))


def densest_subgraph_gadget(graph: "nx.Graph", k: int, a: float = 1.0, b: float | None = None) -> TradingNetwork:
    r"""Build the market whose optimal revenue counts the edges of the densest ``k`` vertices (dossier S9).

    The sellers are the vertices and one private good for each edge. The buyer of edge ``{x, y}`` knows the
    sellers ``x`` and ``y``, values both at ``a`` and her private good at ``b``; ``k`` fillers know nobody and value
    every vertex at ``a``. With the edges inside the densest ``k`` vertices :math:`D_k`,

    .. math:: R^*=|F|(b-a)+ka+aD_k .

    Parameters
    ----------
    graph : networkx.Graph
        A simple graph; sellers and buyers follow the order of its nodes and edges.
    k : int
        Number of vertices, ``0..|N|``.
    a : float
        Value of a vertex good, ``> 0``, in money.
    b : float, optional
        Value of a private good, above :math:`a(1+d_{\max})`; :math:`a(d_{\max}+2)` by default.

    Returns
    -------
    TradingNetwork
        With ``|F| + k`` buyers and ``|N| + |F|`` sellers.

    Raises
    ------
    ValueError
        If ``k``, ``a`` or ``b`` is out of range, or the graph has a loop, parallel edges or directions.
    """
    nodes, edges = list(graph.nodes), list(graph.edges)
    if graph.is_directed() or graph.is_multigraph() or any(x == y for x, y in edges):
        raise ValueError(f"graph must be simple and undirected, given {graph}")
    if not 0 <= k <= len(nodes):
        raise ValueError(f"k must be in 0..{len(nodes)}, given {k}")
    if not a > 0:
        raise ValueError(f"a must be > 0, given {a}")
    largest = max((degree for _, degree in graph.degree), default=0)
    b = a * (largest + 2) if b is None else b
    if not b > a * (1 + largest):
        raise ValueError(f"b must be > a (1 + largest degree) = {a * (1 + largest)}, given {b}")
    place = {node: index for index, node in enumerate(nodes)}
    values = np.zeros((len(edges) + k, len(nodes) + len(edges)))
    for row, edge in enumerate(edges):
        values[row, [place[node] for node in edge]] = a
    world = values > 0
    values[np.arange(len(edges)), len(nodes) + np.arange(len(edges))] = b
    values[len(edges) :, : len(nodes)] = a
    return TradingNetwork(values, world)


def costly_platform(epsilon: float) -> TradingNetwork:
    r"""Build the market whose revenue-optimal welfare is :math:`(1+\epsilon)/2` of the optimum (dossier S6).

    Parameters
    ----------
    epsilon : float
        In ``(0, 1)``: how much more the second buyer values the first good.

    Returns
    -------
    TradingNetwork
        Two buyers and two sellers, with a price of revenue maximisation of :math:`2/(1+\epsilon)`.

    Raises
    ------
    ValueError
        If ``epsilon`` is out of range.
    """
    if not 0 < epsilon < 1:
        raise ValueError(f"epsilon must be in (0, 1), given {epsilon}")
    return TradingNetwork([[1.0, 0.0], [1.0 + epsilon, 1.0]], [[1, 0], [0, 0]])


def worked_instances() -> dict[str, TradingNetwork]:
    """Build the worked instances TN1 to TN7 of the dossier (section 5).

    Returns
    -------
    dict of str to TradingNetwork
        ``"TN1"`` one seller, ``"TN2"`` outside option, ``"TN3"`` tight at two introductions, ``"TN4"`` costly platform,
        ``"TN5"`` ladder of size 3, ``"TN6"`` homogeneous goods, ``"TN7"`` gadget with ``k = 3``.
    """
    import networkx as nx

    homogeneous = np.repeat([[1.0], [1 / 2], [1 / 3], [1 / 4]], 4, axis=1)
    return {
        "TN1": TradingNetwork([[1.0], [3.0]], [[1], [0]]),
        "TN2": TradingNetwork([[1.0, 3.0]], [[1, 0]]),
        "TN3": TradingNetwork([[5, 2, 8], [0, 0, 0], [3, 6, 6]], [[1, 0, 0], [1, 1, 1], [1, 0, 0]]),
        "TN4": TradingNetwork([[9, 0], [10, 9]], [[1, 0], [0, 0]]),
        "TN5": ladder(3),
        "TN6": TradingNetwork(homogeneous, [[1, 0, 0, 1], [1, 0, 0, 0], [0, 0, 0, 0], [0, 0, 0, 1]]),
        "TN7": densest_subgraph_gadget(nx.gnp_random_graph(6, 0.5, seed=0), 3),
    }
