"""Hygiene of the committed notebooks: an article, executed in order, that shows what its ledger promises."""

import json
import re
from pathlib import Path

import nbformat
import pytest

from common.companion.catalogue import all_papers
from common.companion.ledger import SCALES
from common.companion.notebooks import METADATA_KEY, has_tag, recorded_values, title_of
from common.companion.runs import plan

ROOT = Path(__file__).resolve().parents[1]
LONGEST_CELL = 18  # lines; "about fifteen"
LARGEST = 300_000  # bytes

NOTEBOOKS = [notebook for paper in all_papers(ROOT) for notebook in paper.notebooks]
every_notebook = pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda n: n.id)


def content(notebook):
    return nbformat.from_dict(notebook.content)


def code_cells(notebook):
    return [cell for cell in content(notebook).cells if cell.cell_type == "code"]


def outputs(notebook):
    return [output for cell in code_cells(notebook) for output in cell.outputs]


@every_notebook
def test_it_opens_as_an_article(notebook):
    first = content(notebook).cells[0]
    assert first.cell_type == "markdown"
    assert title_of({"cells": [first]}), "the first cell has a level-one heading"
    assert notebook.paper.ledger.arxiv in first.source, "it cites the paper"
    missing = [a.id for a in notebook.artefacts if a.id not in first.source]
    assert not missing, f"it names the artefacts that it regenerates: {missing}"


@every_notebook
def test_one_parameters_cell_that_is_the_smoke_scale(notebook):
    assert sum(has_tag(cell, "parameters") for cell in code_cells(notebook)) == 1
    defaults = {p.name: p.default for p in notebook.parameters.values()}
    assert notebook.paper.scale_parameters("smoke")[notebook.stem] == defaults
    assert all(p.help for p in notebook.parameters.values()), "every parameter has a comment: unit or range"
    for scale in SCALES:
        plan(ROOT, notebook, scale)


@every_notebook
def test_executed_top_to_bottom_without_an_error(notebook):
    cells = code_cells(notebook)
    assert [cell.execution_count for cell in cells] == list(range(1, len(cells) + 1))
    assert not [o for o in outputs(notebook) if o.output_type == "error" or o.get("name") == "stderr"]
    assert content(notebook).metadata.kernelspec.name == "python3"
    assert content(notebook).metadata[METADATA_KEY]["scale"] == "smoke"


@every_notebook
def test_small_cells_small_file_and_no_path(notebook):
    long = {i: n for i, c in enumerate(code_cells(notebook)) if (n := len(c.source.splitlines())) > LONGEST_CELL}
    assert not long, f"code cells with too many lines (a function belongs in the module): {long}"
    text = notebook.path.read_text(encoding="utf-8")
    assert len(text.encode()) < LARGEST
    assert not re.search(r"/(home|root|tmp|work|Users|var|opt)/\w", text), "an absolute path"


@every_notebook
def test_every_picture_has_a_caption_and_an_alternative_text(notebook):
    pictures = [o for o in outputs(notebook) if "image/png" in o.get("data", {})]
    assert pictures, "an article on numbers has a picture"
    for picture in pictures:
        assert len(picture.data.get("text/plain", "")) > 20, "a caption in words"
        assert len(picture.metadata.get("image/png", {}).get("alt", "")) > 20


@every_notebook
def test_it_records_what_the_ledger_checks_and_nothing_unknown(notebook):
    names = set(recorded_values(notebook.content))
    ledger = notebook.paper.ledger
    if notebook.artefacts:  # a notebook beyond the paper records what it likes
        assert names <= set(ledger.check_names), f"not in paper.yaml: {names - set(ledger.check_names)}"
    promised = {check.name for artefact in notebook.artefacts for check in artefact.checks}
    assert promised <= names, f"promised in paper.yaml, not recorded: {promised - names}"


@every_notebook
def test_it_ends_with_what_was_reproduced_and_folded_exercises(notebook):
    headings = re.findall(r"^## +(.+)$", "\n".join(c.source for c in content(notebook).cells), re.M)
    assert any("reproduced" in heading for heading in headings)
    assert any(heading.startswith("Exercise") for heading in headings)
    solutions = [cell for cell in code_cells(notebook) if has_tag(cell, "solution")]
    assert len(solutions) >= 2, "two or three exercises"
    for cell in solutions:
        assert has_tag(cell, "hide-cell"), "folded on the site"
        assert cell.metadata.jupyter.source_hidden, "folded in JupyterLab"
        assert "assert " in cell.source, "checked"


@pytest.mark.parametrize("paper", all_papers(ROOT), ids=lambda p: p.slug)
def test_the_ledger_points_at_what_is_there(paper):
    names = {notebook.path.name for notebook in paper.notebooks}
    assert {a.notebook for a in paper.ledger.artefacts if a.notebook} <= names
    assert (paper.folder / "README.md").stat().st_size > 200
    for path in [p for scale in SCALES for p in (paper.folder / "results").glob(f"*.{scale}.json")]:
        record = json.loads(path.read_text(encoding="utf-8"))
        stem, scale, _ = path.name.rsplit(".", 2)
        assert (record["notebook"], record["scale"]) == (f"{paper.slug}/{stem}", scale)
        assert record["provenance"]["commit"] != "unknown"
