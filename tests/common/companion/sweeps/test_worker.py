"""Workers that others have started, each in a folder of its own, joined to one scheduler by its address."""

import csv
import io
import shutil
import subprocess
import sys
import time

import pytest

from common.companion.execution import NOT_KEPT
from common.companion.sweeps import worker as worker_module
from common.companion.sweeps.drive import assignment_of
from common.companion.sweeps.planning import plan_sweep
from common.companion.sweeps.store import Store
from common.companion.sweeps.worker import SweepPlugin


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
    while not file.exists():
        time.sleep(0.1)
    yield file, join
    for process in reversed(started):
        process.terminate()
    for process in started:
        process.wait(30)


def sweep(toy, file, location):
    return toy.companion("sweep", "toy/x", "--cluster", str(file), "--results", location)


def test_two_workers_share_a_sweep_and_one_with_other_code_is_refused(toy, cluster, tmp_path):
    file, join = cluster
    location = f"file://{tmp_path}/shared"
    for name, change in (("one", None), ("two", None), ("other", "def double(x):\n    return 3 * x\n")):
        join(name, change)
    status, told = sweep(toy, file, location)
    assert status == 0, told
    assert "refused" in told
    assert "its code differs from the client's: papers/toy/__init__.py" in told
    _, text = toy.companion("results", "toy/x", "--csv", "--results", location)
    table = list(csv.DictReader(io.StringIO(text)))
    assert [int(row["doubled"]) for row in table] == [2 * n for n in (1, 2, 3, 4, 5, 6)] * 2
    assert not (toy.root / "build" / "sweeps" / "toy" / "01_double-*.json").exists()
    assert len(list((tmp_path / "shared" / "toy").glob("01_double-*.json"))) == 12


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
    plugin = SweepPlugin(assignment_of(plan, store))
    plugin.begin("tcp://here:1")
    assert plugin.prepare(n_threads=1) is None
    yield plugin, plan, store
    plugin.end()


def test_a_full_disk_is_told_and_leaves_nothing_that_looks_finished(plugin, monkeypatch):
    plugin, plan, store = plugin

    def full(*arguments):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("common.companion.sweeps.store.write_atomically", full)
    record = plugin.run(plan.tasks[0])
    assert (record["status"], record["reason"]) == ("failed", NOT_KEPT)
    assert "No space left on device" in record["error"]
    monkeypatch.undo()
    assert store.states() == (set(), set())


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
