"""Running an artefact's notebook again as it was recorded, and saying what moved."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from common.companion.catalogue import Notebook, Paper
from common.companion.errors import UnknownNameError
from common.companion.ledger import SCALES, Artefact, Scale
from common.companion.records import shown
from common.companion.report import recorded_run
from common.companion.runs import Run, plan


def verify_artefact(root: Path, paper: Paper, artefact: Artefact, scale: Scale | None, cold: bool) -> bool:
    """Re-run the recorded run of an artefact's notebook and print a row for each of its checks.

    Parameters
    ----------
    scale
        Which record to verify; by default the largest that the tree holds.

    Returns
    -------
    bool
        Whether the run succeeded and no recorded value of the artefact moved.
    """
    from rich.markup import escape
    from rich.table import Table

    from common.companion.console import console
    from common.companion.engine import execute_all

    run, record = _recorded(root, paper, artefact, scale)
    console.print(
        f"{run.label}, recorded at commit {record['provenance']['commit']}, "
        f"took {record['seconds']:.0f} s then; running it again with the same parameters"
    )
    (outcome,) = execute_all([run], jobs=1, cold=cold, force=True)
    if not outcome.ok:
        console.print(f"[red]the run failed[/]: {escape(outcome.error)}")
        return False
    now = run.record()["values"]
    table = Table("check", "recorded", "now", "moved by")
    names = [check.name for check in artefact.checks if check.name in record["values"]]
    for name in names:
        before, after = record["values"][name], now.get(name)
        table.add_row(name, escape(shown(before)), escape(shown(after)), movement(before, after))
    console.print(table)
    if run.name != record["run"]:
        console.print("the code, the notebook or the lock file has changed since it was recorded")
    moved = [name for name in names if record["values"][name] != now.get(name)]
    told = f"; moved: {', '.join(moved)}" if moved else ""
    console.print(f"{len(names) - len(moved)} of {len(names)} values are the same{told}")
    return not moved


def movement(before: Any, after: Any) -> str:
    """Say by how much a recorded value moved: the largest absolute and relative change."""
    if before == after:
        return "not at all"
    pair = [v if isinstance(v, list) else [v] for v in (before, after)]
    if len(pair[0]) != len(pair[1]) or None in pair[0] + pair[1]:
        return "not comparable"
    change, base = max((abs(b - a), abs(a)) for a, b in zip(*pair, strict=True))
    return f"{change:.3g}" + (f" ({100 * change / base:.2g} %)" if base else "")


def _recorded(root: Path, paper: Paper, artefact: Artefact, scale: Scale | None) -> tuple[Run, Mapping[str, Any]]:
    notebook = _notebook(paper, artefact)
    for wanted in [scale] if scale else reversed(SCALES):
        record = recorded_run(root, notebook, wanted)
        if record and any(check.name in record["values"] for check in artefact.checks):
            run = plan(root, notebook, wanted, record["parameters"])
            return replace(run, overrides={}), record
    raise UnknownNameError(
        f"nothing is recorded for {paper.slug}/{artefact.id}" + (f" at {scale} scale" if scale else "")
    )


def _notebook(paper: Paper, artefact: Artefact) -> Notebook:
    for notebook in paper.notebooks:
        if notebook.path.name == artefact.notebook:
            return notebook
    raise UnknownNameError(f"{paper.slug}/{artefact.id} has no notebook: {artefact.because}")
