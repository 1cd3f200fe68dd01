"""What decides the result of a notebook besides its parameters, item by item: a run's name is the hash of it.

The items are kept apart so that a worker on another host can say *which* of them differs from the client's.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from importlib import metadata
from pathlib import Path

from common.companion.catalogue import Notebook
from common.companion.ledger import SCALES, Scale
from common.companion.sources import cell_sources, digest, imported_files, imported_packages, read_with


@dataclass(frozen=True)
class Fingerprint:
    """The inputs of a notebook.

    Attributes
    ----------
    items : mapping of str to str
        For each input its digest: ``cells``, ``checks`` (those of the ledger, which the notebook shows), and
        for each file of ours that it imports or reads its path relative to the root.
    packages : mapping of str to str
        The version that ``requirements.lock`` has of each distribution that the notebook's code imports,
        directly or not. Other lines of the lock have no part in the result.
    """

    items: Mapping[str, str]
    packages: Mapping[str, str]

    @cached_property
    def digest(self) -> str:
        """The hash of all of it."""
        pairs = [*sorted(self.items.items()), *sorted(self.packages.items())]
        return digest(text for pair in pairs for text in pair)

    def differences(self, other: Fingerprint) -> list[str]:
        """Name the inputs that differ from those of ``other``, sorted."""
        mine, theirs = {**self.items, **self.packages}, {**other.items, **other.packages}
        return sorted(name for name in mine.keys() | theirs.keys() if mine.get(name) != theirs.get(name))


def fingerprint(root: Path, notebook: Notebook, scale: Scale) -> Fingerprint:
    """Collect the inputs of a notebook at a scale, which decides what recorded results it may show.

    Raises
    ------
    SourceError
        If a cell or an imported module does not parse.
    """
    items, code = _items(root, notebook, scale)
    lines = (root / "requirements.lock").read_text(encoding="utf-8").splitlines()
    lock = {_normal(name): version for name, _, version in (line.partition("==") for line in lines) if version}
    required = _distributions(imported_packages(notebook.content, code))
    return Fingerprint(items, {name: lock[name] for name in required & lock.keys()})


def fingerprint_here(root: Path, notebook: Notebook, scale: Scale) -> Fingerprint:
    """Collect the same with the versions that are installed here, whatever the lock says."""
    items, code = _items(root, notebook, scale)
    required = _distributions(imported_packages(notebook.content, code))
    versions = {name: _installed(name) for name in required}
    return Fingerprint(items, {name: version for name, version in versions.items() if version})


def _items(root: Path, notebook: Notebook, scale: Scale) -> tuple[dict[str, str], list[Path]]:
    """Return the digests of all inputs that are ours, and the source files among them."""
    code = imported_files(notebook.content, root)
    data = {path for folder in {path.parent for path in code} for path in read_with(folder)}
    texts = [*cell_sources(notebook.content), *(path.read_text(encoding="utf-8") for path in code)]
    files = {*code, *data, *_results(notebook, scale, texts)}
    checks = [check.model_dump_json() for artefact in notebook.artefacts for check in artefact.checks]
    items = {"cells": digest(cell_sources(notebook.content)), "checks": digest(checks)}
    items |= {path.relative_to(root).as_posix(): digest([path.read_bytes()]) for path in files}
    return items, code


def _results(notebook: Notebook, scale: Scale, texts: Iterable[str]) -> list[Path]:
    """List what the notebook may read in ``results/``.

    A run draws recorded larger runs of its paper beside itself; records of its own size or smaller are none of
    its inputs. Recorded sweeps and other files are inputs where the notebook or its code ask for them by name.
    """
    larger = tuple(f".{s}.json" for s in SCALES[SCALES.index(scale) + 1 :])
    smaller = tuple(f".{s}.json" for s in SCALES[: SCALES.index(scale) + 1])
    found = []
    for path in sorted((notebook.paper.folder / "results").glob("*.*")):
        name = re.escape(path.name.partition(".")[0])
        if path.name.endswith(".sweep.json"):
            named = rf"""recorded_sweep\(\s*["']{name}["']"""
        else:
            named = rf"""["'/]{name}["'.]"""
        used = not path.name.endswith(smaller) and any(re.search(named, text) for text in texts)
        if path.name.endswith(larger) or used:
            found.append(path)
    return found


def _distributions(packages: Iterable[str]) -> set[str]:
    """Return the distributions that provide ``packages``, and those that they require."""
    providers = _providers()
    todo = {name for package in packages for name in providers.get(package, ())}
    seen: set[str] = set()
    while todo:
        name = todo.pop()
        if name not in seen:
            seen.add(name)
            todo |= _required(name)
    return seen


def _installed(name: str) -> str | None:
    try:
        return metadata.version(name).partition("+")[0]
    except metadata.PackageNotFoundError:
        return None


@cache
def _providers() -> dict[str, tuple[str, ...]]:
    """Return the installed distributions that provide each importable package."""
    return {package: tuple(map(_normal, names)) for package, names in metadata.packages_distributions().items()}


@cache
def _required(name: str) -> frozenset[str]:
    """Return what an installed distribution requires here, without its extras."""
    from packaging.requirements import Requirement

    try:
        requirements = [Requirement(line) for line in metadata.requires(name) or ()]
    except metadata.PackageNotFoundError:
        return frozenset()
    here = [r for r in requirements if r.marker is None or r.marker.evaluate({"extra": ""})]
    return frozenset(_normal(r.name) for r in here)


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()
