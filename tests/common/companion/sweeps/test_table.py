import json
from pathlib import Path
from types import SimpleNamespace

import duckdb
import numpy as np
import pandas as pd
import polars as pl
import pyarrow.parquet as pq
import pytest
import yaml

from common.companion import load_array, load_results
from common.companion.sweeps.planning import plan_sweep
from common.companion.sweeps.store import Store, store_of
from common.companion.sweeps.table import FIXED, table_of, write_table


def record(name, parameters, values, **more):
    return {
        "run": name, "notebook": "toy/01_double", "scale": "smoke", "parameters": parameters,
        "seed": parameters.get("seed"), "repeat": 0, "status": "done", "values": values,
        "seconds": 1.5, "cpu_seconds": 1.25, "peak_memory": 2**27, "attempts": 1, "finished": "2026-11-23T10:00:00Z",
        "provenance": {"commit": "abc", "dirty": False, "python": "3.11.7", "versions": {"numpy": "2"}, "machine": "m"},
    } | more  # fmt: skip


def failure(name, parameters, **more):
    told = {"status": "failed", "reason": "notebook error", "error": "cell 3: ValueError: no"}
    return record(name, parameters, {"ratio": 9.0}, **told) | more


def plan_of(root, parameters, varying, repeats=None):
    """A plan with one run for each set of parameters, named r0, r1, ..."""
    repeats = repeats or [0] * len(parameters)
    tasks = [
        SimpleNamespace(index=i, name=f"r{i}", parameters=p, repeat=r)
        for i, (p, r) in enumerate(zip(parameters, repeats, strict=True))
    ]
    spec = SimpleNamespace(
        id="toy/gap", name="gap", notebook=SimpleNamespace(id="toy/01_double", stem="01_double"), scale="smoke",
        parameters=dict(parameters[0]), varying=varying,
    )  # fmt: skip
    return SimpleNamespace(
        root=root, spec=spec, fingerprint=SimpleNamespace(digest="f" * 64, items={}), tasks=tasks, total=len(tasks)
    )


def store_with(root, *records):
    store = Store(str(root / "build" / "sweeps"), "toy", "01_double")
    for content in records:
        ending = ".json" if content["status"] == "done" else ".failed.json"
        path = Path(store.url(content["run"], ending))
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(content))
    return store


@pytest.fixture
def sweep(tmp_path):
    """Four planned runs: done, done with other values, failed, not run; and one in the store that is not planned."""
    points = [{"n": n, "seed": s, "which": "max", "shares": [0.5, 1.0], "open": True} for n in (2, 3) for s in (0, 1)]
    records = [
        record("r0", points[0], {"ratio": 0.5, "count": 3, "holds": True, "curve": [1, 2.5, None], "seconds": 7}),
        record("r1", points[1], {"ratio": 1, "count": None, "curve": [], "n": 8.0}),
        failure("r2", points[2]),
        record("other", points[0], {"old": 1}),
    ]
    return plan_of(tmp_path, points, ["n", "seed"]), store_with(tmp_path, *records)


def test_a_row_a_planned_run_with_swept_parameters_first(sweep):
    table = table_of(*sweep)
    assert list(table.columns) == [
        "run", "status", "n", "which", "shares", "open", "seed", "repeat",
        "ratio", "count", "holds", "curve", "value:seconds", "value:n",
        "seconds", "cpu_seconds", "peak_memory", "attempts", "finished", "commit", "dirty", "reason", "error",
    ]  # fmt: skip
    assert table["run"].tolist() == ["r0", "r1", "r2", "r3"]
    assert table["status"].tolist() == ["done", "done", "failed", "planned"]
    assert table["n"].tolist() == [2, 2, 3, 3]
    assert table["seed"].tolist() == [0, 1, 0, 1]
    assert table["reason"].tolist() == [pd.NA, pd.NA, "notebook error", pd.NA]
    assert table.attrs["varying"] == ["n", "seed"]
    assert table.attrs["values"] == ["ratio", "count", "holds", "curve", "value:seconds", "value:n"]
    assert table.attrs["parameters"] == ["n", "which", "shares", "open"]


def test_what_a_failed_run_recorded_before_it_failed_is_no_result(sweep):
    assert table_of(*sweep)["ratio"].isna().tolist() == [False, False, True, True]


def test_columns_have_one_type_and_missing_entries(sweep):
    types = {name: str(dtype) for name, dtype in table_of(*sweep).dtypes.items()}
    assert types == FIXED | {
        "n": "Int64", "which": "string", "shares": "object", "open": "boolean", "ratio": "float64", "count": "Int64",
        "holds": "boolean", "curve": "object", "value:seconds": "Int64", "value:n": "float64",
    }  # fmt: skip
    table = table_of(*sweep)
    assert table["count"].isna().tolist() == [False, True, True, True]
    assert table["curve"][0][:2] == [1.0, 2.5]
    assert np.isnan(table["curve"][0][2])


def test_a_parameter_with_the_name_of_a_fixed_column_steps_aside(tmp_path):
    plan = plan_of(tmp_path, [{"seconds": 3.0, "repeat": 2}], ["seconds"], repeats=[1])
    table = table_of(plan, store_with(tmp_path, record("r0", {}, {"repeat": 5})))
    told = table.loc[0, ["parameter:seconds", "parameter:repeat", "repeat", "value:repeat", "seconds"]]
    assert told.tolist() == [3.0, 2, 1, 5, 1.5]
    assert table.attrs["varying"] == ["parameter:seconds"]


def test_a_sweep_that_has_not_begun_is_a_table_of_planned_runs(tmp_path):
    plan = plan_of(tmp_path, [{"n": 1}, {"n": 2}], ["n"])
    table = table_of(plan, Store(str(tmp_path / "nowhere"), "toy", "01_double"))
    assert table["status"].tolist() == ["planned", "planned"]
    assert table["seed"].isna().all()


@pytest.fixture
def written(sweep, tmp_path):
    return table_of(*sweep), write_table(table_of(*sweep), tmp_path / "new" / "gap", tmp_path)


def test_parquet_comes_back_as_it_was(written):
    table, (parquet, _) = written
    assert pq.read_schema(parquet).names == list(table.columns)  # no index
    back = pd.read_parquet(parquet)
    lists = ["shares", "curve"]
    pd.testing.assert_frame_equal(back.drop(columns=lists), table.drop(columns=lists))
    assert [list(v) for v in back["shares"]] == table["shares"].tolist()
    assert json.loads(pq.read_schema(parquet).metadata[b"companion"]) == table.attrs
    assert sorted(path.name for path in parquet.parent.iterdir()) == ["table.csv", "table.parquet"]


def test_polars_reads_the_parquet(written):
    back = pl.read_parquet(written[1][0])
    assert back.schema["n"] == pl.Int64
    assert back.schema["open"] == pl.Boolean
    assert back.schema["curve"] == pl.List(pl.Float64)
    assert back["ratio"].to_list() == [0.5, 1.0, None, None]
    assert back["count"].to_list() == [3, None, None, None]
    assert back["curve"].to_list() == [[1.0, 2.5, None], [], None, None]
    assert back["error"].to_list()[2] == "cell 3: ValueError: no"


def test_duckdb_reads_the_parquet(written):
    rows = duckdb.sql(f"select n, ratio, curve, holds from '{written[1][0]}' order by run").fetchall()
    assert rows == [(2, 0.5, [1.0, 2.5, None], True), (2, 1.0, [], None), (3, None, None, None), (3, None, None, None)]
    assert duckdb.sql(f"select avg(ratio) from '{written[1][0]}' where status = 'done'").fetchall() == [(0.75,)]


def test_csv_has_lists_as_json_and_missing_as_nothing(written):
    back = pd.read_csv(written[1][1])
    assert list(back.columns) == list(written[0].columns)
    assert json.loads(back["curve"][0]) == [1.0, 2.5, None]
    assert back["ratio"].tolist()[:2] == [0.5, 1.0]
    assert back["curve"].isna().tolist() == [False, False, True, True]


def test_an_array_is_a_reference_that_can_be_loaded(tmp_path):
    kept = {"array": "01_double-r0.npz", "key": "policy#1", "shape": [2, 3], "dtype": "float64"}
    lost = {"array": None, "shape": [2, 3], "dtype": "float64"}
    points = [{"n": 1}, {"n": 2}]
    store = store_with(tmp_path, record("r0", points[0], {"policy": kept}), record("r1", points[1], {"policy": lost}))
    policy = np.arange(6.0).reshape(2, 3)
    np.savez(store.url("r0", ".npz"), **{"policy#1": policy})
    table = table_of(plan_of(tmp_path, points, ["n"]), store)
    assert table.attrs["arrays"] == ["policy"]
    entries = table["policy"]
    assert entries.tolist() == ["build/sweeps/toy/01_double-r0.npz#policy#1", pd.NA]
    np.testing.assert_array_equal(load_array(entries[0], tmp_path), policy)
    with pytest.raises(ValueError, match=r"names an array 'x', but .*01_double-r0.npz has policy#1"):
        load_array("build/sweeps/toy/01_double-r0.npz#x", tmp_path)
    with pytest.raises(ValueError, match="reference must be"):
        load_array(entries[1], tmp_path)


def test_an_array_in_a_place_that_is_not_local_has_a_url(tmp_path):
    store = Store("memory://bucket/sweeps", "toy", "01_double")
    kept = {"array": "01_double-r0.npz", "key": "a", "shape": [2], "dtype": "int64"}
    store.keep(record("r0", {"n": 1}, {"a": kept}), "{}", {"a": np.array([4, 5])}, tmp_path)
    (entry,) = table_of(plan_of(Path("/nowhere"), [{"n": 1}], ["n"]), store)["a"]
    assert entry.startswith("memory://")
    np.testing.assert_array_equal(load_array(entry), [4, 5])


@pytest.mark.parametrize("folder", ["papers/toy", "."])
def test_results_are_loaded_from_anywhere_in_the_repository(toy, tmp_path, monkeypatch, folder):
    sweep = {"notebook": "01_double", "grid": {"n": [2, 4]}, "repeat": 2}
    (toy.paper / "params" / "sweep_gap.yaml").write_text(yaml.safe_dump(sweep))
    plan = plan_sweep(toy.root, "toy/gap")
    for task in plan.tasks[:3]:
        store_of(plan.spec).keep(record(task.name, task.parameters, {"half": task.index / 4}), "{}", {}, tmp_path)
    monkeypatch.chdir(toy.root / folder)
    table = load_results("toy/gap")
    assert table["status"].tolist() == ["done", "done", "done", "planned"]
    assert table["half"].tolist()[:3] == [0.0, 0.25, 0.5]
    assert table["n"].tolist() == [2, 4, 2, 4]
    assert table["repeat"].tolist() == [0, 0, 1, 1]
    assert table["which"].tolist() == ["max"] * 4
    assert len(load_results("toy/gap", limit=3)) == 3
    assert load_results("toy/gap", location="elsewhere")["status"].eq("planned").all()
