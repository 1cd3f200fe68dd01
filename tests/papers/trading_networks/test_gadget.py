from itertools import combinations

import networkx as nx
import numpy as np
import pytest

from common.markets.assignment import competitive_prices
from common.plots import panels
from papers.trading_networks import TradingNetwork, densest_subgraph_gadget, platform_revenue
from papers.trading_networks.gadget import (
    densest_subset,
    draw_graph,
    filler_introductions,
    formula_and_solver,
    gadget_revenue,
    knows_two_alike,
)

PAW = nx.Graph([(0, 1), (0, 2), (1, 2), (2, 3)])


@pytest.mark.parametrize("graph", [PAW, nx.path_graph(4), nx.complete_graph(4)])
@pytest.mark.parametrize("k", [1, 2, 3])
def test_fillers_earn_by_the_edges_between_their_vertices(graph, k):
    net = densest_subgraph_gadget(graph, k, a=2.0)
    for chosen in combinations(graph.nodes, k):
        outcome = platform_revenue(net, filler_introductions(graph, chosen))
        inside = sum(set(edge) <= set(chosen) for edge in graph.edges)
        assert outcome.revenue == pytest.approx(gadget_revenue(graph, k, inside, a=2.0))
        raised = {node for node, price in zip(graph.nodes, outcome.prices, strict=False) if price > 0}
        assert raised == set(chosen)
        network = net.world | outcome.introduced
        np.testing.assert_allclose(outcome.prices, competitive_prices(net.values, network))


def test_the_densest_three_vertices_of_a_paw_are_its_triangle():
    assert set(densest_subset(PAW, 3)) == {0, 1, 2}
    assert densest_subset(PAW, 0) == ()
    with pytest.raises(ValueError, match=r"k must be in 0\.\.4, given 5"):
        densest_subset(PAW, 5)


def test_the_picture_names_all_and_fills_what_is_priced():
    ax = draw_graph(PAW, [1.0, 1.0, 0.0, 0.0, 9.0], panels()[1][0])
    assert {text.get_text() for text in ax.texts} == {f"{side}{i}" for side in "bs" for i in range(1, 5)}
    nodes = ax.collections[-1]
    filled = [tuple(colour) != (1.0, 1.0, 1.0, 1.0) for colour in nodes.get_facecolors()]
    assert filled == [True, True, False, False]


def test_fillers_go_to_different_vertices():
    for wrong in ([0, 0], [7]):
        with pytest.raises(ValueError, match="vertices must be different vertices"):
            filler_introductions(PAW, wrong)


@pytest.mark.parametrize(("k", "revenue"), [(2, 27), (3, 30), (4, 32)])
def test_formula_and_solver_agree_on_the_worked_instance(k, revenue):
    """TN7 of the dossier, with its printed optima."""
    row = formula_and_solver(nx.gnp_random_graph(6, 0.5, seed=0), k)
    assert row["formula"] == revenue
    assert row["solver"] == pytest.approx(revenue)
    assert row["counted"] == pytest.approx(row["densest"])
    assert row["knows_two_alike"]


def test_who_knows_three_sellers_or_prefers_one_is_outside_the_restriction():
    assert knows_two_alike(TradingNetwork([[1.0, 1.0, 5.0]], [[1, 1, 0]]))
    assert not knows_two_alike(TradingNetwork([[1.0, 2.0, 5.0]], [[1, 1, 0]]))
    assert not knows_two_alike(TradingNetwork([[1.0, 1.0, 1.0]], [[1, 1, 1]]))
