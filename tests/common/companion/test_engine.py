"""Runs as their user sees them: finished once, isolated in failure, and safe from kills at any moment."""

import json
import os
import random
import signal
import time

import nbformat
import psutil
import pytest

from tests.conftest import write_notebook

TITLE, PARAMETERS = "# A title", "n: int = 3  # 1..30"


def leftovers(toy):
    """Files that are neither a finished run nor a kept failure."""
    scratch = toy.root / "build" / ".scratch"
    return [p for p in scratch.rglob("*") if p != scratch / "lock"]


def processes_of(toy):
    """Processes of the toy, wherever they hang in the process tree: its kernels, and their parent if it has its own."""
    found, root = [], str(toy.root)
    for process in psutil.process_iter():
        try:
            ours = process.cwd().startswith(root) or process.environ().get("COMPANION_ROOT") == root
            if ours and process.status() != psutil.STATUS_ZOMBIE:
                found.append(process)
        except psutil.Error:
            continue
    return found


def test_a_run_is_finished_once_and_again_when_something_changed(toy):
    status, output = toy.companion("run", "toy")
    assert status == 0, output
    assert "1 to do" in output
    (record_file,) = (toy.root / "build" / "smoke" / "toy").glob("*.json")
    record = json.loads(record_file.read_text())
    assert record["values"] == {"doubled": 6}
    assert record["parameters"] == {"n": 3, "seed": 0, "which": "max"}
    assert record["seed"] == 0
    assert record["seconds"] > 0
    assert record["provenance"]["machine"].count(",") == 3
    text = record_file.with_suffix(".ipynb").read_text()
    assert str(toy.root) not in text
    assert os.uname().nodename not in text
    notebook = nbformat.reads(text, 4)
    assert "injected-parameters" not in text
    assert notebook.metadata.companion.run == record["run"]
    assert notebook.metadata.kernelspec.name == "python3"

    before = record_file.stat().st_mtime_ns
    (toy.root / "build" / ".scratch" / "left").mkdir()  # as by a kill after the last run
    status, output = toy.companion("run", "toy")
    assert (status, record_file.stat().st_mtime_ns) == (0, before)
    assert "nothing to do" in output
    assert leftovers(toy) == []

    toy.module("def double(x: int) -> int:\n    return 2 * x + 1\n")
    status, output = toy.companion("run", "toy")
    assert "1 to do" in output
    status, output = toy.companion("report")
    assert "not reproduced" in output
    assert leftovers(toy) == []


def test_other_parameters_are_a_run_of_their_own_that_the_ledger_does_not_count(toy):
    status, output = toy.companion("run", "toy/01", "-p", "n", "5", "-p", "which", "min")
    assert status == 0, output
    (record_file,) = (toy.root / "build" / "smoke" / "toy").glob("*.json")
    assert json.loads(record_file.read_text())["values"] == {"doubled": 10}
    _, output = toy.companion("report", "toy")
    assert "not run at this scale" in output


def test_a_failure_stops_that_run_alone_and_keeps_its_notebook(toy):
    write_notebook(toy.paper / "02_bad.ipynb", TITLE, PARAMETERS, "print('before')", "1 / 0", "print('after')")
    write_notebook(toy.paper / "03_dead.ipynb", TITLE, PARAMETERS, "import os\nos._exit(1)")
    toy.write_params(smoke={"01_double": {}, "02_bad": {}, "03_dead": {}})
    status, output = toy.companion("run", "toy", "--jobs", "3")
    assert status == 1
    assert "ZeroDivisionError" in output
    assert "the kernel died" in output
    folder = toy.root / "build" / "smoke" / "toy"
    assert len(list(folder.glob("*.json"))) == 1
    (bad,) = folder.glob("02_bad-*.failed.ipynb")
    cells = [c for c in nbformat.read(bad, 4).cells if c.cell_type == "code"]
    assert any("before" in str(c.outputs) for c in cells)
    assert not any("after" in str(c.outputs) for c in cells)
    status, output = toy.companion("run", "toy/02")  # a failed run is not a finished one
    assert "1 to do" in output


def slow(toy, count=4):
    """Replace the toy's notebooks by ones that take a moment each."""
    (toy.paper / "01_double.ipynb").unlink()
    names = [f"{i:02d}_slow" for i in range(1, count + 1)]
    for name in names:
        code = f"import time\nfrom common.companion import record\ntime.sleep(0.6)\nrecord('{name}', n)"
        write_notebook(toy.paper / f"{name}.ipynb", f"# {name}", PARAMETERS, code)
    toy.ledger["artefacts"] = []
    toy.write_ledger()
    toy.write_params(smoke={name: {} for name in names})
    return names


@pytest.mark.parametrize(("seed", "own_kernel_parent"), [(0, False), (1, False), (2, True)])
def test_kill_at_any_moment_loses_and_repeats_nothing(toy, monkeypatch, seed, own_kernel_parent):
    if own_kernel_parent:  # else the command uses the session's, which outlives it
        monkeypatch.delenv("COMPANION_KERNEL_SERVER", raising=False)
    names = slow(toy)
    folder = toy.root / "build" / "smoke" / "toy"
    moments = random.Random(seed)
    finished = {}
    for _ in range(2):
        process = toy.start("run", "toy", "--jobs", "2")
        time.sleep(moments.uniform(0.5, 8.0))
        process.send_signal(signal.SIGKILL)
        process.communicate()
        deadline = time.monotonic() + 10
        while processes_of(toy) and time.monotonic() < deadline:
            time.sleep(0.05)
        assert processes_of(toy) == []
        for path in folder.glob("*.json"):
            json.loads(path.read_text())
            nbformat.read(path.with_suffix(".ipynb"), 4)
            finished.setdefault(path, path.stat().st_mtime_ns)
    status, output = toy.companion("run", "toy", "--jobs", "2")
    assert status == 0, output
    assert sorted(p.stem.rpartition("-")[0] for p in folder.glob("*.json")) == names
    assert all(path.stat().st_mtime_ns == then for path, then in finished.items())
    assert leftovers(toy) == []
    assert len(list(folder.iterdir())) == 2 * len(names)


def test_ctrl_c_keeps_what_is_finished_and_ends_the_kernels(toy):
    names = slow(toy)
    process = toy.start("run", "toy", "--jobs", "1")
    folder = toy.root / "build" / "smoke" / "toy"
    deadline = time.monotonic() + 60
    while not list(folder.glob("*.json")) and time.monotonic() < deadline:
        time.sleep(0.02)
    process.send_signal(signal.SIGINT)
    output, _ = process.communicate(timeout=30)
    assert process.returncode == 130, output
    assert "stopped" in output
    assert 1 <= len(list(folder.glob("*.json"))) < len(names)
    deadline = time.monotonic() + 5
    while processes_of(toy) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert processes_of(toy) == []


def test_cold_kernels_record_the_same(toy):
    assert toy.companion("run", "toy")[0] == 0
    (record_file,) = (toy.root / "build" / "smoke" / "toy").glob("*.json")
    forked = json.loads(record_file.read_text())
    assert toy.companion("run", "toy", "--force", "--cold")[0] == 0
    cold = json.loads(record_file.read_text())
    assert cold["values"] == forked["values"]
    assert cold["provenance"]["finished"] >= forked["provenance"]["finished"]


def test_two_commands_at_once_finish_the_same_runs(toy):
    names = slow(toy)
    both = [toy.start("run", "toy", "--jobs", "1") for _ in range(2)]
    for process in both:
        output, _ = process.communicate(timeout=120)
        assert process.returncode == 0, output
    folder = toy.root / "build" / "smoke" / "toy"
    assert sorted(p.stem.rpartition("-")[0] for p in folder.glob("*.json")) == names
    assert leftovers(toy) == []


def test_nothing_listens_to_the_network(toy):
    slow(toy)
    process = toy.start("run", "toy", "--jobs", "2")
    deadline = time.monotonic() + 60
    while not list(toy.root.glob("build/smoke/toy/*.json")) and time.monotonic() < deadline:
        time.sleep(0.02)
    listening = [c.laddr.ip for c in psutil.Process(process.pid).net_connections("inet") if c.status == "LISTEN"]
    process.communicate(timeout=120)
    assert set(listening) <= {"127.0.0.1", "::1"}
