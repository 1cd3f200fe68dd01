"""``companion doctor``: what this machine has, what the project needs, and the cure for each gap."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Literal

_MARKS = {"good": "[green]✓[/]", "note": "[yellow]•[/]", "bad": "[red]✗[/]"}


@dataclass(frozen=True)
class Finding:
    """One thing looked at: ``bad`` needs its cure, ``note`` is optional."""

    what: str
    state: Literal["good", "note", "bad"]
    found: str
    cure: str = ""


def examine(root: Path) -> bool:
    """Print every finding with its cure; return whether nothing is bad."""
    from rich.markup import escape
    from rich.table import Table

    from common.companion.console import console

    findings = list(findings_of(root))
    table = Table("", "what", "found", "cure")
    for finding in findings:
        table.add_row(_MARKS[finding.state], finding.what, escape(finding.found), escape(finding.cure))
    console.print(table)
    return all(finding.state != "bad" for finding in findings)


def findings_of(root: Path) -> Iterator[Finding]:
    """Look at Python, packages, cores, threads, GPU, LLM endpoint, kernels, browser and disk."""
    version = ".".join(map(str, sys.version_info[:3]))
    good = sys.version_info[:2] >= (3, 11)
    yield Finding(
        "Python", "good" if good else "bad", version, "" if good else "install Python 3.11 and run make again"
    )
    yield _packages(root)
    yield Finding("cores", "good", str(os.cpu_count()))
    threads = os.environ.get("OMP_NUM_THREADS", "not set")
    yield Finding("threads", "good", f"OMP_NUM_THREADS {threads}; every run's kernel has one thread")
    yield _gpu()
    yield _endpoint()
    yield _kernels()
    free = shutil.disk_usage(root).free / 2**30
    yield Finding(
        "free disk", "good" if free >= 1 else "bad", f"{free:.1f} GiB", "" if free >= 1 else "free at least 1 GiB"
    )


def locked_versions(root: Path) -> dict[str, str]:
    """Return the versions that ``requirements.lock`` pins, by normalised name."""
    lines = (root / "requirements.lock").read_text(encoding="utf-8").splitlines()
    pairs = (line.split("==", 1) for line in lines if "==" in line and not line.startswith("#"))
    return {_normal(name): version.strip() for name, version in pairs}


def _packages(root: Path) -> Finding:
    installed = {_normal(d.metadata["Name"]): d.version.partition("+")[0] for d in metadata.distributions()}
    locked = locked_versions(root)
    other = [f"{name} {installed[name]} instead of {v}" for name, v in locked.items() if installed.get(name, v) != v]
    absent = [name for name in locked if name not in installed]
    if not other and not absent:
        return Finding("packages", "good", f"all {len(locked)} as in requirements.lock")
    told = "; ".join([*other[:5], *(f"{name} is missing" for name in absent[:5])])
    more = len(other) + len(absent) - min(len(other), 5) - min(len(absent), 5)
    return Finding("packages", "bad", told + (f"; and {more} more" if more else ""), "rm -r .venv && make install")


def _normal(name: str) -> str:
    return name.strip().lower().replace("_", "-").replace(".", "-")


def _gpu() -> Finding:
    import torch

    if torch.cuda.is_available():
        return Finding("GPU", "good", torch.cuda.get_device_name())
    return Finding("GPU", "note", "none", "not needed below paper scale; device: auto takes one where there is one")


def _endpoint() -> Finding:
    if os.environ.get("OPENAI_BASE_URL") or os.environ.get("OPENAI_API_KEY"):
        return Finding("LLM endpoint", "good", "set by environment variables (not shown)")
    cure = "set OPENAI_BASE_URL and OPENAI_API_KEY to use one; recorded or simulated agents stand in"
    return Finding("LLM endpoint", "note", "none", cure)


def _kernels() -> Finding:
    from common.companion.kernels import available

    if available():
        return Finding("fast kernels", "good", "forked from a warm parent")
    return Finding(
        "fast kernels", "note", "ordinary kernels (forking needs Linux)", "results are the same, only slower"
    )
