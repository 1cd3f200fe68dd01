"""The live view: what it tells on a terminal and in a pipe, and that counting is all a run costs it."""

import io
import json
import re
import threading
import time

import pytest
from rich.console import Console

from common.companion.sweeps import view as module
from common.companion.sweeps.pace import Pace
from common.companion.sweeps.view import SweepView
from common.companion.sweeps.words import label_of, rate_text

VARYING = ["depth", "seed"]


def record(number, **changes):
    parameters = {"depth": number % 7, "seed": number, "fixed": 1}
    return {"run": f"{number:016x}", "parameters": parameters, "repeat": 0, "status": "done", "seconds": 0.5} | changes


def failure(number, error="cell 4: ValueError: [red] is\nno depth"):
    return record(number, status="failed", reason="notebook error", error=error)


def label(number):
    return label_of(record(number)["parameters"], VARYING)


def pipe():
    return Console(file=io.StringIO(), width=100)


def terminal():
    return Console(file=io.StringIO(), force_terminal=True, width=160, height=40)


def told(screen):
    return re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", screen.file.getvalue()).replace("\r", "")


def view(screen, total=10, cached=2, status=None, dashboard="http://127.0.0.1:8787/status"):
    return SweepView("toy/nudge", total, cached, 7200.0, dashboard, VARYING, status, screen)


def test_a_pipe_gets_a_line_at_the_start_every_failure_and_a_summary():
    screen = pipe()
    with view(screen) as shown:
        for number in range(8):
            shown.started(number, label(number))
        for number in range(7):
            shown.finished(record(number))
        shown.finished(failure(7))
    first, failed, last = told(screen).splitlines()
    assert first == (
        "toy/nudge: 10 runs: 2 finished already, 8 to do, about 2.0 h; dashboard http://127.0.0.1:8787/status"
    )
    assert failed == "✗ #7 depth=0, seed=7  0 s  notebook error: cell 4: ValueError: [red] is no depth"
    assert re.fullmatch(r"toy/nudge: finished after \d s: 7 done, 1 failed, 2 cached; failed: 1 notebook error", last)


def test_a_pipe_is_told_of_progress_now_and_then(monkeypatch):
    monkeypatch.setattr(module, "_PLAIN", 0.6)
    screen = pipe()
    with view(screen) as shown:
        shown.workers(1, 2)
        shown.started(0, label(0))
        shown.finished(record(0))
        shown.started(1, label(1))
        time.sleep(2)
    lines = [line for line in told(screen).splitlines() if line.startswith("  3 of 10")]
    assert 1 <= len(lines) <= 3
    # two threads, half a second a run: four a second; seven to start and most of one to end
    assert lines[0].startswith("  3 of 10: 1 done, 0 failed, 2 cached, 1 running, 6 to do; 4 runs/s, 2 s left")


def test_a_terminal_shows_running_and_recent_runs_and_leaves_the_summary():
    screen = terminal()
    with view(screen, total=50) as shown:
        shown.workers(2, 20, ["tcp://other: different code"])
        shown.workers(2, 20, ["tcp://other: different code"])
        for number in range(12):
            shown.started(number, label(number))
        shown.finished(record(0))
        shown.finished(failure(1))
        shown.lost(label(2), "its worker [died]")
        shown.note("hello [world]")
        time.sleep(0.8)
        seen = told(screen)
    assert "workers: 2, threads: 20, 1 lost and tried again, dashboard http://127.0.0.1:8787/status" in seen
    assert "4 of 50: 1 done, 1 failed, 2 cached, 9 running, 37 to do" in seen
    assert "✓ #0 depth=0, seed=0" in seen
    assert "… #3 depth=3, seed=3" in seen
    assert "… and 1 more" in seen  # nine run, eight are shown
    assert "#2 depth" not in seen.rpartition("4 of 50")[2]
    assert "lost depth=2, seed=2: its worker [died]; it will be tried again" in seen
    assert "hello [world]" in seen
    assert seen.count("refused tcp://other: different code") == 1
    assert told(screen).splitlines()[-1].startswith("toy/nudge: finished after")
    assert screen.file.getvalue().endswith("\n")
    assert "\x1b[?25h" in screen.file.getvalue()  # the cursor is back


def test_a_run_costs_no_picture():
    screen, begun = terminal(), time.monotonic()
    with view(screen, total=10_002) as shown:
        for number in range(10_000):
            shown.started(number, label(number))
            shown.finished(record(number))
    pictures = screen.file.getvalue().count("of 10,002:")
    assert pictures <= 4 * (time.monotonic() - begun) + 2  # and at the end
    assert "10,000 done" in told(screen).splitlines()[-1]


def test_counts_from_many_threads(tmp_path):
    def work(first):
        for number in range(first, first + 500):
            shown.started(number, label(number))
            shown.finished(failure(number) if number % 5 == 0 else record(number))

    with view(pipe(), total=2000, cached=0, status=tmp_path / "status.json") as shown:
        threads = [threading.Thread(target=work, args=(500 * i,)) for i in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    status = json.loads((tmp_path / "status.json").read_text())
    assert (status["state"], status["done"], status["failed"], status["running"]) == ("finished", 1600, 400, [])


@pytest.mark.parametrize(
    ("error", "said", "state"),
    [(None, None, "finished"), (None, "budget used up", "budget used up"), (KeyboardInterrupt, None, "stopped"),
     (OSError, "finished", "failed")],
)  # fmt: skip
def test_how_it_ended_is_in_the_status(tmp_path, error, said, state):
    path, screen = tmp_path / "deep" / "status.json", pipe()
    try:
        with view(screen, status=path) as shown:
            shown.started(3, label(3))
            time.sleep(0.4)
            during = json.loads(path.read_text())
            if said:
                shown.end(said)
            if error:
                raise error
    except (KeyboardInterrupt, OSError):
        pass
    assert (during["state"], during["running"], during["total"]) == ("running", ["depth=3, seed=3"], 10)
    assert during["left_seconds"] == pytest.approx(7200, abs=60)  # by the estimate: none has finished
    assert json.loads(path.read_text())["state"] == state
    assert f"toy/nudge: {state} after" in told(screen)


def test_a_disk_that_is_full_does_not_end_the_sweep(tmp_path):
    (tmp_path / "file").touch()
    with view(pipe(), status=tmp_path / "file" / "status.json") as shown:
        shown.started(0, label(0))
        shown.finished(record(0))


class Clock:
    def __init__(self):
        self.now = 0.0

    def __call__(self):
        return self.now


def test_the_rate_is_that_of_the_last_two_minutes():
    clock = Clock()
    pace = Pace(clock)
    assert pace.rate(2) is None
    assert pace.left(5, [], 2) is None
    pace.started()
    for _ in range(1000):  # ten a second for 100 s
        clock.now += 0.1
        pace.finished(0.2)
    assert pace.rate(2) == pytest.approx(10)
    for _ in range(120):  # then one a second, for as long as the window
        clock.now += 1
        pace.finished(2.0)
    assert pace.rate(2) == pytest.approx(1, rel=0.02)
    assert pace.left(100, [], 2) == pytest.approx(100, rel=0.02)


def test_long_runs_are_judged_by_their_durations():
    clock = Clock()
    pace = Pace(clock)
    pace.started()
    clock.now = 600.0
    pace.finished(600.0)
    assert pace.rate(2) == pytest.approx(2 / 600)
    # one of two threads is free at once, the other in 300 s: three runs to start take two rounds of 600 s or less
    assert pace.left(3, [300.0], 2) == pytest.approx((3 + 0.5) * 600 / 2)
    assert pace.left(0, [590.0, 100.0], 2) == pytest.approx(500)  # the younger of the two decides
    assert pace.left(0, [900.0], 2) == 0


@pytest.mark.parametrize(
    ("rate", "text"),
    [(48.2, "48 runs/s"), (1.0, "1 runs/s"), (0.5, "30 runs/min"), (0.04, "2.4 runs/min"), (1 / 1200, "3 runs/h"),
     (12_345.0, "12,345 runs/s"), (None, "? runs/s")],
)  # fmt: skip
def test_rates_in_the_unit_that_reads_best(rate, text):
    assert rate_text(rate) == text


def test_labels():
    parameters = {"depth": 3, "share": 0.1 + 0.2, "sizes": list(range(50)), "seed": 4, "fixed": 1}
    assert label_of(parameters, ["depth", "share", "seed"], 2) == "depth=3, share=0.3, seed=4, repeat 2"
    assert label_of(parameters, []) == "repeat 0"
    assert len(label_of(parameters, ["sizes"])) < 50
