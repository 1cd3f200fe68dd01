"""The frames of an explorer as its script reads them: short, and what frames share only once."""

import json
from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from common.plots.network_state import NetworkState
from common.plots.note_places import ALONG, DIRECTIONS, GAP, LETTER, LINE, note_texts, place_notes
from common.plots.spatial_state import Agents, SpatialState

WIDTH, HEIGHT, MARGIN = 600, 580, (60, 40)  # of the picture of a city, in pixels; HEIGHT at most
RADIUS, FONT = 15, 14  # of its nodes and notes


def schema(state: NetworkState | SpatialState) -> list:
    """Return what all frames of one explorer have in common.

    Parameters
    ----------
    state : NetworkState or SpatialState
        One of them.

    Returns
    -------
    list
        The shape of a market, or the kinds of agents and arrows of a city; and the names of the readouts.

    Raises
    ------
    ValueError
        If `state` is neither.
    """
    if isinstance(state, NetworkState):
        return [state.shape, list(state.readouts)]
    if not isinstance(state, SpatialState):
        raise ValueError(f"frames must hold NetworkState or SpatialState, got {type(state).__name__}")
    agents = [[kind.name, kind.marker, kind.colour] for kind in state.agents]
    names = [kind.name for kind in state.agents]
    arrows = [
        [each.name, names.index(each.source), names.index(each.target), each.colour, each.width, bool(each.dashed)]
        for each in state.arrows
    ]
    return [agents, arrows, list(state.readouts)]


def encode(states: Sequence[NetworkState] | Sequence[SpatialState], digits: int) -> dict:
    """Return the frames and what the script needs to read them.

    Parameters
    ----------
    states : sequence of NetworkState or of SpatialState
        All of the same schema.
    digits : int
        Decimals of all numbers.

    Returns
    -------
    dict
        To be written as JSON.
    """
    if isinstance(states[0], NetworkState):
        return {"shape": states[0].shape, "frames": [_market(state, digits) for state in states]}
    return _cities(states, digits)


def round_number(value: float, digits: int) -> float:
    """Round for the page, without a negative zero.

    Parameters
    ----------
    value : float
        A finite number.
    digits : int
        Decimals.

    Returns
    -------
    float
        The rounded number.
    """
    return round(float(value), digits) + 0.0


def _rounded(values: Iterable[float | str] | None, digits: int) -> list[float | str] | None:
    return None if values is None else [v if isinstance(v, str) else round_number(v, digits) for v in values]


def _market(state: NetworkState, digits: int) -> list:
    """Return edges as hexadecimal bits row by row, numbers rounded."""
    edges = [np.packbits(mask.ravel()).tobytes().hex() for mask in (state.world, state.introduced, state.traded)]
    numbers = [_rounded(values, digits) for values in (state.prices, state.utilities, state.readouts.values())]
    return [*edges, *numbers]


def _cities(states: Sequence[SpatialState], digits: int) -> dict:
    """Return every frame as the numbers of its parts in a pool of all different parts."""
    everybody = np.concatenate([kind.points for state in states for kind in state.agents])
    low, high = everybody.min(axis=0), everybody.max(axis=0)
    room = np.array([WIDTH, HEIGHT]) - 2 * np.array(MARGIN)
    scale = (room / np.maximum(high - low, 1e-9)).min()
    size = np.array([WIDTH, round((high - low)[1] * scale) + 2 * MARGIN[1]])
    groups = [[group for group, _ in state.groups()] for state in states]
    symbols = [
        list(dict.fromkeys(name for group in same for name in group.notes)) for same in zip(*groups, strict=True)
    ]
    pool: dict[str, int] = {}
    frames = []
    for state in states:
        # the city is centred, heights grow upwards; whole pixels are fine enough
        pixels = [np.rint((where - (low + high) / 2) * scale).astype(int) for _, where in state.groups()]
        parts = _parts(state, pixels, symbols, digits)
        frames.append([pool.setdefault(_short(part), len(pool)) for part in parts])
    agents, arrows, _ = schema(states[0])
    named = [[*group, names] for group, names in zip([*arrows, *agents], symbols, strict=True)]
    return {
        "size": size.tolist(),
        "layout": {
            "radius": RADIUS,
            "font": FONT,
            "gap": GAP,
            "letter": LETTER,
            "line": LINE,
            "along": ALONG,
            "directions": DIRECTIONS.tolist(),
        },
        "idle": any(bool(kind.idle.any()) for state in states for kind in state.agents),
        "arrows": named[: len(arrows)],
        "agents": named[len(arrows) :],
        "pool": [json.loads(part) for part in pool],
        "frames": frames,
    }


def _parts(state: SpatialState, pixels: list[NDArray[np.int_]], symbols: list[list[str]], digits: int) -> list:
    """Return notes and pairs of arrows, notes, pixels and idle of agents, then places of notes, and readouts."""
    parts = []
    for (group, _), where, names in zip(state.groups(), pixels, symbols, strict=True):
        parts.append([_rounded(group.notes.get(name), digits) for name in names])
        if isinstance(group, Agents):
            parts += [where.ravel().tolist(), np.flatnonzero(group.idle).tolist()]
        else:
            parts.append(group.pairs.ravel().tolist())
    texts = [note_texts(group, digits) for group, _ in state.groups()]
    places = place_notes(pixels, texts, RADIUS, FONT)
    digits_of_places = "".join(str(place) for chosen in places for place in chosen)
    return [*parts, digits_of_places, _rounded(state.readouts.values(), digits)]


def _short(part: list | str) -> str:
    return json.dumps(part, ensure_ascii=False, separators=(",", ":"))
