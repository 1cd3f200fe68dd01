"""What every test shares: warm kernels for the session, and a toy paper in a folder of its own."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
import yaml
from hypothesis import settings

ROOT = Path(__file__).resolve().parents[1]

# No test is judged by its duration: the first call of a compiled loop takes seconds.
settings.register_profile("companion", deadline=None)
settings.load_profile("companion")


@pytest.fixture(scope="session")
def repository() -> Path:
    """The root of the repository."""
    return ROOT


def write_notebook(path: Path, *cells: str) -> None:
    """Write a notebook from sources: the first is the title, the second the parameters, the rest code."""
    v4 = nbformat.v4
    title, parameters, *code = cells
    notebook = v4.new_notebook(
        cells=[
            v4.new_markdown_cell(title),
            v4.new_code_cell(parameters, metadata={"tags": ["parameters"]}),
            *(v4.new_code_cell(source) for source in code),
        ],
        metadata={"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}},
    )
    nbformat.write(notebook, path)


class ToyRepository:
    """A root with one paper called ``toy``; every test may break it in its own way."""

    def __init__(self, root: Path) -> None:
        self.root, self.paper = root, root / "papers" / "toy"
        (self.paper / "params").mkdir(parents=True)
        (root / "papers" / "__init__.py").touch()
        (root / "requirements.lock").write_text("numpy==2.0\n")
        (root / "common").symlink_to(ROOT / "common")
        self.module("def double(x: int) -> int:\n    return 2 * x\n")
        write_notebook(
            self.paper / "01_double.ipynb",
            "# Doubling",
            "from typing import Literal\n\nn: int = 3  # 1..30 things\nseed: int = 0  # 0..\n"
            "which: Literal['max', 'min'] = 'max'",
            "from common.companion import record\nfrom papers.toy import double\nrecord('doubled', double(n))",
        )
        check = {"name": "doubled", "expected": 6, "source": "closed form", "within": {"abs": 0}}
        self.ledger = {
            "title": "Toys",
            "authors": ["A. Nobody"],
            "year": 2024,
            "arxiv": "2401.00001",
            "question": "How much is twice?",
            "answer": "Double.",
            "sources": "made up",
            "artefacts": [
                {
                    "id": "T-1",
                    "where": "Table 1",
                    "claim": "Twice three is six.",
                    "notebook": "01_double.ipynb",
                    "evidence": "theory",
                    "checks": [check],
                }
            ],
        }
        self.write_ledger()
        self.write_params(smoke={"01_double": {"n": 3, "seed": 0, "which": "max"}}, laptop={"01_double": {"n": 20}})

    def module(self, source: str) -> None:
        (self.paper / "__init__.py").write_text(source)

    def write_ledger(self) -> None:
        (self.paper / "paper.yaml").write_text(yaml.safe_dump(self.ledger, sort_keys=False))

    def write_params(self, **scales: dict) -> None:
        for scale, content in scales.items():
            (self.paper / "params" / f"{scale}.yaml").write_text(yaml.safe_dump(content))

    def environment(self) -> dict[str, str]:
        return os.environ | {"COMPANION_ROOT": str(self.root), "PYTHONPATH": str(self.root), "COLUMNS": "200"}

    def start(self, *arguments: str) -> subprocess.Popen:
        command = [sys.executable, "-m", "common.companion", *arguments]
        return subprocess.Popen(
            command,
            cwd=self.root,
            env=self.environment(),
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            # a shell lets what it starts in the background ignore Ctrl-C, and children inherit that
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
        )

    def companion(self, *arguments: str) -> tuple[int, str]:
        process = self.start(*arguments)
        output, _ = process.communicate(timeout=240)
        return process.returncode, output


@pytest.fixture
def toy(tmp_path: Path) -> ToyRepository:
    """A small repository with one paper, in a temporary folder."""
    return ToyRepository(tmp_path / "toy-repository")
