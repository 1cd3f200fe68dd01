import os
import shutil
import subprocess
import sys


def test_a_new_paper_passes_the_tests_from_its_first_minute(repository, tmp_path):
    """The skeleton goes through the same hygiene tests as the real papers, in a copy of the repository."""
    root = tmp_path / "copy"
    ignored = shutil.ignore_patterns("build", ".venv", ".git", "__pycache__", ".*_cache", ".hypothesis")
    shutil.copytree(repository, root, ignore=ignored)
    environment = os.environ | {"COMPANION_ROOT": str(root), "PYTHONPATH": str(root)}
    command = [sys.executable, "-m", "common.companion", "new-paper", "brand_new"]
    done = subprocess.run(command, cwd=root, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    tests = ["tests/test_notebooks.py", "tests/test_repository.py", "papers/brand_new/01_start.ipynb"]
    chosen = "brand_new or imports_run"
    command = [sys.executable, "-m", "pytest", "-q", "-n0", "-p", "no:cacheprovider", "-k", chosen, *tests]
    done = subprocess.run(command, cwd=root, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout
    assert " passed" in done.stdout
