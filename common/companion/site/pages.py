"""Writing the gallery's sources: a page a paper, its executed notebooks, its figures."""

from __future__ import annotations

import base64
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader

from common.companion.catalogue import Notebook, Paper, all_papers
from common.companion.ledger import Verdict
from common.companion.notebooks import read_notebook
from common.companion.records import target_of
from common.companion.report import ArtefactRow, artefact_rows
from common.companion.runs import plan


@dataclass(frozen=True)
class Figure:
    """A picture of an executed notebook; ``path`` is relative to the site's root."""

    path: str
    alt: str
    caption: str
    notebook: str

    @property
    def href(self) -> str:
        """Where the paper's own page finds it."""
        return f"../../{self.path}"


@dataclass(frozen=True)
class PaperPage:
    """What the index and a paper's page say of a paper."""

    paper: Paper
    rows: list[ArtefactRow]
    figures: list[Figure]

    @property
    def counts(self) -> str:
        """The verdicts in one line."""
        verdicts = [row.verdict for row in self.rows]
        return ", ".join(f"{verdicts.count(v)} {v}" for v in Verdict if v in verdicts)


def write_pages(root: Path, source: Path) -> None:
    """Write index, paper pages, notebooks and figures below ``source``."""
    markdown = Environment(loader=PackageLoader("common.companion", "templates"), trim_blocks=False)
    pages = [_paper_page(root, paper, source) for paper in all_papers(root)]
    (source / "index.md").write_text(markdown.get_template("index.md").render(pages=pages), encoding="utf-8")
    escaping = Environment(loader=PackageLoader("common.companion", "templates"), autoescape=True)
    for page in pages:
        text = escaping.get_template("paper.md").render(
            paper=page.paper, rows=page.rows, counts=page.counts, figures=page.figures,
            target=target_of, stale=any(c.evidence and not c.evidence.current for r in page.rows for c in r.checks),
        )  # fmt: skip
        (source / "papers" / page.paper.slug / "index.md").write_text(text, encoding="utf-8")


def _paper_page(root: Path, paper: Paper, source: Path) -> PaperPage:
    folder = source / "papers" / paper.slug
    folder.mkdir(parents=True)
    figures: list[Figure] = []
    for notebook in paper.notebooks:
        run = plan(root, notebook, "smoke")
        shown = run.output if run.done else notebook.path
        shutil.copy(shown, folder / notebook.path.name)
        figures.extend(_figures(read_notebook(shown), notebook, source))
    return PaperPage(paper, artefact_rows(root, paper), figures)


def _figures(executed: Mapping[str, Any], notebook: Notebook, source: Path) -> Iterator[Figure]:
    """Write each picture of a notebook to ``_static/figures`` and describe it."""
    folder = Path("_static") / "figures" / notebook.paper.slug
    (source / folder).mkdir(parents=True, exist_ok=True)
    pictures = (o for cell in executed["cells"] for o in cell.get("outputs", []) if "image/png" in o.get("data", {}))
    for number, output in enumerate(pictures, 1):
        path = folder / f"{notebook.stem}-{number}.png"
        (source / path).write_bytes(base64.b64decode(output["data"]["image/png"]))
        caption = output["data"].get("text/plain", "").strip()
        told = output.get("metadata", {}).get("image/png", {}).get("alt") or caption
        yield Figure(path.as_posix(), told.replace("\n", " "), caption, notebook.stem)
