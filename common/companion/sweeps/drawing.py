"""Points drawn at random: the same for every seed and repeat, and the first ones do not change with their number."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

from numpy.random import Generator

from common.companion.sweeps.schema import Range


def draw_points(ranges: Mapping[str, Range], n: int, rng: Generator) -> list[tuple[Any, ...]]:
    """Draw points independently and uniformly from a product of ranges.

    Parameters
    ----------
    ranges
        One a parameter, with ends and choices of the parameter's own type.
    n
        How many points, at least 1.
    rng
        Its first ``k * len(ranges)`` uniform numbers make the first ``k`` points, whatever ``n``.

    Returns
    -------
    list of tuple
        A value for each of ``ranges``; a point that was drawn before is dropped, so there may be fewer than ``n``.
    """
    uniforms = rng.random((n, len(ranges))).T.tolist()
    columns = [map(_quantile(r), column) for r, column in zip(ranges.values(), uniforms, strict=True)]
    distinct = dict.fromkeys(zip(*columns, strict=True))
    choices = [r.choice for r in ranges.values()]
    return [tuple(v if c is None else c[v] for v, c in zip(point, choices, strict=True)) for point in distinct]


def _quantile(drawn: Range) -> Callable[[float], int | float]:
    """Return the map from [0, 1) to a value of the range, or to the index of a choice."""
    if drawn.choice is not None:
        return lambda u: int(u * len(drawn.choice))
    low, high = drawn.low, drawn.high
    if isinstance(low, int):
        return lambda u: min(low + int(u * (high - low + 1)), high)
    if drawn.log:
        start, end = math.log(low), math.log(high)
        # twelve digits: the last bits of exp differ between machines, and names are made of them
        return lambda u: min(max(float(f"{math.exp(start * (1 - u) + end * u):.12g}"), low), high)
    return lambda u: min(max(low * (1 - u) + high * u, low), high)
