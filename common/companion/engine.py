"""Executing many runs in parallel on Dask, with failure isolation and progress events."""

from __future__ import annotations

import os
import shutil
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
    force: bool = False,
    timeout: float | None = None,
    on_start: Callable[[str], None] = lambda label: None,
    on_finish: Callable[[Outcome], None] = lambda outcome: None,
) -> list[Outcome]:
    """Execute runs, ``jobs`` at a time; one run's failure leaves the others alone.

    Ctrl-C ends the process with status 130 and its kernels with it.

    Parameters
    ----------
    cold
        Start ordinary kernels instead of forking them from a warm parent.
    force
        Execute also what another command has finished since the runs were planned.
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
        futures = [client.submit(_task, run, scratch, force, timeout, key=f"{run.label}-{run.name}") for run in runs]
        try:
            for future in as_completed(futures):
                outcomes.append(future.result())
                on_finish(outcomes[-1])
        except KeyboardInterrupt:
            print("stopped: what is finished is kept, the same command goes on from there", flush=True)
            _end_ordinary_kernels()
            shutil.rmtree(scratch, ignore_errors=True)
            os._exit(130)  # an orderly end would wait for the notebooks that were cut off
    return outcomes


def _task(run: Run, scratch: Path, force: bool, timeout: float | None) -> Outcome:
    from distributed import get_worker

    if run.done and not force:
        return Outcome(run.label, 0.0)
    get_worker().log_event(_TOPIC, run.label)
    return execute(run, scratch, timeout)


def _end_ordinary_kernels() -> None:
    """Kill the kernels that this process started; forked ones end with their parent, which ends with us."""
    import psutil

    for child in psutil.Process().children(recursive=True):
        try:
            if "common.companion.kernels.server" not in child.cmdline():
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
        LocalCluster(
            n_workers=1,
            threads_per_worker=jobs,
            processes=False,
            dashboard_address="127.0.0.1:0",  # None would listen to the whole network
            worker_dashboard_address="127.0.0.1:0",
        ) as cluster,
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
