"""The client's cost of a finished sweep of 10,000 runs: to resume it, to dry-run it, and to collect it.

``python benchmarks/sweep_resume.py [RUNS]``. The runs are written into a store without having been executed, all with
the values of one. Each command is a process of its own; its time and peak memory are those that the system counts.
"""

import json
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from common.companion.provenance import commit_of, environment, now  # noqa: E402
from common.companion.sweeps.planning import plan_sweep  # noqa: E402
from tests.conftest import ToyRepository  # noqa: E402

COMMANDS = (("sweep", "toy/many", "--dry-run"), ("sweep", "toy/many"), ("results", "toy/many"), ("sweep", "toy/many"))


def finished_sweep(folder, n_runs):
    toy = ToyRepository(folder)
    sweep = f"notebook: 01_double\ngrid: {{n: {list(range(1, 11))}}}\nseeds: 0..{n_runs // 10 - 1}\n"
    (toy.paper / "params" / "sweep_many.yaml").write_text(sweep)
    store = toy.root / "build" / "sweeps" / "toy"
    store.mkdir(parents=True)
    origin = {**commit_of(ROOT), **environment()}
    for task in plan_sweep(toy.root, "toy/many").tasks:
        record = {
            "run": task.name, "notebook": "toy/01_double", "scale": "smoke", "parameters": task.parameters,
            "seed": task.parameters["seed"], "repeat": 0, "status": "done",
            "values": {"doubled": 2 * task.parameters["n"]},
            "seconds": 0.4, "cpu_seconds": 0.2, "peak_memory": 300_000_000, "attempts": 1,
            "finished": now(), "provenance": origin,
        }  # fmt: skip
        (store / f"01_double-{task.name}.json").write_text(json.dumps(record, indent=1))
        (store / f"01_double-{task.name}.ipynb").write_text("{}")
    return toy


def measured(toy, command):
    time = "import os, sys, time, resource, subprocess as s; t = time.perf_counter(); s.run(sys.argv[1:], check=True);"
    time += "u = resource.getrusage(resource.RUSAGE_CHILDREN); print('took', time.perf_counter() - t, u.ru_maxrss)"
    done = subprocess.run(
        [sys.executable, "-c", time, sys.executable, "-m", "common.companion", *command],
        cwd=toy.root, env=os.environ | toy.environment(), capture_output=True, text=True, check=True,
    )  # fmt: skip
    return map(float, re.search(r"took (\S+) (\S+)", done.stdout).groups())


def main(n_runs=10_000):
    with tempfile.TemporaryDirectory() as folder:
        toy = finished_sweep(Path(folder) / "toy", n_runs)
        for command in COMMANDS:
            seconds, kib = measured(toy, command)
            print(
                f"companion {' '.join(command):26} {n_runs:,} finished runs: {seconds:5.2f} s, {kib / 1024:4.0f} MiB",
                flush=True,
            )


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
