"""The ledger notices: a solver broken on purpose turns its own rows, and no others, to *not reproduced*."""

import json
import os
import shutil
import subprocess
import sys

BREAK = """

_right = optimal_revenue


def optimal_revenue(net, **options):
    best = _right(net, **options)
    return replace(best, revenue=0.9 * best.revenue)
"""


def test_a_broken_solver_turns_its_rows_to_not_reproduced(repository, tmp_path):
    ignored = shutil.ignore_patterns("__pycache__", "results")
    for folder in ("common", "papers"):
        shutil.copytree(repository / folder, tmp_path / folder, ignore=ignored)
    shutil.copy(repository / "requirements.lock", tmp_path)
    solver = tmp_path / "papers" / "trading_networks" / "exact.py"
    solver.write_text(solver.read_text() + BREAK)
    environment = os.environ | {"COMPANION_ROOT": str(tmp_path), "PYTHONPATH": str(tmp_path)}
    command = [sys.executable, "-m", "common.companion"]
    for arguments in (["run", "trading_networks/02"], ["report", "trading_networks"]):
        done = subprocess.run([*command, *arguments], cwd=tmp_path, env=environment, capture_output=True, text=True)
        assert done.returncode == 1, "an exercise's check fails, so the run and the report say so"
    rows = {row["id"]: row for row in json.loads((tmp_path / "build" / "report.json").read_text())}
    assert rows["TN-3"]["verdict"] == "not reproduced"
    assert rows["TN-2"]["verdict"] == "verified"  # enumeration does not use the solver
    verdicts = {check["name"]: check["verdict"] for check in rows["TN-3"]["checks"]}
    assert verdicts == {
        "programme_against_enumeration": "not reproduced",
        "worked_revenues": "not reproduced",
        "worked_welfare_gains": "verified",
    }
