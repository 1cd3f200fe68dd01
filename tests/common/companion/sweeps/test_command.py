"""``companion sweep``, from the file to the table: what is done, failed, limited, stopped, and done again."""

import csv
import io
import json
import signal
import time

import pytest

from tests.conftest import write_notebook


@pytest.fixture
def lab(toy):
    """The toy repository with a notebook that can be slow, wrong or large."""
    write_notebook(
        toy.paper / "01_double.ipynb",
        "# Doubling",
        "n: int = 3  # 1..30\nseed: int = 0  # 0..\npause: float = 0.0  # 0.. s",
        "import time\nfrom common.companion import record\nfrom papers.toy import double",
        "record('doubled', double(n))",
        "time.sleep(pause)\nassert n != 7, 'seven is bad'",
    )
    toy.write_params(smoke={"01_double": {"n": 3, "seed": 0, "pause": 0.0}}, laptop={})
    return toy


def write_sweep(lab, text, name="x"):
    (lab.paper / "params" / f"sweep_{name}.yaml").write_text("notebook: 01_double\n" + text)


def rows(lab, name="x"):
    status, text = lab.companion("results", f"toy/{name}", "--csv")
    assert status == 0, text
    return list(csv.DictReader(io.StringIO(text)))


def files(lab, pattern):
    return sorted(path.name for path in (lab.root / "build" / "sweeps" / "toy").glob(pattern))


def test_a_sweep_is_planned_executed_collected_and_not_done_again(lab):
    write_sweep(lab, "grid: {n: [1, 2, 3]}\nseeds: 0..1\n")
    status, told = lab.companion("sweep", "toy/x", "--dry-run")
    assert status == 0
    assert "6 runs: 0 finished already, 6 to do" in told
    assert not (lab.root / "build").exists()
    status, told = lab.companion("sweep", "toy/x", "--limit", "2")
    assert status == 0, told
    assert [r["status"] for r in rows(lab)] == ["done"] * 2 + ["planned"] * 4
    status, told = lab.companion("sweep", "toy/x")
    assert status == 0, told
    assert "2 finished already, 4 to do" in told
    table = rows(lab)
    assert [(r["n"], r["seed"], r["doubled"]) for r in table] == [(n, s, str(2 * int(n))) for s in "01" for n in "123"]
    assert all(float(r["cpu_seconds"]) > 0 and int(r["peak_memory"]) > 1e7 and r["attempts"] == "1" for r in table)
    written = {path.name for path in (lab.root / "build" / "sweeps" / "toy" / "x").iterdir()}
    assert {"table.csv", "table.parquet", "index.html", "status.json"} <= written
    assert "nothing to do" in lab.companion("sweep", "toy/x")[1]
    lab.module("def double(x):\n    return x + x\n")
    assert "6 to do" in lab.companion("sweep", "toy/x", "--dry-run")[1]


def test_failures_are_rows_with_a_reason_and_a_partial_notebook(lab):
    write_sweep(lab, "grid: {n: [6, 7]}\n")
    status, told = lab.companion("sweep", "toy/x")
    assert status == 1
    assert "notebook error: cell 5: AssertionError: seven is bad" in told
    good, bad = rows(lab)
    assert (good["status"], bad["status"], bad["reason"]) == ("done", "failed", "notebook error")
    assert bad["attempts"] == "1", "no second attempt at what would fail again"
    (partial,) = files(lab, "*.failed.ipynb")
    assert "seven is bad" in (lab.root / "build" / "sweeps" / "toy" / partial).read_text()
    status, told = lab.companion("sweep", "toy/x")
    assert status == 1
    assert "1 runs failed before and are left" in told
    status, told = lab.companion("sweep", "toy/x", "--retry-failed")
    assert "1 finished already, 1 to do" in told
    status, told = lab.companion("status", "toy/x")
    assert "seven is bad" in told
    assert partial in told


def test_limits_of_time_and_memory_end_a_run_once(lab):
    write_sweep(lab, "parameters: {pause: 60}\ntime_limit: 2 s\ngrid: {n: [1]}\n", "late")
    write_sweep(lab, "parameters: {pause: 60}\nresources: {memory: 20 MiB}\ngrid: {n: [2]}\n", "fat")
    for name, reason in (("late", "time limit"), ("fat", "memory limit")):
        status, told = lab.companion("sweep", f"toy/{name}")
        assert status == 1, told
        (row,) = rows(lab, name)
        assert (row["reason"], row["attempts"]) == (reason, "1")
        assert len(files(lab, "*.failed.ipynb")) == {"late": 1, "fat": 2}[name]


def test_a_budget_stops_handing_out_and_the_same_command_goes_on(lab):
    write_sweep(lab, "parameters: {pause: 1.5}\nbudget: 1 s\ngrid: {n: [1, 2, 3, 4, 5, 6, 8, 9, 10, 11, 12, 13]}\n")
    status, told = lab.companion("sweep", "toy/x", "--jobs", "1")
    assert status == 1
    assert "budget used up" in told
    done = len(files(lab, "01_double-*.json"))
    assert 0 < done < 12
    assert json.loads((lab.root / "build/sweeps/toy/x/status.json").read_text())["state"] == "budget used up"
    assert f"{done} finished already" in lab.companion("sweep", "toy/x", "--dry-run")[1]


def test_ctrl_c_stops_and_a_second_command_is_kept_out(lab):
    write_sweep(lab, "parameters: {pause: 30}\ngrid: {n: [1, 2, 3]}\n")
    first = lab.start("sweep", "toy/x")
    state = lab.root / "build/sweeps/toy/x/status.json"
    deadline = time.monotonic() + 100
    while time.monotonic() < deadline and not (state.exists() and json.loads(state.read_text())["running"]):
        time.sleep(0.1)
    status, told = lab.companion("sweep", "toy/x")
    assert (status, "another command is executing this sweep" in told) == (2, True)
    first.send_signal(signal.SIGINT)
    told, _ = first.communicate(timeout=60)
    assert first.returncode == 130
    assert "the same command goes on" in told
    assert "Traceback" not in told
    assert json.loads(state.read_text())["state"] == "stopped"
    assert files(lab, "01_double-*") == [], "what was cut off has not happened"


def test_fresh_does_all_again(lab):
    write_sweep(lab, "grid: {n: [1, 2]}\n")
    lab.companion("sweep", "toy/x")
    first = [r["finished"] for r in rows(lab)]
    time.sleep(1.1)
    status, told = lab.companion("sweep", "toy/x", "--fresh")
    assert status == 0, told
    assert all(new > old for new, old in zip([r["finished"] for r in rows(lab)], first, strict=True))


def test_a_bad_file_is_told_in_its_row_of_the_list(lab, monkeypatch):
    monkeypatch.setenv("COLUMNS", "200")
    write_sweep(lab, "grid: {n: [1, 2]}\nabout: Twice.\n", "good")
    write_sweep(lab, "grid: {m: [1]}\n", "bad")
    write_sweep(lab, "", "still")
    status, told = lab.companion("list")
    assert status == 0, told
    assert "Twice." in told
    assert "toy/params/sweep_bad.yaml: grid.m: no parameter 'm'" in " ".join(told.split())
    assert "toy/params/sweep_still.yaml: nothing is swept: give grid" in " ".join(told.split())
