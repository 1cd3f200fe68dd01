"""What a person types, in one process; what executes notebooks is in test_engine."""

import json

import pytest
from click.testing import CliRunner

from common.companion.cli import main


@pytest.fixture
def companion(toy, monkeypatch):
    monkeypatch.setenv("COMPANION_ROOT", str(toy.root))
    monkeypatch.setenv("COLUMNS", "200")

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
    assert all(word in output for word in ("T-1", "doubled", "not run at this scale"))
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
