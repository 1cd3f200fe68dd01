from itertools import pairwise

import numpy as np
import pytest
from matplotlib.collections import LineCollection, PolyCollection

from common.plots import Agents, Arrows, SpatialState, panel_title, panels, spatial_network


def city(couriers, stores, buyers, rng, notes=True):
    """Return agents on the cells of a shuffled grid, and as many deliveries as fit."""
    side = int(np.ceil(np.sqrt(couriers + stores + buyers)))
    cells = rng.permutation(np.stack(np.divmod(np.arange(side**2), side), axis=1)) + rng.uniform(
        -0.15, 0.15, (side**2, 2)
    )
    c, s, b, _ = np.split(cells, np.cumsum([couriers, stores, buyers]))
    k = min(couriers, stores, buyers)
    idle = {n: np.arange(n) >= k for n in (couriers, stores, buyers)}
    same = np.stack([np.arange(k)] * 2, axis=1)
    return SpatialState(
        [
            Agents("couriers", c, idle[couriers], {"y": rng.random(couriers)} if notes else {}),
            Agents("stores", s, idle[stores], {"p": rng.random(stores)} if notes else {}),
            Agents("buyers", b, idle[buyers]),
        ],
        [
            Arrows("drives to", "couriers", "stores", same, dashed=True, colour="#0072B2"),
            Arrows("brings the order", "stores", "buyers", same, {"t": rng.random(k)} if notes else {}),
        ],
    )


def of(ax, kind):
    return [artist for artist in ax.collections if isinstance(artist, kind)]


@pytest.mark.parametrize("sizes", [(1, 1, 1), (3, 2, 2), (6, 6, 8), (8, 8, 10), (70, 60, 70)])
def test_lines_join_the_agents_and_idle_ones_stand_apart(sizes, rng):
    state = city(*sizes, rng)
    ax = spatial_network(state)
    lines = {artist.get_gid(): artist for artist in of(ax, LineCollection)}
    for arrows, ends in state.groups()[:2]:
        assert np.array(lines[arrows.name].get_segments()) == pytest.approx(ends)
    for kind in state.agents:
        for idle in (True, False):
            drawn = [line.get_xydata() for line in ax.lines if line.get_gid() == f"{kind.name}:{idle}"]
            expected = kind.points[kind.idle == idle]
            assert np.concatenate([np.zeros((0, 2)), *drawn]) == pytest.approx(expected)
    looks = {
        line.get_gid(): (line.get_markeredgecolor(), line.get_marker()) for line in ax.lines if len(line.get_xdata())
    }
    for gid, (_, marker) in looks.items():
        name, idle = gid.split(":")
        assert marker == {"couriers": "o", "stores": "s", "buyers": "D"}[name]
        if idle == "True" and f"{name}:False" in looks:
            assert tuple(looks[gid][0]) != tuple(looks[f"{name}:False"][0])


def test_heads_touch_their_targets_and_lengths_are_true(rng):
    state = city(3, 3, 3, rng)
    ax = spatial_network(state)
    ax.figure.draw_without_rendering()
    wide, tall = ax.transData.transform((1, 1)) - ax.transData.transform((0, 0))
    assert wide == pytest.approx(tall)
    for heads, (_, ends) in zip(of(ax, PolyCollection), state.groups(), strict=False):
        assert len(heads.get_paths()) == len(ends)
        for path, (tail, head) in zip(heads.get_paths(), ends, strict=True):
            tip = path.vertices[0]
            back = (tail - head) / np.hypot(*(tail - head))
            assert np.hypot(*tip) == pytest.approx(12)  # in points: half a node of 22 and one more
            assert tip / np.hypot(*tip) == pytest.approx(back)
        assert heads.get_offsets() == pytest.approx(ends[:, 1])


def test_two_agents_at_one_point_have_no_head():
    state = SpatialState([Agents("a", [(0, 0)]), Agents("b", [(0, 0)])], [Arrows("to", "a", "b", [(0, 0)])])
    assert of(spatial_network(state), PolyCollection) == []


@pytest.mark.parametrize("sizes", [(1, 1, 1), (3, 2, 2), (6, 6, 8), (8, 8, 10)])
def test_every_text_of_a_spaced_city_can_be_read(sizes, rng, assert_legible):
    state = city(*sizes, rng)
    ax = spatial_network(state, digits=1)
    texts = [text.get_text() for text in ax.texts]
    for number, price in enumerate(state.agents[1].notes["p"], start=1):
        assert f"$p={price:.1f}$" in texts
        assert f"s{number}" in texts
    for tip in state.arrows[1].notes["t"]:
        assert f"$t={tip:.1f}$" in texts
    names = [text.get_text() for text in ax.get_legend().get_texts()]
    assert [name for name in names if name != "idle"] == [
        "couriers",
        "stores",
        "buyers",
        "drives to",
        "brings the order",
    ]
    assert ("idle" in names) == any(kind.idle.any() for kind in state.agents)
    assert_legible(ax.figure)


def test_notes_stand_nearer_to_their_owner_than_to_other_agents(rng):
    state = SpatialState([Agents("stores", rng.permutation(5)[:, None] * [1.0, 0.4], notes={"p": range(5)})])
    ax = spatial_network(state, digits=0)
    ax.figure.draw_without_rendering()
    places = ax.transData.transform(state.agents[0].points)
    for text in (text for text in ax.texts if text.get_text().startswith("$p")):
        box = text.get_window_extent()
        distances = np.hypot(*(np.clip(places, box.min, box.max) - places).T)
        assert text.get_text() == f"$p={distances.argmin()}$"


def test_a_crowd_is_drawn_as_dots_without_texts(rng, assert_legible):
    ax = spatial_network(city(200, 200, 200, rng))
    assert not ax.texts
    assert not of(ax, PolyCollection)
    assert len(of(ax, LineCollection)) == 2
    assert max(line.get_markersize() for line in ax.lines) < 5
    assert_legible(ax.figure)


def test_two_cities_side_by_side(rng, assert_legible):
    figure, axes = panels(1, 2, width=12, height=6)
    for ax, name in zip(axes, ("Before", "After"), strict=True):
        spatial_network(city(3, 3, 4, rng), ax=ax)
        panel_title(ax, name)
    assert_legible(figure)


def test_a_single_agent_and_cities_without_arrows_have_a_picture(assert_legible):
    assert_legible(spatial_network(SpatialState([Agents("stores", [(5, 5)], notes={"p": [1]})])).figure)
    assert_legible(spatial_network(SpatialState([Agents("stores", [(0, 0), (9, 0)])])).figure)


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("place", [0.0, -3.0, 1e9])
def test_everybody_at_one_point_wherever_it_is(place):
    ax = spatial_network(SpatialState([Agents("buyers", [[place, -place]] * 2, notes={"u": [0.5, 1.0]})]))
    for (low, high), centre in ((ax.get_xlim(), place), (ax.get_ylim(), -place)):
        assert low < centre < high


def test_later_nodes_cover_the_names_of_earlier_ones():
    ax = spatial_network(SpatialState([Agents("stores", [(0, 0), (0.01, 0), (1, 1)])]))
    orders = [artist.zorder for pair in zip(ax.lines[-3:], ax.texts, strict=True) for artist in pair]
    assert all(low <= high for low, high in pairwise(orders))
    assert orders[1] < orders[2]


def test_refuses_too_many_digits():
    with pytest.raises(ValueError, match=r"digits must be in 0..6, got 7"):
        spatial_network(SpatialState([Agents("stores", [(0, 0)])]), digits=7)
