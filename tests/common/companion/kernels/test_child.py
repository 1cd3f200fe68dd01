"""A forked kernel cannot be told from an ordinary one."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from common.companion.kernels import THREAD_VARIABLES, kernel_server

PROCESS = """
import gc, json, locale, logging, multiprocessing, os, random, signal, stat, sys, tempfile, time, warnings
import matplotlib, matplotlib.pyplot as plt
changing = ("JPY_PARENT_PID", "KMP_DUPLICATE_LIB_OK", "COMPANION_KERNEL_SERVER", "PYTEST_CURRENT_TEST")
print(json.dumps({
    "argv": [*sys.argv[:1], *sys.argv[3:]], "orig_argv": [*sys.orig_argv[:4], *sys.orig_argv[5:]],
    "executable": sys.executable, "prefix": sys.prefix, "path": sys.path, "flags": list(sys.flags),
    "cwd": os.getcwd(), "environment": {k: v for k, v in os.environ.items() if k not in changing},
    "session": [os.getsid(0) == os.getpid(), os.getpgid(0) == os.getpid()],
    "ours": [name for name in sys.modules if name.split(".")[0] in ("common", "papers")],
    "descriptors": sorted(filter(None, (stat.S_IFMT(os.fstat(int(fd)).st_mode) for fd in os.listdir("/proc/self/fd")
                                        if int(fd) > 2 and os.path.exists(f"/proc/self/fd/{fd}")))),
    "signals": {s.name: str(signal.getsignal(s)) for s in (signal.SIGTERM, signal.SIGPIPE, signal.SIGCHLD)},
    "hash": hash("trading network"), "set": list({"a", "b", "c", "d", "e"}),
    "backend": matplotlib.get_backend(), "rc": matplotlib.matplotlib_fname(),
    "rcParams": {k: str(v) for k, v in matplotlib.rcParams.items()},
    "locale": locale.getlocale(), "time zone": time.tzname, "umask": os.umask(0o22), "temporary": tempfile.gettempdir(),
    "collector": [gc.isenabled(), gc.get_threshold()], "recursion": sys.getrecursionlimit(),
    "main": __name__, "stdin": os.read(0, 1).decode(),
    "start": [multiprocessing.get_start_method(), multiprocessing.process.ORIGINAL_DIR],
    "handlers": [str(type(h)) for h in logging.getLogger().handlers],
}))
"""
NUMERICS = """
import cvxpy, highspy, networkx, numpy as np, pandas, scipy, scipy.optimize, threadpoolctl, torch
random.seed(7); np.random.seed(7); torch.manual_seed(7)
draws = [random.random(), np.random.rand(), torch.rand(1).item(), np.random.default_rng(7).random()]
A = np.random.default_rng(1).normal(size=(300, 300))
x = cvxpy.Variable(4, nonneg=True)
program = cvxpy.Problem(cvxpy.Minimize(cvxpy.sum_squares(x - np.arange(4))), [cvxpy.sum(x) == 2])
program.solve(solver="CLARABEL")
milp = scipy.optimize.milp([-1, -1], integrality=[1, 1], constraints=[([[2, 3], [3, 2]], -np.inf, [7, 8])])
highs = highspy.Highs(); highs.silent(); y = highs.addVariable(0, 3); highs.maximize(y)
print(json.dumps({
    "warnings": sorted(str(f) for f in warnings.filters),
    "versions": [m.__version__ for m in (np, scipy, pandas, networkx, torch, cvxpy, matplotlib)],
    "threads": [torch.get_num_threads(), torch.get_num_interop_threads(),
                sorted((p["filepath"], p["num_threads"]) for p in threadpoolctl.threadpool_info())],
    "tables": str(pandas.options.display.d).lower(),  # utf-8 or UTF-8
    "draws": draws, "svd": np.linalg.svd(A @ A)[1].tolist(),
    "torch": (torch.from_numpy(A) @ torch.from_numpy(A)).sum().item(),
    "cvxpy": x.value.tolist(), "milp": milp.x.tolist(), "highs": highs.getObjectiveValue(),
    "graph": networkx.minimum_cut_value(networkx.karate_club_graph(), 0, 33, capacity="weight"),
}))
"""
OUTPUT = """
import ctypes, subprocess, concurrent.futures as futures
print("by Python"); sys.stdout.flush()
os.write(1, b"by the system\\n"); subprocess.run(["echo", "by a child"]); ctypes.CDLL(None).puts(b"by C")
ctypes.CDLL(None).fflush(None); time.sleep(0.2)
"""
POOLS = """
from multiprocessing import get_context
from operator import neg
for method in ("fork", "spawn"):
    with futures.ProcessPoolExecutor(2, get_context(method)) as pool:
        print(method, list(pool.map(neg, range(3))))
with futures.ThreadPoolExecutor(4) as pool:
    print(len({round(value, 9) for value in pool.map(lambda _: float(np.linalg.norm(A @ A)), range(8))}))
"""
FIGURE = "plt.plot([1, 2]); plt.gcf()"
CELLS = (PROCESS, NUMERICS, FIGURE, "plt.plot([1, 2]);", OUTPUT, POOLS)


def differences(run: Callable, monkeypatch: pytest.MonkeyPatch, cwd: Path) -> dict[str, tuple]:
    """Run the cells in a forked and in an ordinary kernel and collect what differs."""
    forked = run(*CELLS, "print(os.getppid())", cwd=cwd)
    monkeypatch.delenv("COMPANION_KERNEL_SERVER")
    cold = run(*CELLS, "print(os.getppid())", cwd=cwd)
    assert int(forked.pop()) != os.getpid() == int(cold.pop())
    found = {}
    for number, (ours, theirs) in enumerate(zip(forked, cold, strict=True)):
        pairs = [(json.loads(ours), json.loads(theirs))] if number < 2 else [({number: ours}, {number: theirs})]
        for a, b in pairs:
            found |= {key: (a.get(key), b.get(key)) for key in a.keys() | b.keys() if a.get(key) != b.get(key)}
    return found


@pytest.mark.usefixtures("server")
def test_same_process_and_same_results(run, monkeypatch, tmp_path):
    assert differences(run, monkeypatch, tmp_path) == {}


@pytest.mark.slow
def test_same_process_and_same_results_elsewhere(run, monkeypatch, tmp_path):
    """Two threads; and what the server does not know when it starts."""
    for name in ("COMPANION_KERNEL_SERVER", *THREAD_VARIABLES):
        monkeypatch.delenv(name, raising=False)
    with kernel_server(threads=2):
        (tmp_path / "modules").mkdir()
        monkeypatch.setenv("PYTHONPATH", f"{tmp_path / 'modules'}{os.pathsep}")
        monkeypatch.setenv("MPLBACKEND", "svg")
        monkeypatch.setenv("TZ", "Asia/Tokyo")
        monkeypatch.setenv("TMPDIR", str(tmp_path))
        monkeypatch.setenv("A_NAME", "a value with \udcff")
        assert differences(run, monkeypatch, tmp_path) == {}


@pytest.mark.usefixtures("server")
def test_forks_at_once_share_nothing(run):
    draw = (
        "import multiprocessing, os, random, numpy as np, torch\n"
        "print(os.getpid(), os.getppid(), random.random(), np.random.rand(), torch.rand(1).item(), "
        "multiprocessing.current_process().authkey.hex())"
    )
    with ThreadPoolExecutor(4) as pool:
        outputs = [text.split() for (text,) in pool.map(lambda _: run(draw), range(8))]
    pids, parents, *streams = (set(column) for column in zip(*outputs, strict=True))
    assert len(parents) == 1
    assert [len(pids), *map(len, streams)] == [8] * 5


@pytest.mark.usefixtures("server")
def test_files_left_open_are_written(run, tmp_path):
    run("left = open('left.txt', 'w'); left.write('open')", cwd=tmp_path)
    assert (tmp_path / "left.txt").read_text() == "open"


@pytest.mark.usefixtures("server")
def test_relative_working_directory(run, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "below").mkdir()
    assert run("import os; print(os.getcwd())", cwd="below") == [f"{tmp_path / 'below'}\n"]


@pytest.mark.usefixtures("server")
def test_our_code_is_read_when_the_kernel_starts(run, monkeypatch, tmp_path):
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    package = tmp_path / "papers"
    package.mkdir()
    for version in "12":
        (package / "__init__.py").write_text(f"VERSION = {version * 3}")
        assert run("import papers; print(papers.VERSION)") == [version * 3 + "\n"]
