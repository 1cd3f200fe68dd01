"""``companion new-paper``: a skeleton of a paper's folder that passes the tests from its first minute."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

from common.companion.catalogue import find_notebooks
from common.companion.engine import execute_all
from common.companion.errors import CompanionError, UnknownNameError
from common.companion.runs import plan, scratch_folder, write_atomically

_LEDGER = """\
title: The title of the paper, to be filled in
authors: [To be filled in]
year: 2000
arxiv: "0000.00000"
question: Which question does the paper ask?
answer: What does it answer?
sources: Say what of the paper could be read, and how its numbers are labelled.
artefacts:
  - id: example-1
    where: Example 1
    claim: The mean of 0, 1, ..., n - 1 is (n - 1) / 2; replace this by the paper's first claim.
    notebook: 01_start.ipynb
    evidence: theory
    checks:
      - name: mean_of_first_integers
        expected: 2
        source: closed form
        within: {abs: 1.0e-12}
"""

_README = """\
# {slug}

**The question.** To be filled in from the paper's first page.

**The answer.** To be filled in.

**Reproduced and not.** `companion report {slug}` lists every artefact with its computed verdict.
"""

_MODULE = '''\
"""The method of the paper {slug}; its notebooks import from here."""

import numpy as np


def mean_of_first_integers(n: int) -> float:
    """Return the mean of 0, 1, ..., n - 1.

    Parameters
    ----------
    n
        How many integers, at least 1.
    """
    return float(np.arange(n).mean())


__all__ = ["mean_of_first_integers"]
'''

# A notebook of cells: kind, identifier, source. The order is that of every notebook (DESIGN section 3).
_CELLS = (
    (
        "text",
        "title",
        """\
# A first notebook

**Question.** What is the mean of the first integers?

To be filled in: authors, year, title, arXiv:0000.00000. Regenerates **example-1**.""",
    ),
    ("parameters", "parameters", "n: int = 5  # 1..1000 integers"),
    (
        "code",
        "imports",
        """\
from common.companion import record
from common.plots import lines_with_band, panels, show, use_style
from papers.{slug} import mean_of_first_integers

use_style()""",
    ),
    (
        "text",
        "before",
        "The mean of $0, 1, \\dots, n-1$ is $(n-1)/2$: we compute it and hold it against this closed form.",
    ),
    ("code", "check", 'record("mean_of_first_integers", mean_of_first_integers(n))'),
    (
        "code",
        "figure",
        """\
figure, (ax,) = panels(height=3.2)
counts = range(1, n + 1)
means = [mean_of_first_integers(count) for count in counts]
lines_with_band(counts, {{"mean": means}}, xlabel="integers (count)", ylabel="mean (units)", ax=ax)
show(figure, caption="The mean grows by one half with each integer.", alt="A rising straight line of the means.")""",
    ),
    (
        "text",
        "after",
        """\
## What was reproduced

The one check above; see the ledger.

## Exercises

**1.** For which $n$ is the mean 10?""",
    ),
    ("solution", "solution-1", "assert mean_of_first_integers(21) == 10\nprint(21)"),
    ("text", "exercise-2", "**2.** By how much does one more integer raise the mean?"),
    ("solution", "solution-2", "assert mean_of_first_integers(8) - mean_of_first_integers(7) == 0.5\nprint(0.5)"),
)


def scaffold(root: Path, slug: str) -> Path:
    """Write ``papers/<slug>/`` with ledger, page, module, parameters, and one executed notebook.

    Raises
    ------
    UnknownNameError
        If the slug is no Python identifier in lower case, or the folder exists.
    """
    folder = root / "papers" / slug
    if not re.fullmatch(r"[a-z][a-z0-9_]*", slug):
        raise UnknownNameError(f"SLUG '{slug}' must be lower case letters, digits and _, e.g. trading_networks")
    if folder.exists():
        raise UnknownNameError(f"papers/{slug} exists already")
    try:
        _fill(root, folder, slug)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    return folder


def _fill(root: Path, folder: Path, slug: str) -> None:
    (folder / "params").mkdir(parents=True)
    (folder / "paper.yaml").write_text(_LEDGER, encoding="utf-8")
    (folder / "README.md").write_text(_README.format(slug=slug), encoding="utf-8")
    (folder / "__init__.py").write_text(_MODULE.format(slug=slug), encoding="utf-8")
    for scale, n in {"smoke": 5, "laptop": 5, "paper": 5}.items():
        (folder / "params" / f"{scale}.yaml").write_text(f"01_start:\n  n: {n}\n", encoding="utf-8")
    _write_notebook(folder / "01_start.ipynb", slug)
    (notebook,) = find_notebooks(root, [slug])
    run = plan(root, notebook, "smoke")
    (outcome,) = execute_all([run], jobs=1)
    if not outcome.ok:
        raise CompanionError(f"the skeleton's notebook failed: {outcome.error}")
    with scratch_folder(root) as scratch:
        write_atomically(notebook.path, run.output.read_text(encoding="utf-8"), scratch)


def _write_notebook(path: Path, slug: str) -> None:
    import nbformat

    v4, cells = nbformat.v4, []
    metadata = {
        "code": {},
        "parameters": {"tags": ["parameters"]},
        "solution": {"tags": ["solution", "hide-cell"], "jupyter": {"source_hidden": True}},
    }
    for kind, name, source in _CELLS:
        if kind == "text":
            cells.append(v4.new_markdown_cell(source, id=name))
        else:
            cells.append(v4.new_code_cell(source.format(slug=slug), id=name, metadata=metadata[kind]))
    kernel = {"name": "python3", "display_name": "Python 3 (ipykernel)", "language": "python"}
    nbformat.write(v4.new_notebook(cells=cells, metadata={"kernelspec": kernel}), path)
