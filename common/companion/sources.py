"""Which code decides a notebook's result.

The import graph comes from grimp (the engine of import-linter); nothing is imported to read it. A package that imports
its names when they are asked for says in a stub, ``__init__.pyi``, where each one lives: who imports one of the names
depends on that module alone, and a name that joins the package later renames no run.
"""

from __future__ import annotations

import ast
import hashlib
import sys
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from pathlib import Path

from common.companion.errors import SourceError

#: Machinery runs, stores and shows; it does not decide a result, so it is not part of the hash.
_MACHINERY = "common.companion"

_OURS = {"common", "papers"}

#: Beside a module these are other code, prose, notebooks and the ledger, which is hashed by its checks.
_NO_DATA = {".py", ".pyc", ".pyi", ".ipynb", ".md", ".yaml"}


def digest(parts: Iterable[str | bytes]) -> str:
    """Hash a sequence of texts, each with its length so that no two sequences run together."""
    total = hashlib.sha256()
    for part in parts:
        data = part.encode() if isinstance(part, str) else part
        total.update(f"{len(data)}:".encode())
        total.update(data)
    return total.hexdigest()


def cell_sources(notebook: Mapping) -> list[str]:
    """Return what is written in a notebook: kind and source of each cell, without outputs."""
    return [f"{cell['cell_type']}\n{cell['source']}" for cell in notebook["cells"]]


def imported_modules(notebook: Mapping) -> set[str]:
    """Return the ``common`` and ``papers`` names that the code cells import."""
    names = {name for tree in _code_cells(notebook) for name in _imports(tree)}
    return {name for name in names if name.split(".")[0] in _OURS}


def imported_packages(notebook: Mapping, files: Iterable[Path]) -> set[str]:
    """Return the top-level packages of others that the code cells or the source ``files`` import."""
    trees = [*_code_cells(notebook), *(ast.parse(path.read_bytes()) for path in files)]
    return {name.split(".")[0] for tree in trees for name in _imports(tree)} - _OURS - sys.stdlib_module_names


def _code_cells(notebook: Mapping) -> Iterator[ast.Module]:
    for cell in notebook["cells"]:
        if cell["cell_type"] != "code":
            continue
        code = "\n".join(line for line in cell["source"].splitlines() if not line.lstrip().startswith(("%", "!")))
        try:
            yield ast.parse(code)
        except SyntaxError as error:
            raise SourceError(f"a code cell is no plain Python: {error.msg}: {error.text or code}") from None


def _imports(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield from (node.module if alias.name == "*" else f"{node.module}.{alias.name}" for alias in node.names)


def imported_files(notebook: Mapping, root: Path) -> list[Path]:
    """Return every source file below ``root`` that the notebook imports, directly or not, sorted."""
    graph, seen, todo = _graph(root), set(), imported_modules(notebook)
    fronts = set()
    while todo:
        module = todo.pop()
        if module in seen or module == _MACHINERY or module.startswith(_MACHINERY + "."):
            continue
        seen.add(module)
        package, _, name = module.rpartition(".")
        if module in graph.modules:
            todo |= graph.find_modules_directly_imported_by(module) | set(_stub(root, module).values())
        elif name in _stub(root, package):
            todo.add(_stub(root, package)[name])
        while _stub(root, package):  # it runs before its modules, but imports none of them
            fronts.add(package)
            package = package.rpartition(".")[0]
        if package:
            todo.add(package)
    return sorted(_file_of(root, module) for module in (seen & graph.modules) | fronts)


def read_with(folder: Path) -> list[Path]:
    """List what the modules of a folder may read: files beside them that are no text about them, and ``data/``."""
    beside = [path for path in folder.iterdir() if path.suffix not in _NO_DATA]
    return [path for path in [*beside, *(folder / "data").rglob("*")] if path.is_file()]


def _file_of(root: Path, module: str) -> Path:
    base = root.joinpath(*module.split("."))
    return base / "__init__.py" if base.is_dir() else base.with_suffix(".py")


def forget() -> None:
    """Read the import graph anew at the next question: files have changed."""
    _graph.cache_clear()
    _stub.cache_clear()


@lru_cache(maxsize=64)
def _stub(root: Path, package: str) -> dict[str, str]:
    """Return the module in which each name of a package lives, after its stub; nothing for a package without one."""
    path = root.joinpath(*package.split("."), "__init__.pyi")
    if not package or not path.exists():
        return {}
    lines = ast.parse(path.read_bytes()).body
    return {
        alias.name: f"{package}.{line.module}"
        for line in lines
        if isinstance(line, ast.ImportFrom)
        for alias in line.names
    }


@lru_cache(maxsize=8)
def _graph(root: Path):  # noqa: ANN202 - grimp's own type
    import grimp

    # Another copy of the project may be imported already (tests work on copies), so the root goes first.
    sys.path.insert(0, str(root))
    saved = {name: sys.modules.pop(name) for name in ("common", "papers") if name in sys.modules}
    try:
        return grimp.build_graph("common", "papers", include_external_packages=False, cache_dir=None)
    except grimp.exceptions.SourceSyntaxError as error:
        raise SourceError(str(error)) from None
    finally:
        sys.path.remove(str(root))
        sys.modules.update(saved)
