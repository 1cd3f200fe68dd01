"""A sweep as its YAML file ``papers/<slug>/params/sweep_<name>.yaml`` describes it, checked from end to end."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from common.companion.catalogue import Notebook, Paper, find_notebooks, find_paper, nearest
from common.companion.errors import CompanionError, ParameterError, UnknownNameError
from common.companion.ledger import Scale
from common.companion.runs import base_parameters
from common.companion.sweeps.axes import Axis, Checks
from common.companion.sweeps.schema import read_sweep


@dataclass(frozen=True)
class SweepSpec:
    """A sweep, ready to be planned.

    Attributes
    ----------
    parameters : mapping
        The complete base: the notebook's defaults, on top of them the scale's values, then those of the file.
    axes : tuple of Axis
        What is swept besides seeds and repeats, in the order of the file; the last one changes fastest.
    seeds : sequence of int or None
        None where the seed of the base parameters holds.
    memory : int or None
        Bytes that one run may take.
    time_limit, budget : float or None
        Seconds: of one run, and of one command.
    results : str or None
        An fsspec URL, or a path relative to the repository's root.
    """

    path: Path
    paper: Paper
    notebook: Notebook
    about: str | None
    scale: Scale
    parameters: Mapping[str, Any]
    axes: tuple[Axis, ...]
    seeds: Sequence[int] | None
    repeat: int
    threads: int
    memory: int | None
    gpu: int
    time_limit: float | None
    budget: float | None
    results: str | None

    @property
    def name(self) -> str:
        """What follows ``sweep_`` in the file's name."""
        return _name(self.path)

    @property
    def id(self) -> str:
        """The name used on the command line, e.g. ``contracts_rl/depths``."""
        return sweep_id(self.path)

    @property
    def where(self) -> str:
        """How messages call its file, e.g. ``contracts_rl/params/sweep_depths.yaml``."""
        return _where(self.paper, self.path)

    @property
    def varying(self) -> list[str]:
        """The swept parameters in the order of the file, ``seed`` last; repeats are no parameter."""
        names = [name for axis in self.axes for name in axis.names] + ["seed"] * (self.seeds is not None)
        return sorted(names, key=lambda name: name == "seed")


def all_sweeps(root: Path) -> list[Path]:
    """Return the files of all sweeps of the repository, by paper and name; `load_spec` takes each as a string."""
    return sorted((root / "papers").glob("*/params/sweep_?*.yaml"))


def sweep_id(path: Path) -> str:
    """Return what the command line calls the sweep of a file."""
    return f"{path.parents[1].name}/{_name(path)}"


def load_spec(root: Path, target: str) -> SweepSpec:
    """Read a sweep and check all of it before anything starts.

    Parameters
    ----------
    target
        ``PAPER/SWEEP`` (``contracts_rl/depths``), or the path of its file as the shell completes it.

    Raises
    ------
    UnknownNameError
        If there is no such sweep; the message has the nearest one.
    ParameterError
        If the file lies elsewhere, or something in it is wrong: one line that names the file and the key.
    """
    root = root.resolve()
    paper, path = _find(root, target)
    where = _where(paper, path)
    file, order = read_sweep(path, where)
    try:
        (notebook,) = find_notebooks(root, [f"{paper.slug}/{file.notebook}"])
    except UnknownNameError as error:
        raise ParameterError(f"{where}: notebook: {error}") from None
    checks = Checks(where, notebook.parameters)
    try:
        base = base_parameters(notebook, file.scale)
    except CompanionError as error:
        raise ParameterError(f"{where}: scale: {error}") from None
    base |= {name: checks.value(f"parameters.{name}", name, value) for name, value in file.parameters.items()}
    axes = checks.axes(file, order)
    if file.seeds is not None:
        checks.seeds(file.seeds)
    checks.disjoint(file.parameters, axes, file.seeds is not None)
    _check_location(root, file.results, f"{where}: results")
    return SweepSpec(
        path, paper, notebook, file.about, file.scale, base, axes, file.seeds, file.repeat, file.resources.threads,
        file.resources.memory, file.resources.gpu, file.time_limit, file.budget, file.results,
    )  # fmt: skip


def _name(path: Path) -> str:
    return path.stem.removeprefix("sweep_")


def _where(paper: Paper, path: Path) -> str:
    return f"{paper.slug}/params/{path.name}"


def _hint(name: str, sweeps: Sequence[Path]) -> str:
    return nearest(name, map(sweep_id, sweeps))


def _find(root: Path, target: str) -> tuple[Paper, Path]:
    """Return the paper and the file of a sweep."""
    slug, _, name = target.partition("/")
    if target.endswith((".yaml", ".yml")):
        path = Path(target).resolve()
        slug, name = path.parent.parent.name, _name(path)
        if path != root / "papers" / slug / "params" / f"sweep_{name}.yaml":
            raise ParameterError(f"'{target}' is not papers/PAPER/params/sweep_NAME.yaml of this repository")
    elif not slug or target.count("/") != 1:
        raise UnknownNameError(f"'{target}' is not PAPER/SWEEP: {_hint(target, all_sweeps(root))}")
    paper = find_paper(root, slug)
    there = [path for path in all_sweeps(root) if path.parent.parent == paper.folder]
    for path in there:
        if _name(path) == name:
            return paper, path
    raise UnknownNameError(f"{slug} has no sweep '{name}': {_hint(f'{slug}/{name}', there)}")


def _check_location(root: Path, results: str | None, where: str) -> None:
    """Refuse a place that only one machine has, and a file system that fsspec does not know."""
    if results is None:
        return
    if "://" in results:
        from fsspec import available_protocols

        protocol, known = results.partition("://")[0].rpartition("::")[2], available_protocols()
        if protocol not in known:
            raise ParameterError(f"{where}: no file system '{protocol}': {nearest(protocol, known)}")
    elif results.startswith(("/", "~")) or not (root / results).resolve().is_relative_to(root):
        raise ParameterError(f"{where}: '{results}' leaves the repository: give a file:// URL, or use --results")
