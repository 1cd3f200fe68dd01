"""The worked instances TN1-TN7 and the families S4, S6, S9, with the values that the dossier proves."""

from itertools import combinations

import networkx as nx
import numpy as np
import pytest

from papers.trading_networks import (
    costly_platform,
    densest_subgraph_gadget,
    enumerate_revenue,
    general_ladder,
    harmonic,
    ladder,
    optimal_revenue,
    platform_revenue,
    price_of_revenue_maximisation,
    worked_instances,
)


@pytest.mark.parametrize(
    ("name", "world", "optimal", "revenue", "welfare"),
    [
        ("TN1", 1, 3, 3, 3),
        ("TN2", 1, 3, 2, 3),
        ("TN3", 5, 14, 6, 14),
        ("TN4", 9, 18, 10, 10),
        ("TN5", 7 / 6, 3, 1, 3),
        ("TN6", 1.5, 25 / 12, 1.25, 25 / 12),
    ],
)
def test_worked_instances(name, world, optimal, revenue, welfare):
    net = worked_instances()[name]
    assert net.world_welfare == pytest.approx(world, abs=1e-12)
    assert net.optimal_welfare == pytest.approx(optimal, abs=1e-12)
    for outcome in (optimal_revenue(net), enumerate_revenue(net)):
        assert outcome.revenue == pytest.approx(revenue, abs=1e-9)
        assert outcome.welfare == pytest.approx(welfare, abs=1e-9)


def test_tn3_and_tn6_by_their_introductions():
    instances = worked_instances()
    assert platform_revenue(instances["TN3"], [(2, 1)]).revenue == 6
    both = platform_revenue(instances["TN3"], [(2, 1), (0, 2)])
    assert (both.revenue, both.prices[1], both.prices[2]) == (6, 3, 3)
    assert instances["TN3"].revenue_guarantee * harmonic(3) == 9
    assert platform_revenue(instances["TN6"], [(0, 1), (1, 3), (2, 0), (3, 2)]).revenue == pytest.approx(1.25)


def test_tn5_is_the_ladder_as_the_dossier_prints_it():
    net = ladder(3)
    third = 2 / 3
    printed = [[1, 0, 0, 0.5, third], [0, 1, 0, 0.5, third], [0, 0, 1, 0, third]]
    np.testing.assert_allclose(net.values, printed, atol=1e-15)
    assert np.argwhere(net.world).tolist() == [[0, 3], [0, 4], [1, 3], [1, 4], [2, 4]]


@pytest.mark.parametrize(("k", "revenue"), [(2, 27), (3, 30), (4, 32)])
def test_tn7_the_gadget_on_six_vertices(k, revenue):
    graph = nx.gnp_random_graph(6, 0.5, seed=0)
    assert graph.number_of_edges() == 6
    assert optimal_revenue(densest_subgraph_gadget(graph, k)).revenue == pytest.approx(revenue, abs=1e-6)


@pytest.mark.parametrize("K", range(1, 8))
def test_the_ladder_is_tight(K):
    """S4: gain H_K, revenue 1."""
    net = ladder(K)
    assert net.welfare_gain == pytest.approx(harmonic(K), abs=1e-12)
    assert optimal_revenue(net).revenue == pytest.approx(1, abs=1e-9)


def test_every_introduction_on_a_general_ladder_has_a_price_in_closed_form():
    """S4 in general: whoever is introduced to their own good t, ``|I|`` buyers pay the increment ``|I|`` each.

    The others move up to the goods g of the last rungs, the t-th of them to g of rung ``|I| + t``, which she knows;
    g of rung ``|I|`` stays unsold and is what one more buyer would take.
    """
    rng = np.random.default_rng(18)
    for _ in range(6):
        delta = np.sort(rng.integers(1, 9, 4))[::-1] / 8
        net = general_ladder(delta)
        assert net.welfare_gain == pytest.approx(delta.sum())
        best = max(k * d for k, d in enumerate(delta, start=1))
        assert optimal_revenue(net).revenue == pytest.approx(best, abs=1e-9)
        for size in range(1, 5):
            for members in combinations(range(4), size):
                revenue = platform_revenue(net, [(r, r) for r in members]).revenue
                assert revenue == pytest.approx(size * delta[size - 1], abs=1e-12)
    assert enumerate_revenue(general_ladder([4, 3, 1])).revenue == 6


def densest(graph, k):
    """Most edges inside k vertices."""
    return max(graph.subgraph(chosen).number_of_edges() for chosen in combinations(graph, k))


def test_the_gadget_s_revenue_counts_the_edges_of_the_densest_subgraph():
    """S9, on random graphs, with buyers who know two sellers and value them equally."""
    for seed in range(6):
        graph = nx.gnp_random_graph(5, 0.5, seed=seed)
        k, a = 2 + seed % 2, 1.0 + seed % 3
        net = densest_subgraph_gadget(graph, k, a)
        edges, b = graph.number_of_edges(), net.values.max()
        assert (net.world.sum(axis=1)[:edges] == 2).all()
        assert (net.values[net.world] == a).all()
        expected = edges * (b - a) + k * a + a * densest(graph, k)
        assert optimal_revenue(net).revenue == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize("epsilon", [0.5, 0.1, 0.01, 1e-4])
def test_the_price_of_revenue_maximisation_comes_close_to_two(epsilon):
    """S6."""
    assert price_of_revenue_maximisation(costly_platform(epsilon)) == pytest.approx(2 / (1 + epsilon), abs=1e-9)


@pytest.mark.parametrize(
    ("build", "complaint"),
    [
        (lambda: ladder(2.5), "K must be >= 1 and an integer, given 2.5"),
        (lambda: ladder(0), "K must be >= 1 and an integer, given 0"),
        (lambda: general_ladder([1.0, 2.0]), "increments must not increase"),
        (lambda: general_ladder([1.0, 0.0]), "increments must be positive"),
        (lambda: general_ladder([]), "increments must be positive"),
        (lambda: costly_platform(0.0), "epsilon must be in"),
        (lambda: densest_subgraph_gadget(nx.path_graph(3), 4), r"k must be in 0\.\.3, given 4"),
        (lambda: densest_subgraph_gadget(nx.path_graph(3), 1, a=0.0), "a must be > 0"),
        (lambda: densest_subgraph_gadget(nx.path_graph(3), 1, 1.0, 3.0), "b must be > a"),
        (lambda: densest_subgraph_gadget(nx.DiGraph([(0, 1)]), 1), "graph must be simple and undirected"),
    ],
)
def test_bad_input_is_named(build, complaint):
    with pytest.raises(ValueError, match=complaint):
        build()
