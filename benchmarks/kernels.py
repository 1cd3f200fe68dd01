"""CPU and wall-clock seconds of a trivial papermill run, with cold and with forked kernels.

Run as ``python benchmarks/kernels.py [RUNS]``. Both kinds run the same notebooks through papermill in this process,
one after the other. The CPU of kernels is what the kernel counts for them and whatever they started: of this
process's children for cold kernels, of the server's children for forked ones; the server's own CPU (mostly its
imports, once) is shown apart, and shared out over ten runs in one of the ratios.
"""

import logging
import sys
import tempfile
import time
from pathlib import Path

import nbformat
import papermill
import psutil

from common.companion.kernels import KernelServer, kernel_server, single_threaded

STACK = "import numpy, scipy.optimize, scipy.stats, matplotlib.pyplot as plt, networkx, torch"
NOTEBOOKS = {
    "nothing": ["1 + 1"],
    "stack": [STACK, "float(torch.ones(3).sum())"],
    "stack, cvxpy": [STACK + ", cvxpy, highspy, pandas", "float(torch.ones(3).sum())"],
    "stack, cvxpy, a figure": [STACK + ", cvxpy, highspy, pandas", "plt.plot([1, 2]);"],
}


def cpu_of_children(pid: int | None = None) -> float:
    times = psutil.Process(pid).cpu_times()
    return times.children_user + times.children_system


def write(folder: Path, cells: list[str]) -> Path:
    notebook = nbformat.v4.new_notebook(
        cells=[nbformat.v4.new_code_cell(cell) for cell in cells],
        metadata={"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}},
    )
    nbformat.write(notebook, folder / "input.ipynb")
    return folder / "input.ipynb"


def measure(cells: list[str], runs: int, server: KernelServer | None) -> tuple[float, float, float]:
    """Give the seconds of kernel CPU, of this process's CPU and of wall-clock time a run."""
    parent = server.pid if server else None
    with tempfile.TemporaryDirectory() as folder:
        path = write(Path(folder), cells)
        kernels, own, wall = cpu_of_children(parent), time.process_time(), time.perf_counter()
        for _ in range(runs):
            papermill.execute_notebook(path, Path(folder) / "output.ipynb", progress_bar=False)
        return (
            (cpu_of_children(parent) - kernels) / runs,
            (time.process_time() - own) / runs,
            (time.perf_counter() - wall) / runs,
        )


def main(runs: int = 10) -> None:
    logging.disable(logging.WARNING)
    measure(["1"], 1, None)  # papermill's own imports
    with single_threaded():
        cold = {name: measure(cells, runs, None) for name, cells in NOTEBOOKS.items()}
    with kernel_server() as server:
        started = time.perf_counter()
        measure(["1"], 1, server)
        started = time.perf_counter() - started
        forked = {name: measure(cells, runs, server) for name, cells in NOTEBOOKS.items()}
        times = psutil.Process(server.pid).cpu_times()
        start_up = times.user + times.system
    print(f"{runs} runs each; server: {start_up:.2f} s of CPU in all, first kernel after {started:.2f} s")
    print("ratio: of kernel CPU, without the server's own, and with it shared out over 10 runs\n")
    print(f"{'seconds a run':24}{'kernel CPU':>15}{'ratio':>9}{'of 10':>8}{'client CPU':>15}{'wall':>11}")
    print(f"{'notebook imports':24}{'cold':>7}{'forked':>8}{'':17}{'cold':>7}{'forked':>8}{'cold':>7}{'forked':>8}")
    for name in NOTEBOOKS:
        (kernel_c, own_c, wall_c), (kernel_f, own_f, wall_f) = cold[name], forked[name]
        shared = kernel_c / (kernel_f + start_up / 10)
        print(
            f"{name:24}{kernel_c:7.2f}{kernel_f:8.2f}{kernel_c / kernel_f:9.1f}{shared:8.1f}"
            f"{own_c:7.2f}{own_f:8.2f}{wall_c:7.2f}{wall_f:8.2f}"
        )


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
