"""What the command line prints: tables, the cost of what is planned, the progress of what runs."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from types import TracebackType

from rich.console import Console
from rich.markup import escape
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    SpinnerColumn,
    TextColumn,
    TimeRemainingColumn,
)
from rich.table import Table

from common.companion.execute import Outcome
from common.companion.ledger import Verdict
from common.companion.records import target_of
from common.companion.report import ArtefactRow

console = Console(highlight=False)
if not console.is_terminal and "COLUMNS" not in os.environ:
    console.width = 140  # a file or a pipe has no width; 80 columns would fold every cell
_COLOURS = {
    Verdict.REPRODUCED: "green",
    Verdict.VERIFIED: "green",
    Verdict.SUBSTITUTE: "cyan",
    Verdict.CLOSE: "yellow",
    Verdict.NOT_RUN: "dim",
    Verdict.NOT_REPRODUCED: "red",
}


def duration(seconds: float | None) -> str:
    """Write a duration for people: ``12 s``, ``3 min``, ``1.5 h``; unknown is a question mark."""
    if seconds is None:
        return "?"
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"


def verdict_text(verdict: Verdict) -> str:
    """Colour a verdict."""
    return f"[{_COLOURS[verdict]}]{verdict}[/]"


def report_table(rows: Sequence[ArtefactRow], sources: bool = False) -> Table:
    """Lay the ledger of one paper out as a table, a line a check; ``sources`` says where targets come from."""
    table = Table(title=escape(rows[0].paper.ledger.title), title_justify="left")
    for heading in ("artefact", "verdict", "check", "ours", "held against", "scale"):
        table.add_column(heading, overflow="fold", min_width={"verdict": 10, "ours": 5, "check": 12}.get(heading))
    for row in rows:
        first = [row.artefact.id, verdict_text(row.verdict)]
        for check in row.checks:
            scale = check.evidence.scale if check.evidence else f"({check.check.scale})"
            told = (check.check.name, check.ours, target_of(check.check, sources), scale)
            table.add_row(*first, *(escape(text) for text in told))
            first = ["", ""]
        if not row.checks:
            table.add_row(*first, "–", "–", escape(row.artefact.because or ""), "")
        if row.failure:
            table.add_row("", "", f"[red]{escape(row.failure)}[/]")
        table.add_section()
    return table


def verdict_counts(rows: Iterable[ArtefactRow]) -> str:
    """Count the verdicts in one line."""
    verdicts = [row.verdict for row in rows]
    counts = [f"{verdicts.count(v)} {verdict_text(v)}" for v in Verdict if v in verdicts]
    return f"{len(verdicts)} artefacts: " + ", ".join(counts)


def counts_text(done: int, failed: int, cached: int) -> str:
    """Count runs in words."""
    return f"{done:,} done, {failed:,} failed, {cached:,} cached"


def outcome_line(ok: bool, label: str, seconds: float | None) -> str:
    """Tell in one line of markup what became of a run."""
    mark = "[green]✓[/]" if ok else "[red]✗[/]"
    return f"{mark} {escape(label)}  {duration(seconds)}"


class RunProgress:
    """A bar with the runs done, running, failed and cached, and the time left."""

    def __init__(self, total: int, cached: int) -> None:
        self._bar = Progress(
            SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(),
            TimeRemainingColumn(), console=console, transient=not console.is_terminal,
        )  # fmt: skip
        self._task = self._bar.add_task("", total=total + cached, completed=cached)
        self._running: set[str] = set()
        self._cached, self._failed, self._done = cached, 0, 0

    def __enter__(self) -> RunProgress:
        self._bar.start()
        self._describe()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._bar.stop()

    def start(self, label: str) -> None:
        """Note that a run has begun."""
        self._running.add(label)
        if not console.is_terminal:
            console.print(f"  running {label}")
        self._describe()

    def finish(self, outcome: Outcome) -> None:
        """Note that a run has ended."""
        self._running.discard(outcome.label)
        self._done += outcome.ok
        self._failed += not outcome.ok
        self._bar.console.print(outcome_line(outcome.ok, outcome.label, outcome.seconds))
        if outcome.error:
            self._bar.console.print(f"  [red]{escape(outcome.error)}[/]", soft_wrap=True)
        self._bar.advance(self._task)
        self._describe()

    def _describe(self) -> None:
        names = ", ".join(sorted(label.partition(" @")[0] for label in self._running))
        counts = counts_text(self._done, self._failed, self._cached)
        self._bar.update(self._task, description=f"{counts}, running: {names or 'none'}")
