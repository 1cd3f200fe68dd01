import json

import pandas as pd
import pytest
import yaml

from common.companion import recorded_sweep
from common.companion.errors import CompanionError
from common.companion.sweeps.planning import plan_sweep
from common.companion.sweeps.recording import record_sweep
from common.companion.sweeps.store import store_of
from common.companion.sweeps.table import table_of

SWEEP = {"notebook": "01_double", "grid": {"n": [2, 4, 6, 8]}, "seeds": "0..1"}


def write_sweep(toy, name="gap", **more):
    (toy.paper / "params" / f"sweep_{name}.yaml").write_text(yaml.safe_dump(SWEEP | more))
    return plan_sweep(toy.root, f"toy/{name}")


def record_of(task, **more):
    n = task.parameters["n"]
    values = {"half": n / 4, "count": n, "open": n > 2, "curve": [n / 2, None], "undefined": None}
    origin = {"dirty": False, "python": "3.11.7", "versions": {"numpy": "2.4"}, "machine": "Linux, 2 cores"}
    return {
        "run": task.name, "status": "done", "values": values, "seconds": 0.5, "cpu_seconds": 0.25, "attempts": 1,
        "finished": f"2026-11-23T10:00:0{task.index}Z", "peak_memory": 1, "provenance": {"commit": "abc", **origin},
    } | more  # fmt: skip


def finish(plan, tasks, tmp_path, **more):
    store = store_of(plan.spec)
    for task in tasks:
        store.keep(record_of(task, **more), "{}", {}, tmp_path)
    return store


def recorded(plan, store, **more):
    return record_sweep(plan, store, table_of(plan, store), **more)


@pytest.fixture
def plan(toy):
    return write_sweep(toy)


def test_what_was_recorded_comes_back(toy, plan, tmp_path, monkeypatch):
    store = finish(plan, plan.tasks, tmp_path)
    path = recorded(plan, store)
    assert path == toy.paper / "results" / "gap.sweep.json"
    monkeypatch.chdir(toy.paper)
    found = recorded_sweep("gap")
    assert found.label == "recorded sweep 'gap': 8 runs of 01_double, smoke scale, 2026-11-23"
    assert found.parameters == {"which": "max"}
    assert (found.varying, found.failures) == (["n", "seed"], [])
    columns = ["run", "n", "seed", "repeat", "half", "count", "open", "curve", "undefined", "seconds"]
    expected = table_of(plan, store)[columns]
    assert list(found.table.columns) == columns
    pd.testing.assert_frame_equal(found.table, expected)
    assert found.provenance == {
        "runs": 8, "planned": 8, "commits": ["abc"], "dirty": False, "python": ["3.11.7"],
        "versions": {"numpy": ["2.4"]}, "machines": ["Linux, 2 cores"],
        "first_finished": "2026-11-23T10:00:00Z", "last_finished": "2026-11-23T10:00:07Z", "cpu_seconds": 2.0,
    }  # fmt: skip


def test_to_record_changes_no_name_of_its_runs(toy, plan, tmp_path):
    recorded(plan, finish(plan, plan.tasks, tmp_path))
    again = plan_sweep(toy.root, "toy/gap")
    assert [task.name for task in again.tasks] == [task.name for task in plan.tasks]


@pytest.mark.parametrize("is_there", [False, True])
def test_a_sweep_whose_notebook_reads_its_record_is_refused(toy, tmp_path, is_there):
    toy.module("from common.companion import recorded_sweep\n\n\ndef known():\n    return recorded_sweep('doubled')\n")
    path = toy.paper / "results" / "doubled.sweep.json"
    if is_there:
        path.parent.mkdir()
        path.write_text("{}")
    plan = write_sweep(toy, "doubled")
    store = finish(plan, plan.tasks, tmp_path)
    with pytest.raises(CompanionError, match="toy/01_double or its code reads the recorded sweep 'doubled'"):
        recorded(plan, store)
    assert path.exists() == is_there


def test_an_unfinished_sweep_is_refused_and_recorded_only_as_partial(toy, plan, tmp_path, monkeypatch):
    store = finish(plan, plan.tasks[:5], tmp_path)
    failure = {"status": "failed", "reason": "time limit", "error": "longer than 1 s"}
    store.keep_failure(record_of(plan.tasks[5], **failure), None, tmp_path)
    with pytest.raises(CompanionError, match="toy/gap: of 8 runs 1 failed and 2 have not been run"):
        recorded(plan, store)
    recorded(plan, store, partial=True)
    monkeypatch.chdir(toy.paper)
    found = recorded_sweep("gap")
    assert "5 of 8 runs" in found.label
    assert len(found.table) == 5
    (told,) = found.failures
    assert told == {"run": plan.tasks[5].name, "n": 4, "seed": 1, "repeat": 0} | {
        key: failure[key] for key in ("reason", "error")
    }


def test_a_plan_with_a_limit_is_unfinished(toy, plan, tmp_path):
    store = finish(plan, plan.tasks[:3], tmp_path)
    short = plan_sweep(toy.root, "toy/gap", limit=3)
    with pytest.raises(CompanionError, match="of 8 runs 0 failed and 5 have not been run"):
        recorded(short, store)


def test_nothing_done_is_nothing_to_record(plan):
    with pytest.raises(CompanionError, match="none of its 8 runs is done"):
        recorded(plan, store_of(plan.spec), partial=True)


def test_a_large_record_is_refused_with_the_column_that_makes_it_so(toy, plan, tmp_path):
    long = {"half": 0.5, "curve": [1 / 3] * 9000}
    with pytest.raises(CompanionError, match=r"takes 1\.4 MB, of at most 1: the column 'curve' alone 1\.4"):
        recorded(plan, finish(plan, plan.tasks, tmp_path, values=long))
    assert not (toy.paper / "results").exists()


def test_arrays_stay_in_the_store(plan, tmp_path, toy):
    policy = {"array": "x.npz", "key": "policy", "shape": [2, 2], "dtype": "float64"}
    path = recorded(plan, finish(plan, plan.tasks, tmp_path, values={"half": 1.0, "policy": policy}))
    content = json.loads(path.read_text())
    assert content["arrays in the store"] == ["policy"]
    assert content["values"] == ["half"]
    assert "policy" not in content["columns"]
