import nbformat
import pytest

from common.companion.errors import ParameterError
from common.companion.notebooks import checked_parameters, declared_parameters, title_of


def notebook(source):
    cell = nbformat.v4.new_code_cell(source, metadata={"tags": ["parameters"]})
    return nbformat.v4.new_notebook(cells=[nbformat.v4.new_markdown_cell("text\n\n# A title\n"), cell])


DECLARED = declared_parameters(
    notebook(
        "n: int = 5  # 1..30 buyers\n"
        "q: float = 0.2  # 0..1\n"
        "densities: list[float] = [0.1, 0.2]  # 0..1, of world edges\n"
        "which: Literal['max', 'min'] = 'max'  # price convention\n"
        "seed: int = 0  # 0..\n"
        "name: str = 'a # b'"
    ),
    "here",
)


def test_declaration_is_read_with_ranges_and_help():
    assert list(DECLARED) == ["n", "q", "densities", "which", "seed", "name"]
    assert (DECLARED["n"].low, DECLARED["n"].high, DECLARED["n"].help) == (1, 30, "1..30 buyers")
    assert (DECLARED["seed"].low, DECLARED["seed"].high) == (0, None)
    assert (DECLARED["which"].low, DECLARED["name"].default) == (None, "a # b")


@pytest.mark.parametrize(
    ("given", "converted"),
    [
        ({"n": 30}, {"n": 30}),
        ({"q": 1}, {"q": 1.0}),
        ({"q": "1e-3"}, {"q": 0.001}),
        ({"densities": [0, 1]}, {"densities": [0.0, 1.0]}),
        ({"which": "min"}, {"which": "min"}),
    ],
)
def test_good_values(given, converted):
    assert checked_parameters(DECLARED, given, "here") == converted


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"m": 3}, "no parameter 'm'"),
        ({"densitis": [0.1]}, "did you mean 'densities'"),
        ({"n": 2.5}, "'n' is int, given 2.5"),
        ({"n": "3"}, "'n' is int"),
        ({"n": 31}, r"'n' must lie in 1\.\.30, given 31"),
        ({"densities": [0.1, 1.2]}, "given 1.2"),
        ({"seed": -1}, r"must lie in 0\.\., given -1"),
        ({"which": "mid"}, "'max' or 'min'"),
        ({"q": float("nan")}, "given nan"),
        ({"q": True}, "'q' is float, given True"),
        ({"densities": []}, r"given \[\]"),
        ({"densities": [0.1, float("inf")]}, "must be finite"),
    ],
)
def test_bad_values_are_refused(given, told):
    with pytest.raises(ParameterError, match=told):
        checked_parameters(DECLARED, given, "here")


@pytest.mark.parametrize(
    "source", ["n = 5", "n: int = 50  # 1..30", "n: int", "n: int = 'a'", "n: int = 2 + 1", "n: tuple = 1"]
)
def test_bad_declarations_are_refused(source):
    with pytest.raises(ParameterError, match="here"):
        declared_parameters(notebook(source), "here")


def test_title():
    assert title_of(notebook("n: int = 1")) == "A title"
