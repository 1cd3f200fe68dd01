import json
import uuid

import numpy as np
import pytest

from common.companion.errors import CompanionError
from common.companion.sweeps.store import Store


@pytest.fixture(params=["local", "memory"])
def store(request, tmp_path):
    place = str(tmp_path / "runs") if request.param == "local" else f"memory://{uuid.uuid4().hex}"
    return Store(place, "toy", "01_double")


@pytest.fixture
def scratch(tmp_path):
    folder = tmp_path / "scratch"
    folder.mkdir()
    return folder


def record(name, **more):
    return {"run": name, "status": "done", "values": {"x": 1.5}} | more


def test_a_run_is_finished_when_its_record_is_there(store, scratch):
    assert store.states() == (set(), set())
    assert not store.is_finished("a")
    store.keep(record("a"), "{}", {}, scratch)
    assert store.is_finished("a")
    assert store.finished() == {"a"}
    assert store.record("a") == record("a")
    assert list(scratch.iterdir()) == []


def test_the_record_is_written_last(store, scratch, monkeypatch):
    written = []
    monkeypatch.setattr(Store, "_write", lambda self, name, ending, data, scratch: written.append(ending))
    store.keep(record("a"), "{}", {"map": np.eye(2)}, scratch)
    assert written == [".npz", ".ipynb", ".json"]


def test_a_failure_is_kept_until_the_run_is_finished(store, scratch):
    store.keep_failure(record("a", status="failed", reason="kernel died"), "{}", scratch)
    assert (store.finished(), store.failed()) == (set(), {"a"})
    assert store.record("a")["reason"] == "kernel died"
    store.keep(record("a"), "{}", {}, scratch)
    assert store.states() == ({"a"}, set())
    store.forget("a")
    assert store.states() == (set(), set())
    with pytest.raises(FileNotFoundError):
        store.record("a")


def test_records_come_in_the_order_asked_for(store, scratch):
    for name in "cab":
        store.keep(record(name), "{}", {}, scratch)
    assert [r["run"] for r in store.records(["b", "c", "a"])] == ["b", "c", "a"]


def test_arrays_may_have_any_name(store, scratch):
    arrays = {"file": np.arange(6.0).reshape(2, 3), "allow_pickle": np.array([True])}
    store.keep(record("a"), "{}", arrays, scratch)
    import fsspec

    with fsspec.open(store.url("a", ".npz")) as stream, np.load(stream) as kept:
        assert {name: kept[name].tolist() for name in kept.files} == {n: a.tolist() for n, a in arrays.items()}


def test_other_notebooks_of_the_paper_are_not_mixed_in(store, scratch):
    other = Store(store.location, "toy", "01_double_again")
    other.keep(record("b"), "{}", {}, scratch)
    store.keep(record("a"), "{}", {}, scratch)
    assert (store.finished(), other.finished()) == ({"a"}, {"b"})


def test_what_a_dead_worker_left_is_found_if_it_is_whole(tmp_path):
    store = Store(str(tmp_path), "toy", "01_double")
    for worker, text in (("one", '{"cells": ['), ("two", json.dumps({"cells": []}))):
        folder = store.scratch / worker / "run"
        folder.mkdir(parents=True)
        (folder / "01_double-a.ipynb").write_text(text)
    assert json.loads(store.left_behind("a")) == {"cells": []}
    assert store.left_behind("b") is None


def test_an_unknown_place_is_one_line():
    with pytest.raises(CompanionError, match="results location 'nowhere://x'"):
        Store("nowhere://x", "toy", "01_double").finished()
