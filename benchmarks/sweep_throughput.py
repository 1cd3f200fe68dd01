"""A sweep of 200 runs of a trivial notebook on two workers, against a shell loop of papermill over the same runs.

``python benchmarks/sweep_throughput.py [RUNS]``; the loop alone takes a quarter of an hour. Both start from nothing,
in one environment, one after the other; the values that both recorded are compared at the end.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import nbformat

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from common.companion.notebooks import recorded_values  # noqa: E402
from tests.conftest import ToyRepository, write_notebook  # noqa: E402

PAPERMILL = Path(sys.executable).with_name("papermill")


def repository(folder, n_runs):
    toy = ToyRepository(folder)
    write_notebook(
        toy.paper / "01_double.ipynb",
        "# Doubling",
        "n: int = 1  # 1..\nseed: int = 0  # 0..",
        "import numpy as np\nfrom common.companion import record",
        "record({'doubled': 2 * n, 'noise': np.random.default_rng([seed, n]).normal()})",
    )
    toy.ledger["artefacts"] = []
    toy.write_ledger()
    toy.write_params(smoke={"01_double": {"n": 1, "seed": 0}}, laptop={})
    sweep = f"notebook: 01_double\ngrid: {{n: {list(range(1, n_runs // 20 + 1))}}}\nseeds: 0..19\n"
    (toy.paper / "params" / "sweep_bench.yaml").write_text(sweep)
    return toy


def timed(command, **options):
    started = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, **options)
    return time.perf_counter() - started


def swept(toy, environment):
    command = [sys.executable, "-m", "common.companion", "sweep", "toy/bench", "--jobs", "2"]
    seconds = timed(command, cwd=toy.root, env=environment)
    records = [json.loads(p.read_text()) for p in (toy.root / "build/sweeps/toy").glob("01_double-*.json")]
    return seconds, {(r["parameters"]["n"], r["seed"]): r["values"] for r in records}


def looped(toy, environment, points):
    outputs = toy.root / "loop"
    outputs.mkdir()
    command = f"{PAPERMILL} --no-progress-bar --log-level ERROR 01_double.ipynb"
    lines = [f"{command} {outputs}/{n}-{seed}.ipynb -p n {n} -p seed {seed}" for n, seed in points]
    seconds = timed(["bash", "-ec", "\n".join(lines)], cwd=toy.paper, env=environment, stderr=subprocess.DEVNULL)
    values = {p: recorded_values(nbformat.read(outputs / f"{p[0]}-{p[1]}.ipynb", as_version=4)) for p in points}
    return seconds, values


def main(n_runs=200):
    with tempfile.TemporaryDirectory() as folder:
        toy = repository(Path(folder) / "toy", n_runs)
        one_thread = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
        environment = os.environ | toy.environment() | one_thread
        ours, values = swept(toy, environment)
        print(told("companion sweep, 2 workers", ours, values), flush=True)
        theirs, reference = looped(toy, environment, sorted(values))
        print(told("shell loop of papermill", theirs, reference))
        print(f"{theirs / ours:.1f} times less wall time; same recorded values: {values == reference}")
        sys.exit(values != reference)


def told(what, seconds, values):
    return f"{what:27} {len(values)} runs in {seconds:6.1f} s, {seconds / len(values):.3f} s a run"


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
