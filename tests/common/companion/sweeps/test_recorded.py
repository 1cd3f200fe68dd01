import json

import pytest

from common.companion import recorded_sweep
from common.companion.errors import UnknownNameError

CONTENT = {
    "sweep": "toy/gap",
    "notebook": "toy/03_trees",
    "scale": "smoke",
    "about": None,
    "fingerprint": "f",
    "parameters": {"which": "max", "shares": [0.5, 1.0]},
    "varying": ["depth", "seed"],
    "values": ["ratio", "curve"],
    "arrays in the store": [],
    "failures": [],
    "provenance": {
        "runs": 2,
        "planned": 2,
        "commits": ["abc", "def"],
        "dirty": False,
        "python": ["3.11.7"],
        "versions": {"numpy": ["2.4", "2.5"]},
        "machines": ["Linux, 2 cores"],
        "first_finished": "2026-11-22T23:00:00Z",
        "last_finished": "2026-11-23T01:00:00Z",
        "cpu_seconds": 125.4,
    },
    "columns": {
        "run": ["r0", "r1"],
        "depth": [2, 3],
        "seed": [0, 0],
        "repeat": [0, 0],
        "ratio": [1, 0.5],
        "curve": [[1, 2], None],
        "seconds": [1, 2.5],
    },
}


@pytest.fixture
def paper(toy, monkeypatch):
    """A paper that holds the record of one sweep, and the working folder."""
    (toy.paper / "results").mkdir()
    monkeypatch.setenv("COMPANION_ROOT", str(toy.root))
    monkeypatch.chdir(toy.paper)
    write(toy.paper, CONTENT)
    return toy.paper


def write(paper, content):
    (paper / "results" / "gap.sweep.json").write_text(json.dumps(content))


def test_the_table_has_types(paper):
    table = recorded_sweep("gap").table
    assert {name: str(dtype) for name, dtype in table.dtypes.items()} == {
        "run": "string", "depth": "Int64", "seed": "Int64", "repeat": "Int64", "ratio": "float64", "curve": "object",
        "seconds": "float64",
    }  # fmt: skip
    assert table["curve"].tolist() == [[1, 2], None]
    assert (table.attrs["varying"], table.attrs["values"]) == (["depth", "seed"], ["ratio", "curve"])


def test_it_shows_where_it_comes_from(paper):
    found = recorded_sweep("gap")
    assert repr(found) == str(found)
    assert str(found) == (
        "recorded sweep 'gap': 2 runs of 03_trees, smoke scale, 2026-11-23\n"
        "  swept: depth, seed\n"
        "  the same in all: which = max, shares = [0.5, 1]\n"
        "  commit: abc, def\n"
        "  versions: python 3.11.7, numpy 2.4 and 2.5\n"
        "  machine: Linux, 2 cores\n"
        "  finished: 2026-11-22T23:00:00Z to 2026-11-23T01:00:00Z\n"
        "  CPU time: 125 s"
    )
    for line in str(found).splitlines()[1:]:
        for word in line.strip().split(": ", 1):
            assert word in found._repr_html_()


def test_it_says_what_is_not_as_it_should_be(paper):
    failures = [{"run": "r2", "depth": 4, "seed": 0, "repeat": 0, "reason": "time limit", "error": "<b>"}]
    provenance = CONTENT["provenance"] | {"planned": 4, "dirty": True, "machines": ["<i>"]}
    write(paper, CONTENT | {"failures": failures, "provenance": provenance})
    found = recorded_sweep("gap")
    assert found.label.startswith("recorded sweep 'gap': 2 of 4 runs of")
    assert "commit: abc, def, with changes that were not committed" in str(found)
    assert "failed: 1 (time limit)" in str(found)
    assert "&lt;i&gt;" in found._repr_html_()


def test_a_lesson_names_the_paper(paper, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    assert recorded_sweep("gap", paper="toy").notebook == "toy/03_trees"
    with pytest.raises(UnknownNameError, match=r"in no paper: recorded_sweep\('gap', paper="):
        recorded_sweep("gap")


def test_an_unknown_name_has_a_hint(paper):
    with pytest.raises(UnknownNameError, match="toy has no recorded sweep 'gaps': did you mean 'gap'"):
        recorded_sweep("gaps")
