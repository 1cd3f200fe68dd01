"""What a notebook calls: ``record`` a number for the ledger, read what a recorded run found.

The values travel inside the executed notebook, in the metadata of the output that shows them, so a
notebook is its own record and a run cannot lose the one without the other.
"""

from __future__ import annotations

import html
import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from common.companion.arrays import as_array, describe, encode, placeholder
from common.companion.ledger import SCALES, Check, Ledger, Scale, Verdict, load_ledger
from common.companion.notebooks import METADATA_KEY

if TYPE_CHECKING:
    import numpy as np

_MARKS = {
    Verdict.REPRODUCED: "✓ met",
    Verdict.VERIFIED: "✓ met",
    Verdict.CLOSE: "≈ close",
    Verdict.NOT_REPRODUCED: "✗ not met",
}


def record(name: str | Mapping[str, Any], value: Any = None) -> None:
    """Hand numbers to the ledger and show them beside their published or expected values.

    Parameters
    ----------
    name
        The check's name in ``paper.yaml``, or a mapping of several names to values, shown as one table.
        A name that the ledger does not know is kept as a plain value of the run and shown as such.
    value
        A number, a bool, or a list or array of numbers (one dimension); NaN stands for "undefined". An array of
        more dimensions, or with more than 1000 elements, is shown by its shape and range and kept only by a sweep;
        the ledger cannot check it.

    Raises
    ------
    TypeError
        If a value is none of these, or an array has the name of a check.
    """
    from IPython.display import display

    given = name if isinstance(name, Mapping) else {name: value}
    arrays = {key: array for key, item in given.items() if (array := as_array(item, key)) is not None}
    values = {k: placeholder(arrays[k]) if k in arrays else _as_json(item, k) for k, item in given.items()}
    ledger = _ledger_here()
    rows = [_row(key, item, ledger, arrays.get(key)) for key, item in values.items()]
    display(
        {"text/plain": _as_text(rows), "text/html": _as_html(rows)},
        raw=True,
        metadata={METADATA_KEY: {"records": values, **encode(arrays)}},
    )


@dataclass(frozen=True)
class Recorded:
    """A value found by an earlier, larger run that is kept under ``results/``."""

    value: Any
    scale: Scale
    parameters: Mapping[str, Any]
    commit: str
    date: str

    @property
    def label(self) -> str:
        """What a legend or a caption says of it."""
        return f"recorded, {self.scale} scale, {self.date}"


def recorded(name: str, scale: Scale | None = None) -> Recorded | None:
    """Return the recorded value of ``name`` from the paper's ``results/``, the largest scale first.

    Parameters
    ----------
    name
        What `record` was called with.
    scale
        Only this scale. By default the largest one that was recorded.

    Returns
    -------
    Recorded or None
        None if no recorded run has this name; a figure then shows what it has just computed alone.
    """
    folder = paper_folder_here()
    for wanted in reversed(SCALES) if scale is None else (scale,):
        for path in sorted((folder / "results").glob(f"*.{wanted}.json")) if folder else ():
            content = json.loads(path.read_text(encoding="utf-8"))
            if name in content["values"]:
                provenance = content["provenance"]
                return Recorded(
                    content["values"][name], wanted, content["parameters"],
                    provenance["commit"], provenance["finished"][:10],
                )  # fmt: skip
    return None


def expected(name: str) -> float | list[float]:
    """Return what the ledger holds ``name`` against, to be drawn beside what was computed.

    Parameters
    ----------
    name
        What `record` is called with.

    Returns
    -------
    float or list of float
        The published or expected value of the check; its source is in the ledger.

    Raises
    ------
    ValueError
        If the notebook's paper has no check of this name, or the check is a limit without a target.
    """
    ledger = _ledger_here()
    found = ledger.check(name) if ledger else None
    if found is None or found[1].target is None:
        raise ValueError(f"name must be a check of paper.yaml with an expected or published value, given {name!r}")
    return found[1].target


def _as_json(value: Any, name: str) -> Any:
    """Convert to JSON numbers; NaN and infinities become None, which no check accepts."""
    value = value.tolist() if hasattr(value, "tolist") else value
    if isinstance(value, list | tuple):
        items = [_as_json(v, name) for v in value]
        if any(isinstance(item, list) for item in items):
            raise TypeError(f"record('{name}'): a list of numbers has one dimension, given {value!r}")
        return items
    if isinstance(value, bool | int):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    raise TypeError(f"record('{name}'): a number, a bool, or a list of numbers is allowed, given {value!r}")


def paper_folder_here() -> Path | None:
    """Return the folder of the paper around the working folder, or None."""
    here = Path.cwd()
    return next((folder for folder in (here, *here.parents) if (folder / "paper.yaml").is_file()), None)


def _ledger_here() -> Ledger | None:
    folder = paper_folder_here()
    return load_ledger(folder / "paper.yaml") if folder else None


def shown(value: Any) -> str:
    """Write a value as a reader wants it: four significant digits, lists shortened, arrays by their shape."""
    if isinstance(value, list):
        head = ", ".join(shown(v) for v in value[:8])
        return f"[{head}{', …' if len(value) > 8 else ''}]"
    if isinstance(value, Mapping):
        return describe(value)
    if isinstance(value, str):
        return value
    if value is None:
        return "undefined"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int) or (float(value).is_integer() and abs(value) < 1e6):
        return str(int(value))
    return f"{value:.4g}" if abs(value) > 1e-9 else "0"


def target_of(check: Check, source: bool = True) -> str:
    """Say what a check holds a value against, and how that number may be called."""
    kind = "published " if check.published is not None else "expected "
    target = "" if check.target is None else f"{kind}{shown(check.target)} "
    return f"{target}{check.within}" + (f" ({check.source})" if source else "")


def _row(name: str, value: Any, ledger: Ledger | None, array: np.ndarray | None = None) -> tuple[str, str, str, str]:
    found = ledger.check(name) if ledger else None
    if found is None:
        return name, shown(value) if array is None else describe(array), "no target in the ledger", ""
    if array is not None:
        raise TypeError(f"record('{name}'): a check of paper.yaml needs a number, a bool or a list, given an array")
    artefact, check = found
    mark = _MARKS[check.verdict(value)]
    if check.scale != "smoke" and not mark.startswith("✓"):
        mark += f" (meant to hold from {check.scale} scale on)"
    return f"{artefact.id} {name}", shown(value), target_of(check), mark


def _as_text(rows: list[tuple[str, str, str, str]]) -> str:
    return "\n".join(" | ".join(cell for cell in row if cell) for row in rows)


def _as_html(rows: list[tuple[str, str, str, str]]) -> str:
    cells = "".join(
        "<tr>" + "".join(f'<td style="text-align:left">{html.escape(cell)}</td>' for cell in row) + "</tr>"
        for row in rows
    )
    head = "".join(f'<th style="text-align:left">{h}</th>' for h in ("check", "ours", "held against", "verdict"))
    return f"<table><thead><tr>{head}</tr></thead><tbody>{cells}</tbody></table>"
