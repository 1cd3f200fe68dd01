"""What a sweep is doing, for whoever looks from outside: a small file, replaced at most once a second."""

from __future__ import annotations

import contextlib
import json
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from rich.markup import escape
from rich.table import Table

from common.companion.console import console, counts_text, duration
from common.companion.sweeps.words import grouped_failures, label_of, rate_text, why

#: Groups of failures that are told of one sweep; more would bury the most frequent.
_GROUPS = 12
_COLOURS = {"running": "cyan", "finished": "green", "failed": "red", "cut off": "red"}


@dataclass(frozen=True)
class SweepStatus:
    """One look at a sweep.

    Attributes
    ----------
    sweep
        ``<paper>/<name>``.
    state
        ``running``, ``finished``, ``stopped``, ``budget used up`` or ``failed``; as it is read also ``cut off`` (its
        process is gone and could not say so) and ``unreadable``.
    pid, process_started
        The process that drives it and when that began (seconds since 1970): numbers are given to new processes.
    started, updated
        UTC, ISO 8601.
    total, done, failed, cached
        Runs planned; of these finished and failed by this command, and finished before it.
    running
        Labels of the runs under way.
    rate
        Runs finished in a second, None while unknown.
    left_seconds
        Time left, None while unknown.
    dashboard
        Address of Dask's dashboard.
    """

    sweep: str
    state: str
    pid: int = 0
    process_started: float = 0.0
    started: str = ""
    updated: str = ""
    total: int = 0
    done: int = 0
    failed: int = 0
    cached: int = 0
    running: list[str] = field(default_factory=list)
    rate: float | None = None
    left_seconds: float | None = None
    dashboard: str | None = None

    @property
    def todo(self) -> int:
        """Runs that have neither finished nor failed nor started."""
        return self.total - self.done - self.failed - self.cached - len(self.running)


class StatusFile:
    """A status kept in a file that is whole at every moment."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._written = float("-inf")

    def write(self, status: SweepStatus, at_once: bool = False) -> None:
        """Replace the file, unless that was done less than a second ago and it need not be ``at_once``."""
        if not at_once and time.monotonic() < self._written + 1:
            return
        self._written = time.monotonic()
        fresh = self.path.with_name(self.path.name + ".new")  # one name: what a kill leaves is overwritten
        with contextlib.suppress(OSError):  # a full disk, say: no reason to end a sweep
            self.path.parent.mkdir(parents=True, exist_ok=True)
            fresh.write_text(json.dumps(asdict(status), indent=1) + "\n", encoding="utf-8")
            fresh.replace(self.path)


def progress_text(status: SweepStatus) -> str:
    """Say in one line how a running sweep gets on."""
    over = status.done + status.failed + status.cached
    counts = counts_text(status.done, status.failed, status.cached)
    return (
        f"{over:,} of {status.total:,}: {counts}, {len(status.running):,} running, {status.todo:,} to do; "
        f"{rate_text(status.rate)}, {duration(status.left_seconds)} left"
    )


def read_statuses(root: Path, sweep: str | None = None) -> list[SweepStatus]:
    """Return the last status of every sweep below ``build/sweeps/``, or of one, sorted by name.

    Parameters
    ----------
    root
        The repository.
    sweep
        ``<paper>/<name>``; by default all.
    """
    found = sorted((root / "build" / "sweeps").glob(f"{sweep or '*/*'}/status.json"))
    return [_as_found(path) for path in found]


def _as_found(path: Path) -> SweepStatus:
    from pydantic import TypeAdapter

    try:
        status = TypeAdapter(SweepStatus).validate_json(path.read_bytes())
    except (OSError, ValueError):  # not ours, or of another version
        return SweepStatus("/".join(path.parent.parts[-2:]), "unreadable")
    return status if status.state != "running" or _alive(status) else replace(status, state="cut off", running=[])


def _alive(status: SweepStatus) -> bool:
    """Whether the process that drives the sweep is there, and not another one with its number."""
    import psutil

    try:
        process = psutil.Process(status.pid)
        same = abs(process.create_time() - status.process_started) < 1
        return same and process.status() != psutil.STATUS_ZOMBIE
    except (psutil.Error, ValueError):
        return False


def print_statuses(
    statuses: Sequence[SweepStatus],
    failures: Sequence[Mapping[str, Any]] = (),
    varying: Sequence[str] = (),
    notebook_of: Callable[[str], str | None] = lambda name: None,
) -> None:
    """Print sweeps as a table and, of what did not come to its end, the command that goes on.

    Parameters
    ----------
    statuses
        As `read_statuses` gives them.
    failures
        The records of the failed runs, where one sweep is asked for: told by reason, with an example each.
    varying
        The swept parameters, by which an example is named.
    notebook_of
        From the name of a run to the place of its partial notebook, None where none was kept.
    """
    if not statuses:
        console.print("no sweep has been started here: companion sweep PAPER/NAME")
        return
    console.print(_table(statuses))
    for each in statuses:
        if each.state == "running":
            place = f"; dashboard {each.dashboard}" if each.dashboard else ""
            console.print(escape(f"{each.sweep}: {progress_text(each)}{place}"), soft_wrap=True)
        elif each.state != "finished":
            told = f"{each.sweep}: {each.state}; go on with: companion sweep {each.sweep}"
            console.print(escape(told), soft_wrap=True)
    if len(statuses) == 1:
        for label in statuses[0].running:
            console.print(f"  running {escape(label)}")
    _print_failures(failures, varying, notebook_of)


def _print_failures(
    failures: Sequence[Mapping[str, Any]], varying: Sequence[str], notebook_of: Callable[[str], str | None]
) -> None:
    groups = grouped_failures(failures)
    for group in groups[:_GROUPS]:
        example = group.example
        label = label_of(example["parameters"], varying, example.get("repeat") or 0)
        console.print(f"[red]{group.count:,} failed[/]: {escape(why(example))}", soft_wrap=True)
        partial = notebook_of(example["run"])
        kept = f"; kept up to the failing cell: {partial}" if partial else ""
        console.print(f"  e.g. {escape(label)}{escape(kept)}", soft_wrap=True)
    if len(groups) > _GROUPS:
        console.print(f"  and {len(groups) - _GROUPS} more kinds of failure")


def _table(statuses: Sequence[SweepStatus]) -> Table:
    table = Table(title="Sweeps", title_justify="left")
    table.add_column("sweep", overflow="fold")
    for heading in ("state", "done", "failed", "last sign"):
        table.add_column(heading, justify="left" if heading == "state" else "right", no_wrap=True)
    for each in statuses:
        table.add_row(
            escape(each.sweep),
            f"[{_COLOURS.get(each.state, 'yellow')}]{each.state}[/]",
            f"{each.done + each.cached:,} of {each.total:,}",
            f"{each.failed:,}",
            _ago(each.updated),
        )
    return table


def _ago(moment: str) -> str:
    try:
        then = datetime.fromisoformat(moment)
    except ValueError:
        return "?"
    return f"{duration(max((datetime.now(UTC) - then).total_seconds(), 0))} ago"
