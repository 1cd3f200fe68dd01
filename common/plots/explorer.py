"""Sliders over precomputed pictures of a market, in one piece of HTML that needs neither kernel nor network."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from html import escape
from importlib.resources import files
from itertools import product

from common.plots.checks import check_label
from common.plots.explorer_frames import encode, round_number, schema
from common.plots.network_state import NetworkState
from common.plots.spatial_state import SpatialState

State = NetworkState | SpatialState


@dataclass(frozen=True)
class Slider:
    """One control of an explorer.

    Parameters
    ----------
    name : str
        Its label, with the unit in brackets where there is one.
    values : sequence of float, int or str
        Its stops, all different, at least one. Texts make a drop-down list, numbers a slider.

    Raises
    ------
    ValueError
        If the name is blank or the stops are missing or repeated.
    """

    name: str
    values: Sequence[float | int | str]

    def __post_init__(self) -> None:
        check_label("name", self.name)
        object.__setattr__(self, "values", tuple(self.values))
        if not self.values or len(set(self.values)) != len(self.values):
            raise ValueError(f"values of slider {self.name!r} must be different and at least one, got {self.values}")


@dataclass(frozen=True)
class Explorer:
    """What `explorer` returns: displays itself as HTML with a plain text for readers without it.

    Parameters
    ----------
    html : str
        Self-contained: style, script and data.
    text : str
        Title and first state in words.
    """

    html: str
    text: str

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, str]:
        """Return what Jupyter shows."""
        return {"text/html": self.html, "text/plain": self.text}

    def _repr_html_(self) -> str:
        """Return the HTML alone, for displays that ask for nothing else."""
        return self.html


def explorer(
    frames: Mapping[tuple, NetworkState] | Mapping[tuple, SpatialState],
    sliders: Sequence[Slider],
    *,
    title: str,
    start: tuple | None = None,
    digits: int = 2,
) -> Explorer:
    """Return a picture of a two-sided market, or of a city, that sliders move through precomputed states.

    It works in JupyterLab (trusted notebook), in the static site opened from the file system, and without
    kernel or network; elsewhere a text says what is missing. About 250 bytes a frame of a 6 x 6 market, 170
    of a city of 6 + 6 + 8 agents; what frames share, as the points, is kept once.

    Parameters
    ----------
    frames : mapping from tuple to NetworkState, or from tuple to SpatialState
        A state for every combination of slider values, in the order of `sliders`; all with the same readouts.
        Markets are of one shape; cities have the same kinds of agents and of arrows, and any number of each.
    sliders : sequence of Slider
        The controls.
    title : str
        One line above the controls.
    start : tuple, optional
        Combination shown first; by default the first.
    digits : int
        Decimals of all numbers, 0..6.

    Returns
    -------
    Explorer
        The last expression of a cell displays it. The same arguments give the same HTML.

    Raises
    ------
    ValueError
        If a combination is missing or unknown, or the states differ in shape, kinds or readouts.
    """
    if not 0 <= digits <= 6:
        raise ValueError(f"digits must be in 0..6, got {digits!r}")
    if not sliders:
        raise ValueError("sliders must hold at least one Slider, got none")
    keys = list(product(*(slider.values for slider in sliders)))
    states = _states(frames, keys)
    start = keys[0] if start is None else tuple(start)
    if start not in keys:
        raise ValueError(f"start must be a combination of slider values, got {start}")
    payload = {
        "title": check_label("title", title),
        "digits": digits,
        "sliders": [_control(slider) for slider in sliders],
        "start": [slider.values.index(value) for slider, value in zip(sliders, start, strict=True)],
        "readouts": list(states[0].readouts),
        **encode(states, digits),
    }
    text = _in_words(payload["title"], sliders, start, frames[start], digits)
    return Explorer(_html(payload, text), text)


def _states(frames: Mapping[tuple, State], keys: list[tuple]) -> list[State]:
    """Return the states in the order of `keys`, refusing gaps and strangers."""
    missing, unknown = [k for k in keys if k not in frames], set(frames) - set(keys)
    if missing or unknown:
        raise ValueError(
            f"frames must hold one state for each of the {len(keys)} combinations of slider values: "
            f"missing {missing[:3]}, unknown {sorted(unknown, key=str)[:3]}"
        )
    states = [frames[key] for key in keys]
    for key, state in zip(keys, states, strict=True):
        if schema(state) != schema(states[0]):
            raise ValueError(
                f"frames must agree in shape and readouts, agents and arrows in kind, got another at {key}"
            )
    return states


def _control(slider: Slider) -> dict:
    """Return a slider as the script reads it."""
    numeric = not any(isinstance(value, str) for value in slider.values)
    shown = [f"{v:g}" if numeric else str(v) for v in slider.values]
    return {"name": slider.name, "values": shown, "select": not numeric}


def _in_words(title: str, sliders: Sequence[Slider], start: tuple, state: State, digits: int) -> str:
    """Return title, setting and readouts of one state as a sentence or two."""
    at = ", ".join(f"{slider.name} = {value}" for slider, value in zip(sliders, start, strict=True))
    numbers = "; ".join(
        f"{name}: {value if isinstance(value, str) else format(round_number(value, digits), f'.{digits}f')}"
        for name, value in state.readouts.items()
    )
    return f"{title}. Interactive picture, shown at {at}. {numbers}".strip()


def _html(payload: dict, text: str) -> str:
    """Return style, fallback text, script and data as one fragment, named by its content."""
    data = json.dumps(payload, ensure_ascii=False, separators=(",", ":")).replace("<", "\\u003c")
    name = "ne-" + sha256(data.encode()).hexdigest()[:10]
    room = files("common.plots")
    style = (room / "explorer.css").read_text(encoding="utf-8")
    lines = map(str.strip, (room / "explorer.js").read_text(encoding="utf-8").splitlines())
    script = "\n".join(line for line in lines if not line.startswith("//"))  # a quarter shorter
    need = "The sliders need JavaScript: trust the notebook, run its cell, or open the page of the site."
    return (
        f"<style>{style}</style>"
        f'<div class="network-explorer tex2jax_ignore" data-network-explorer="{name}">'
        f"<p>{escape(text)}</p><p><em>{need}</em></p></div>"
        f'<script>(function(){{{script}\nnetworkExplorer("{name}",{data});}})();</script>'
    )
