"""A city as a picture: agents of several kinds where they are, arrows between them, numbers beside both."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection, PolyCollection
from matplotlib.colors import to_rgb
from matplotlib.lines import Line2D
from matplotlib.patheffects import withStroke
from matplotlib.transforms import Affine2D
from numpy.typing import NDArray

from common.plots.labels import legend_above
from common.plots.note_places import anchor, note_centres, note_texts, place_notes
from common.plots.spatial_state import Agents, Arrows, SpatialState
from common.plots.style import ink, panels

INK, PALE = "#1a1a1a", "#767676"
CROWD = 60  # agents; with more of them nodes are dots, without names, notes and heads of arrows
DASHES = (3, 1.6)
HALO = (withStroke(linewidth=3, foreground="white"),)
FONT = 11


def spatial_network(state: SpatialState, *, digits: int = 2, ax: Axes | None = None) -> Axes:
    """Draw agents where they are, the arrows between them, and the notes of both; who is idle is pale.

    Readable up to about 30 agents with notes. More than 60 are drawn as dots, without names, notes and heads.

    Parameters
    ----------
    state : SpatialState
        What to draw.
    digits : int
        Decimals of the numbers in notes, 0..6.
    ax : matplotlib.axes.Axes, optional
        Panel to draw into; by default a new figure as high as the city needs.

    Returns
    -------
    matplotlib.axes.Axes
        The panel, in the unit of the points.

    Raises
    ------
    ValueError
        If digits is out of range.
    """
    if not 0 <= digits <= 6:
        raise ValueError(f"digits must be in 0..6, got {digits!r}")
    everybody = np.concatenate([kind.points for kind in state.agents])
    low, high = everybody.min(axis=0), everybody.max(axis=0)
    crowd = len(everybody) > CROWD
    least = 1e-9 * max(1.0, np.abs(everybody).max())  # where all are at one point, and it is far from the origin
    room = (0.03 if crowd else 0.09) * max(*(high - low), least)
    low, high = low - room, high + room
    if ax is None:
        wide, tall = high - low
        ax = panels(width=6.8, height=float(np.clip(0.9 + 6.4 * tall / wide, 3, 8)))[1][0]
    ax.set_axis_off()
    ax.set(xlim=(low[0], high[0]), ylim=(low[1], high[1]), aspect="equal")
    size = 90 / np.sqrt(len(everybody)) if crowd else 22.0
    for group, places in state.groups():
        if isinstance(group, Arrows):
            _draw_arrows(ax, places, group, size / 2, crowd)
        else:
            _draw_agents(ax, group, size, crowd)
    legend_above(ax, _handles(state, crowd))
    if not crowd:
        _write_notes(ax, state, digits, size / 2)
    return ax


def _tint(colour: str, strength: float) -> NDArray[np.float64]:
    """Return a colour mixed with white."""
    return 1 - strength * (1 - np.array(to_rgb(colour)))


def _node(kind: Agents, idle: bool, size: float) -> dict:
    """Return the style of a node `size` points wide: filled where there is no room for a name."""
    strength = 0.05 if idle else 0.25 if size > 12 else 1.0
    larger = {"^": 1.15, "v": 1.15, "s": 0.92, "D": 0.92}.get(kind.marker, 1.0)  # to the eye, all alike
    colours = {"mfc": _tint(kind.colour, strength), "mec": _tint(kind.colour, 0.4 if idle else 1.0)}
    return {"marker": kind.marker, "ms": size * larger, "mew": min(1.8, size / 6), "ls": "", **colours}


def _line(arrows: Arrows, crowd: bool) -> dict:
    """Return the style of an arrow's line."""
    style = {"color": arrows.colour or INK, "ls": (0, DASHES) if arrows.dashed else "-"}
    return {**style, "lw": arrows.width * (0.4 if crowd else 1.0), "alpha": 0.7 if crowd else 1.0}


def _draw_agents(ax: Axes, kind: Agents, size: float, crowd: bool) -> None:
    """Draw the nodes of one kind, the idle below the others; a node covers the name of one below it."""
    for idle in (True, False):
        order = 6.0 - idle
        members = np.flatnonzero(kind.idle == idle)
        for nodes in [members] if crowd else members[:, None]:
            order += 1e-4
            ax.plot(*kind.points[nodes].T, zorder=order, gid=f"{kind.name}:{idle}", **_node(kind, idle, size))
            if not crowd:
                inside = {"ha": "center", "va": "center", "zorder": order, "fontsize": FONT}
                ax.text(*kind.points[nodes[0]], f"{kind.name[0]}{nodes[0] + 1}", color=PALE if idle else INK, **inside)


def _draw_arrows(ax: Axes, ends: NDArray[np.float64], arrows: Arrows, radius: float, crowd: bool) -> None:
    """Draw lines from centre to centre, for the nodes to cover, and heads that touch the nodes."""
    ax.add_collection(LineCollection(ends, zorder=1, gid=arrows.name, **_line(arrows, crowd)), autolim=False)
    ends = ends[(ends[:, 0] != ends[:, 1]).any(axis=1)]
    if crowd or not len(ends):
        return
    along = ends[:, 1] - ends[:, 0]
    along /= np.hypot(*along.T)[:, None]
    across = np.stack([-along[:, 1], along[:, 0]], axis=1)
    long, half = 6 + arrows.width, 2.2 + 0.8 * arrows.width  # of a head, in points
    corners = np.array([(0, 0), (-long, half), (-long, -half)]) - (radius + 1, 0)
    shapes = corners[:, :1] * along[:, None] + corners[:, 1:] * across[:, None]
    heads = PolyCollection(shapes, offsets=ends[:, 1], offset_transform=ax.transData, color=arrows.colour or INK)
    heads.set(transform=Affine2D().scale(1 / 72) + ax.figure.dpi_scale_trans, linewidth=0, zorder=1)
    ax.add_collection(heads, autolim=False)


def _write_notes(ax: Axes, state: SpatialState, digits: int, radius: float) -> None:
    """Write the notes beside their owners, where they cover least at the present size of the panel."""
    engine = ax.figure.get_layout_engine()
    if engine is not None:
        engine.execute(ax.figure)  # the legend has taken its room
    ax.apply_aspect()
    to_points = ax.transData + Affine2D().scale(72 / ax.figure.dpi)
    groups = state.groups()
    owners = [to_points.transform(places.reshape(-1, 2)).reshape(places.shape) for _, places in groups]
    texts = [note_texts(group, digits) for group, _ in groups]
    chosen = place_notes(owners, texts, radius, FONT)
    for (group, ends), points, plain, picks in zip(groups, owners, texts, chosen, strict=True):
        colour = ink(group.colour) if isinstance(group, Arrows) and group.colour else INK
        style = {"ha": "center", "va": "center", "fontsize": FONT, "color": colour, "zorder": 8, "path_effects": HALO}
        for index, (text, pick) in enumerate(zip(note_texts(group, digits, "${}={}$"), picks, strict=True)):
            if text:
                place = note_centres(points[index], plain[index], radius, FONT)[pick]
                away = place - anchor(points[index], pick)
                ax.annotate(text, anchor(ends[index], pick), away, textcoords="offset points", **style)


def _handles(state: SpatialState, crowd: bool) -> list[Line2D]:
    """Return an entry for each kind of agents and arrows that occurs, and one for the pale."""
    handles = [Line2D([], [], label=kind.name, **_node(kind, False, 10)) for kind in state.agents if len(kind)]
    if any(kind.idle.any() for kind in state.agents):
        handles.append(Line2D([], [], label="idle", **_node(Agents("idle", [], marker="o", colour=PALE), True, 10)))
    return handles + [Line2D([], [], label=a.name, **_line(a, crowd)) for a in state.arrows if len(a)]
