"""Workers that others have started, each in a folder of its own, joined to one scheduler by its address."""

import csv
import io
import os
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path

import pytest

from common.companion.errors import CompanionError
from common.companion.execution import NOT_KEPT, Execution
from common.companion.sweeps import worker as worker_module
from common.companion.sweeps.drive import assignment_of
from common.companion.sweeps.planning import plan_sweep
from common.companion.sweeps.store import Store
from common.companion.sweeps.worker import SweepPlugin


def wait_for(file):
    for _ in range(1200):
        if file.exists():
            return
        time.sleep(0.1)
    raise AssertionError(f"no {file.name}: the scheduler has not started")


@pytest.fixture
def cluster(toy, tmp_path):
    """A scheduler, and a function that starts a worker in its own copy of the repository."""
    started = []
    (toy.paper / "params" / "sweep_x.yaml").write_text(
        "notebook: 01_double\ngrid: {n: [1, 2, 3, 4, 5, 6]}\nseeds: 0..1\n"
    )

    def start(folder, *command):
        environment = toy.environment() | {"COMPANION_ROOT": str(folder), "PYTHONPATH": str(folder)}
        process = subprocess.Popen(
            [sys.executable, "-m", "dask", *command], cwd=folder, env=environment,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        started.append(process)
        return process

    def join(name, change=None):
        folder = tmp_path / name
        shutil.copytree(toy.root, folder, symlinks=True)
        if change:
            (folder / "papers" / "toy" / "__init__.py").write_text(change)
        start(folder, "worker", "--scheduler-file", str(file), "--nthreads", "1", "--no-dashboard", "--name", name)

    file = tmp_path / "scheduler.json"
    start(tmp_path, "scheduler", "--port", "0", "--no-dashboard", "--scheduler-file", str(file))
    wait_for(file)
    yield file, join
    for process in reversed(started):
        process.terminate()
    for process in started:
        process.wait(30)


def sweep(toy, file, location):
    return toy.companion("sweep", "toy/x", "--cluster", str(file), "--results", location)


@pytest.fixture
def shared():
    """A folder for results, on another file system than the repositories where there is one."""
    with tempfile.TemporaryDirectory(dir="/dev/shm" if os.access("/dev/shm", os.W_OK) else None) as folder:
        yield Path(folder)


def test_two_workers_share_a_sweep_and_one_with_other_code_is_refused(toy, cluster, shared):
    file, join = cluster
    location = f"file://{shared}"
    for name, change in (("one", None), ("two", None), ("other", "def double(x):\n    return 3 * x\n")):
        join(name, change)
    status, told = sweep(toy, file, location)
    assert status == 0, told
    assert "refused" in told
    assert "its code differs from the client's: papers/toy/__init__.py" in told
    _, text = toy.companion("results", "toy/x", "--csv", "--results", location)
    table = list(csv.DictReader(io.StringIO(text)))
    assert [int(row["doubled"]) for row in table] == [2 * n for n in (1, 2, 3, 4, 5, 6)] * 2
    assert not list((toy.root / "build" / "sweeps" / "toy").glob("01_double-*"))
    assert len(list((shared / "toy").glob("01_double-*.json"))) == 12


def test_a_sweep_without_a_worker_of_its_code_ends_with_a_clear_message(toy, cluster, tmp_path):
    file, join = cluster
    join("other", "def double(x):\n    return 3 * x\n")
    status, told = sweep(toy, file, f"file://{tmp_path}/shared")
    assert status == 2
    assert "no worker may take part" in told
    assert "papers/toy/__init__.py" in told


class _Worker:
    def log_event(self, topic, message):
        pass


@pytest.fixture
def plugin(toy, monkeypatch):
    """A plugin that believes to be on a worker, and a run for it."""
    (toy.paper / "params" / "sweep_x.yaml").write_text("notebook: 01_double\ngrid: {n: [1, 2]}\n")
    monkeypatch.setenv("COMPANION_ROOT", str(toy.root))
    monkeypatch.setenv("PYTHONPATH", str(toy.root))
    monkeypatch.setattr(worker_module, "_imported_elsewhere", lambda root: None)
    monkeypatch.setattr(worker_module, "get_worker", _Worker)
    plan = plan_sweep(toy.root, "toy/x")
    store = Store(str(toy.root / "build" / "sweeps"), "toy", "01_double")
    assignment = assignment_of(plan, store)
    store.leave_mark(assignment.mark)
    plugin = SweepPlugin(assignment)
    plugin.begin("tcp://here:1")
    assert plugin.prepare(n_threads=1) is None
    yield plugin, plan, store
    plugin.end()


def test_a_full_disk_is_told_and_leaves_nothing_that_looks_finished(plugin, monkeypatch):
    plugin, plan, store = plugin

    def full(*arguments):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr("common.companion.sweeps.store.write_atomically", full)
        record = plugin.run(plan.tasks[0])
    assert (record["status"], record["reason"]) == ("failed", NOT_KEPT)
    assert "No space left on device" in record["error"]
    assert store.states() == (set(), set())


def test_a_disk_that_fills_up_while_the_notebook_is_written(plugin, monkeypatch):
    plugin, plan, store = plugin

    def cut_off(path, output, *arguments):
        output.write_text('{"cells": [')
        return Execution(reason=NOT_KEPT, error="OSError: No space left on device")

    monkeypatch.setattr(worker_module, "execute_notebook", cut_off)
    record = plugin.run(plan.tasks[0])
    assert (record["reason"], record["error"]) == (NOT_KEPT, "OSError: No space left on device")
    assert store.finished() == set()


@pytest.mark.parametrize(
    ("threads", "gpu", "reason"), [(2, 0, "takes 2 threads, and it has 1"), (1, 1, "takes 1 GPU, and it offers 0")]
)
def test_a_worker_that_is_too_small_is_refused(plugin, threads, gpu, reason):
    plugin, _, _ = plugin
    small = SweepPlugin(replace(plugin.assignment, threads=threads, gpu=gpu))
    small.begin("tcp://here:2")
    assert reason in small.prepare(n_threads=1)


def test_a_worker_with_a_disk_of_its_own_is_refused(plugin):
    plugin, _, _ = plugin
    apart = SweepPlugin(replace(plugin.assignment, mark="a mark that is elsewhere"))
    apart.begin("tcp://here:3")
    assert "does not see the client's results" in apart.prepare(n_threads=1)


def test_a_run_during_which_the_code_was_touched_is_not_kept(plugin, toy, monkeypatch):
    plugin, plan, _ = plugin
    execute = worker_module.execute_notebook

    def touched(*arguments):
        (toy.paper / "__init__.py").touch()
        return execute(*arguments)

    with monkeypatch.context() as patched:
        patched.setattr(worker_module, "execute_notebook", touched)
        assert plugin.run(plan.tasks[0])["reason"] == NOT_KEPT
    assert plugin.run(plan.tasks[0])["status"] == "done", "the code is the same: the next run is good"


def test_a_sweep_planned_with_other_code_is_not_begun(toy):
    (toy.paper / "params" / "sweep_x.yaml").write_text("notebook: 01_double\ngrid: {n: [1, 2]}\n")
    plan = plan_sweep(toy.root, "toy/x")
    toy.module("def double(x):\n    return x + x\n")
    with pytest.raises(CompanionError, match="changed since the sweep was planned: papers/toy/__init__"):
        assignment_of(plan, Store(str(toy.root), "toy", "01_double"))


def test_what_is_finished_is_not_executed_again(plugin, monkeypatch):
    plugin, plan, _ = plugin
    first = plugin.run(plan.tasks[0])
    assert (first["status"], first["values"]) == ("done", {"doubled": 2})
    monkeypatch.setattr(worker_module, "execute_notebook", None)
    assert plugin.run(plan.tasks[0]) == first


def test_a_run_whose_code_was_changed_meanwhile_is_not_kept(plugin, toy):
    plugin, plan, store = plugin
    toy.module("def double(x):\n    return 2 * x + 0\n")
    record = plugin.run(plan.tasks[0])
    assert (record["status"], record["reason"]) == ("failed", NOT_KEPT)
    assert "papers/toy/__init__.py" in record["error"]
    assert store.finished() == set()
