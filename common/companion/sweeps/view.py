"""The progress of a sweep: a live view on a terminal, plain lines elsewhere, and a status file for both.

The loop that drives the sweep only counts; one thread draws, four times a second. Ten thousand runs that end at fifty
a second cost it no more than ten that end in an hour.
"""

from __future__ import annotations

import contextlib
import threading
import time
from collections import Counter, deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import islice
from pathlib import Path
from types import TracebackType
from typing import Any

from rich.console import Console, Group
from rich.live import Live
from rich.markup import escape
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from common.companion.console import console, counts_text, duration, outcome_line
from common.companion.provenance import now
from common.companion.sweeps.pace import Pace
from common.companion.sweeps.status import StatusFile, SweepStatus, progress_text
from common.companion.sweeps.words import label_of, why

_REFRESH = 0.25  # seconds between two pictures
_PLAIN = 10.0  # seconds between two lines where there is no terminal
_RUNNING, _RECENT = 8, 5  # lines of the live view


class SweepView:
    """Shows how a sweep goes; every method may be called from any thread.

    Parameters
    ----------
    plan_label
        The sweep's id, ``<paper>/<name>``.
    total, cached
        Runs of the plan, and how many of these need not be done: they are finished already.
    estimate
        Seconds that the rest will take by past durations, None if unknown: told until the first runs are done.
    dashboard
        Address of Dask's dashboard.
    varying
        The swept parameters; a run is started under the label that `label_of` makes of them, and found by it
        when its record comes.
    status
        Where the status is kept; None for nowhere.
    screen
        Where to print.
    """

    def __init__(
        self,
        plan_label: str,
        total: int,
        cached: int,
        estimate: float | None,
        dashboard: str | None,
        varying: Sequence[str] = (),
        status: Path | None = None,
        screen: Console = console,
    ) -> None:
        self._screen, self._varying = screen, list(varying)
        self._file = StatusFile(status) if status else None
        self._status = SweepStatus(plan_label, "running", total=total, cached=cached, dashboard=dashboard)
        self._estimate, self._began = estimate, time.monotonic()
        self._pace = Pace()
        self._running: dict[str, tuple[int, float]] = {}
        self._reasons: Counter[str] = Counter()
        self._done = self._lost = self._ready = self._slots = 0
        self._refused: set[str] = set()
        self._recent: deque[str] = deque(maxlen=_RECENT)
        self._lines: list[str] = []
        self._end: str | None = None
        self._lock, self._over = threading.Lock(), threading.Event()
        self._thread = threading.Thread(target=self._loop, name="sweep-view", daemon=True)
        self._live = Live(console=screen, auto_refresh=False, transient=True) if screen.is_terminal else None
        self._next_plain = 0.0

    def __enter__(self) -> SweepView:
        import psutil

        self._began, process = time.monotonic(), psutil.Process()
        self._status = replace(
            self._status, pid=process.pid, process_started=process.create_time(), started=now(), updated=now()
        )
        at = f"; dashboard {self._status.dashboard}" if self._status.dashboard else ""
        todo = self._status.total - self._status.cached
        told = f", about {duration(self._estimate)}" if self._estimate is not None else ""
        counts = f"{self._status.total:,} runs: {self._status.cached:,} finished already, {todo:,} to do{told}{at}"
        self._print([f"[bold]{escape(self._status.sweep)}[/]: {escape(counts)}"])
        self._next_plain = self._began + _PLAIN
        if self._live:
            self._live.start()
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with self._lock:
            unplanned = "stopped" if kind and issubclass(kind, KeyboardInterrupt) else "failed"
            self._end = unplanned if kind else self._end or "finished"
        self._over.set()
        self._thread.join()

    def end(self, state: str) -> None:
        """Say why the sweep ends before all is done: ``stopped``, ``budget used up`` or ``failed``."""
        with self._lock:
            self._end = state

    def started(self, index: int, label: str) -> None:
        """Note that the run with this number and label has begun."""
        with self._lock:
            self._running[label] = index, self._pace.started()

    def finished(self, record: Mapping[str, Any]) -> None:
        """Note that a run has ended, well or not, as its record says."""
        label = label_of(record["parameters"], self._varying, record.get("repeat") or 0)
        ok, seconds = record["status"] == "done", record["seconds"]
        with self._lock:
            index, _ = self._running.pop(label, (None, 0.0))
            name = label if index is None else f"#{index} {label}"
            self._pace.finished(seconds)
            self._recent.append(outcome_line(ok, name, seconds))
            if ok:
                self._done += 1
            else:
                self._reasons[str(record.get("reason"))] += 1
                self._lines.append(f"{outcome_line(ok, name, seconds)}  [red]{escape(why(record))}[/]")

    def lost(self, label: str, why: str) -> None:
        """Note that a run was lost through no fault of its own and will be tried again."""
        with self._lock:
            self._running.pop(label, None)
            self._lost += 1
            self._lines.append(f"[yellow]lost[/] {escape(label)}: {escape(why)}; it will be tried again")

    def workers(self, n_ready: int, n_threads: int, refused: Sequence[str] = ()) -> None:
        """Note how many workers take part, how many runs they can do side by side, and which were refused and why."""
        with self._lock:
            self._ready, self._slots = n_ready, n_threads
            self._lines += [f"[yellow]refused[/] {escape(text)}" for text in refused if text not in self._refused]
            self._refused.update(refused)

    def note(self, text: str) -> None:
        """Print a line that stays."""
        with self._lock:
            self._lines.append(escape(text))

    def _loop(self) -> None:
        while not self._over.wait(_REFRESH):
            self._tick()
        self._close()

    def _tick(self) -> SweepStatus:
        """Look once at the counts, then write and draw without holding up those who count."""
        with self._lock:
            lines, self._lines = self._lines, []
            running = list(self._running.items())
            recent = list(self._recent)
            status = self._status = self._look()
        if self._file:
            self._file.write(status)
        self._print(lines)
        if self._live:
            self._live.update(Group(*self._picture(status, running, recent)), refresh=True)
        elif time.monotonic() >= self._next_plain:
            self._next_plain += _PLAIN
            self._print([f"  {escape(progress_text(status))}"])
        return status

    def _look(self) -> SweepStatus:
        present, failed = time.monotonic(), self._reasons.total()
        elapsed = [present - since for _, since in self._running.values()]
        waiting = self._status.total - self._status.cached - self._done - failed - len(elapsed)
        left = self._pace.left(waiting, elapsed, self._slots)
        if left is None and self._estimate is not None:
            left = max(self._estimate - (present - self._began), 0.0)
        return replace(
            self._status, updated=now(), done=self._done, failed=failed, running=list(self._running),
            rate=self._pace.rate(self._slots), left_seconds=left,
        )  # fmt: skip

    def _print(self, lines: Sequence[str]) -> None:
        if not lines:
            return
        with contextlib.suppress(OSError, SystemExit):  # whoever read has gone, as with "| head": the sweep goes on
            self._screen.print("\n".join(lines), soft_wrap=not self._live)

    def _picture(
        self, status: SweepStatus, running: Sequence[tuple[str, tuple[int, float]]], recent: Sequence[str]
    ) -> Iterator[Any]:
        over, present = status.done + status.failed + status.cached, time.monotonic()
        bar = Table.grid(padding=(0, 1), expand=True)
        bar.add_column(no_wrap=True)
        bar.add_column(ratio=1)
        bar.add_column(no_wrap=True)
        share = f"{over / max(status.total, 1):.0%}"
        bar.add_row(Text(status.sweep, "bold"), ProgressBar(max(status.total, 1), over), share)
        yield bar
        yield Text(progress_text(status))
        place = f", dashboard {status.dashboard}" if status.dashboard else ""
        again = f", {self._lost:,} lost and tried again" if self._lost else ""
        yield Text(f"workers: {self._ready:,}, threads: {self._slots:,}{again}{place}", "dim")
        for line in recent:
            yield Text.from_markup(line, overflow="ellipsis", end="\n")
        for label, (index, since) in islice(running, _RUNNING):
            yield Text(f"… #{index} {label}  {duration(present - since)}", "cyan", no_wrap=True, overflow="ellipsis")
        if len(running) > _RUNNING:
            yield Text(f"… and {len(running) - _RUNNING:,} more", "cyan")

    def _close(self) -> None:
        """Draw what has come since the last time, then leave a summary behind."""
        status = replace(self._tick(), state=self._end, running=[], left_seconds=None)
        if self._live:
            self._live.stop()
        if self._file:
            self._file.write(status, at_once=True)
        reasons = ", ".join(f"{count:,} {reason}" for reason, count in self._reasons.most_common())
        parts = [counts_text(status.done, status.failed, status.cached)]
        parts += [f"{status.todo:,} to do"] if status.todo else []
        parts += [f"{self._lost:,} lost and tried again"] if self._lost else []
        parts += [f"failed: {reasons}"] if reasons else []
        told = f"{status.state} after {duration(time.monotonic() - self._began)}: {'; '.join(parts)}"
        self._print([f"[bold]{escape(status.sweep)}[/]: {escape(told)}"])
