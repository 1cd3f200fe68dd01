"""Where the runs of a sweep are executed: a Dask cluster of this machine, at an address, or of Slurm jobs.

A worker only drives kernels, one run at a time. Memory is watched kernel by kernel, so Dask's own limits, which
know the worker's process alone, are off.
"""

from __future__ import annotations

import asyncio
import json
import multiprocessing.resource_tracker
import os
import shutil
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from math import ceil
from pathlib import Path
from typing import TYPE_CHECKING, Any

from common.companion.engine import default_jobs
from common.companion.errors import CompanionError

if TYPE_CHECKING:
    from distributed import Client
    from distributed.deploy.cluster import Cluster

ANSWER_SECONDS = 10.0  # how long a scheduler may take to answer, also when its connection was lost
LOST_WORKERS = 2  # Dask tells of a run when it was at its third worker that died
_OVERHEAD = 2**30  # bytes of a Slurm job besides the run: its worker, and the parent of its kernels
_RUN_MEMORY = 2 * 2**30  # bytes to ask Slurm for where a sweep sets no limit
_RUNS_A_JOB = 4  # of the longest that are allowed: so few are cut off by the end of a job
_DEFAULT_WALL_TIME = "00:30:00"  # dask-jobqueue's
_HASH_SEED = "PYTHONHASHSEED"
_NO_DASHBOARD = ("--no-dashboard", "--dashboard-address", "127.0.0.1:0")
_CONFIG = {
    "distributed.scheduler.allowed-failures": LOST_WORKERS,
    "distributed.nanny.pre-spawn-environ": {},  # kernels are to find the environment of the command, no other
}


@dataclass(frozen=True)
class Pool:
    """An open cluster.

    Attributes
    ----------
    client : distributed.Client
        Connected; it is not Dask's default client. Once its scheduler is lost its status is not ``"running"``.
    dashboard : str or None
        Address of Dask's dashboard, if the scheduler has one.
    """

    client: Client
    dashboard: str | None


@contextmanager
def open_pool(
    target: str | None,
    *,
    jobs: int | None = None,
    threads: int = 1,
    memory: int | None = None,
    gpu: int = 0,
    time_limit: float | None = None,
    logs: Path | None = None,
) -> Iterator[Pool]:
    """Open the cluster that ``--cluster`` names; afterwards end what was started for it.

    Local workers end within a second of this process, whatever ends it, and leave Ctrl-C to it.

    Parameters
    ----------
    target
        None for worker processes on this machine; ``slurm`` or ``slurm:PARTITION`` for Slurm jobs, with
        dask-jobqueue's configuration; else the address of a scheduler (``tcp://host:8786``, ``host:8786``) or its
        scheduler file (``*.json``).
    jobs
        Runs side by side: worker processes or Slurm jobs, 1 or more. By default what this machine has room for.
        Without effect on a cluster that is there already.
    threads
        Threads of a run, 1 or more.
    memory
        Bytes that a run may take; None where the sweep sets no limit.
    gpu
        GPUs of a run, 0 or more. A worker of this machine or of a Slurm job has so many, as the Dask resource ``GPU``.
    time_limit
        Seconds that a run may take; None where the sweep sets no limit. Unless its wall time is configured, a Slurm
        job asks for several runs' time, half an hour at least. A job that has ended is replaced.
    logs
        Folder for what Slurm jobs print; None for the working directory.

    Raises
    ------
    CompanionError
        No scheduler answers, there is no Slurm, or this machine has too few GPUs.
    """
    import dask
    from distributed import Client
    from distributed.utils import silence_logging_cmgr

    kind, _, partition = (target or "").partition(":")
    with dask.config.set(_CONFIG), silence_logging_cmgr("CRITICAL"):  # what is lost is told by the runs
        if target is not None and kind != "slurm":
            with Client(_address(target), timeout=ANSWER_SECONDS, set_as_default=False) as client:
                yield Pool(client, client.dashboard_link)
            return
        if target is None:
            started = _local_cluster(jobs, threads, memory, gpu)
        else:
            started = _slurm_cluster(partition or None, jobs, threads, memory, gpu, time_limit, logs)
        with started as cluster, Client(cluster, timeout=ANSWER_SECONDS, set_as_default=False) as client:
            port = cluster.scheduler.services["dashboard"].port  # its own link names the network's address
            yield Pool(client, f"http://127.0.0.1:{port}/status")


def _address(target: str) -> str:
    """Return the address of a scheduler that somebody else has started, once it has answered.

    Raises
    ------
    CompanionError
        What is there, if anything, is no scheduler.
    """
    missing = CompanionError(f"no Dask scheduler answers at {target}")
    try:
        address = json.loads(Path(target).read_text())["address"] if target.endswith(".json") else target
        answer = asyncio.run(asyncio.wait_for(_identity(address), ANSWER_SECONDS))
    except OSError as error:  # also a time-out
        raise CompanionError(f"{missing}: {error.strerror}") if error.strerror else missing from None
    except (ValueError, KeyError, TypeError):  # no scheduler file, or no address
        raise missing from None
    if answer["type"] != "Scheduler":
        raise CompanionError(f"{missing}, but a {answer['type']}")
    return address


async def _identity(address: str) -> dict[str, Any]:
    """Ask a process of Dask what it is. A `Client` that gets no answer would complain about that for 20 s."""
    from distributed import Security
    from distributed.core import rpc

    async with rpc(address, connection_args=Security().get_connection_args("client")) as process:
        return await process.identity()


@contextmanager
def _local_cluster(jobs: int | None, threads: int, memory: int | None, gpu: int) -> Iterator[Cluster]:
    """Start worker processes under Nannies, which start them again when they are killed."""
    from distributed import Nanny, Scheduler, SpecCluster

    worker = {
        "host": "127.0.0.1",
        "nthreads": threads,
        "memory_limit": 0,
        "dashboard": False,  # Bokeh would take each worker 0.5 s to import
        "dashboard_address": "127.0.0.1:0",
        "silence_logs": "CRITICAL",
    }
    with _hash_seed_kept() as seed:
        with _without_interrupts():
            cluster = SpecCluster(
                scheduler={
                    "cls": Scheduler,
                    "options": {"host": "127.0.0.1", "dashboard": True, "dashboard_address": "127.0.0.1:0"},
                },
                workers={
                    number: {"cls": Nanny, "options": worker | {"env": seed | devices, "resources": {"GPU": gpu}}}
                    for number, devices in enumerate(_places(jobs, threads, memory, gpu))
                },
                silence_logs="CRITICAL",
            )
        with cluster:
            yield cluster


def _places(jobs: int | None, threads: int, memory: int | None, gpu: int) -> list[dict[str, str]]:
    """Give each worker of this machine the environment with the GPUs that are its own.

    Raises
    ------
    CompanionError
        There are not enough GPUs for one run.
    """
    wanted = jobs or max(1, default_jobs() // threads)
    if jobs is None and memory:
        wanted = max(1, min(wanted, _memory_of_machine() // memory))
    if not gpu:
        return [{}] * wanted
    devices = _gpus()
    if len(devices) < gpu:
        raise CompanionError(f"a run of this sweep wants {gpu} GPU, and this machine has {len(devices)}")
    groups = [devices[start : start + gpu] for start in range(0, len(devices) - gpu + 1, gpu)]
    return [{"CUDA_VISIBLE_DEVICES": ",".join(group)} for group in groups[:wanted]]


def _gpus() -> list[str]:
    """List the GPUs that this process may use, without loading CUDA."""
    visible = os.environ.get("CUDA_VISIBLE_DEVICES")
    if visible is not None:
        return [device for device in visible.split(",") if device.strip() not in ("", "-1")]
    folder = Path("/proc/driver/nvidia/gpus")
    return [str(number) for number, _ in enumerate(folder.iterdir())] if folder.is_dir() else []


def _memory_of_machine() -> int:
    """Return the bytes of memory that programs can still have."""
    import psutil

    return psutil.virtual_memory().available


@contextmanager
def _hash_seed_kept() -> Iterator[dict[str, str]]:
    """Yield the hash seed for workers, and take back the one that Nannies set for this whole process."""
    before = os.environ.get(_HASH_SEED)
    try:
        yield {_HASH_SEED: before or "0"}
    finally:
        os.environ.pop(_HASH_SEED, None)
        if before is not None:
            os.environ[_HASH_SEED] = before


@contextmanager
def _without_interrupts() -> Iterator[None]:
    """Keep Ctrl-C from the threads and processes that are started in this context, and from theirs."""
    multiprocessing.resource_tracker.ensure_running()  # whoever starts it lets interrupts through again
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


@contextmanager
def _slurm_cluster(
    partition: str | None,
    jobs: int | None,
    threads: int,
    memory: int | None,
    gpu: int,
    time_limit: float | None,
    logs: Path | None,
) -> Iterator[Cluster]:
    """Submit Slurm jobs of one worker each, and others in the place of those that end."""
    if shutil.which("sbatch") is None:
        raise CompanionError("--cluster slurm: there is no 'sbatch' on this machine; a login node has it")
    import dask
    from dask_jobqueue import SLURMCluster

    configured = dask.config.get("jobqueue.slurm")
    options = {
        "cores": threads,
        "processes": 1,
        "memory": 0,  # no limit of Dask's; Slurm has its own
        "job_mem": configured["job-mem"] or f"{((memory or _RUN_MEMORY) + _OVERHEAD) >> 20}M",
        "queue": partition or configured["queue"],
        "walltime": _wall_time(configured["walltime"], time_limit),
        "worker_extra_args": [*configured["worker-extra-args"], "--resources", f"GPU={gpu}", *_NO_DASHBOARD],
        "job_extra_directives": [*configured["job-extra-directives"], *([f"--gres=gpu:{gpu}"] if gpu else [])],
        "scheduler_options": {"dashboard_address": "127.0.0.1:0"} | configured["scheduler-options"],
        "log_directory": str(logs) if logs else configured["log-directory"],
    }
    with SLURMCluster(**options) as cluster:
        _check_accepted(cluster.job_script())
        jobs = jobs or default_jobs()
        cluster.adapt(minimum_jobs=jobs, maximum_jobs=jobs)
        yield cluster


def _wall_time(configured: str, time_limit: float | None) -> str:
    """Return the wall time to ask Slurm for: what somebody has configured, or time for several runs."""
    if configured != _DEFAULT_WALL_TIME or time_limit is None:
        return configured
    minutes, seconds = divmod(ceil(max(1800, _RUNS_A_JOB * time_limit)), 60)
    return f"{minutes}:{seconds:02}"


def _check_accepted(script: str) -> None:
    """Ask Slurm whether it would take a job: dask-jobqueue would wait for one that was refused."""
    checked = subprocess.run(["sbatch", "--test-only"], input=script, capture_output=True, text=True, check=False)
    if checked.returncode:
        reason = (
            checked.stderr.strip()
            .rpartition("\n")[2]
            .removeprefix("sbatch: error: ")
            .removeprefix("allocation failure: ")
        )
        raise CompanionError(f"--cluster slurm: {reason}")
