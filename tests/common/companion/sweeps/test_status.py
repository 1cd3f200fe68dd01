"""The status of a sweep, read from outside: whole at every moment, and honest about what is gone."""

import json
import subprocess
import sys
import threading

import psutil
import pytest

from common.companion.sweeps.status import StatusFile, SweepStatus, print_statuses, read_statuses
from common.companion.sweeps.words import grouped_failures


@pytest.fixture
def sleeper():
    process = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    yield process
    process.kill()
    process.wait()


def of(process, **changes):
    started = psutil.Process(process.pid).create_time()
    content = {
        "sweep": "toy/nudge",
        "state": "running",
        "pid": process.pid,
        "process_started": started,
        "total": 10,
        "done": 3,
        "failed": 1,
        "cached": 2,
        "running": ["depth=3"],
        "updated": "2026-01-02T03:04:05Z",
    }
    return SweepStatus(**(content | changes))


def put(root, status, name=None):
    path = root / "build" / "sweeps" / (name or status.sweep) / "status.json"
    StatusFile(path).write(status)
    return path


def failed(number, reason="notebook error", error="cell 4: ValueError: no depth 7"):
    return {"run": f"run-{number}", "parameters": {"depth": number}, "reason": reason, "error": error, "repeat": 0}


def test_what_is_written_is_read(tmp_path, sleeper):
    status = of(sleeper, rate=2.5, left_seconds=1.6, dashboard="http://127.0.0.1:1")
    put(tmp_path, status)
    put(tmp_path, of(sleeper, sweep="other/sizes"))
    assert read_statuses(tmp_path, "toy/nudge") == [status]
    assert [each.sweep for each in read_statuses(tmp_path)] == ["other/sizes", "toy/nudge"]
    assert read_statuses(tmp_path, "toy/unknown") == []
    assert status.todo == 3


def test_no_host_is_told(tmp_path, sleeper):
    import getpass
    import socket

    text = put(tmp_path, of(sleeper)).read_text()
    assert socket.gethostname() not in text
    assert f'"{getpass.getuser()}' not in text


def test_at_most_once_a_second(tmp_path, sleeper):
    file = StatusFile(tmp_path / "status.json")
    for done in range(100):
        file.write(of(sleeper, done=done))
    assert json.loads(file.path.read_text())["done"] == 0
    file.write(of(sleeper, done=100), at_once=True)
    assert json.loads(file.path.read_text())["done"] == 100
    assert [path.name for path in tmp_path.iterdir()] == ["status.json"]


def test_a_reader_never_sees_half_a_file(tmp_path, sleeper):
    file, over = StatusFile(tmp_path / "status.json"), threading.Event()

    def write():
        for number in range(400):
            file.write(of(sleeper, running=["x" * 50] * number), at_once=True)
        over.set()

    file.write(of(sleeper))
    writer = threading.Thread(target=write)
    writer.start()
    while not over.is_set():
        json.loads(file.path.read_text())
    writer.join()


def test_a_process_that_is_gone_was_cut_off(tmp_path, sleeper, capsys):
    put(tmp_path, of(sleeper))
    assert read_statuses(tmp_path)[0].state == "running"
    sleeper.kill()
    psutil.wait_procs([psutil.Process(sleeper.pid)], timeout=0.2)  # dead, and not yet buried by its parent
    for _ in range(2):
        (status,) = read_statuses(tmp_path)
        assert (status.state, status.running, status.todo) == ("cut off", [], 4)
        sleeper.wait()
    print_statuses([status])
    assert "toy/nudge: cut off; go on with: companion sweep toy/nudge" in capsys.readouterr().out


def test_another_process_of_the_same_number_is_another(tmp_path, sleeper):
    put(tmp_path, of(sleeper, process_started=1000.0))
    assert read_statuses(tmp_path)[0].state == "cut off"


@pytest.mark.parametrize("state", ["finished", "stopped", "budget used up", "failed"])
def test_an_end_that_was_told_stays(tmp_path, sleeper, state, capsys):
    put(tmp_path, of(sleeper, state=state, pid=2**22 + 1))
    (status,) = read_statuses(tmp_path)
    print_statuses([status])
    assert status.state == state
    assert ("companion sweep toy/nudge" in capsys.readouterr().out) == (state != "finished")


@pytest.mark.parametrize("text", ["", "[]", "{", '{"pid": 1}', '{"sweep": "a", "state": "running", "pid": "x"}'])
def test_a_file_that_is_none_of_ours(tmp_path, text, capsys):
    path = tmp_path / "build" / "sweeps" / "toy" / "nudge" / "status.json"
    path.parent.mkdir(parents=True)
    path.write_text(text)
    (status,) = read_statuses(tmp_path)
    assert (status.sweep, status.state) == ("toy/nudge", "unreadable")
    print_statuses([status])
    assert "unreadable" in capsys.readouterr().out


def test_failures_by_reason_with_an_example(sleeper, capsys):
    records = [failed(i, error=f"cell 4: ValueError: no depth {i}.5") for i in range(5)]
    records += [failed(9, error="cell 2: KeyError: [bold]"), failed(10, "time limit", None)]
    places = {"run-0": "build/sweeps/toy/01-run-0.failed.ipynb"}
    print_statuses([of(sleeper)], records, ["depth"], places.get)
    lines = [line.rstrip() for line in capsys.readouterr().out.splitlines()]
    start = lines.index("5 failed: notebook error: cell 4: ValueError: no depth 0.5")
    assert lines[start + 1 :] == [
        "  e.g. depth=0; kept up to the failing cell: build/sweeps/toy/01-run-0.failed.ipynb",
        "1 failed: notebook error: cell 2: KeyError: [bold]",
        "  e.g. depth=9",
        "1 failed: time limit",
        "  e.g. depth=10",
    ]
    assert "  running depth=3" in lines


def test_groups_keep_count():
    records = [failed(i, error="E" * i) for i in range(1, 31)] + [failed(1, error="E")] * 2
    groups = grouped_failures(records)
    assert sum(group.count for group in groups) == 32
    assert groups[0].count == 3


def test_nothing_started(capsys, tmp_path):
    print_statuses(read_statuses(tmp_path))
    assert "no sweep has been started here" in capsys.readouterr().out
