import numpy as np
import pytest

from common.plots import NetworkState, bipartite_network, panel_title, panels


def full_state(n, m, rng):
    world = rng.random((n, m)) < 0.4
    traded = np.zeros((n, m), dtype=bool)
    k = min(n, m)
    traded[np.arange(k), rng.permutation(m)[:k]] = True
    introduced = traded & ~world
    introduced[-1, 0] = ~world[-1, 0]
    return NetworkState(world, introduced, traded, rng.normal(size=m), rng.random(n), rng.random(n))


@pytest.mark.parametrize(("n", "m"), [(1, 1), (3, 7), (8, 2), (6, 6), (8, 8)])
def test_every_edge_is_drawn_once_between_its_ends(n, m, rng, assert_legible):
    state = full_state(n, m, rng)
    ax = bipartite_network(state)
    edges = {line.get_gid(): line for line in ax.lines if line.get_gid()}
    kinds = {
        "world": state.world & ~state.traded,
        "world, traded": state.world & state.traded,
        "introduced": state.introduced & ~state.traded,
        "introduced, traded": state.introduced & state.traded,
    }
    assert set(edges) == {f"{kind}:{i}-{j}" for kind, mask in kinds.items() for i, j in np.argwhere(mask)}
    buyers, sellers = (line.get_ydata() for line in ax.lines if line.get_linestyle() == "None")
    for gid, line in edges.items():
        i, j = map(int, gid.split(":")[1].split("-"))
        assert list(line.get_xdata()) == [0, 1]
        assert line.get_ydata() == pytest.approx([buyers[i], sellers[j]])
    assert (np.diff(buyers) < 0).all()
    assert (np.diff(sellers) < 0).all()
    assert_legible(ax.figure)


def test_numbers_stand_at_their_nodes(rng):
    state = NetworkState([[1], [1]], prices=[-0.001], utilities=[0.25, 3], values=[1, 4])
    notes = {a.get_text(): a.xy for a in bipartite_network(state).texts if hasattr(a, "xy")}
    assert set(notes) == {"$v=1.00$\n$u=0.25$", "$v=4.00$\n$u=3.00$", "$p=0.00$"}
    assert notes["$p=0.00$"][0] == 1
    assert notes["$v=1.00$\n$u=0.25$"][1] > notes["$v=4.00$\n$u=3.00$"][1]


def test_trades_are_thicker_and_introductions_differ_by_more_than_colour(rng):
    state = NetworkState([[1, 1, 0]] * 2, [[0, 0, 1]] * 2, [[1, 0, 0], [0, 0, 1]])
    styles = {
        line.get_gid().split(":")[0]: (line.get_linewidth(), line.get_linestyle())
        for line in bipartite_network(state).lines
        if line.get_gid()
    }
    assert styles["world, traded"][0] > 2 * styles["world"][0]
    assert styles["introduced, traded"][0] > 2 * styles["introduced"][0]
    assert styles["introduced"][1] == "--"


def test_a_path_is_drawn_along_its_edges(assert_legible):
    state = NetworkState([[1, 1], [0, 1]], traded=[[1, 0], [0, 1]])
    ax = bipartite_network(state, path=[("seller", 0), ("buyer", 0), ("seller", 1), ("buyer", 1)])
    wide = [list(line.get_ydata()) for line in ax.lines if line.get_linewidth() > 10]
    assert wide == [[1, 1], [1, 0], [0, 0]]
    assert "opportunity path" in [t.get_text() for t in ax.get_legend().get_texts()]
    assert_legible(ax.figure)


def test_two_markets_side_by_side(rng, assert_legible):
    figure, axes = panels(1, 2, width=9.5, height=4.4)
    for ax, name in zip(axes, ("Before", "After"), strict=True):
        bipartite_network(full_state(4, 5, rng), ax=ax)
        panel_title(ax, name)
    assert_legible(figure)


@pytest.mark.parametrize(
    "path",
    [
        [("buyer", 0), ("buyer", 1)],
        [("buyer", 0), ("seller", 1)],
        [("buyer", 0), ("seller", 5)],
        [("buyer", -1), ("seller", 0)],
        [("agent", 0), ("seller", 0)],
    ],
)
def test_refuses_a_path_off_the_network(path):
    with pytest.raises(ValueError, match="path must"):
        bipartite_network(NetworkState([[1, 0], [0, 1]]), path=path)


def test_refuses_too_many_digits():
    with pytest.raises(ValueError, match=r"digits must be in 0..6, got 7"):
        bipartite_network(NetworkState([[1]]), digits=7)
