"""Sweeps on a real Slurm, if one runs here; ``one_node_slurm.sh`` says how to have one on any Debian machine."""

import os
import shutil
import subprocess
import time

import pandas as pd
import pytest
import yaml

from common.companion.errors import CompanionError
from common.companion.sweeps.cluster import open_pool
from tests.conftest import write_notebook


def slurm(*command):
    return subprocess.run(command, capture_output=True, text=True, check=False)


def jobs():
    """Numbers of the jobs that run here."""
    return slurm("squeue", "--noheader", "--me", "--states=RUNNING", "--format=%i").stdout.split()


@pytest.fixture(scope="module", autouse=True)
def _running_slurm():
    if shutil.which("sbatch") is None:
        pytest.skip("sbatch is missing: sudo tests/cluster/one_node_slurm.sh start")
    if slurm("scontrol", "ping").returncode:
        pytest.skip("no slurmctld answers: sudo tests/cluster/one_node_slurm.sh start")


@pytest.fixture
def sweep(toy, monkeypatch):
    """Twelve runs of a second and more; jobs find neither the session's kernels nor the repository's own folder."""
    monkeypatch.delenv("COMPANION_KERNEL_SERVER", raising=False)
    monkeypatch.delenv("JUPYTER_DEFAULT_PROVISIONER_NAME", raising=False)
    write_notebook(
        toy.paper / "02_slow.ipynb",
        "# Slowly",
        "n: int = 3  # 1..30\nseed: int = 0  # 0..",
        "import os, time\nfrom common.companion import record\n"
        "time.sleep(1)\nrecord('square', n * n + seed)\nrecord('job', int(os.environ['SLURM_JOB_ID']))\n"
        "record('hash_seed', int(os.environ['PYTHONHASHSEED']))",
    )
    toy.write_params(smoke={"01_double": {"n": 3, "seed": 0, "which": "max"}, "02_slow": {"n": 3, "seed": 0}})
    described = {"notebook": "02_slow", "grid": {"n": [1, 2, 3, 4, 5, 6]}, "seeds": [0, 1], "time_limit": "1 min"}
    (toy.paper / "params" / "sweep_slow.yaml").write_text(yaml.safe_dump(described))
    return toy


def table_of(toy):
    return pd.read_parquet(toy.root / "build" / "sweeps" / "toy" / "slow" / "table.parquet")


def check(toy):
    """All rows are there, once and right."""
    table = table_of(toy)
    assert list(table["status"]) == ["done"] * 12
    assert table["run"].is_unique
    assert list(table["square"]) == list(table["n"] ** 2 + table["seed"])
    assert set(table["hash_seed"]) == {0}  # as in kernels anywhere else, whatever Dask's Nanny sets
    return table


def test_a_sweep_runs_in_slurm_jobs_and_leaves_none(sweep):
    status, output = sweep.companion("sweep", "toy/slow", "--cluster", "slurm", "--jobs", "2")
    assert status == 0, output
    assert check(sweep)["job"].nunique() == 2
    assert jobs() == []
    status, output = sweep.companion("sweep", "toy/slow", "--cluster", "slurm")
    assert status == 0, output
    assert "nothing to do" in output


def test_a_cancelled_job_is_replaced_and_no_run_is_lost(sweep):
    process = sweep.start("sweep", "toy/slow", "--cluster", "slurm", "--jobs", "1")
    results = sweep.root / "build" / "sweeps" / "toy"
    deadline = time.monotonic() + 120
    while len(list(results.glob("02_slow-*.json"))) < 2:
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < deadline
        time.sleep(0.1)
    (cancelled,) = jobs()
    slurm("scancel", cancelled)
    output, _ = process.communicate(timeout=240)
    assert process.returncode == 0, output
    table = check(sweep)
    assert table["job"].nunique() == 2
    assert int(cancelled) in set(table["job"])


def test_jobs_of_a_killed_command_end_by_themselves(sweep):
    process = sweep.start("sweep", "toy/slow", "--cluster", "slurm", "--jobs", "2")
    deadline = time.monotonic() + 120
    while len(jobs()) < 2:
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < deadline
        time.sleep(0.1)
    process.kill()
    process.communicate()
    while jobs():
        assert time.monotonic() < deadline
        time.sleep(0.5)
    status, output = sweep.companion("sweep", "toy/slow", "--cluster", "slurm", "--jobs", "2")
    assert status == 0, output
    check(sweep)


@pytest.mark.parametrize(("target", "options"), [("slurm:nowhere", {}), ("slurm", {"memory": 2**50})])
def test_what_slurm_refuses_is_said_in_one_line(target, options, tmp_path):
    with pytest.raises(CompanionError) as caught, open_pool(target, jobs=1, logs=tmp_path, **options):
        pass
    assert str(caught.value).startswith("--cluster slurm: ")
    assert "\n" not in str(caught.value)


def test_a_job_has_what_a_run_asks_for(tmp_path):
    with open_pool("slurm", jobs=1, threads=2, memory=2**29, time_limit=3600, logs=tmp_path) as pool:
        number = pool.client.submit(os.getenv, "SLURM_JOB_ID").result(timeout=120)
        told = slurm("scontrol", "show", "job", number).stdout
        assert list(pool.client.nthreads().values()) == [2]
    assert "CPUs/Task=2" in told
    assert "MinMemoryNode=1.50G" in told
    assert "TimeLimit=04:00:00" in told
