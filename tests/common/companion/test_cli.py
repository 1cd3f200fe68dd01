"""What a person types, in one process; what executes notebooks is in test_engine."""

import json

import pytest
from click.testing import CliRunner

from common.companion.cli import main
from common.companion.console import console


@pytest.fixture
def companion(toy, monkeypatch):
    monkeypatch.setenv("COMPANION_ROOT", str(toy.root))
    monkeypatch.setattr(console, "width", 200)

    def call(*arguments):
        result = CliRunner().invoke(main, arguments)
        assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
        return result.exit_code, result.output

    return call


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["run", "toy", "-p", "m", "3"], "no parameter 'm'"),
        (["run", "toy", "-p", "n", "31"], "must lie in 1..30"),
        (["run", "toy", "-p", "n", "2.5"], "'n' is int"),
        (["run", "toi"], "did you mean 'toy'"),
        (["run", "toy", "--artefact", "T-9"], "did you mean 'T-1'"),
        (["run", "toy", "--scale", "paper"], "no params/paper.yaml"),
        (["run", "toy", "--scale", "huge"], "'smoke', 'laptop', 'paper'"),
        (["run", "toy", "--jobs", "0"], "0 is not in the range"),
        (["rnu", "toy"], "did you mean 'run'"),
        (["show", "toy/T-7"], "did you mean 'T-1'"),
        (["show", "toy"], "is not PAPER/ARTEFACT"),
        (["verify", "toy/T-1"], "nothing is recorded"),
        (["record", "toy", "--scale", "laptop"], "not finished"),
        (["run", "toy", "--in-place", "--scale", "laptop"], "--in-place is for the smoke scale"),
        (["new-paper", "Bad-Name"], "lower case letters"),
        (["new-paper", "toy"], "exists already"),
    ],
)
def test_wrong_words_are_refused_before_anything_starts(companion, toy, arguments, told):
    status, output = companion(*arguments)
    assert status in (1, 2)
    assert told in output
    assert not (toy.root / "build").exists()


def test_a_parameter_file_is_read_and_checked(companion, toy):
    file = toy.root / "mine.yaml"
    file.write_text("n: 99\n")
    assert "must lie in 1..30" in companion("run", "toy", "-f", str(file))[1]
    file.write_text("- n\n")
    assert "a mapping" in companion("run", "toy", "-f", str(file))[1]


@pytest.mark.parametrize(
    ("file", "content", "told"),
    [
        ("params/smoke.yaml", "- a", "a mapping of notebooks"),
        ("params/smoke.yaml", "a: [", "not YAML"),
        ("params/smoke.yaml", "01_double: 3", "a mapping of parameter names"),
        ("params/smoke.yaml", "01_duble: {}", "did you mean '01_double'"),
        ("01_double.ipynb", "no json", "is no notebook"),
        ("paper.yaml", "title: T", "toy/paper.yaml: artefacts: Field required"),
    ],
)
@pytest.mark.parametrize("command", ["run", "report"])
def test_a_broken_file_is_named_in_one_message(companion, toy, command, file, content, told):
    (toy.paper / file).write_text(content)
    status, output = companion(command)
    assert status == 2
    assert told in output


def test_an_unusable_build_folder_and_an_empty_root_are_told(companion, toy, monkeypatch, tmp_path):
    (toy.root / "build").write_text("a file")
    assert "build/ cannot be written" in companion("report")[1]
    monkeypatch.setenv("COMPANION_ROOT", str(tmp_path / "nowhere"))
    status, output = companion("run")
    assert status == 2
    assert "holds no folder papers/" in output
    (tmp_path / "nowhere" / "papers").mkdir(parents=True)
    assert "no notebook to run" in companion("run")[1]


def test_a_path_is_a_name_too_if_it_lies_in_the_repository(companion, toy, monkeypatch):
    monkeypatch.chdir(toy.root)
    assert "no parameter 'x'" in companion("run", "papers/toy", "-p", "x", "1")[1]
    assert "no parameter 'x'" in companion("run", "papers/toy/01_double.ipynb", "-p", "x", "1")[1]
    assert "no paper" in companion("run", "/nowhere/toy/01_double.ipynb")[1]


def test_brackets_in_texts_are_shown_as_they_are(companion, toy):
    toy.ledger["title"] = "Slow [a, b] and [/i] fast"
    toy.ledger["artefacts"][0] |= {"evidence": "none", "because": "no data [b]here[/i]", "checks": [], "notebook": None}
    toy.write_ledger()
    for arguments in (["report"], ["list"], ["list", "toy"], ["show", "toy/T-1"]):
        status, output = companion(*arguments)
        assert status == 0
        assert "[a, b] and [/i]" in output or "[b]here[/i]" in output


def test_code_that_does_not_parse_is_named(companion, toy):
    toy.module("def double(:\n")
    status, output = companion("run", "toy")
    assert status == 2
    assert "Syntax error" in output


def test_list_and_show_say_what_there_is(companion):
    status, output = companion("list")
    assert status == 0
    assert all(word in output for word in ("toy", "2401.00001", "Doubling"))
    status, output = companion("list", "toy")
    assert all(word in output for word in ("T-1", "doubled", "not run at this scale")), output
    status, output = companion("show", "toy/t-1")
    told = ("Twice three is six.", "companion run toy/01_double", "expected 6", "± 0", "not run")
    assert all(word in output for word in told), output


def test_report_is_a_table_a_page_and_data(companion, toy):
    status, output = companion("report")
    assert status == 0
    assert "1 artefacts: 1 not run at this scale" in output
    (entry,) = json.loads((toy.root / "build" / "report.json").read_text())
    assert (entry["id"], entry["verdict"]) == ("T-1", "not run at this scale")
    assert "Twice three is six." in (toy.root / "build" / "report.html").read_text()
