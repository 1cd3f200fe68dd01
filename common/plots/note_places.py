"""Where the texts of a map stand: beside their node or arrow, clear of nodes, of lines and of one another."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from common.plots.spatial_state import Agents, Arrows

DIRECTIONS = np.array([(1, 0), (-1, 0), (0, 1), (0, -1), (0.8, 0.8), (-0.8, 0.8), (0.8, -0.8), (-0.8, -0.8)])
"""From a node to its note, best first; heights grow upwards."""

ALONG = (0.5, 0.38, 0.62, 0.26, 0.74)
"""Where along an arrow its note may stand, best first; each on the left, then on the right."""

GAP = 4.0  # between a text and what it belongs to, in points
LETTER, LINE = 0.56, 1.25  # width of a letter and height of a line, as multiples of the font size
MARGIN = 3.5  # around all nodes, as multiples of their radius; a text had better not reach beyond it
STEP = 4.0  # lines are obstacles at points this far apart


def note_texts(group: Agents | Arrows, digits: int, template: str = "{} = {}") -> list[str]:
    """Return the notes of each agent or arrow, one line a note.

    Parameters
    ----------
    group : Agents or Arrows
        Whose notes.
    digits : int
        Decimals of numbers.
    template : str
        How a symbol and its number are joined.

    Returns
    -------
    list of str
        One for each member; "" for those without a note.
    """
    texts = [[] for _ in range(len(group))]
    for symbol, entries in group.notes.items():
        for lines, entry in zip(texts, entries, strict=True):
            if isinstance(entry, str):
                lines.append(entry)
            else:
                number = f"{round(entry, digits) + 0.0:.{digits}f}"
                lines.append(template.format(symbol, number) if symbol else number)
    return ["\n".join(filter(None, lines)) for lines in texts]


def place_notes(
    owners: Sequence[NDArray[np.float64]], texts: Sequence[Sequence[str]], radius: float, size: float
) -> list[list[int]]:
    """Choose a place for every text, one after the other: that which covers least of what stands already.

    Parameters
    ----------
    owners : sequence of ndarray, shape (n, 2) or (m, 2, 2)
        Groups of nodes, or of tails and heads of arrows, on the page in points, heights growing upwards.
    texts : sequence of sequence of str
        Their notes, group by group; those of earlier groups choose first.
    radius : float
        Of a node, in points.
    size : float
        Of the font, in points.

    Returns
    -------
    list of list of int
        For every text the number of its place, as `note_centres` counts them; 0 where there is no text.
    """
    nodes = np.concatenate([group for group in owners if group.ndim == 2])
    page = np.array([nodes.min(axis=0) - MARGIN * radius, nodes.max(axis=0) + MARGIN * radius])
    arrows = [ends for group in owners if group.ndim == 3 for ends in group]
    lines = np.concatenate([np.zeros((0, 2)), *map(_stations, arrows)])
    taken = list(np.stack([nodes - radius, nodes + radius], axis=1))
    places = [[0] * len(group) for group in texts]
    for chosen, group, theirs in zip(places, texts, owners, strict=True):
        for index, (text, owner) in enumerate(zip(group, theirs, strict=True)):
            if text:
                centres, half = note_centres(owner, text, radius, size), _half(text, size)
                boxes = np.stack([centres - half, centres + half], axis=1)
                chosen[index] = int(np.argmin(_cost(boxes, np.array(taken), lines, page)))
                taken.append(boxes[chosen[index]])
    return places


def anchor(owner: NDArray[np.float64], place: int) -> NDArray[np.float64]:
    """Return the point that a text belongs to.

    Parameters
    ----------
    owner : ndarray, shape (2,) or (2, 2)
        A node, or tail and head of an arrow, in any unit.
    place : int
        As `note_centres` counts them.

    Returns
    -------
    ndarray, shape (2,)
        The node, or a point on the arrow.
    """
    return owner if owner.ndim == 1 else owner[0] + ALONG[place // 2] * (owner[1] - owner[0])


def note_centres(owner: NDArray[np.float64], text: str, radius: float, size: float) -> NDArray[np.float64]:
    """Return the places a text can have.

    Parameters
    ----------
    owner : ndarray, shape (2,) or (2, 2)
        A node, or tail and head of an arrow, in points.
    text : str
        Its lines.
    radius, size : float
        Of a node and of the font, in points.

    Returns
    -------
    ndarray, shape (k, 2)
        Centres of the text, best first.
    """
    half = _half(text, size)
    if owner.ndim == 1:
        return owner + DIRECTIONS * (radius + GAP) + np.sign(DIRECTIONS) * half
    tail, head = owner
    along = (head - tail) / max(np.hypot(*(head - tail)), 1e-9)
    across = np.array([-along[1], along[0]])
    away = across * (GAP + np.abs(across) @ half)
    return np.array([anchor(owner, place) + (-1) ** place * away for place in range(2 * len(ALONG))])


def _half(text: str, size: float) -> NDArray[np.float64]:
    """Return half the width and half the height of a text, estimated."""
    lines = text.split("\n")
    return np.array([LETTER * max(map(len, lines)), LINE * len(lines)]) * size / 2


def _stations(segment: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return points along an arrow, STEP apart."""
    tail, head = segment
    count = int(np.hypot(*(head - tail)) / STEP) + 2
    return tail + np.linspace(0, 1, count)[:, None] * (head - tail)


def _cost(boxes: NDArray, taken: NDArray, lines: NDArray, page: NDArray) -> NDArray[np.float64]:
    """Return what each box (low and high corner) covers, as an area; earlier places win ties."""
    low, high = boxes[:, None, 0], boxes[:, None, 1]
    shared = np.clip(np.minimum(high, taken[:, 1]) - np.maximum(low, taken[:, 0]), 0, None).prod(axis=2).sum(axis=1)
    crossed = ((lines > low) & (lines < high)).all(axis=2).sum(axis=1)
    outside = np.clip(page[0] - boxes[:, 0], 0, None) + np.clip(boxes[:, 1] - page[1], 0, None)
    sides = boxes[:, 1] - boxes[:, 0]
    beyond = (outside * sides[:, ::-1]).sum(axis=1)
    # a text on a text cannot be read, one on a line can: its halo cuts the line
    return 4 * shared + 2 * STEP * crossed + beyond + 0.5 * np.arange(len(boxes))
