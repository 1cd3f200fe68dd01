"""The house keeps its own rules: imports, versions, sizes, and the README's commands."""

import ast
import importlib
import os
import re
import subprocess
import sys
from importlib import metadata
from pathlib import Path

import pytest
import yaml

from common.companion.doctor import locked_versions

ROOT = Path(__file__).resolve().parents[1]
SOURCES = [p for folder in ("common", "papers") for p in (ROOT / folder).rglob("*.py")]
BIN = Path(sys.executable).parent


def run(*command, cwd=ROOT, **environment):
    return subprocess.run(
        [str(part) for part in command], cwd=cwd, env=os.environ | environment, capture_output=True, text=True
    )


def test_imports_run_from_notebooks_to_papers_to_common():
    done = run(BIN / "lint-imports", "--no-cache")
    assert done.returncode == 0, done.stdout


def test_every_public_thing_has_a_docstring():
    done = run(BIN / "interrogate", "-q", "common", "papers")
    assert done.returncode == 0, run(BIN / "interrogate", "-vv", "common", "papers").stdout


def test_import_common_is_light():
    heavy = "{'torch', 'cvxpy', 'papermill', 'distributed', 'sphinx', 'matplotlib', 'pandas', 'scipy'}"
    code = f"import sys, common, common.companion; print(sorted({heavy} & set(sys.modules)))"
    assert run(sys.executable, "-c", code).stdout.strip() == "[]"


@pytest.mark.parametrize("path", SOURCES, ids=lambda p: str(p.relative_to(ROOT)))
def test_files_and_functions_are_short(path):
    text = path.read_text(encoding="utf-8")
    assert len(text.splitlines()) <= 400
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            first = node.body[0]
            documented = isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant)
            body = node.end_lineno - (first.end_lineno if documented else node.lineno)
            assert body <= 60, f"{node.name} has {body} lines"


def test_lock_pins_every_dependency_and_no_local_path():
    lines = [line for line in (ROOT / "requirements.lock").read_text().splitlines() if not line.startswith("#")]
    assert all(re.fullmatch(r"[A-Za-z0-9._-]+==[A-Za-z0-9.!]+", line) for line in lines)
    locked = locked_versions(ROOT)
    assert locked["torch"] == "2.13.0"
    assert not [name for name in locked if name.startswith(("nvidia", "triton"))]
    wanted = [re.split(r"[<>=!;\[ ]", r)[0].lower().replace("_", "-") for r in metadata.requires("econcs-companion")]
    assert set(wanted) <= set(locked)


def test_environment_yml_agrees_with_pyproject_and_lock():
    environment = yaml.safe_load((ROOT / "environment.yml").read_text())
    assert environment["name"] == "econcs-companion"
    python, pip, from_pip = environment["dependencies"]
    assert (python, pip) == ("python=3.11", "pip")
    assert 'requires-python = ">=3.11"' in (ROOT / "pyproject.toml").read_text()
    assert from_pip["pip"] == ["-c requirements.lock", "-e .[lab,site,test]"]
    assert "'.[lab,site,test]'" in (ROOT / "Makefile").read_text()


def test_citation_and_version_agree():
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text())
    assert citation["version"] == metadata.version("econcs-companion")
    assert citation["license"] == "MIT"


def test_ci_is_the_readmes_test_command():
    assert (ROOT / ".ci" / "run").read_text().rstrip().endswith("exec make test")
    assert os.access(ROOT / ".ci" / "run", os.X_OK)
    assert "make test" in (ROOT / "README.md").read_text()


def test_links_of_the_pages_lead_somewhere():
    for page in [
        ROOT / "README.md",
        ROOT / "CONTRIBUTING.md",
        *ROOT.glob("docs/*.md"),
        *ROOT.glob("papers/*/README.md"),
    ]:
        for target in re.findall(r"\]\((?!https?:)([^)#]+)", page.read_text(encoding="utf-8")):
            assert (page.parent / target).exists(), f"{page.name}: {target}"


@pytest.mark.slow
def test_readme_commands_in_a_fresh_clone(tmp_path):
    clone = tmp_path / "clone"
    assert run("git", "clone", "-q", ROOT, clone).returncode == 0
    outside = {"COMPANION_KERNEL_SERVER": "", "JUPYTER_DEFAULT_PROVISIONER_NAME": "", "COLUMNS": "200"}
    first = run("make", "figures", cwd=clone, **outside)
    assert first.returncode == 0, first.stdout + first.stderr
    assert "failed" not in first.stdout
    assert (clone / "build" / "site" / "index.html").is_file()
    assert (clone / "build" / "report.json").is_file()
    second = run("make", "figures", cwd=clone, **outside)
    assert second.returncode == 0, second.stdout + second.stderr
    assert "nothing to do" in second.stdout
    assert run("git", "status", "--porcelain", cwd=clone).stdout == ""
    assert run("make", "help", cwd=clone).stdout.count("make ") >= 8
    for command in readme_commands():
        done = run(clone / ".venv" / "bin" / "companion", *command.split()[1:], cwd=clone, **outside)
        assert done.returncode == 0, command + done.stdout + done.stderr


def readme_commands():
    """What the README's table says one can type, with its placeholders filled; the minutes of laptop scale left out."""
    commands = re.findall(r"^\| `(companion [^`]*)`", (ROOT / "README.md").read_text(), re.M)
    assert len(commands) >= 9
    filled = [c.replace("[PAPER]", "trading_networks").replace("SLUG", "brand_new") for c in commands]
    return [command for command in filled if "laptop" not in command]


STUBS = sorted(p for folder in ("common", "papers") for p in (ROOT / folder).rglob("__init__.pyi"))


@pytest.mark.parametrize("stub", STUBS, ids=lambda p: str(p.parent.relative_to(ROOT)))
def test_a_stub_names_what_its_package_has(stub):
    package = ".".join(stub.parent.relative_to(ROOT).parts)
    lines = [line for line in ast.parse(stub.read_text()).body if isinstance(line, ast.ImportFrom)]
    for line in lines:
        home = importlib.import_module(f"{package}.{line.module}")
        for alias in line.names:
            assert getattr(importlib.import_module(package), alias.name) is getattr(home, alias.name)
            # a module that is imported by path becomes an attribute of its package, and would hide the name
            assert not (stub.parent / f"{alias.name}.py").exists()


@pytest.mark.parametrize("stub", STUBS, ids=lambda p: str(p.parent.relative_to(ROOT)))
def test_a_package_with_a_stub_is_light(stub):
    package = ".".join(stub.parent.relative_to(ROOT).parts)
    code = f"import sys, {package}; print(sorted({{'torch', 'numba', 'scipy', 'pandas'}} & set(sys.modules)))"
    assert run(sys.executable, "-c", code).stdout.strip() == "[]"


def test_modules_import_by_path_from_packages_with_a_stub():
    """Otherwise a run would be named by all of the package (`common.companion.sources`)."""
    packages = "|".join(re.escape(".".join(stub.parent.relative_to(ROOT).parts)) for stub in STUBS)
    careless = rf"^\s*(from ({packages}) import|import ({packages})$)"
    assert [p for p in SOURCES if re.search(careless, p.read_text(encoding="utf-8"), re.MULTILINE)] == []
