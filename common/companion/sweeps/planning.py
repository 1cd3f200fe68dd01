"""The runs of a sweep, each with its name: what is to be done, in the order in which it is done."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from common.companion.errors import ParameterError
from common.companion.fingerprint import Fingerprint, fingerprint
from common.companion.runs import run_name
from common.companion.sweeps.spec import SweepSpec, load_spec

#: More runs than this are planned with a limit only.
MOST_RUNS = 1_000_000


@dataclass(frozen=True, slots=True)
class Task:
    """One run of a sweep.

    Attributes
    ----------
    index : int
        Its place in the sweep, from 0.
    name : str
        The run's name; no two tasks of a sweep have the same.
    parameters : dict
        Complete.
    repeat : int
        Which repeat of the same parameters it is, from 0.
    """

    index: int
    name: str
    parameters: dict[str, Any]
    repeat: int


@dataclass(frozen=True)
class SweepPlan:
    """The tasks of a sweep; ``total`` is how many there are without the limit."""

    root: Path
    spec: SweepSpec
    fingerprint: Fingerprint
    tasks: list[Task]
    total: int


def plan_sweep(root: Path, target: str, limit: int | None = None) -> SweepPlan:
    """Plan a sweep and refuse a bad one before anything starts.

    Its points are the product of the grid's axes, the zip, the list and the random draws (without those that were
    drawn before). All points come with the first seed, then with the next; then all of it again as the next
    repeat: a sweep that is cut short has the whole grid once.

    Parameters
    ----------
    target
        ``PAPER/SWEEP``, or the path of its file.
    limit
        Plan the first ``limit`` runs only; the others are never made.

    Raises
    ------
    UnknownNameError
        If there is no such sweep.
    ParameterError
        If something in its file is wrong, or it has more than a million runs and no limit.
    """
    if limit is not None and limit < 1:
        raise ParameterError(f"--limit must be at least 1, given {limit}")
    root = root.resolve()
    spec = load_spec(root, target)
    total = number_of_runs(spec)
    if limit is None and total > MOST_RUNS:
        factors = [axis.key.partition(".")[0] for axis in spec.axes if len(axis.points) > 1]
        factors += ["seeds"] * (spec.seeds is not None) + ["repeat"] * (spec.repeat > 1)
        keys = ", ".join(dict.fromkeys(factors))
        raise ParameterError(f"{spec.where}: {keys}: {total:,} runs; at most {MOST_RUNS:,} without --limit")
    inputs = fingerprint(root, spec.notebook, spec.scale)
    tasks = list(itertools.islice(make_tasks(spec, inputs), min(limit or total, total)))
    return SweepPlan(root, spec, inputs, tasks, total)


def number_of_runs(spec: SweepSpec) -> int:
    """Count the runs of a sweep without making them."""
    points = math.prod(len(axis.points) for axis in spec.axes)
    return points * (1 if spec.seeds is None else len(spec.seeds)) * spec.repeat


def make_tasks(spec: SweepSpec, inputs: Fingerprint) -> Iterator[Task]:
    """Make the runs of a sweep one by one: the last axis changes fastest, then seeds, then repeats.

    Parameters
    ----------
    inputs
        What decides the result besides the parameters.
    """
    names = [name for axis in spec.axes for name in axis.names]
    index = itertools.count()
    for repeat in range(spec.repeat):
        for seed in [None] if spec.seeds is None else spec.seeds:
            base = spec.parameters if seed is None else {**spec.parameters, "seed": seed}
            for points in itertools.product(*(axis.points for axis in spec.axes)):
                values = itertools.chain.from_iterable(points)
                parameters = {**base, **dict(zip(names, values, strict=True))}
                yield Task(next(index), run_name(inputs, parameters, repeat), parameters, repeat)
