r"""The hardness gadget seen from its graph: what fillers on given vertices earn, and the densest subgraph by force.

The market is :func:`papers.trading_networks.instances.densest_subgraph_gadget` (dossier S9): sellers are the vertices
and a private good for each edge, buyers are the edges and ``k`` fillers.
"""

from collections.abc import Hashable, Sequence
from itertools import combinations
from typing import TYPE_CHECKING

from matplotlib.axes import Axes
from numpy.typing import ArrayLike

from common.plots import COLOURS
from papers.trading_networks.exact import optimal_revenue
from papers.trading_networks.instances import densest_subgraph_gadget
from papers.trading_networks.network import TradingNetwork

if TYPE_CHECKING:
    import networkx as nx


def filler_introductions(graph: "nx.Graph", vertices: Sequence[Hashable]) -> list[tuple[int, int]]:
    """List the introductions of the gadget that send one filler to each of the given vertices.

    Every buyer of an edge is introduced to her private good as well.

    Parameters
    ----------
    graph : networkx.Graph
        The graph behind the gadget.
    vertices : sequence
        Different vertices of the graph, at most as many as the gadget has fillers.

    Returns
    -------
    list of (int, int)
        Pairs ``(buyer, seller)`` of the gadget.

    Raises
    ------
    ValueError
        If a vertex is repeated or not in the graph.
    """
    nodes = list(graph.nodes)
    if len(set(vertices)) < len(vertices) or not set(vertices) <= set(nodes):
        raise ValueError(f"vertices must be different vertices of the graph, {nodes}, given {list(vertices)}")
    edges = graph.number_of_edges()
    private = [(edge, len(nodes) + edge) for edge in range(edges)]
    return private + [(edges + filler, nodes.index(vertex)) for filler, vertex in enumerate(vertices)]


def densest_subset(graph: "nx.Graph", k: int) -> tuple[Hashable, ...]:
    r"""Find ``k`` vertices with the most edges between them, :math:`D_k`, by trying all.

    Parameters
    ----------
    graph : networkx.Graph
        A small graph.
    k : int
        Number of vertices, ``0..|N|``.

    Returns
    -------
    tuple
        The first best set.

    Raises
    ------
    ValueError
        If ``k`` is out of range.
    """
    if not 0 <= k <= len(graph):
        raise ValueError(f"k must be in 0..{len(graph)}, given {k}")
    return max(combinations(graph.nodes, k), key=lambda chosen: graph.subgraph(chosen).number_of_edges())


def gadget_revenue(graph: "nx.Graph", k: int, edges_inside: int, a: float = 1.0) -> float:
    r"""Compute :math:`|F|(B-a)+ka+a\,e` for ``e`` edges inside the vertices of the fillers, :math:`B=a(d_{\max}+2)`.

    Parameters
    ----------
    graph : networkx.Graph
        The graph behind the gadget, with ``|F|`` edges.
    k : int
        Number of fillers, ``>= 0``.
    edges_inside : int
        :math:`e`; with :math:`D_k`, the result is the optimal revenue (dossier S9).
    a : float
        Value of a vertex good, in money.

    Returns
    -------
    float
        In money.
    """
    largest = max((degree for _, degree in graph.degree), default=0)
    return graph.number_of_edges() * a * (largest + 1) + k * a + a * edges_inside


def knows_two_alike(net: TradingNetwork) -> bool:
    """Tell whether every buyer knows at most two sellers and values those equally: the hard case of the summary.

    Parameters
    ----------
    net : TradingNetwork
        The market.

    Returns
    -------
    bool
    """
    known = [values[mask] for values, mask in zip(net.values, net.world, strict=True)]
    return all(values.size <= 2 and (values == values[:1]).all() for values in known)


def formula_and_solver(graph: "nx.Graph", k: int) -> dict[str, float]:
    r"""Compare the formula of S9 with the exact solver, on a gadget with ``a = 1``.

    Parameters
    ----------
    graph : networkx.Graph
        A small graph; its densest subset is found by trying all.
    k : int
        Number of fillers, ``0..|N|``.

    Returns
    -------
    dict of str to float
        ``k``, ``densest`` (:math:`D_k`), ``formula``, ``solver`` (both in units of ``a``), ``counted``, the
        edges that the optimal revenue counts: what it exceeds its constant part by, ``seconds`` of the solver (wall
        clock), and ``knows_two_alike``.
    """
    net = densest_subgraph_gadget(graph, k)
    densest = graph.subgraph(densest_subset(graph, k)).number_of_edges()
    best = optimal_revenue(net, welfare_stage=False)
    return {
        "k": k,
        "densest": densest,
        "formula": gadget_revenue(graph, k, densest),
        "solver": best.revenue,
        "counted": best.revenue - gadget_revenue(graph, k, 0),
        "seconds": best.seconds,
        "knows_two_alike": knows_two_alike(net),
    }


def draw_graph(graph: "nx.Graph", prices: ArrayLike, ax: Axes) -> Axes:
    """Draw the graph with the names its vertices and edges have in the gadget; priced vertices are filled.

    An edge between two priced vertices is thick: its buyer has no cheaper way out.

    Parameters
    ----------
    graph : networkx.Graph
        The graph behind the gadget.
    prices : array_like, shape (at least |N|,)
        Prices of the gadget's goods; the vertices come first.
    ax : matplotlib.axes.Axes
        Panel to draw into.

    Returns
    -------
    matplotlib.axes.Axes
        The panel.
    """
    import networkx as nx

    priced = {node for node, price in zip(graph.nodes, prices, strict=False) if price > 1e-9}
    place = nx.kamada_kawai_layout(graph)
    inside = [set(edge) <= priced for edge in graph.edges]
    nx.draw_networkx_edges(
        graph,
        place,
        ax=ax,
        width=[4.0 if thick else 1.3 for thick in inside],
        edge_color=[COLOURS["bound"] if thick else "#9a9a9a" for thick in inside],
    )
    names = {edge: f"b{index}" for index, edge in enumerate(graph.edges, start=1)}
    nx.draw_networkx_edge_labels(graph, place, names, ax=ax, font_size=11, rotate=False)
    fill = ["#fbd9c0" if node in priced else "white" for node in graph.nodes]
    nx.draw_networkx_nodes(
        graph, place, ax=ax, node_size=620, node_color=fill, edgecolors="#1a1a1a", linewidths=1.6, node_shape="s"
    )
    names = {node: f"s{index}" for index, node in enumerate(graph.nodes, start=1)}
    nx.draw_networkx_labels(graph, place, names, ax=ax, font_size=11)
    ax.margins(0.18)
    ax.set_axis_off()
    return ax
