"""The gallery: executed notebooks, figures and ledgers as a static site that needs no network."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

from common.companion.errors import CompanionError
from common.companion.runs import scratch_folder
from common.companion.site.pages import write_pages
from common.companion.sources import digest

_STATIC = Path(__file__).parent / "static"


def build_site(root: Path) -> Path:
    """Build ``build/site/`` with Sphinx and myst-nb, unless nothing has changed since the last time.

    Returns
    -------
    Path
        The gallery's ``index.html``, which opens from the file system.

    Raises
    ------
    CompanionError
        With Sphinx's own words, if it fails or warns.
    """
    site = root / "build" / "site"
    with scratch_folder(root) as scratch:
        source, built = scratch / "source", scratch / "site"
        _copy_static(source)
        write_pages(root, source)
        stamp = _digest_of(source)
        if (site / ".stamp").is_file() and (site / ".stamp").read_text() == stamp:
            return site / "index.html"
        _sphinx(source, built)
        (built / ".stamp").write_text(stamp)
        shutil.rmtree(site, ignore_errors=True)
        built.rename(site)
    return site / "index.html"


def _copy_static(source: Path) -> None:
    shutil.copytree(_STATIC, source / "_static", ignore=shutil.ignore_patterns("conf.py"))
    shutil.copy(_STATIC / "conf.py", source / "conf.py")


def _digest_of(folder: Path) -> str:
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return digest(part for path in files for part in (path.relative_to(folder).as_posix(), path.read_bytes()))


def _sphinx(source: Path, built: Path) -> None:
    command = [sys.executable, "-m", "sphinx", "-b", "html", "-W", "--keep-going", "-q"]
    done = subprocess.run(
        [*command, str(source), str(built)],
        capture_output=True, text=True, check=False, env=os.environ | {"PYTHONHASHSEED": "0"},
    )  # fmt: skip
    if done.returncode:
        raise CompanionError(f"the gallery could not be built:\n{done.stderr}")
    shutil.rmtree(built / ".doctrees", ignore_errors=True)
