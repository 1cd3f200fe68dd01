"""Reading notebooks: their title, the parameters they declare, the values they recorded."""

from __future__ import annotations

import ast
import difflib
import io
import json
import math
import re
import tokenize
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from common.companion.errors import ParameterError, SourceError

if TYPE_CHECKING:
    from pydantic import TypeAdapter

#: The key under which records and provenance are kept in a notebook's metadata.
METADATA_KEY = "companion"

_NUMBER = r"-?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?"
_RANGE = re.compile(rf"(?P<low>{_NUMBER})?\s*\.\.\s*(?P<high>{_NUMBER})?(?=\W|$)")
_TYPES = {"int": int, "float": float, "bool": bool, "str": str, "list": list, "Literal": Literal}


@dataclass(frozen=True)
class Parameter:
    """A parameter as its notebook declares it: ``name: annotation = default  # help``.

    A range in the comment (``1..30``, ``0..``) binds the value, or each element of a list.
    """

    name: str
    annotation: str
    default: Any
    help: str
    low: float | None = None
    high: float | None = None

    def checked(self, value: Any, where: str) -> Any:
        """Return ``value`` converted to the declared type, or raise `ParameterError`."""
        from pydantic import ValidationError

        try:
            adapter = _adapter(self.annotation)
        except (NameError, TypeError):
            raise ParameterError(
                f"{where}: parameter '{self.name}' is annotated {self.annotation}; allowed are {', '.join(_TYPES)}"
            ) from None
        given = value if isinstance(value, list) else [value]
        if not given or ("bool" not in self.annotation and any(isinstance(element, bool) for element in given)):
            raise ParameterError(f"{where}: parameter '{self.name}' is {self.annotation}, given {value!r}")
        try:  # floats leniently, since YAML reads 1e-6 as a string
            value = adapter.validate_python(value, strict="float" not in self.annotation)
        except ValidationError as error:
            reason = error.errors()[0]["msg"][0].lower() + error.errors()[0]["msg"][1:]
            raise ParameterError(
                f"{where}: parameter '{self.name}' is {self.annotation}, given {value!r}: {reason}"
            ) from None
        for element in value if isinstance(value, list) else [value]:
            if isinstance(element, float) and not math.isfinite(element):
                raise ParameterError(f"{where}: parameter '{self.name}' must be finite, given {element!r}")
            too_low = self.low is not None and not element >= self.low
            too_high = self.high is not None and not element <= self.high
            if too_low or too_high:
                low, high = ("" if v is None else f"{v:g}" for v in (self.low, self.high))
                raise ParameterError(f"{where}: parameter '{self.name}' must lie in {low}..{high}, given {element!r}")
        return value


@cache
def _adapter(annotation: str) -> TypeAdapter:
    """Build the validator of a type once: it takes a hundred times longer than to validate a value."""
    from pydantic import TypeAdapter

    return TypeAdapter(eval(annotation, {"__builtins__": {}}, _TYPES))


def read_notebook(path: Path) -> dict[str, Any]:
    """Read a notebook of format 4, with every text in one piece.

    nbformat would do, but its import takes seconds (jsonschema builds a grammar), which every command would pay.
    """
    try:
        notebook = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise SourceError(f"{path.parent.name}/{path.name} is no notebook: {error}") from None
    for cell in notebook["cells"]:
        cell["source"] = _joined(cell["source"])
        for output in cell.get("outputs", []):
            output |= {key: _joined(output[key]) for key in ("text",) if key in output}
            output |= {"data": {kind: _joined(data) for kind, data in output.get("data", {}).items()}}
    return notebook


def _joined(text: Any) -> Any:
    return "".join(text) if isinstance(text, list) and all(isinstance(line, str) for line in text) else text


def title_of(notebook: Mapping) -> str | None:
    """Return the first level-one heading, or None."""
    for cell in notebook["cells"]:
        if cell["cell_type"] == "markdown" and (found := re.search(r"^# +(.+)$", cell["source"], re.M)):
            return found[1].strip()
    return None


def has_tag(cell: Mapping, tag: str) -> bool:
    """Whether a cell carries a tag."""
    return tag in cell.get("metadata", {}).get("tags", [])


def declared_parameters(notebook: Mapping, where: str) -> dict[str, Parameter]:
    """Return the parameters that the cell tagged ``parameters`` declares, by name.

    Raises
    ------
    ParameterError
        If a line of that cell is no annotated assignment of a literal, or breaks its own range.
    """
    parameters: dict[str, Parameter] = {}
    for cell in notebook["cells"]:
        if cell["cell_type"] != "code" or not has_tag(cell, "parameters"):
            continue
        comments = {
            token.start[0]: token.string.lstrip("# ")
            for token in tokenize.generate_tokens(io.StringIO(cell["source"]).readline)
            if token.type == tokenize.COMMENT
        }
        for node in ast.parse(cell["source"]).body:
            if isinstance(node, ast.ImportFrom) and node.module == "typing":  # for Literal
                continue
            parameter = _declared(node, comments, where)
            parameter.checked(parameter.default, where)
            parameters[parameter.name] = parameter
    return parameters


def _declared(node: ast.stmt, comments: Mapping[int, str], where: str) -> Parameter:
    """Read one line of a parameters cell."""
    try:
        assert isinstance(node, ast.AnnAssign)
        default = ast.literal_eval(node.value)
    except (AssertionError, ValueError, TypeError):
        raise ParameterError(
            f"{where}: line {node.lineno} of the parameters cell is not 'name: type = literal value'"
        ) from None
    help_text = comments.get(node.end_lineno or node.lineno, "")
    found = _RANGE.search(help_text)
    low, high = (float(v) if v is not None else None for v in (found.groups() if found else (None, None)))
    return Parameter(ast.unparse(node.target), ast.unparse(node.annotation), default, help_text, low, high)


def checked_parameters(declared: Mapping[str, Parameter], values: Mapping[str, Any], where: str) -> dict[str, Any]:
    """Validate ``values`` against the declaration and return them converted.

    Raises
    ------
    ParameterError
        For a name that the notebook does not declare (papermill would run it silently), with the
        nearest right one; for a wrong type; for a value out of range.
    """
    for name in values:
        if name not in declared:
            match = difflib.get_close_matches(name, declared, n=1, cutoff=0.4)
            hint = f"did you mean '{match[0]}'?" if match else "it declares: " + ", ".join(declared)
            raise ParameterError(f"{where}: no parameter '{name}': {hint}")
    return {name: declared[name].checked(value, where) for name, value in values.items()}


def recorded_values(notebook: Mapping) -> dict[str, Any]:
    """Collect what `common.companion.record` left in the outputs of an executed notebook."""
    return {name: value for output in _outputs(notebook) for name, value in _records(output).items()}


def _outputs(notebook: Mapping) -> Iterator[Mapping]:
    for cell in notebook["cells"]:
        yield from cell.get("outputs", [])


def _records(output: Mapping) -> Mapping[str, Any]:
    return output.get("metadata", {}).get(METADATA_KEY, {}).get("records", {})
