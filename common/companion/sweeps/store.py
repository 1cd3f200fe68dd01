"""Where the runs of sweeps are kept: a folder of files that any number of workers and commands share.

A run is ``<slug>/<stem>-<name>.json`` with its executed notebook ``.ipynb`` and, if it recorded arrays, ``.npz``.
The ``.json`` is written last and at once: where it is, the run is finished, and nobody does it again. A failure is
``.failed.json`` with what was executed, ``.failed.ipynb``. The place is any that fsspec can write to; on a local
file system every file is written elsewhere, flushed to the disk and renamed into place.
"""

from __future__ import annotations

import contextlib
import io
import json
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from common.companion.errors import CompanionError
from common.companion.runs import write_atomically

if TYPE_CHECKING:
    import fsspec
    import numpy as np

    from common.companion.sweeps.spec import SweepSpec

_DONE, _FAILED = ".json", ".failed.json"

#: Protocols of fsspec under which a file is there as a whole or not at all.
_OBJECT_STORES = {"s3", "s3a", "gs", "gcs", "abfs", "abfss", "az", "oci", "oss", "memory"}

#: Files read side by side from a place that is not local.
_READERS = 16


@dataclass(frozen=True)
class Store:
    """The results of one notebook's runs.

    Attributes
    ----------
    location
        A local folder, absolute, or a URL that fsspec knows.
    slug, stem
        The paper and its notebook.
    """

    location: str
    slug: str
    stem: str

    @cached_property
    def _place(self) -> tuple[fsspec.AbstractFileSystem, str]:
        from fsspec.core import url_to_fs

        try:
            system, path = url_to_fs(self.location)
        except (ImportError, ValueError) as error:  # an unknown protocol, or one whose library is not installed
            raise CompanionError(f"results location '{self.location}': {error}") from None
        return system, f"{path.rstrip('/')}/{self.slug}"

    @property
    def folder(self) -> Path | None:
        """The local folder of the paper's runs; None if the place is not local."""
        system, folder = self._place
        protocols = (system.protocol,) if isinstance(system.protocol, str) else system.protocol
        return Path(folder) if "file" in protocols else None

    def _path(self, name: str, ending: str) -> str:
        return f"{self._place[1]}/{self.stem}-{name}{ending}"

    def url(self, name: str, ending: str) -> str:
        """Return where a file of a run is: a local path, or a URL."""
        system, _ = self._place
        path = self._path(name, ending)
        return path if self.folder else system.unstrip_protocol(path)

    def is_finished(self, name: str) -> bool:
        """Whether a run is finished."""
        system, _ = self._place
        system.invalidate_cache()
        return system.exists(self._path(name, _DONE))

    def finished(self) -> set[str]:
        """Return the names of the finished runs, by one look at the folder."""
        return self.states()[0]

    def failed(self) -> set[str]:
        """Return the names of the runs that failed and have not been finished since."""
        return self.states()[1]

    def states(self) -> tuple[set[str], set[str]]:
        """Return the names of the finished and of the failed runs."""
        system, folder = self._place
        system.invalidate_cache()
        try:
            paths = Path(folder).iterdir() if self.folder else system.ls(folder, detail=False)
            files = [str(path).rpartition("/")[2] for path in paths]
        except FileNotFoundError:
            return set(), set()
        start = f"{self.stem}-"
        mine = [file.removeprefix(start) for file in files if file.startswith(start) and file.endswith(_DONE)]
        failed = {file.removesuffix(_FAILED) for file in mine if file.endswith(_FAILED)}
        done = {file.removesuffix(_DONE) for file in mine if not file.endswith(_FAILED)}
        return done, failed - done

    def record(self, name: str) -> dict[str, Any]:
        """Return the record of a finished or failed run.

        Raises
        ------
        FileNotFoundError
            If there is none.
        """
        try:
            return json.loads(self._read(name, _DONE))
        except FileNotFoundError:
            return json.loads(self._read(name, _FAILED))

    def records(self, names: Iterable[str]) -> Iterator[dict[str, Any]]:
        """Yield the records of runs, in the order of their names."""
        if self.folder:
            yield from map(self.record, names)
        else:
            with ThreadPoolExecutor(_READERS) as readers:
                yield from readers.map(self.record, names)

    def _read(self, name: str, ending: str) -> bytes:
        system, _ = self._place
        path = self._path(name, ending)
        return Path(path).read_bytes() if self.folder else system.cat_file(path)

    @property
    def scratch(self) -> Path | None:
        """The folder for half-written files, on the same file system; None if the place is not local."""
        return self.folder.parent / ".scratch" if self.folder else None

    def keep(self, record: Mapping[str, Any], notebook: str, arrays: Mapping[str, np.ndarray], scratch: Path) -> None:
        """Keep a finished run; its record is the last that is written.

        Parameters
        ----------
        record, notebook, arrays
            What the run has given; ``notebook`` is the text of the file.
        scratch
            This process's folder below `scratch`; not used where the place is not local.

        Raises
        ------
        OSError
            If the place cannot be written; then the run has not been done.
        """
        name = record["run"]
        if arrays:
            self._write(name, ".npz", _packed(arrays), scratch)
        self._write(name, ".ipynb", notebook.encode(), scratch)
        self._write(name, _DONE, _as_bytes(record), scratch)
        for ending in (_FAILED, ".failed.ipynb"):
            self._remove(name, ending)

    def keep_failure(self, record: Mapping[str, Any], notebook: str | None, scratch: Path) -> None:
        """Keep a failure, with the notebook as far as it came."""
        if notebook is not None:
            self._write(record["run"], ".failed.ipynb", notebook.encode(), scratch)
        self._write(record["run"], _FAILED, _as_bytes(record), scratch)

    def left_behind(self, name: str) -> str | None:
        """Return the partial notebook that a dead worker has left in its folder, if one is there and whole."""
        for path in self.scratch.glob(f"*/*/{self.stem}-{name}.ipynb") if self.scratch else ():
            with contextlib.suppress(OSError, ValueError):
                text = path.read_text(encoding="utf-8")
                json.loads(text)  # it may have been killed while it was writing
                return text
        return None

    def leave_mark(self, mark: str) -> None:
        """Put an empty file into the place, by which workers know that they see the same one."""
        system, folder = self._place
        system.makedirs(folder, exist_ok=True)
        system.pipe_file(f"{folder}/.{mark}", b"")

    def has_mark(self, mark: str) -> bool:
        """Whether a mark that another process has left is seen here."""
        system, folder = self._place
        system.invalidate_cache()
        return system.exists(f"{folder}/.{mark}")

    def remove_mark(self, mark: str) -> None:
        """Take the mark away."""
        system, folder = self._place
        with contextlib.suppress(OSError):
            system.rm_file(f"{folder}/.{mark}")

    def forget(self, name: str) -> None:
        """Remove all that is kept of a run, its record first."""
        for ending in (_DONE, _FAILED, ".ipynb", ".failed.ipynb", ".npz"):
            self._remove(name, ending)

    def _write(self, name: str, ending: str, data: bytes, scratch: Path) -> None:
        system, _ = self._place
        path = self._path(name, ending)
        if self.folder:
            write_atomically(Path(path), data, scratch)
        elif _OBJECT_STORES.intersection([system.protocol] if isinstance(system.protocol, str) else system.protocol):
            system.pipe_file(path, data)  # these show a file when it is whole
        else:
            system.makedirs(self._place[1], exist_ok=True)
            system.pipe_file(f"{path}.part", data)
            system.mv(f"{path}.part", path)

    def _remove(self, name: str, ending: str) -> None:
        system, _ = self._place
        with contextlib.suppress(FileNotFoundError):
            system.rm_file(self._path(name, ending))


def store_of(spec: SweepSpec, location: str | None = None) -> Store:
    """Return the store of a sweep's runs.

    Parameters
    ----------
    location
        A folder, also relative to the repository, or a URL. By default what the sweep's file says, else
        ``build/sweeps``.
    """
    location = location or spec.results or "build/sweeps"
    if "://" not in location:
        location = str(spec.paper.folder.parents[1] / location)
    return Store(location, spec.paper.slug, spec.notebook.stem)


def _packed(arrays: Mapping[str, np.ndarray]) -> bytes:
    """Write an ``.npz`` file; NumPy's own function takes the names of arrays for its options."""
    import numpy as np

    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, array in arrays.items():
            with archive.open(f"{name}.npy", "w", force_zip64=True) as member:
                np.lib.format.write_array(member, np.asanyarray(array), allow_pickle=False)
    return packed.getvalue()


def _as_bytes(record: Mapping[str, Any]) -> bytes:
    return (json.dumps(record, indent=1) + "\n").encode()
