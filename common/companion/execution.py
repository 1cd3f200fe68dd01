"""Executing one notebook in a kernel of its own, within limits, and measuring what it took.

papermill does the work; its engine is replaced by one that knows the kernel's process.
"""

from __future__ import annotations

import contextlib
import errno
import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

#: Seconds between two looks at a running kernel.
_INTERVAL = 0.5

#: System errors that say that there is no room for files.
NO_ROOM = (errno.ENOSPC, errno.EDQUOT)

#: Reasons that another attempt cannot cure, unless what they depend on changes.
NOTEBOOK_ERROR, TIME_LIMIT, MEMORY_LIMIT = "notebook error", "time limit", "memory limit"

#: Reasons that lie outside the run.
KERNEL_DIED, WORKER_LOST, NOT_KEPT, STOPPED = "kernel died", "worker lost", "not kept", "stopped"


@dataclass(frozen=True)
class Limits:
    """What a run may take; None means no limit.

    Attributes
    ----------
    cell_seconds, seconds
        Wall time of one cell, and of the whole run.
    memory
        Resident memory of the kernel and its children, in bytes.
    """

    cell_seconds: float | None = None
    seconds: float | None = None
    memory: int | None = None

    def exceeded(self, elapsed: float, resident: int) -> tuple[str, str] | None:
        """Return the kind of the limit that a run exceeds, and one line about it."""
        if self.memory and resident > self.memory:
            took, allowed = (f"{size / 2**20:.0f}" for size in (resident, self.memory))
            return MEMORY_LIMIT, f"it took {took} MiB, more than the {allowed} allowed"
        if self.seconds and elapsed > self.seconds:
            return TIME_LIMIT, f"it took longer than {self.seconds:g} s"
        return None


@dataclass
class Execution:
    """What became of a notebook, and what it took.

    Attributes
    ----------
    seconds, cpu_seconds
        Wall time with the kernel's start and end; CPU time of the kernel and the children it has waited for.
    peak_memory
        Largest resident set of the kernel in bytes, with what it shares with other processes.
    reason, error
        For a failure, its kind and one line about it.
    """

    seconds: float = 0.0
    cpu_seconds: float | None = None
    peak_memory: int | None = None
    reason: str | None = None
    error: str | None = None


def execute_notebook(
    path: Path,
    output: Path,
    parameters: Mapping[str, Any],
    limits: Limits,
    stop: threading.Event | None = None,
) -> Execution:
    """Execute the notebook ``path`` into ``output``, which has what was done when it fails.

    Parameters
    ----------
    parameters
        Values for an injected cell; none is injected if there are none.
    stop
        Once it is set, the kernel is killed within a second.

    Returns
    -------
    Execution
        A failure, whatever it is, is told and not raised.
    """
    import papermill
    from nbclient.exceptions import CellTimeoutError, DeadKernelError

    from common.companion.papermill_engine import ENGINE

    execution, started = Execution(), time.perf_counter()
    try:
        papermill.execute_notebook(
            path,
            output,
            dict(parameters),
            engine_name=ENGINE,
            kernel_name="python3",
            progress_bar=False,
            execution_timeout=limits.cell_seconds,
            store_widget_state=False,
            # papermill's own cwd changes the whole process; this one is the kernel's alone
            resources={"metadata": {"path": str(path.parent)}},
            limits=limits,
            execution=execution,
            stop=stop or threading.Event(),
        )
    except papermill.PapermillExecutionError as error:
        execution.reason, execution.error = NOTEBOOK_ERROR, f"cell {error.exec_count}: {error.ename}: {error.evalue}"
    except CellTimeoutError as error:
        if limits.cell_seconds is None:  # the kernel fell silent
            execution.reason, execution.error = KERNEL_DIED, f"{type(error).__name__}: {error}"
        else:
            execution.reason, execution.error = TIME_LIMIT, f"a cell took longer than {limits.cell_seconds:g} s"
    except DeadKernelError:
        if execution.reason is None:  # not killed by the watch
            execution.reason, execution.error = KERNEL_DIED, "the kernel died (out of memory, or killed)"
    except Exception as error:  # one run's failure, whatever it is, must not stop the others
        if execution.reason is None:
            unwritten = isinstance(error, OSError) and (str(output) == error.filename or error.errno in NO_ROOM)
            execution.reason = NOT_KEPT if unwritten else KERNEL_DIED
            execution.error = f"{type(error).__name__}: {getattr(error, 'strerror', None) or error}"
    execution.seconds = time.perf_counter() - started
    return execution


@contextlib.contextmanager
def watched(pid: int, limits: Limits, execution: Execution, stop: threading.Event) -> Iterator[None]:
    """Measure the process ``pid`` into ``execution``, and kill it when it exceeds a limit or is to stop."""
    import psutil

    process, over, started = psutil.Process(pid), threading.Event(), time.monotonic()

    def look() -> None:
        with contextlib.suppress(psutil.Error, OSError):
            resident = _measure(process, execution)
            why = (STOPPED, "it was stopped") if stop.is_set() else None
            if why := why or limits.exceeded(time.monotonic() - started, resident):
                execution.reason, execution.error = why
                for each in (process, *process.children(recursive=True)):  # what it has started goes with it
                    with contextlib.suppress(psutil.NoSuchProcess):
                        each.kill()

    def watch() -> None:
        while not over.wait(_INTERVAL) and execution.reason is None:
            look()

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    try:
        yield
    finally:
        over.set()
        watcher.join()
        with contextlib.suppress(psutil.Error, OSError):
            _measure(process, execution)


def _measure(process: Any, execution: Execution) -> int:
    """Note CPU time and peak memory so far; return the present resident memory with children, in bytes."""
    import psutil

    used = process.cpu_times()
    execution.cpu_seconds = round(used.user + used.system + used.children_user + used.children_system, 3)
    resident = process.memory_info().rss
    for child in process.children(recursive=True):
        with contextlib.suppress(psutil.Error):
            resident += child.memory_info().rss
    execution.peak_memory = max(execution.peak_memory or 0, resident, _high_water(process.pid))
    return resident


def _high_water(pid: int) -> int:
    """Return the largest resident set of a process so far in bytes; 0 where the system does not tell."""
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM:")), 0)
