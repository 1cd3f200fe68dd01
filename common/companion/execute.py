"""Executing one run with papermill: its notebook, its record, and what is kept when it fails."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from common.companion.catalogue import Notebook
from common.companion.execution import Limits, execute_notebook
from common.companion.notebooks import METADATA_KEY, recorded_values
from common.companion.provenance import provenance
from common.companion.runs import Run, write_atomically

#: Metadata that papermill and nbclient add: absolute paths and time stamps that no reader needs.
_NOISE = ("papermill", "execution", "widgets")


@dataclass(frozen=True)
class Outcome:
    """What became of a run."""

    label: str
    seconds: float
    error: str | None = None

    @property
    def ok(self) -> bool:
        """Whether the run finished."""
        return self.error is None


def execute(run: Run, scratch: Path, timeout: float | None = None) -> Outcome:
    """Execute a run and keep its result; a failure is an `Outcome`, never an exception.

    Parameters
    ----------
    scratch
        A folder on the same file system as ``build/``, for half-written files.
    timeout
        Seconds allowed for one cell; None for no limit.
    """
    working = scratch / f"{run.notebook.paper.slug}-{run.notebook.stem}-{run.name}.ipynb"
    injected = injected_parameters(run.notebook, run.parameters)
    execution = execute_notebook(run.notebook.path, working, injected, Limits(cell_seconds=timeout))
    seconds, error = execution.seconds, execution.error
    record = {
        "run": run.name,
        "notebook": run.notebook.id,
        "scale": run.scale,
        "parameters": dict(run.parameters),
        "overrides": dict(run.overrides),
        "seed": run.parameters.get("seed"),
        "seconds": round(seconds, 2),
        "cpu_seconds": execution.cpu_seconds,
        "peak_memory": execution.peak_memory,
        "provenance": provenance(run.root),
    }
    try:
        _keep(run, working, record, error, scratch)
    except OSError as problem:  # a full disk, say: this run is not finished, the others go on
        error = f"its result could not be kept: {problem.strerror}"
    return Outcome(run.label, seconds, error)


def injected_parameters(notebook: Notebook, parameters: Mapping[str, Any]) -> dict[str, Any]:
    """Keep what differs from the defaults: at smoke scale no cell is injected, and the output can be committed."""
    return {name: value for name, value in parameters.items() if value != notebook.parameters[name].default}


def _keep(run: Run, working: Path, record: Mapping[str, Any], error: str | None, scratch: Path) -> None:
    import nbformat

    if not working.exists():  # it failed before its first cell
        return
    notebook = nbformat.read(working, as_version=4)
    clean(notebook)
    notebook["metadata"][METADATA_KEY] = record if error is None else record | {"error": error}
    text = nbformat.writes(notebook) + "\n"
    if error is not None:
        write_atomically(run.failed_output, text, scratch)
        return
    write_atomically(run.output, text, scratch)
    values = {"values": recorded_values(notebook)}
    write_atomically(run.record_file, json.dumps(record | values, indent=1) + "\n", scratch)
    run.failed_output.unlink(missing_ok=True)
    working.unlink()


def clean(notebook: Any) -> None:
    """Remove what the tools leave in the metadata: paths, time stamps, widget state."""
    for holder in (notebook["metadata"], *(cell["metadata"] for cell in notebook["cells"])):
        for key in _NOISE:
            holder.pop(key, None)
