"""Clusters as a sweep opens them: they come, run things, and go without leaving a process."""

import os
import signal
import subprocess
import sys
import time

import psutil
import pytest

from common.companion.errors import CompanionError
from common.companion.sweeps.cluster import ANSWER_SECONDS, open_pool
from tests.conftest import ROOT

PROGRAM = """
import os, sys, time
from common.companion.sweeps.cluster import open_pool

if __name__ == "__main__":
    with open_pool(None, jobs=2) as pool:
        pool.client.submit(time.sleep, 300)
        try:
            print(*sorted(pool.client.run(os.getpid).values()), flush=True)  # the interrupt may follow at once
            time.sleep(300)
        except KeyboardInterrupt:
            print(*sorted(pool.client.run(os.getpid).values()), flush=True)
            os._exit(130)
"""


def lives(process):
    try:
        return process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def alive(processes, seconds=20):
    """Those of the processes that do not end within a while."""
    deadline = time.monotonic() + seconds
    while processes and time.monotonic() < deadline:
        processes = [process for process in processes if lives(process)]
        time.sleep(0.05)
    return processes


@pytest.fixture
def program(tmp_path):
    """A command with a local pool, a run that never ends, and the process group that a terminal would give it."""
    file = tmp_path / "program.py"
    file.write_text(PROGRAM)
    process = subprocess.Popen(
        [sys.executable, file],
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        process_group=0,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    yield process
    process.kill()
    process.communicate()


@pytest.fixture
def scheduler(tmp_path):
    """The scheduler file of a Dask scheduler that somebody else has started, and its process."""
    file = tmp_path / "scheduler.json"
    command = ["-m", "distributed.cli.dask_scheduler", "--host", "127.0.0.1", "--port", "0", "--no-dashboard"]
    process = subprocess.Popen([sys.executable, *command, "--scheduler-file", file], stderr=subprocess.DEVNULL)
    while not file.exists() or not file.read_text():
        assert process.poll() is None
        time.sleep(0.05)
    yield str(file), process
    process.kill()
    process.wait()


def test_a_local_pool_runs_things_and_leaves_no_process(monkeypatch):
    monkeypatch.setenv("COMPANION_MARK", "inherited")
    monkeypatch.setenv("PYTHONHASHSEED", "0")
    before = set(psutil.Process().children(recursive=True))
    with open_pool(None, jobs=2, threads=3) as pool:
        seen = pool.client.run(lambda: (os.getpid(), os.environ["COMPANION_MARK"], os.environ["PYTHONHASHSEED"]))
        processes = set(psutil.Process().children(recursive=True)) - before
        assert pool.client.submit(pow, 2, 5).result(timeout=20) == 32
        assert set(pool.client.nthreads().values()) == {3}
        assert pool.dashboard.startswith("http://127.0.0.1:")
        ours = [psutil.Process(), *processes]
        listening = {c.laddr.ip for p in ours for c in p.net_connections("inet") if c.status == "LISTEN"}
    assert listening == {"127.0.0.1"}
    assert len({pid for pid, *_ in seen.values()} - {os.getpid()}) == 2
    assert {tuple(rest) for _, *rest in seen.values()} == {("inherited", "0")}
    assert os.environ["PYTHONHASHSEED"] == "0"
    workers = [p for p in processes if p.pid in {pid for pid, *_ in seen.values()}]
    assert len(workers) == 2
    assert not alive(workers)


def test_a_killed_worker_is_replaced_and_a_run_that_kills_three_is_given_up():
    from distributed import KilledWorker

    with open_pool(None, jobs=1) as pool:
        (first,) = pool.client.run(os.getpid).values()
        killer = pool.client.submit(lambda: os.kill(os.getpid(), signal.SIGKILL))
        with pytest.raises(KilledWorker, match="3 different workers"):
            killer.result(timeout=60)
        assert pool.client.submit(os.getpid).result(timeout=60) != first


def test_control_c_reaches_the_command_and_not_its_workers(program):
    workers = program.stdout.readline()
    processes = [psutil.Process(int(pid)) for pid in workers.split()]
    os.killpg(program.pid, signal.SIGINT)
    rest, _ = program.communicate(timeout=60)
    assert program.returncode == 130
    assert rest.splitlines()[0] + "\n" == workers  # the same processes, and no word from them
    assert not alive(processes)


def test_a_killed_command_leaves_no_process(program):
    program.stdout.readline()
    processes = psutil.Process(program.pid).children(recursive=True)
    assert len(processes) >= 2
    program.kill()
    assert not alive(processes)


def test_a_worker_has_the_gpus_of_one_run(monkeypatch):
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "4,5,6,7,8")
    with open_pool(None, jobs=8, gpu=2) as pool:
        seen = pool.client.run(lambda: os.environ["CUDA_VISIBLE_DEVICES"])
        assert sorted(seen.values()) == ["4,5", "6,7"]
        assert pool.client.submit(pow, 2, 5, resources={"GPU": 2}).result(timeout=20) == 32
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "-1")
    with pytest.raises(CompanionError, match="wants 2 GPU, and this machine has 0"), open_pool(None, gpu=2):
        pass


def test_a_scheduler_is_joined_by_its_file_and_by_its_address_and_its_loss_is_seen(scheduler):
    file, process = scheduler
    with open_pool(file) as pool:
        with open_pool(pool.client.scheduler.address.removeprefix("tcp://")) as same:
            assert same.client.scheduler_info()["id"] == pool.client.scheduler_info()["id"]
        future = pool.client.submit(pow, 2, 5)
        assert pool.client.status == "running"
        process.kill()
        process.wait()
        deadline = time.monotonic() + ANSWER_SECONDS
        while pool.client.status == "running":
            assert time.monotonic() < deadline
            time.sleep(0.01)
        assert future.cancelled()


@pytest.mark.parametrize("target", ["nothing.json", "foo://x", "no address", "127.0.0.1:1"])
def test_where_no_scheduler_answers_one_line_says_so(target, monkeypatch):
    monkeypatch.setattr("common.companion.sweeps.cluster.ANSWER_SECONDS", 0.5)
    with pytest.raises(CompanionError) as caught, open_pool(target):
        pass
    assert f"no Dask scheduler answers at {target}" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_without_slurm_one_line_says_so(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(CompanionError, match=r"^--cluster slurm: there is no 'sbatch' on this machine"):  # noqa: SIM117
        with open_pool("slurm:main", jobs=2):
            pass


@pytest.mark.parametrize(
    ("configured", "time_limit", "asked"),
    [
        ("00:30:00", None, "00:30:00"),
        ("00:30:00", 60, "30:00"),
        ("00:30:00", 3600.2, "240:01"),
        ("1-00:00:00", 3600, "1-00:00:00"),
    ],
)
def test_a_slurm_job_has_time_for_several_runs_unless_its_time_is_configured(configured, time_limit, asked):
    from common.companion.sweeps.cluster import _wall_time

    assert _wall_time(configured, time_limit) == asked
