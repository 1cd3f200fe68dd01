"""What a sweep varies, checked against what its notebook declares: each value once, not once a run."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from common.companion.errors import ParameterError
from common.companion.notebooks import Parameter, checked_parameters
from common.companion.sweeps.schema import RandomPoints, Range, SweepFile


@dataclass(frozen=True)
class Axis:
    """Parameters that change together: one of the grid, those of the zip, of the list, or those drawn at random.

    Attributes
    ----------
    key : str
        Where they stand in the file, e.g. ``grid.depth``.
    names : tuple of str
        The parameters.
    points : sequence of tuple
        Their values, one for each of ``names``; no two points are alike.
    """

    key: str
    names: tuple[str, ...]
    points: Sequence[tuple[Any, ...]]


@dataclass(frozen=True)
class Checks:
    """Holds a sweep's file, which messages call ``where``, against the parameters that its notebook declares."""

    where: str
    declared: Mapping[str, Parameter]

    def value(self, key: str, name: str, value: Any) -> Any:
        """Return a value converted as for ordinary runs, so that equal runs have equal names."""
        return checked_parameters(self.declared, {name: value}, f"{self.where}: {key}")[name]

    def axes(self, file: SweepFile, order: Sequence[str]) -> tuple[Axis, ...]:
        """Return what the sections of the file vary, in the order of its keys.

        Raises
        ------
        ParameterError
            For unknown parameters, wrong types and values out of range; for lists that do not fit together; for
            a point that is given twice (one that is *drawn* twice is dropped).
        """
        found: dict[str, list[Axis]] = {}
        if file.grid:
            found["grid"] = [self._column(f"grid.{name}", name, values) for name, values in file.grid.items()]
        if file.zipped:
            found["zip"] = [self._zipped(file.zipped)]
        if file.points:
            found["list"] = [self._listed(file.points)]
        if file.random:
            found["random"] = [self._drawn(file.random)]
        return tuple(axis for key in order for axis in found.get(key, ()))

    def seeds(self, seeds: Sequence[int]) -> None:
        """Refuse seeds that the notebook does not take, and one that is given twice."""
        if "seed" not in self.declared or self.declared["seed"].annotation != "int":
            raise self._error("seeds", "the notebook declares no parameter 'seed: int'")
        if isinstance(seeds, range):  # it is right if its ends are, however long it is
            self.value("seeds", "seed", seeds[0])
            self.value("seeds", "seed", seeds[-1])
        else:
            self._column("seeds", "seed", seeds)

    def disjoint(self, parameters: Mapping[str, Any], axes: Sequence[Axis], seeds: bool) -> None:
        """Refuse a parameter that has its values from two places."""
        given = [(f"parameters.{name}", name) for name in parameters]
        given += [(axis.key, name) for axis in axes for name in axis.names] + [("seeds", "seed")] * seeds
        first: dict[str, str] = {}
        for key, name in given:
            if name in first:
                raise self._error(key, f"'{name}' is given in {first[name]} too")
            first[name] = key

    def _error(self, key: str, reason: str) -> ParameterError:
        return ParameterError(f"{self.where}: {key}: {reason}")

    def _axis(self, key: str, names: tuple[str, ...], points: Sequence[tuple[Any, ...]]) -> Axis:
        """Make an axis of checked values; refuse a point that comes twice."""
        seen: set[str] = set()
        for point in points:
            text = json.dumps(point)
            if text in seen:
                shown = ", ".join(f"{name} = {value!r}" for name, value in zip(names, point, strict=True))
                raise self._error(key, f"{shown} is given twice")
            seen.add(text)
        return Axis(key, names, points)

    def _column(self, key: str, name: str, values: Sequence[Any]) -> Axis:
        return self._axis(key, (name,), [(self.value(key, name, value),) for value in values])

    def _zipped(self, columns: Mapping[str, Sequence[Any]]) -> Axis:
        lengths = {name: len(values) for name, values in columns.items()}
        if len(set(lengths.values())) > 1:
            told = ", ".join(f"{name} has {length}" for name, length in lengths.items())
            raise self._error("zip", f"all need the same number of values, but {told}")
        checked = [[self.value(f"zip.{name}", name, v) for v in values] for name, values in columns.items()]
        return self._axis("zip", tuple(columns), list(zip(*checked, strict=True)))

    def _listed(self, given: Sequence[Mapping[str, Any]]) -> Axis:
        names, points = tuple(given[0]), []
        for i, point in enumerate(given):
            if point.keys() != given[0].keys():
                raise self._error(f"list.{i}", f"has {', '.join(point)}, but list.0 has {', '.join(names)}")
            points.append(tuple(self.value(f"list.{i}.{name}", name, point[name]) for name in names))
        return self._axis("list", names, points)

    def _drawn(self, random: RandomPoints) -> Axis:
        from numpy.random import PCG64, Generator

        from common.companion.sweeps.drawing import draw_points

        ranges = {name: self._range(name, given) for name, given in random.ranges.items()}
        return Axis("random", tuple(ranges), draw_points(ranges, random.n, Generator(PCG64(random.seed))))

    def _range(self, name: str, given: Range) -> Range:
        """Check the ends or the choices of a range and convert them."""
        key = f"random.ranges.{name}"
        if given.choice is not None:
            choices = self._column(f"{key}.choice", name, given.choice).points
            return given.model_copy(update={"choice": [value for (value,) in choices]})
        low, high = (self.value(f"{key}.{end}", name, getattr(given, end)) for end in ("low", "high"))
        kind = self.declared[name].annotation
        if kind not in ("int", "float"):
            raise self._error(key, f"'{name}' is {kind}: give a choice instead of low and high")
        if low >= high:
            raise self._error(key, f"low must be below high, given {low!r} and {high!r}")
        if given.log and (kind == "int" or low <= 0):
            raise self._error(key, f"log needs a float parameter and low above 0, given {kind} and {low!r}")
        return given.model_copy(update={"low": low, "high": high})
