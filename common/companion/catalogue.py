"""What there is: the repository's root, its papers and their notebooks, and how a name finds them."""

from __future__ import annotations

import difflib
import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import yaml

from common.companion.errors import ParameterError, UnknownNameError
from common.companion.ledger import SCALES, Artefact, Ledger, Scale, load_ledger
from common.companion.notebooks import Parameter, declared_parameters, read_notebook, title_of


def nearest(name: str, known: Iterable[str]) -> str:
    """Phrase the hint of an error message: the nearest of ``known``, or all of them."""
    known = list(known)
    match = difflib.get_close_matches(name, known, n=1, cutoff=0.4)
    if match:
        return f"did you mean '{match[0]}'?"
    return "there is: " + ", ".join(known) if known else "there is none"


def repository_root() -> Path:
    """Return the root of the repository.

    It is ``$COMPANION_ROOT``, or the nearest folder upwards that holds ``papers/`` and
    ``requirements.lock``, or the folder that this package was installed from.
    """
    if given := os.environ.get("COMPANION_ROOT"):
        if not (Path(given) / "papers").is_dir():
            raise UnknownNameError(f"COMPANION_ROOT={given} holds no folder papers/")
        return Path(given).resolve()
    here = Path.cwd().resolve()
    for folder in (here, *here.parents):
        if (folder / "papers").is_dir() and (folder / "requirements.lock").is_file():
            return folder
    return Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Notebook:
    """One notebook of a paper."""

    paper: Paper
    path: Path

    @property
    def stem(self) -> str:
        """File name without its ending, e.g. ``01_market``."""
        return self.path.stem

    @property
    def id(self) -> str:
        """The name used on the command line, e.g. ``trading_networks/01_market``."""
        return f"{self.paper.slug}/{self.stem}"

    @cached_property
    def content(self) -> dict:
        """The notebook as `read_notebook` reads it."""
        return read_notebook(self.path)

    @property
    def title(self) -> str:
        """Its first heading."""
        return title_of(self.content) or self.stem

    @cached_property
    def parameters(self) -> dict[str, Parameter]:
        """The parameters that its tagged cell declares."""
        return declared_parameters(self.content, self.id)

    @property
    def scales(self) -> list[Scale]:
        """The scales whose parameter files name it."""
        folder = self.paper.folder / "params"
        there = [scale for scale in SCALES if (folder / f"{scale}.yaml").is_file()]
        return [scale for scale in there if self.stem in self.paper.scale_parameters(scale)]

    @property
    def artefacts(self) -> list[Artefact]:
        """The artefacts of the ledger that it regenerates."""
        return [a for a in self.paper.ledger.artefacts if a.notebook == self.path.name]


@dataclass(frozen=True)
class Paper:
    """One folder below ``papers/``."""

    folder: Path

    @property
    def slug(self) -> str:
        """The folder's name, used on the command line."""
        return self.folder.name

    @cached_property
    def ledger(self) -> Ledger:
        """The validated ``paper.yaml``."""
        return load_ledger(self.folder / "paper.yaml")

    @cached_property
    def notebooks(self) -> list[Notebook]:
        """Its notebooks, in reading order."""
        return [Notebook(self, path) for path in sorted(self.folder.glob("[0-9][0-9]_*.ipynb"))]

    def scale_parameters(self, scale: Scale) -> dict[str, dict]:
        """Return ``params/<scale>.yaml``: for each notebook's stem, its parameters at this scale."""
        path = self.folder / "params" / f"{scale}.yaml"
        try:
            content = yaml.safe_load(path.read_text(encoding="utf-8"))
        except FileNotFoundError:
            raise UnknownNameError(f"{self.slug} has no params/{scale}.yaml") from None
        except yaml.YAMLError as error:
            raise ParameterError(f"{self.slug}/params/{scale}.yaml: not YAML: {error}") from None
        where, stems = f"{self.slug}/params/{scale}.yaml", [notebook.stem for notebook in self.notebooks]
        if not isinstance(content, dict):
            raise ParameterError(f"{where}: a mapping of notebooks to parameters is needed")
        for stem, values in content.items():
            if stem not in stems:
                raise UnknownNameError(f"{where}: no notebook '{stem}': {nearest(str(stem), stems)}")
            if values is not None and not isinstance(values, dict):
                raise ParameterError(f"{where}: {stem}: a mapping of parameter names to values is needed")
        return {stem: values or {} for stem, values in content.items()}

    def artefact(self, name: str) -> Artefact:
        """Find an artefact by its id, upper or lower case."""
        for artefact in self.ledger.artefacts:
            if artefact.id.lower() == name.lower():
                return artefact
        ids = [a.id for a in self.ledger.artefacts]
        raise UnknownNameError(f"{self.slug} has no artefact '{name}': {nearest(name, ids)}")


def all_papers(root: Path) -> list[Paper]:
    """Return the papers below ``root/papers``, by slug."""
    return [Paper(path.parent) for path in sorted((root / "papers").glob("*/paper.yaml"))]


def find_paper(root: Path, slug: str) -> Paper:
    """Return the paper called ``slug``; raise `UnknownNameError` with the nearest one."""
    papers = {paper.slug: paper for paper in all_papers(root)}
    if slug not in papers:
        raise UnknownNameError(f"no paper '{slug}': {nearest(slug, papers)}")
    return papers[slug]


def find_artefact(root: Path, name: str) -> tuple[Paper, Artefact]:
    """Return the artefact called ``PAPER/ARTEFACT``."""
    slug, slash, artefact = name.partition("/")
    if not slash:
        raise UnknownNameError(f"'{name}' is not PAPER/ARTEFACT, e.g. trading_networks/TN-5")
    paper = find_paper(root, slug)
    return paper, paper.artefact(artefact)


def find_notebooks(root: Path, targets: Sequence[str], artefact: str | None = None) -> list[Notebook]:
    """Return the notebooks that ``targets`` name, without doubles, in order.

    Parameters
    ----------
    targets
        Slugs (``trading_networks``), notebooks (``trading_networks/01_market``) or paths to notebooks;
        none of them means every paper.
    artefact
        Keep only the notebooks that regenerate this artefact.
    """
    chosen: dict[Path, Notebook] = {}
    for target in targets or [paper.slug for paper in all_papers(root)]:
        for notebook in _notebooks_of(root, target):
            chosen.setdefault(notebook.path, notebook)
    if artefact is None:
        return list(chosen.values())
    wanted = [n for n in chosen.values() if artefact.lower() in {a.id.lower() for a in n.artefacts}]
    if not wanted:
        ids = [a.id for n in chosen.values() for a in n.artefacts]
        raise UnknownNameError(f"no notebook regenerates '{artefact}': {nearest(artefact, ids)}")
    return wanted


def _notebooks_of(root: Path, target: str) -> list[Notebook]:
    path = Path(target).resolve()
    if path.is_relative_to(root / "papers") and path.exists():  # a path, as the shell completes it
        target = path.relative_to(root / "papers").as_posix()
    slug, slash, stem = target.removesuffix(".ipynb").removesuffix("/").partition("/")
    paper = find_paper(root, slug)
    if not slash:
        return paper.notebooks
    for notebook in paper.notebooks:
        if stem in (notebook.stem, notebook.stem.partition("_")[0]):
            return [notebook]
    raise UnknownNameError(f"{slug} has no notebook '{stem}': {nearest(stem, [n.stem for n in paper.notebooks])}")
