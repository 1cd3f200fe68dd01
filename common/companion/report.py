"""The ledger with computed verdicts: gathered from runs, shown as a table, JSON and HTML."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from common.companion.catalogue import Notebook, Paper
from common.companion.ledger import SCALES, Artefact, Check, Scale, Verdict
from common.companion.notebooks import read_notebook
from common.companion.records import shown, target_of
from common.companion.runs import Run, plan, record_in, results_file, write_atomically


@dataclass(frozen=True)
class Evidence:
    """What one recorded run of a notebook says."""

    scale: Scale
    values: dict[str, Any]
    seconds: float
    origin: str
    current: bool
    commit: str
    error: str | None = None


@dataclass(frozen=True)
class CheckRow:
    """A check beside the value that answers it."""

    check: Check
    verdict: Verdict
    value: Any = None
    evidence: Evidence | None = None

    @property
    def ours(self) -> str:
        """Our value as a reader wants it; an asterisk marks a run of earlier code."""
        if self.evidence is None:
            return "–"
        return shown(self.value) + ("" if self.evidence.current else " *")


@dataclass(frozen=True)
class ArtefactRow:
    """An artefact with its checks and its verdict."""

    paper: Paper
    artefact: Artefact
    checks: list[CheckRow]
    verdict: Verdict
    seconds: float | None
    failure: str | None = None


def evidence_of(root: Path, notebook: Notebook) -> list[Evidence]:
    """Return what is known of a notebook at each scale: a current run, else what the tree records."""
    found = []
    for scale in notebook.scales:
        run = plan(root, notebook, scale)
        if run.done:
            found.append(_evidence(run.record(), run, "this machine"))
        elif run.failed_output.exists():  # what it recorded before it failed was computed by the present code
            found.append(_evidence(record_in(read_notebook(run.failed_output)), run, "this machine, failed"))
        elif record := recorded_run(root, notebook, scale):
            found.append(_evidence(record, run, "recorded"))
    return found


def recorded_run(root: Path, notebook: Notebook, scale: Scale) -> dict[str, Any] | None:
    """Return the record that the tree holds of a notebook at a scale, or None.

    The smoke-scale record is the committed, executed notebook itself; larger ones are in ``results/``.
    """
    if scale == "smoke":
        return record_in(notebook.content)
    path = results_file(notebook.paper, notebook.stem, scale)
    return json.loads(path.read_text(encoding="utf-8")) if path.exists() else None


def _evidence(record: dict[str, Any], run: Run, origin: str) -> Evidence:
    current = record["run"] == run.name
    commit = record["provenance"]["commit"]
    return Evidence(run.scale, record["values"], record["seconds"], origin, current, commit, record.get("error"))


def artefact_rows(root: Path, paper: Paper) -> list[ArtefactRow]:
    """Compute the verdict of every artefact of a paper."""
    known = {notebook.path.name: evidence_of(root, notebook) for notebook in paper.notebooks}
    rows = []
    for artefact in paper.ledger.artefacts:
        evidence = known.get(artefact.notebook or "", [])
        checks = [_check_row(check, evidence) for check in artefact.checks]
        used = [row.evidence for row in checks if row.evidence]
        verdict = artefact.verdict({row.check.name: row.value for row in checks if row.evidence})
        seconds = max((e.seconds for e in used), default=None)
        failure = next((f"{e.scale} run failed: {e.error}" for e in evidence if e.error), None)
        rows.append(ArtefactRow(paper, artefact, checks, verdict, seconds, failure))
    return rows


def _check_row(check: Check, evidence: Iterable[Evidence]) -> CheckRow:
    """Prefer runs of the present code, then the larger scale; never one below the check's own scale."""
    fit = [e for e in evidence if check.name in e.values and SCALES.index(e.scale) >= SCALES.index(check.scale)]
    if not fit:
        return CheckRow(check, Verdict.NOT_RUN)
    best = max(fit, key=lambda e: (e.current, SCALES.index(e.scale)))
    value = best.values[check.name]
    return CheckRow(check, check.verdict(value), value, best)


def seconds_of(root: Path, notebook: Notebook, scale: Scale) -> float | None:
    """Return how long a notebook took at a scale when it last ran: here, else as recorded, else None."""
    folder = root / "build" / scale / notebook.paper.slug
    records = sorted(folder.glob(f"{notebook.stem}-*.json"), key=lambda p: p.stat().st_mtime, reverse=True)
    for path in records:
        record = json.loads(path.read_text(encoding="utf-8"))
        if not record["overrides"]:
            return record["seconds"]
    record = recorded_run(root, notebook, scale)
    return record["seconds"] if record else None


def as_data(rows: Iterable[ArtefactRow]) -> list[dict[str, Any]]:
    """Return the report as plain data, one mapping an artefact."""
    return [
        {
            "paper": row.paper.slug,
            "id": row.artefact.id,
            "where": row.artefact.where,
            "claim": row.artefact.claim,
            "evidence": row.artefact.evidence,
            "because": row.artefact.because,
            "notebook": row.artefact.notebook,
            "verdict": str(row.verdict),
            "seconds": row.seconds,
            "failure": row.failure,
            "checks": [
                {
                    "name": c.check.name,
                    "ours": c.value,
                    "published": c.check.published,
                    "expected": c.check.expected,
                    "source": c.check.source,
                    "within": c.check.within.model_dump(exclude_none=True),
                    "scale": c.check.scale,
                    "verdict": str(c.verdict),
                    "evidence": {k: v for k, v in asdict(c.evidence).items() if k != "values"} if c.evidence else None,
                }
                for c in row.checks
            ],
        }
        for row in rows
    ]


def write_report(root: Path, rows_by_paper: list[list[ArtefactRow]], scratch: Path) -> tuple[Path, Path]:
    """Write ``build/report.json`` and ``build/report.html`` and return their paths."""
    from jinja2 import Environment, PackageLoader

    data = json.dumps([entry for rows in rows_by_paper for entry in as_data(rows)], indent=1) + "\n"
    environment = Environment(loader=PackageLoader("common.companion", "templates"), autoescape=True)
    page = environment.get_template("report.html").render(papers=[r for r in rows_by_paper if r], target=target_of)
    paths = root / "build" / "report.json", root / "build" / "report.html"
    for path, text in zip(paths, (data, page), strict=True):
        write_atomically(path, text, scratch)
    return paths
