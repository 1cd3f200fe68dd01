"""Executing many runs in parallel on Dask, with failure isolation and progress events."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from common.companion.execute import Outcome, execute
from common.companion.runs import Run, scratch_folder

_TOPIC = "companion-run-started"


def execute_all(
    runs: Sequence[Run],
    jobs: int,
    cold: bool = False,
    timeout: float | None = None,
    on_start: Callable[[str], None] = lambda label: None,
    on_finish: Callable[[Outcome], None] = lambda outcome: None,
) -> list[Outcome]:
    """Execute runs, ``jobs`` at a time; one run's failure leaves the others alone.

    Parameters
    ----------
    cold
        Start ordinary kernels instead of forking them from a warm parent.
    on_start, on_finish
        Called from another thread with the run's label, and with its outcome.

    Returns
    -------
    list of Outcome
        In the order in which the runs finished.
    """
    from distributed import as_completed

    if not runs:
        return []
    root, outcomes = runs[0].root, []
    with scratch_folder(root) as scratch, _kernels(cold), _cluster(jobs) as client:
        client.subscribe_topic(_TOPIC, lambda event: on_start(event[1]))
        futures = [client.submit(_task, run, scratch, timeout, key=f"{run.label}-{run.name}") for run in runs]
        try:
            for future in as_completed(futures):
                outcomes.append(future.result())
                on_finish(outcomes[-1])
        except KeyboardInterrupt:
            end_children()  # else Dask waits for the running notebooks
            raise
    return outcomes


def _task(run: Run, scratch: Path, timeout: float | None) -> Outcome:
    from distributed import get_worker

    get_worker().log_event(_TOPIC, run.label)
    return execute(run, scratch, timeout)


def end_children() -> None:
    """Kill every process that this one started: kernels do not outlive the command."""
    import psutil

    for child in psutil.Process().children(recursive=True):
        try:
            child.kill()
        except psutil.NoSuchProcess:
            continue


@contextmanager
def _cluster(jobs: int) -> Iterator:
    """Open a Dask cluster in this process: the kernels are the workers' processes already."""
    import dask
    from distributed import Client, LocalCluster

    quiet = {"distributed.worker.memory.terminate": False, "distributed.logging.distributed": "error"}
    with (
        dask.config.set(quiet),
        LocalCluster(n_workers=1, threads_per_worker=jobs, processes=False, dashboard_address=None) as cluster,
        Client(cluster) as client,
    ):
        yield client


def _kernels(cold: bool):  # noqa: ANN202 - one of two context managers
    from common.companion.kernels import available, kernel_server, single_threaded

    if cold or not available():
        return single_threaded()
    return kernel_server()


def default_jobs() -> int:
    """Return how many runs go side by side by default: one a core, since each kernel has one thread."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
