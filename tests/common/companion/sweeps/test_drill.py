"""The fault drill: kernels, a worker, the scheduler and the command are killed, and nothing is lost or done twice."""

import csv
import io
import random
import subprocess
import sys
import time
import uuid

import numpy as np
import psutil
import pytest

from tests.conftest import write_notebook

RUNS = 60
SWEEP = "notebook: 01_noise\ngrid: {n: [1, 2, 3, 4, 5, 6]}\nseeds: 0..9\n"
TAKEN = ("run", "n", "seed", "status", "noise", "several")  # what must be the same, however often it was killed


class Drill:
    """A toy repository whose processes are all known by a mark in their environment."""

    def __init__(self, toy):
        self.toy, self.mark = toy, uuid.uuid4().hex
        write_notebook(
            toy.paper / "01_noise.ipynb",
            "# Noise",
            "n: int = 1  # 1..9\nseed: int = 0  # 0..",
            "import time\nimport numpy as np\nfrom common.companion import record",
            "rng = np.random.default_rng([seed, n])\ntime.sleep(0.2)",
            "record({'noise': rng.normal(), 'several': rng.normal(size=5), 'map': rng.normal(size=(4, 4))})",
        )
        (toy.paper / "01_double.ipynb").unlink()
        toy.ledger["artefacts"] = []
        toy.write_ledger()
        toy.write_params(smoke={"01_noise": {"n": 1, "seed": 0}}, laptop={})
        (toy.paper / "params" / "sweep_drill.yaml").write_text(SWEEP)

    def start(self, *command):
        outside = {"COMPANION_KERNEL_SERVER": "", "JUPYTER_DEFAULT_PROVISIONER_NAME": "", "DRILL": self.mark}
        return subprocess.Popen(
            [sys.executable, "-m", *command],
            cwd=self.toy.root,
            env=self.toy.environment() | outside,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def companion(self, *arguments):
        return self.start("common.companion", *arguments)

    def processes(self):
        """What runs with our mark, by kind; a fork of the kernel server shows the environment it started with."""
        found = {"kernel": [], "worker": [], "other": []}
        for process in psutil.process_iter():
            try:
                if process.environ().get("DRILL") != self.mark or process.status() == psutil.STATUS_ZOMBIE:
                    continue
                line = " ".join(process.cmdline())
                forked = (
                    "kernels.server" in line and process.parent() and process.parent().cmdline() == process.cmdline()
                )
                kind = "kernel" if forked else "worker" if "spawn_main" in line or "dask worker" in line else "other"
                found[kind].append(process)
            except psutil.Error:
                continue
        return found

    def kill(self, kind, patience=60):
        """Kill one process of a kind, as soon as there is one."""
        for _ in range(patience * 20):
            if victims := self.processes()[kind]:
                random.choice(victims).kill()
                return
            time.sleep(0.05)
        raise AssertionError(f"no {kind} to kill")

    def finished(self):
        """The records that are there, with the time at which each was written."""
        files = (self.toy.root / "build" / "sweeps" / "toy").glob("01_noise-*.json")
        return {path.name: path.stat().st_mtime_ns for path in files if "failed" not in path.name}

    def wait_for_progress(self, command, n_runs=2, patience=120):
        """Wait until some more runs are finished, or the command has ended."""
        goal = min(len(self.finished()) + n_runs, RUNS)
        for _ in range(patience * 20):
            if len(self.finished()) >= goal or command.poll() is not None:
                return
            time.sleep(0.05)
        command.kill()
        raise AssertionError(f"no progress: {command.communicate()[0]}")

    def wait_for_file(self, file, patience=120):
        for _ in range(patience * 10):
            if file.exists():
                return
            time.sleep(0.1)
        raise AssertionError(f"no {file.name}")

    def orphans(self):
        for _ in range(200):
            left = [p for kind in self.processes().values() for p in kind]
            if not left:
                return []
            time.sleep(0.1)
        return [(p.pid, p.cmdline()) for p in left]

    def arrays(self):
        folder = self.toy.root / "build" / "sweeps" / "toy"
        return {path.name: np.load(path)["map"].tobytes() for path in folder.glob("*.npz")}

    def table(self):
        process = self.companion("results", "toy/drill", "--csv")
        text, _ = process.communicate(timeout=120)
        assert process.returncode == 0, text
        return list(csv.DictReader(io.StringIO(text)))


@pytest.fixture
def drill(toy):
    drill = Drill(toy)
    yield drill
    for kind in drill.processes().values():
        for process in kind:
            process.kill()


def killed_on_this_machine(drill):
    """Kill kernels and a worker, then the command itself."""
    command = drill.companion("sweep", "toy/drill")
    for victim in ("kernel", "worker", "kernel"):
        drill.wait_for_progress(command)
        drill.kill(victim)
    drill.wait_for_progress(command)
    command.kill()
    command.communicate(timeout=60)
    assert command.returncode == -9
    assert drill.orphans() == []
    assert 0 < len(drill.finished()) < RUNS


def killed_on_a_cluster(drill):
    """Kill a worker and then the scheduler of a cluster that others have started."""
    file = drill.toy.root / "scheduler.json"
    scheduler = drill.start("dask", "scheduler", "--port", "0", "--no-dashboard", "--scheduler-file", str(file))
    drill.wait_for_file(file)
    worker = ("dask", "worker", "--scheduler-file", str(file), "--nthreads", "1", "--no-dashboard", "--no-nanny")
    workers = [drill.start(*worker) for _ in range(2)]
    command = drill.companion("sweep", "toy/drill", "--cluster", str(file))
    drill.wait_for_progress(command)
    workers[0].kill()
    drill.wait_for_progress(command)
    scheduler.kill()
    told, _ = command.communicate(timeout=120)
    assert command.returncode == 2
    assert "scheduler was lost" in told
    for process in (scheduler, *workers):
        process.communicate(timeout=60)
    assert drill.orphans() == []


def test_the_only_worker_is_killed(drill):
    command = drill.companion("sweep", "toy/drill", "--jobs", "1", "--limit", "6")
    drill.wait_for_progress(command, 1)
    drill.kill("worker")
    told, _ = command.communicate(timeout=240)
    assert command.returncode == 0, told
    assert len(drill.finished()) == 6
    assert drill.orphans() == []


def test_killed_anywhere_and_resumed_until_done(drill, toy):
    seed = time.time_ns()  # any moment and any victim will do
    random.seed(seed)
    print("drill with seed", seed)
    killed_on_this_machine(drill)
    first = drill.finished()
    killed_on_a_cluster(drill)
    second = drill.finished()
    last = drill.companion("sweep", "toy/drill")
    told, _ = last.communicate(timeout=240)
    assert last.returncode == 0, told
    third = drill.finished()
    assert first.items() <= second.items() <= third.items(), "no finished run was done again"
    rows = drill.table()
    assert [row["status"] for row in rows] == ["done"] * RUNS
    assert len({row["run"] for row in rows}) == RUNS
    kept = sorted(path.name for path in (toy.root / "build" / "sweeps" / "toy").glob("01_noise-*"))
    assert len(kept) == 3 * RUNS, "a record, a notebook and an array for each run, and nothing else"
    arrays = drill.arrays()
    assert len(arrays) == RUNS
    again = drill.companion("sweep", "toy/drill")
    assert "nothing to do" in again.communicate(timeout=120)[0]

    undisturbed = drill.companion("sweep", "toy/drill", "--fresh")
    told, _ = undisturbed.communicate(timeout=240)
    assert undisturbed.returncode == 0, told
    assert [[row[c] for c in TAKEN] for row in drill.table()] == [[row[c] for c in TAKEN] for row in rows]
    assert drill.arrays() == arrays
    assert drill.orphans() == []
