"""A server of kernels to test with, and notebooks run from the sources of their cells."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import nbclient
import nbformat
import psutil
import pytest

from common.companion.kernels import KernelServer, available, kernel_server


def pytest_runtest_setup() -> None:
    if not available():
        pytest.skip("kernels can be forked on Linux 5.3 or later only")


@pytest.fixture(scope="session")
def server() -> Iterator[KernelServer]:
    with kernel_server() as server:
        yield server


@pytest.fixture
def run() -> Callable[..., list[str]]:
    """Execute a notebook and give each cell's output: its text, or the types of what it displays."""

    def run(*cells: str, cwd: Path | None = None) -> list[str]:
        notebook = nbformat.v4.new_notebook(
            cells=[nbformat.v4.new_code_cell(cell) for cell in cells],
            metadata={"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}},
        )
        resources = {"metadata": {"path": str(cwd)}} if cwd else {}
        nbclient.NotebookClient(notebook, resources=resources, timeout=60).execute()
        return [
            "".join(output.get("text", str(sorted(output.get("data", {})))) for output in cell.outputs)
            for cell in notebook.cells
        ]

    return run


def started_by_server(parent: int) -> bool:
    """Whether a process is a server of kernels."""
    return "common.companion.kernels.server" in psutil.Process(parent).cmdline()


@pytest.fixture
def is_forked(run: Callable[..., list[str]]) -> Callable[..., bool]:
    """Whether a kernel started now is forked."""
    return lambda **options: started_by_server(int(run("import os; print(os.getppid())", **options)[0]))
