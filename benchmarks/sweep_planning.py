"""Seconds and peak memory of planning a sweep: 10,000 and 100,000 runs, each in a fresh process.

Run as ``python benchmarks/sweep_planning.py [RUNS ...]``. The sweeps are of contracts_rl/03_trees (ten parameters), in
a copy of its folder: a grid with seeds, a YAML list of points, random draws. ``check`` reads the file and checks its
values (once each), ``hash`` reads the notebook's code and data, ``name`` makes the runs and their names; with the
imports they add up to ``total``, beside which stands the CPU time of it (the two differ on a busy machine); ``peak`` is
the whole process. ``every run`` is the CPU time it would take on top to have pydantic check every parameter of every
run, as ordinary runs have it.
"""

import itertools
import json
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
STEPS = ("import", "check", "hash", "name", "total", "of CPU", "every run")


def sweeps(runs: int) -> dict[str, str]:
    """Describe so many runs in three ways."""
    points = [{"depth": 2 + i % 10, "drawn_seed": i} for i in range(runs)]
    ranges = {"depth": {"low": 2, "high": 11}, "drawn_seed": {"low": 0, "high": 10**9}}
    grid = {"depth": list(range(2, 12)), "n_trees": list(range(10, 110, 10))}
    return {
        "grid": f"grid: {json.dumps(grid)}\nseeds: 0..{runs // 100 - 1}\n",
        "list": f"list: {json.dumps(points)}\n",
        "random": f"random: {json.dumps({'n': runs, 'seed': 0, 'ranges': ranges})}\n",
    }


def copy(folder: Path) -> Path:
    """Make a repository of one paper, to which sweeps may be added."""
    (folder / "common").symlink_to(ROOT / "common")
    shutil.copy(ROOT / "requirements.lock", folder)
    shutil.copytree(ROOT / "papers" / "contracts_rl", folder / "papers" / "contracts_rl")
    shutil.copy(ROOT / "papers" / "__init__.py", folder / "papers")
    return folder


def child(folder: str) -> None:
    """Plan the sweep and print what it took."""
    times = [time.perf_counter()]
    from common.companion.fingerprint import fingerprint
    from common.companion.notebooks import checked_parameters
    from common.companion.sweeps.planning import make_tasks
    from common.companion.sweeps.spec import load_spec

    times.append(time.perf_counter())
    root = Path(folder).resolve()
    spec = load_spec(root, "contracts_rl/planned")
    times.append(time.perf_counter())
    inputs = fingerprint(root, spec.notebook, spec.scale)
    times.append(time.perf_counter())
    tasks = list(make_tasks(spec, inputs))
    times.append(time.perf_counter())
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    steps = [after - before for before, after in itertools.pairwise(times)]
    cpu = time.process_time()
    for task in tasks:
        checked_parameters(spec.notebook.parameters, task.parameters, "")
    checked = time.process_time() - cpu
    print(json.dumps([len(tasks), peak, *steps, times[-1] - times[0], cpu, checked]))


def main(*sizes: int) -> None:
    print(f"{'seconds':8}{'runs':>9}" + "".join(f"{step:>11}" for step in STEPS) + f"{'peak, MiB':>11}")
    with tempfile.TemporaryDirectory() as folder:
        root = copy(Path(folder))
        file = root / "papers" / "contracts_rl" / "params" / "sweep_planned.yaml"
        for runs in sizes or (10_000, 100_000):
            for kind, text in sweeps(runs).items():
                file.write_text(f"notebook: 03_trees\n{text}")
                command = [sys.executable, __file__, "--child", str(root)]
                told = subprocess.run(command, check=True, capture_output=True, text=True).stdout
                made, peak, *seconds = json.loads(told)
                print(f"{kind:8}{made:9,}" + "".join(f"{s:11.2f}" for s in seconds) + f"{peak:11.0f}")


if __name__ == "__main__":
    child(sys.argv[2]) if sys.argv[1:2] == ["--child"] else main(*map(int, sys.argv[1:]))
