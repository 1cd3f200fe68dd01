"""Where a run comes from: commit, versions and machine kind, without host, user or path names."""

from __future__ import annotations

import os
import platform
import subprocess
from datetime import UTC, datetime
from functools import cache
from importlib import metadata
from pathlib import Path
from typing import Any

_TOLD = ("numpy", "scipy", "highspy", "networkx", "matplotlib", "torch", "papermill", "ipykernel")


def provenance(root: Path) -> dict[str, Any]:
    """Return commit, dirty flag, versions, machine kind and the present time (UTC)."""
    return {**commit_of(root), **environment(), "finished": now()}


def environment() -> dict[str, Any]:
    """Return the versions and the kind of this machine."""
    return {"python": platform.python_version(), "versions": _versions(), "machine": machine_kind()}


def now() -> str:
    """Return the present moment in UTC, to the second."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


@cache
def machine_kind() -> str:
    """Describe the machine by kind, e.g. ``Linux x86_64, 2 cores, 24 GiB, no GPU``."""
    import psutil

    memory = round(psutil.virtual_memory().total / 2**30)
    gpu = "with GPU" if Path("/proc/driver/nvidia/version").exists() else "no GPU"
    return f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores, {memory} GiB, {gpu}"


@cache
def _versions() -> dict[str, str]:
    return {name: metadata.version(name).partition("+")[0] for name in _TOLD}


def commit_of(root: Path) -> dict[str, Any]:
    """Return the commit of the tree below ``root``, and whether it has changes that are not committed.

    Results that were recorded since are none: to record one run would make the next one dirty. Where they are an
    input, they are in the run's name.
    """
    commit = _git(root, "rev-parse", "--short=12", "HEAD")
    status = _git(root, "status", "--porcelain", "-uno", "--", ".", ":(exclude)papers/*/results/*")
    return {"commit": commit or "unknown", "dirty": None if status is None else bool(status)}


def _git(root: Path, *arguments: str) -> str | None:
    try:
        done = subprocess.run(["git", "-C", str(root), *arguments], capture_output=True, text=True, check=False)
    except FileNotFoundError:
        return None
    return done.stdout.strip() if done.returncode == 0 else None
