"""A run: one notebook with one set of parameters, named by the hash of what decides its result.

A finished run is two files below ``build/<scale>/<slug>/``: the executed notebook and, renamed into place
after it, the record ``.json``. The record is the commit point: without it the run has not happened.
"""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from common.companion.catalogue import Notebook, Paper
from common.companion.errors import CompanionError, ParameterError, UnknownNameError
from common.companion.fingerprint import Fingerprint, fingerprint
from common.companion.ledger import Scale
from common.companion.notebooks import METADATA_KEY, checked_parameters, recorded_values
from common.companion.sources import digest


@dataclass(frozen=True)
class Run:
    """A notebook, its complete parameters, and the name that follows from them."""

    root: Path
    notebook: Notebook
    scale: Scale
    parameters: Mapping[str, Any]
    overrides: Mapping[str, Any]
    name: str

    @property
    def label(self) -> str:
        """How messages call it, e.g. ``trading_networks/01_market @ smoke``."""
        return f"{self.notebook.id} @ {self.scale}"

    def _file(self, ending: str) -> Path:
        folder = self.root / "build" / self.scale / self.notebook.paper.slug
        return folder / f"{self.notebook.stem}-{self.name}{ending}"

    @property
    def output(self) -> Path:
        """The executed notebook."""
        return self._file(".ipynb")

    @property
    def record_file(self) -> Path:
        """Its record; it exists if and only if the run is finished."""
        return self._file(".json")

    @property
    def failed_output(self) -> Path:
        """The partial notebook of a failed run, up to the failing cell."""
        return self._file(".failed.ipynb")

    @property
    def done(self) -> bool:
        """Whether it is finished."""
        return self.record_file.is_file()

    def record(self) -> dict[str, Any]:
        """Return the record of a finished run: values, parameters, provenance."""
        return json.loads(self.record_file.read_text(encoding="utf-8"))


def plan(root: Path, notebook: Notebook, scale: Scale, overrides: Mapping[str, Any] | None = None) -> Run:
    """Plan a run and refuse bad parameters before anything starts.

    Parameters
    ----------
    overrides
        Values on top of ``params/<scale>.yaml``. A run with overrides is exploratory: its values are
        kept, and the ledger does not count them.

    Raises
    ------
    ParameterError
        For unknown names, wrong types and values out of range.
    UnknownNameError
        If the paper has no such scale, or the scale does not name the notebook.
    """
    overrides = dict(overrides or {})
    parameters = base_parameters(notebook, scale) | checked_parameters(notebook.parameters, overrides, notebook.id)
    name = run_name(fingerprint(root, notebook, scale), parameters)
    return Run(root, notebook, scale, parameters, overrides, name)


def base_parameters(notebook: Notebook, scale: Scale) -> dict[str, Any]:
    """Return the complete parameters of a notebook at a scale; it raises what `plan` does."""
    file, at_scale = f"{notebook.paper.slug}/params/{scale}.yaml", notebook.paper.scale_parameters(scale)
    if notebook.stem not in at_scale:
        raise UnknownNameError(f"{file} does not name the notebook '{notebook.stem}'")
    declared = notebook.parameters
    given = checked_parameters(declared, at_scale[notebook.stem], f"{file}, {notebook.stem}")
    return {p.name: p.default for p in declared.values()} | given


def run_name(inputs: Fingerprint, parameters: Mapping[str, Any], repeat: int = 0) -> str:
    """Return the name of a run: the hash of what decides its result, and of which repeat of it this is."""
    parts = [inputs.digest, json.dumps(parameters, sort_keys=True)]
    return digest([*parts, str(repeat)] if repeat else parts)[:16]


def record_in(notebook: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return the record that an executed notebook carries in itself, or None if it was not executed by us."""
    record = notebook.get("metadata", {}).get(METADATA_KEY)
    return {**record, "values": recorded_values(notebook)} if record else None


def results_file(paper: Paper, stem: str, scale: Scale) -> Path:
    """Return where the recorded run of a notebook at a scale is kept in the tree."""
    return paper.folder / "results" / f"{stem}.{scale}.json"


def write_atomically(path: Path, content: str | bytes, scratch: Path) -> None:
    """Write to ``scratch`` and rename into place, so that a kill leaves the old file or the new one."""
    handle, temporary = tempfile.mkstemp(dir=scratch, suffix=path.suffix)
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(content.encode() if isinstance(content, str) else content)
            stream.flush()
            os.fsync(stream.fileno())
        Path(temporary).chmod(0o644)
        path.parent.mkdir(parents=True, exist_ok=True)
        Path(temporary).replace(path)
    except BaseException:  # on a full disk, what was written is in the way
        Path(temporary).unlink(missing_ok=True)
        raise


def scratch_folder(root: Path) -> AbstractContextManager[Path]:
    """Give this process a folder below ``build/`` for half-written files; see `scratch_below`."""
    return scratch_below(root / "build" / ".scratch")


@contextmanager
def scratch_below(parent: Path, clear: bool = True) -> Iterator[Path]:
    """Give this process a folder below ``parent``, to be removed at the end.

    The folder is held by a lock that dies with the process; whoever comes next removes the folders that
    nobody holds, so a ``kill -9`` leaves nothing behind for long.

    Parameters
    ----------
    clear
        Remove what others have left.

    Raises
    ------
    CompanionError
        If ``parent`` cannot be written.
    """
    import fcntl

    try:
        parent.mkdir(parents=True, exist_ok=True)
        lock = (parent / "lock").open("w")
    except OSError as error:
        raise CompanionError(f"{parent.parent.name}/ cannot be written: {error.strerror}") from None
    with lock as gate:
        fcntl.flock(gate, fcntl.LOCK_EX)  # one comer at a time: no folder is seen before it is locked
        for folder in [p for p in parent.iterdir() if clear and p.is_dir()]:
            with (folder / "held").open("a") as held:
                try:
                    fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
                except OSError:
                    continue
                shutil.rmtree(folder, ignore_errors=True)
        mine = Path(tempfile.mkdtemp(dir=parent))
        held = (mine / "held").open("w")
        fcntl.flock(held, fcntl.LOCK_EX)
    try:
        yield mine
    finally:
        shutil.rmtree(mine, ignore_errors=True)
        held.close()


def parse_overrides(pairs: Sequence[tuple[str, str]], from_file: Mapping[str, Any]) -> dict[str, Any]:
    """Join ``-f`` and ``-p`` parameters; the latter win, their values are read as YAML."""
    import yaml

    values = dict(from_file)
    for name, text in pairs:
        try:
            values[name] = yaml.safe_load(text)
        except yaml.YAMLError:
            raise ParameterError(f"-p {name}: '{text}' is not a YAML value") from None
    return values
