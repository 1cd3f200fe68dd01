"""How a run, a rate and a failure are told in one line: the same on the screen, in the status and on the page."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any


def label_of(parameters: Mapping[str, Any], varying: Sequence[str], repeat: int = 0) -> str:
    """Name a run of a sweep by what sets it apart, e.g. ``depth=3, seed=7, repeat 1``.

    Parameters
    ----------
    parameters
        The run's parameters; those that are not swept may be left out.
    varying
        The names of the swept parameters.
    repeat
        Which repetition of the same parameters, from 0; the first goes without saying.
    """
    parts = [f"{name}={value_text(parameters.get(name))}" for name in varying]
    if repeat or not parts:
        parts.append(f"repeat {repeat}")
    return ", ".join(parts)


def value_text(value: Any, longest: int = 40) -> str:
    """Write a value in at most ``longest`` characters, a float with six significant digits.

    A long text keeps its beginning and its end: lists that are swept often differ at the end only.
    """
    text = f"{value:.6g}" if isinstance(value, float) else " ".join(str(value).split())
    return text if len(text) <= longest else text[: longest - longest // 2 - 1] + "…" + text[-(longest // 2) :]


def rate_text(per_second: float | None) -> str:
    """Write a rate in the unit that reads best: ``48 runs/s``, ``2.5 runs/min``, ``3 runs/h``."""
    if per_second is None:
        return "? runs/s"
    unit, times = next((u for u in (("s", 1), ("min", 60)) if per_second * u[1] >= 1), ("h", 3600))
    rate = per_second * times
    return f"{rate:,.0f} runs/{unit}" if rate >= 10 else f"{rate:.2g} runs/{unit}"


def why(record: Mapping[str, Any]) -> str:
    """Say in one line why a run failed: its reason and, where there is one, the error."""
    return ": ".join(" ".join(str(part).split()) for part in (record.get("reason"), record.get("error")) if part)


@dataclass(frozen=True)
class FailureGroup:
    """Runs that failed in the same way.

    Attributes
    ----------
    reason
        What stopped them, e.g. ``time limit``.
    count
        How many they are.
    example
        The record of the first of them.
    """

    reason: str
    count: int
    example: Mapping[str, Any]


def grouped_failures(records: Iterable[Mapping[str, Any]]) -> list[FailureGroup]:
    """Group failed runs by their reason and their error, numbers in it aside; the largest group first."""
    groups: dict[tuple[str, str], list[Mapping[str, Any]]] = {}
    for record in records:
        kind = re.sub(r"\d[\d.]*", "#", str(record.get("error") or ""))
        groups.setdefault((str(record.get("reason")), kind), []).append(record)
    found = [FailureGroup(reason, len(members), members[0]) for (reason, _), members in groups.items()]
    return sorted(found, key=lambda group: -group.count)
