"""What a picture of a city shows: agents of several kinds at points of the plane, and arrows between them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal, get_args

import numpy as np
from matplotlib.colors import is_color_like, to_hex
from numpy.typing import ArrayLike, NDArray

from common.plots.checks import check_label, check_readouts
from common.plots.style import PALETTE
from common.stats import finite_array

Marker = Literal["o", "s", "D", "^", "v"]
Notes = Mapping[str, Sequence[float | str]]


@dataclass(frozen=True, eq=False)
class Agents:
    """Agents of one kind; the first letter of the kind and a number from 1 name each of them, as in ``c1``.

    Parameters
    ----------
    name : str
        What they are called together, as in ``"couriers"``.
    points : array_like, shape (n, 2)
        Where they are, in any unit of length; n may be 0.
    idle : array_like of bool, shape (n,), optional
        Who takes no part and is drawn pale; by default nobody.
    notes : mapping from str to sequence of float or str, length n
        What stands beside each of them: numbers after their symbol (``{"p": prices}`` gives ``p = 2.50``), texts as
        they are, and nothing where the text is empty.
    marker : {"o", "s", "D", "^", "v"}, optional
        By default that of its place in the state: the first kind gets the first.
    colour : str, optional
        Any matplotlib colour; by default that of its place in the palette.

    Raises
    ------
    ValueError
        If the name is blank, a number is not finite, a length differs, or marker or colour are unknown.
    """

    name: str
    points: ArrayLike
    idle: ArrayLike | None = None
    notes: Notes = field(default_factory=dict)
    marker: Marker | None = None
    colour: str | None = None

    def __post_init__(self) -> None:
        points = _pairs(f"points of {check_label('name', self.name)}", self.points, float)
        idle = np.zeros(len(points), dtype=bool) if self.idle is None else np.asarray(self.idle)
        if idle.shape != (len(points),) or not np.isin(idle, (0, 1)).all():
            raise ValueError(f"idle must hold {len(points)} booleans, got {self.idle!r}")
        if self.marker is not None and self.marker not in get_args(Marker):
            raise ValueError(f"marker must be one of {get_args(Marker)}, got {self.marker!r}")
        object.__setattr__(self, "points", points)
        object.__setattr__(self, "idle", idle.astype(bool))
        object.__setattr__(self, "notes", _notes(self.notes, len(points)))
        object.__setattr__(self, "colour", _colour(self.colour))

    def __len__(self) -> int:
        return len(self.points)


@dataclass(frozen=True, eq=False)
class Arrows:
    """Directed edges of one kind, all from agents of one kind to agents of one other.

    Parameters
    ----------
    name : str
        What an arrow means, as in ``"brings the order"``; for the legend.
    source, target : str
        Names of the kinds of agents at the tail and at the head.
    pairs : array_like of int, shape (m, 2)
        Index of the agent at the tail and at the head, from 0; m may be 0.
    notes : mapping from str to sequence of float or str, length m
        What stands beside each arrow, as in `Agents`.
    colour : str, optional
        Any matplotlib colour; by default that of the text.
    width : float
        Of the line in points, in (0, 10].
    dashed : bool
        Whether the line is broken.

    Raises
    ------
    ValueError
        If a name is blank, an index is no whole number from 0, a length differs, or width or colour are unknown.
    """

    name: str
    source: str
    target: str
    pairs: ArrayLike
    notes: Notes = field(default_factory=dict)
    colour: str | None = None
    width: float = 2.0
    dashed: bool = False

    def __post_init__(self) -> None:
        for label in ("name", "source", "target"):
            check_label(label, getattr(self, label))
        pairs = _pairs(f"pairs of {self.name}", self.pairs, int)
        if not 0 < self.width <= 10:
            raise ValueError(f"width must be in (0, 10] points, got {self.width!r}")
        object.__setattr__(self, "pairs", pairs)
        object.__setattr__(self, "notes", _notes(self.notes, len(pairs)))
        object.__setattr__(self, "colour", _colour(self.colour))

    def __len__(self) -> int:
        return len(self.pairs)


@dataclass(frozen=True, eq=False)
class SpatialState:
    """Agents and arrows, ready to be drawn.

    Parameters
    ----------
    agents : sequence of Agents
        One to five kinds, whose names start with different letters.
    arrows : sequence of Arrows
        Drawn in this order, under the agents.
    readouts : mapping from str to float or str
        Further numbers and words that belong to this state, as welfare and whether there is an equilibrium.

    Raises
    ------
    ValueError
        If there is no agent, kinds or arrows repeat a name, or an arrow starts or ends at nobody.
    """

    agents: Sequence[Agents]
    arrows: Sequence[Arrows] = ()
    readouts: Mapping[str, float | str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        markers = get_args(Marker)
        letters = {kind.name[0] for kind in self.agents}
        if not 1 <= len(letters) == len(self.agents) <= len(markers):
            raise ValueError(
                f"agents must be 1..{len(markers)} kinds whose names start with different letters, "
                f"got {[kind.name for kind in self.agents]}"
            )
        if not any(map(len, self.agents)):
            raise ValueError("agents must hold at least one agent, got none")
        filled = (
            replace(kind, marker=kind.marker or marker, colour=kind.colour or colour)
            for kind, marker, colour in zip(self.agents, markers, PALETTE, strict=False)
        )
        object.__setattr__(self, "agents", tuple(filled))
        object.__setattr__(self, "arrows", tuple(self.arrows))
        if len({arrows.name for arrows in self.arrows}) < len(self.arrows):
            raise ValueError(f"arrows must have different names, got {[arrows.name for arrows in self.arrows]}")
        self.groups()  # refuses arrows that end at nobody
        check_readouts(self.readouts)

    def groups(self) -> list[tuple[Arrows | Agents, NDArray[np.float64]]]:
        """Return what is drawn and where, from the bottom up.

        Returns
        -------
        list of (Arrows, ndarray of shape (m, 2, 2)) and (Agents, ndarray of shape (n, 2))
            First all arrows, with tail and head of each, then all agents.

        Raises
        ------
        ValueError
            If an arrow starts or ends at nobody.
        """
        heads = [(arrows, self._ends(arrows)) for arrows in self.arrows]
        return [*heads, *((kind, kind.points) for kind in self.agents)]

    def _ends(self, arrows: Arrows) -> NDArray[np.float64]:
        kinds = {kind.name: kind for kind in self.agents}
        ends = []
        for side, index in zip((arrows.source, arrows.target), arrows.pairs.T, strict=True):
            if side not in kinds or (index >= len(kinds[side])).any():
                known = {name: len(kind) for name, kind in kinds.items()}
                raise ValueError(f"{arrows.name!r} must join agents among {known}, got {side!r}, {index.tolist()}")
            ends.append(kinds[side].points[index])
        return np.stack(ends, axis=1)


def _pairs(name: str, values: ArrayLike, kind: type) -> NDArray:
    """Return an (n, 2) array of finite floats, or of whole numbers from 0."""
    array = finite_array(name, values, ndim=(1, 2), least=0)
    if array.size == 0:
        return np.zeros((0, 2), dtype=kind)
    if array.shape[1:] != (2,):
        raise ValueError(f"{name} must have shape (n, 2), got {array.shape}")
    if kind is int and ((array < 0) | (array % 1 != 0)).any():
        raise ValueError(f"{name} must hold whole numbers from 0, got {array.tolist()}")
    return array.astype(kind)


def _notes(notes: Notes, count: int) -> dict[str, tuple[float | str, ...]]:
    """Return the notes as tuples of floats and texts."""
    checked = {}
    for symbol, entries in notes.items():
        given = tuple(entries)
        if not isinstance(symbol, str) or len(given) != count:
            raise ValueError(f"notes must map texts to {count} entries each, got {len(given)} at {symbol!r}")
        numbers = [entry for entry in given if not isinstance(entry, str)]
        finite_array(f"notes[{symbol!r}]", numbers, least=0)
        checked[symbol] = tuple(entry if isinstance(entry, str) else float(entry) for entry in given)
    return checked


def _colour(colour: str | None) -> str | None:
    """Return a colour as the page reads it too."""
    if colour is not None and not is_color_like(colour):
        raise ValueError(f"colour must be one that matplotlib knows, got {colour!r}")
    return None if colour is None else to_hex(colour)
