"""The shape of a sweep's YAML file, before anything is known of the notebook that it names."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any

import yaml
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator
from pydantic_core import PydanticCustomError

from common.companion.catalogue import nearest
from common.companion.errors import ParameterError
from common.companion.ledger import Scale

_TIMES = {"s": 1, "min": 60, "h": 3600, "d": 86400}
_SIZES = {"MB": 10**6, "GB": 10**9, "TB": 10**12, "MiB": 2**20, "GiB": 2**30, "TiB": 2**40}
_QUANTITY = re.compile(r"(?P<number>\d+(?:\.\d+)?)\s*(?P<unit>[A-Za-z]+)")

#: How messages say what pydantic found wrong; everything else is told in its own words.
_PLAIN = {
    "missing": "is missing",
    "too_short": "must not be empty",
    "model_type": "must be a mapping of keys to values",
    "dict_type": "must be a mapping of keys to values",
    "list_type": "must be a list",
}


def _quantity(value: Any, units: Mapping[str, int], example: str) -> float:
    found = _QUANTITY.fullmatch(value.strip()) if isinstance(value, str) else None
    if not found or found["unit"] not in units:
        raise ValueError(f"must be a number and a unit ({', '.join(units)}) such as '{example}'")
    return float(found["number"]) * units[found["unit"]]


def _seconds(value: Any) -> float:
    """Read a number of seconds, or ``30 s``, ``10 min``, ``2 h``, ``1 d``."""
    number = isinstance(value, int | float) and not isinstance(value, bool)
    seconds = float(value) if number else _quantity(value, _TIMES, "10 min")
    if not 0 < seconds < math.inf:
        raise ValueError("must be positive and finite")
    return seconds


def _bytes(value: Any) -> int:
    """Read ``2 GiB``, ``500 MB``; a bare number would leave open what it counts."""
    size = int(_quantity(value, _SIZES, "2 GiB"))
    if size < 1:
        raise ValueError("must be positive")
    return size


def _seeds(value: Any) -> Sequence[int]:
    """Read ``0..49`` (both ends included) or a list of integers; a range stays one, however long it is."""
    if isinstance(value, list) and value and all(type(seed) is int for seed in value):
        return value
    found = re.fullmatch(r"\s*(-?\d{1,18})\s*\.\.\s*(-?\d{1,18})\s*", value) if isinstance(value, str) else None
    if not found:
        raise ValueError("must be a range such as 0..49, or a list of integers that is not empty")
    low, high = map(int, found.groups())
    if low > high:
        raise ValueError(f"runs backwards: did you mean {high}..{low}?")
    return range(low, high + 1)


def _notebook(value: Any) -> str:
    """Read a stem (``03_trees``) or a number (``03``, which YAML reads as an integer)."""
    text = f"{value:02d}" if type(value) is int else value
    if not isinstance(text, str) or not re.fullmatch(r"\w[\w.-]*", text):
        raise ValueError("must be the stem or the number of a notebook of the same paper, not a path")
    return text


class _Strict(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)

    @model_validator(mode="before")
    @classmethod
    def _keys(cls, given: Any) -> Any:
        """Refuse unknown keys, before pydantic does without the nearest one, and keys that were left empty."""
        known = [field.alias or name for name, field in cls.model_fields.items()]
        for key, value in given.items() if isinstance(given, dict) else ():
            if key not in known:
                raise PydanticCustomError("key", "no such key: {hint}", {"key": key, "hint": nearest(str(key), known)})
            if value is None:
                raise PydanticCustomError("key", "has no value", {"key": key})
        return given


class Range(_Strict):
    """What one parameter is drawn from: ``low`` to ``high``, or a ``choice`` of values, all equally likely.

    Integers are uniform with both ends; floats are uniform, or uniform in the logarithm (``log``).
    """

    low: Any = None
    high: Any = None
    log: bool = False
    choice: Annotated[list[Any], Field(min_length=1)] | None = None

    @model_validator(mode="after")
    def _one_kind(self) -> Range:
        ends = [end for end in (self.low, self.high) if end is not None]
        if (self.choice is None and len(ends) < 2) or (self.choice is not None and (ends or self.log)):
            raise ValueError("give either low and high (and log), or choice")
        return self


class RandomPoints(_Strict):
    """Points drawn at random: how many, from which seed, and every parameter's range."""

    n: int = Field(ge=1, le=1_000_000)
    seed: int = Field(ge=0)
    ranges: Annotated[dict[str, Range], Field(min_length=1)]


class Resources(_Strict):
    """What one run needs of a worker; ``memory`` in bytes, None for no limit."""

    threads: int = Field(1, ge=1)
    memory: Annotated[int, BeforeValidator(_bytes)] | None = None
    gpu: int = Field(0, ge=0)


_Values = Annotated[list[Any], Field(min_length=1)]
_Axes = Annotated[dict[str, _Values], Field(min_length=1)]
_Point = Annotated[dict[str, Any], Field(min_length=1)]
_Seconds = Annotated[float, BeforeValidator(_seconds)]


class SweepFile(_Strict):
    """The keys of ``params/sweep_<name>.yaml``; times in seconds."""

    notebook: Annotated[str, BeforeValidator(_notebook)]
    about: str | None = None
    scale: Scale = "smoke"
    parameters: dict[str, Any] = {}
    grid: _Axes | None = None
    zipped: _Axes | None = Field(None, alias="zip")
    points: Annotated[list[_Point], Field(min_length=1)] | None = Field(None, alias="list")
    random: RandomPoints | None = None
    seeds: Annotated[Any, BeforeValidator(_seeds)] = None
    repeat: int = Field(1, ge=1)
    resources: Resources = Resources()
    time_limit: _Seconds | None = None
    budget: _Seconds | None = None
    results: Annotated[str, Field(min_length=1)] | None = None

    @model_validator(mode="after")
    def _sweeps(self) -> SweepFile:
        swept = (self.grid, self.zipped, self.points, self.random, self.seeds)
        if all(section is None for section in swept) and self.repeat == 1:
            raise ValueError("nothing is swept: give grid, zip, list, random, seeds or repeat")
        return self


class _Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):
    """YAML's safe loader, in C where there is one; a key given twice is an error instead of a silent loss."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict:
        seen = set()
        for key, _ in node.value:
            if isinstance(key, yaml.ScalarNode) and key.value in seen:
                raise yaml.MarkedYAMLError(problem=f"key '{key.value}' is given twice", problem_mark=key.start_mark)
            seen.add(key.value)
        return super().construct_mapping(node, deep)


def read_sweep(path: Path, where: str) -> tuple[SweepFile, list[str]]:
    """Read a sweep's file.

    Returns
    -------
    tuple of SweepFile and list of str
        What it says, and its keys in the order of the file, which is the order of the loops.

    Raises
    ------
    ParameterError
        In one line that begins with ``where`` and names the key: for what is not YAML, and what breaks the schema.
    """
    try:
        raw = yaml.load(path.read_bytes(), _Loader)
    except yaml.MarkedYAMLError as error:
        line = f"line {error.problem_mark.line + 1}: " if error.problem_mark else ""
        raise ParameterError(f"{where}: cannot be read as YAML: {line}{error.problem}") from None
    except (yaml.YAMLError, ValueError) as error:  # unreadable characters, impossible dates
        raise ParameterError(f"{where}: cannot be read as YAML: {' '.join(str(error).split())}") from None
    if not isinstance(raw, dict):
        raise ParameterError(f"{where}: must be a mapping of keys to values")
    try:
        return SweepFile.model_validate(raw), list(raw)
    except ValidationError as error:
        raise ParameterError(f"{where}: {_told(error.errors(include_url=False)[0])}") from None


def _told(error: Mapping[str, Any]) -> str:
    """Say in one line at which key something is wrong, what was given, and what is allowed."""
    key = ".".join(str(step) for step in (*error["loc"], *([error["ctx"]["key"]] if error["type"] == "key" else [])))
    reason = _PLAIN.get(error["type"], error["msg"].removeprefix("Value error, "))
    given = error["input"]
    shown = f" (given: {given!r})" if isinstance(given, str | int | float | bool) else ""
    return f"{key}: {reason[0].lower()}{reason[1:]}{shown}".removeprefix(": ")  # of the whole file there is no key
