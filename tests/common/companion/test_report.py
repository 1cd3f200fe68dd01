"""The way from a recorded value to a verdict, and back from a verdict to what moved."""

import json

import nbformat
import pytest

from common.companion.catalogue import find_notebooks, find_paper
from common.companion.ledger import Verdict
from common.companion.report import artefact_rows, seconds_of
from common.companion.runs import plan
from common.companion.verify import movement


def record_of(toy, scale, value, run=None):
    (notebook,) = find_notebooks(toy.root, ["toy"])
    planned = plan(toy.root, notebook, scale)
    return {
        "run": run or planned.name,
        "notebook": "toy/01_double",
        "scale": scale,
        "parameters": dict(planned.parameters),
        "overrides": {},
        "seconds": 7.0,
        "provenance": {"commit": "abc", "finished": "2026-01-02T03:04:05Z"},
        "values": {"doubled": value},
    }


def in_results(toy, record):
    path = toy.paper / "results" / f"01_double.{record['scale']}.json"
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps(record))


def in_build(toy, record):
    (notebook,) = find_notebooks(toy.root, ["toy"])
    run = plan(toy.root, notebook, record["scale"])
    run.record_file.parent.mkdir(parents=True, exist_ok=True)
    run.record_file.write_text(json.dumps(record | {"run": run.name}))


def committed(toy, value, run=None):
    """Execute the notebook by hand: leave the output that record() would have left."""
    path = toy.paper / "01_double.ipynb"
    record = record_of(toy, "smoke", value, run)
    notebook = nbformat.read(path, 4)
    metadata = {"companion": {"records": record.pop("values")}}
    notebook.cells[-1].outputs = [nbformat.v4.new_output("display_data", {"text/plain": "6"}, metadata=metadata)]
    notebook.metadata["companion"] = record
    nbformat.write(notebook, path)


def row(toy):
    (only,) = artefact_rows(toy.root, find_paper(toy.root, "toy"))
    return only


def test_nothing_recorded(toy):
    assert row(toy).verdict is Verdict.NOT_RUN


def test_the_executed_notebook_in_the_tree_is_a_record(toy):
    committed(toy, 6)
    assert row(toy).verdict is Verdict.VERIFIED
    assert row(toy).checks[0].ours == "6"
    assert seconds_of(toy.root, find_notebooks(toy.root, ["toy"])[0], "smoke") == 7.0


def test_a_record_of_earlier_code_counts_and_says_so(toy):
    committed(toy, 6, run="another")
    assert row(toy).checks[0].ours == "6 *"


def test_a_present_run_beats_an_earlier_record_of_a_larger_scale(toy):
    in_results(toy, record_of(toy, "laptop", 6, run="another"))
    in_build(toy, record_of(toy, "smoke", 5))
    assert row(toy).verdict is Verdict.NOT_REPRODUCED


def test_the_larger_of_two_present_runs_is_shown(toy):
    in_build(toy, record_of(toy, "smoke", 5))
    in_results(toy, record_of(toy, "laptop", 6))
    assert row(toy).checks[0].evidence.scale == "laptop"
    assert row(toy).verdict is Verdict.VERIFIED


def test_a_smaller_run_does_not_answer_a_check_of_a_larger_scale(toy):
    toy.ledger["artefacts"][0]["checks"][0]["scale"] = "laptop"
    toy.write_ledger()
    in_build(toy, record_of(toy, "smoke", 6))
    assert row(toy).verdict is Verdict.NOT_RUN


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [(1, 1, "not at all"), (2, 3, "1 (50 %)"), ([1, 2], [1, 2.5], "0.5 (25 %)"), (1, None, "not comparable")],
)
def test_movement(before, after, told):
    assert movement(before, after) == told


def test_verify_says_what_moved(toy):
    committed(toy, 6)
    in_build(toy, record_of(toy, "smoke", 5))  # a finished run does not save it the work
    status, output = toy.companion("verify", "toy/T-1")
    assert status == 0, output
    assert "1 of 1 values are the same" in output
    toy.module("def double(x: int) -> int:\n    return 2 * x + 1\n")
    status, output = toy.companion("verify", "toy/T-1")
    assert status == 1
    assert "moved" in output
    assert "1 (17 %)" in output
    assert "has changed since" in output
