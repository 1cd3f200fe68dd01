import numpy as np
import pytest

from common.plots import PALETTE, Agents, Arrows, SpatialState

COURIERS = Agents("couriers", [(0, 0), (1, 2)])
STORES = Agents("stores", [(3, 3)], notes={"p": [2.5], "": ["closed"]})


def drives(**change):
    return Arrows(**{"name": "drives", "source": "couriers", "target": "stores", "pairs": [(1, 0)], **change})


def test_fills_what_is_left_out():
    state = SpatialState([COURIERS, STORES, Agents("buyers", [])])
    assert [kind.marker for kind in state.agents] == ["o", "s", "D"]
    assert [kind.colour for kind in state.agents] == [colour.lower() for colour in PALETTE[:3]]
    assert [len(kind) for kind in state.agents] == [2, 1, 0]
    assert not any(kind.idle.any() for kind in state.agents)
    own = SpatialState([Agents("couriers", [(0, 0)], marker="v", colour="red")]).agents[0]
    assert (own.marker, own.colour) == ("v", "#ff0000")


def test_arrows_go_from_tail_to_head():
    state = SpatialState([COURIERS, STORES], [drives(pairs=[(1, 0), (0, 0)]), drives(name="none", pairs=[])])
    (_, ends), (_, nothing), *agents = state.groups()
    assert ends.tolist() == [[[1, 2], [3, 3]], [[0, 0], [3, 3]]]
    assert nothing.shape == (0, 2, 2)
    assert [kind.name for kind, _ in agents] == ["couriers", "stores"]
    assert drives().pairs.dtype.kind == "i"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"name": " "}, "name must be"),
        ({"points": [(0, np.nan)]}, "points of couriers must be finite"),
        ({"points": [(0, 1, 2)]}, r"points of couriers must have shape \(n, 2\), got \(1, 3\)"),
        ({"points": [1.0, 2.0]}, r"points of couriers must have shape \(n, 2\), got \(2,\)"),
        ({"idle": [True, False]}, "idle must hold 1 booleans"),
        ({"idle": [0.5]}, "idle must hold 1 booleans"),
        ({"notes": {"y": [1, 2]}}, "notes must map texts to 1 entries each, got 2 at 'y'"),
        ({"notes": {"y": [np.inf]}}, r"notes\['y'\] must be finite"),
        ({"notes": {"y": [None]}}, r"notes\['y'\] must be finite"),
        ({"marker": "*"}, "marker must be one of"),
        ({"colour": "bleu"}, "colour must be one that matplotlib knows, got 'bleu'"),
    ],
)
def test_agents_refuse(change, message):
    with pytest.raises(ValueError, match=message):
        Agents(**{"name": "couriers", "points": [(0, 0)], **change})


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"name": ""}, "name must be"),
        ({"pairs": [(0.5, 0)]}, "pairs of drives must hold whole numbers from 0"),
        ({"pairs": [(-1, 0)]}, "pairs of drives must hold whole numbers from 0"),
        ({"width": 0}, r"width must be in \(0, 10\] points, got 0"),
        ({"notes": {"t": []}}, "notes must map texts to 1 entries each, got 0 at 't'"),
    ],
)
def test_arrows_refuse(change, message):
    with pytest.raises(ValueError, match=message):
        drives(**change)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"agents": []}, "agents must be 1..5 kinds"),
        ({"agents": [COURIERS, Agents("cooks", [])]}, "different letters, got .'couriers', 'cooks'"),
        ({"agents": [Agents("couriers", [])]}, "at least one agent"),
        ({"arrows": [drives(), drives()]}, "arrows must have different names"),
        ({"arrows": [drives(target="shops")]}, "'drives' must join agents among .*, got 'shops'"),
        ({"arrows": [drives(pairs=[(0, 0), (2, 0)])]}, r"'drives' must join .*, got 'couriers', \[0, 2\]"),
        ({"readouts": {"welfare": np.nan}}, r"readouts\['welfare'\] must be finite"),
    ],
)
def test_states_refuse(change, message):
    with pytest.raises(ValueError, match=message):
        SpatialState(**{"agents": [COURIERS, STORES], **change})
