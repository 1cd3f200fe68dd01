import json

import numpy as np
import pytest

from common.plots import Agents, Arrows, SpatialState
from common.plots.explorer_frames import encode
from common.plots.note_places import note_centres, note_texts


def city(couriers, rng, points):
    """Return deliveries between agents at the same points whatever their number of couriers."""
    stores = rng.permutation(6)[:couriers]
    return SpatialState(
        [
            Agents("couriers", points[:couriers], notes={"y": rng.random(couriers)}),
            Agents("stores", points[8:14], ~np.isin(np.arange(6), stores), {"p": rng.random(6)}),
            Agents("buyers", points[14:22]),
        ],
        [
            Arrows("drives", "couriers", "stores", np.stack([np.arange(couriers), stores], axis=1), dashed=True),
            Arrows("brings", "stores", "buyers", np.stack([stores, stores], axis=1), {"t": rng.random(couriers)}),
        ],
        dict.fromkeys(("welfare", "first best", "tips", "compensation"), rng.random()) | {"equilibrium": "exists"},
    )


@pytest.fixture
def cities(rng):
    points = rng.random((22, 2)) * [4, 2]
    return [city(couriers, rng, points) for couriers in (0, 3, 6) for _ in range(70)]


def test_every_city_survives_the_encoding(cities):
    data = json.loads(json.dumps(encode(cities, 2)))
    assert [kind[:2] for kind in data["agents"]] == [["couriers", "o"], ["stores", "s"], ["buyers", "D"]]
    assert data["arrows"][0] == ["drives", 0, 1, None, 2.0, True, []]
    everybody = np.concatenate([kind.points for state in cities for kind in state.agents])
    middle, scale = (
        (everybody.min(axis=0) + everybody.max(axis=0)) / 2,
        (data["size"][0] - 120) / np.ptp(everybody[:, 0]),
    )
    for frame, state in zip(data["frames"], cities, strict=True):
        parts = [data["pool"][part] for part in frame]
        for arrows, (notes, pairs) in zip(state.arrows, (parts[:2], parts[2:4]), strict=True):
            assert np.reshape(pairs, (-1, 2)).tolist() == arrows.pairs.tolist()
            assert notes == [pytest.approx(entries, abs=0.005) for entries in arrows.notes.values()]
        for kind, (notes, pixels, idle) in zip(state.agents, (parts[4:7], parts[7:10], parts[10:13]), strict=True):
            assert np.reshape(pixels, (-1, 2)) == pytest.approx((kind.points - middle) * scale, abs=0.5)
            assert idle == np.flatnonzero(kind.idle).tolist()
            assert notes == [pytest.approx(entries, abs=0.005) for entries in kind.notes.values()]
        assert len(parts[13]) == sum(len(group) for group, _ in state.groups())
        assert parts[14][-1] == "exists"


def test_a_note_is_where_the_page_can_show_it(cities):
    data = encode(cities, 2)
    for frame, state in zip(data["frames"][-5:], cities[-5:], strict=True):
        pixels, places = np.reshape(data["pool"][frame[8]], (-1, 2)), data["pool"][frame[13]][12 + 6 :]
        for text, point, place in zip(note_texts(state.agents[1], 2), pixels, places, strict=False):
            centre = note_centres(point, text, data["layout"]["radius"], data["layout"]["font"])[int(place)]
            assert (np.abs(centre) < np.array(data["size"]) / 2).all()


def test_two_hundred_cities_fit_a_notebook(cities):
    assert len(json.dumps(json.dumps(encode(cities, 2), separators=(",", ":")))) < 200 * len(cities)


def test_agents_at_one_point_stand_in_the_middle():
    data = encode([SpatialState([Agents("stores", [(7, 7), (7, 7)])])], 0)
    assert data["pool"][data["frames"][0][1]] == [0, 0, 0, 0]
