import pytest

from common.companion.catalogue import find_notebooks
from common.companion.errors import ParameterError, UnknownNameError
from common.companion.runs import parse_overrides, plan, scratch_folder, write_atomically
from common.companion.sources import forget


def name(toy, scale="smoke", **overrides):
    forget()
    (notebook,) = find_notebooks(toy.root, ["toy"])
    return plan(toy.root, notebook, scale, overrides).name


def test_name_changes_with_what_decides_the_result_and_with_nothing_else(toy):
    before = name(toy)
    assert name(toy, n=3) == before  # an override that changes nothing
    assert name(toy, n=4) != before
    (toy.paper / "README.md").write_text("prose")
    toy.ledger["artefacts"][0]["claim"] = "Another wording of the claim."
    toy.write_ledger()
    assert name(toy) == before


@pytest.mark.parametrize("change", ["module", "package", "notebook", "check", "results", "data"])
def test_name_changes_when_an_input_changes(toy, change):
    before = name(toy)
    notebook = toy.paper / "01_double.ipynb"
    if change == "module":
        toy.module("def double(x):\n    return x + x\n")
    elif change == "package":
        toy.module("import numpy\n\n\ndef double(x):\n    return 2 * x\n")
        before = name(toy)
        (toy.root / "requirements.lock").write_text("numpy==2.1\n")
    elif change == "notebook":
        notebook.write_text(notebook.read_text().replace("Doubling", "Twice"))
    elif change == "check":
        toy.ledger["artefacts"][0]["checks"][0]["expected"] = 7
        toy.write_ledger()
    else:
        (toy.paper / "results").mkdir()
        if change == "data":
            toy.module("def double(x):\n    return 2 * x\n\n\nBEST = 'results/best.json'\n")
            before = name(toy)
        file = {"results": "01_double.laptop.json", "data": "best.json"}[change]
        (toy.paper / "results" / file).write_text("{}")
    assert name(toy) != before


def test_what_it_does_not_use_leaves_the_name(toy):
    toy.module("import yaml\n\n\ndef double(x):\n    return 2 * x\n")
    (toy.root / "requirements.lock").write_text("numpy==2.0\npyyaml==6.0\n")
    before = name(toy)
    (toy.root / "requirements.lock").write_text("numpy==2.1\npyyaml==6.0\nnewcomer==1.0\n")
    (toy.paper / "results").mkdir()
    (toy.paper / "results" / "best.json").write_text("{}")
    assert name(toy) == before


def test_what_a_package_requires_counts(toy):
    toy.module("import pandas\n\n\ndef double(x):\n    return 2 * x\n")
    before = name(toy)
    (toy.root / "requirements.lock").write_text("numpy==2.1\n")
    assert name(toy) != before


def test_recorded_results_do_not_rename_the_run_that_they_record(toy):
    before = name(toy, "laptop")
    (toy.paper / "results").mkdir()
    (toy.paper / "results" / "01_double.laptop.json").write_text("{}")
    assert name(toy, "laptop") == before


def test_data_beside_the_code_counts(toy):
    before = name(toy)
    (toy.paper / "table.csv").write_text("1,2\n")
    beside = name(toy)
    (toy.paper / "data").mkdir()
    (toy.paper / "data" / "table.csv").write_text("1,2\n")
    assert len({before, beside, name(toy)}) == 3


def test_code_that_is_imported_indirectly_counts(toy):
    toy.module("from papers.toy.deep import double\n")
    (toy.paper / "deep.py").write_text("def double(x):\n    from papers.toy import deeper\n    return 2 * x\n")
    (toy.paper / "deeper.py").write_text("a = 1\n")
    before = name(toy)
    (toy.paper / "deeper.py").write_text("a = 2\n")
    assert name(toy) != before


def test_bad_parameters_are_refused_before_anything_starts(toy):
    with pytest.raises(ParameterError, match="must lie in"):
        name(toy, n=31)
    toy.write_params(laptop={"01_double": {"m": 2}})
    with pytest.raises(ParameterError, match=r"params/laptop\.yaml"):
        name(toy, "laptop")
    toy.write_params(laptop={})
    with pytest.raises(UnknownNameError, match="does not name"):
        name(toy, "laptop")
    with pytest.raises(UnknownNameError, match=r"no params/paper\.yaml"):
        name(toy, "paper")


def test_command_line_values_win_over_the_file():
    assert parse_overrides([("n", "4"), ("w", "[1, 2]")], {"n": 3, "q": 0.5}) == {"n": 4, "w": [1, 2], "q": 0.5}
    with pytest.raises(ParameterError, match="not a YAML value"):
        parse_overrides([("n", "[1,")], {})


def test_scratch_of_the_living_stays_and_of_the_dead_goes(tmp_path):
    with scratch_folder(tmp_path) as first:
        (tmp_path / "build" / ".scratch" / "dead").mkdir()
        with scratch_folder(tmp_path) as second:
            assert first.is_dir()
            assert first != second
            assert not (tmp_path / "build" / ".scratch" / "dead").exists()
    assert not first.exists()


def test_atomic_write_replaces_and_leaves_no_rest(tmp_path):
    with scratch_folder(tmp_path) as scratch:
        target = tmp_path / "deep" / "file.json"
        write_atomically(target, "old", scratch)
        write_atomically(target, "new", scratch)
        assert target.read_text() == "new"
        assert [p.name for p in scratch.iterdir()] == ["held"]
