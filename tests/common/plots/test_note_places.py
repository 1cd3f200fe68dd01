import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.plots import Agents
from common.plots.note_places import GAP, LETTER, LINE, note_centres, note_texts, place_notes

RADIUS, SIZE = 11.0, 11.0
whole = st.integers(-300, 300)


def corners(centre, text):
    lines = text.split("\n")
    half = np.array([LETTER * max(map(len, lines)), LINE * len(lines)]) * SIZE / 2
    return centre + half * [(-1, -1), (-1, 1), (1, -1), (1, 1)]


@given(st.tuples(whole, whole), st.tuples(whole, whole).filter(any), st.sampled_from(["t", "t = 1.25", "two\nlines"]))
def test_a_note_of_an_arrow_stands_beside_it_on_either_side(tail, step, text):
    ends = np.array([tail, np.add(tail, step)], dtype=float)
    normal = np.array([-step[1], step[0]]) / np.hypot(*step)
    centres = note_centres(ends, text, RADIUS, SIZE)
    for place, centre in enumerate(centres):
        distances = (corners(centre, text) - ends[0]) @ normal * (1 if place % 2 == 0 else -1)
        assert distances.min() == pytest.approx(GAP)
        assert 0 < (centre - ends[0]) @ step / np.square(step).sum() < 1


@given(st.tuples(whole, whole), st.sampled_from(["p", "p = 10.25", "two\nlines"]))
def test_a_note_of_a_node_stands_just_outside(point, text):
    for centre in note_centres(np.array(point, dtype=float), text, RADIUS, SIZE):
        box = corners(centre, text)
        nearest = np.clip(point, box.min(axis=0), box.max(axis=0))
        assert RADIUS < np.hypot(*(nearest - point)) < 1.25 * (RADIUS + GAP)


def overlap(boxes, others):
    """Area shared by boxes and others, each with low and high corner, pair by pair."""
    sides = np.minimum(boxes[:, None, 1], others[:, 1]) - np.maximum(boxes[:, None, 0], others[:, 0])
    return np.clip(sides, 0, None).prod(axis=2)


def clutter(owners, texts, places):
    """Area in which notes lie on nodes or on one another."""
    boxes = []
    for group, theirs, chosen in zip(owners, texts, places, strict=True):
        for owner, text, place in zip(group, theirs, chosen, strict=True):
            box = corners(note_centres(owner, text, RADIUS, SIZE)[place], text)
            boxes.append([box.min(axis=0), box.max(axis=0)])
    boxes, nodes = np.array(boxes), np.concatenate([group for group in owners if group.ndim == 2])
    among = overlap(boxes, boxes)
    discs = np.stack([nodes - RADIUS, nodes + RADIUS], axis=1)
    return (among.sum() - np.trace(among)) / 2 + overlap(boxes, discs).sum()


def test_choosing_removes_nine_tenths_of_the_clutter_of_random_cities(rng):
    chosen = first = 0.0
    for _ in range(20):
        stores, buyers = rng.random((2, 12, 2)) * 400
        owners = [np.stack([stores, buyers], axis=1)[:6], stores, buyers]
        texts = [["t = 1.00"] * 6, ["p = 1.00"] * 12, ["u = 1.00"] * 12]
        chosen += clutter(owners, texts, place_notes(owners, texts, RADIUS, SIZE))
        first += clutter(owners, texts, [[0] * 6, [0] * 12, [0] * 12])
    assert chosen < 0.1 * first


def test_who_has_room_gets_the_best_place_and_silence_needs_none():
    alone = np.array([(0.0, 0.0), (500.0, 500.0)])
    assert place_notes([alone], [["p = 1", ""]], RADIUS, SIZE) == [[0, 0]]
    neighbour = np.array([(0.0, 0.0), (30.0, 0.0), (500.0, 0.0)])
    ((pushed, *_),) = place_notes([neighbour], [["p = 1", "", ""]], RADIUS, SIZE)
    assert pushed != 0


def test_notes_are_lines_of_symbols_with_numbers_and_of_texts():
    kind = Agents("stores", np.eye(3)[:, :2], notes={"p": [1, "", -0.001], "": ["", "", 7.0], "y": ["∞", "", 2]})
    assert note_texts(kind, 1) == ["p = 1.0\n∞", "", "p = 0.0\n7.0\ny = 2.0"]
    assert note_texts(kind, 0, "${}={}$")[2] == "$p=0$\n7\n$y=2$"
