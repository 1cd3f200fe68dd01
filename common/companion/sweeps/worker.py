"""What a Dask worker does for a sweep: it is compared with the client once, and then executes runs.

The client sends a `SweepPlugin` to the scheduler, which hands it to every worker, also to those that join later. A
worker whose code is the client's offers a resource that is the command's own; every run asks for it, so that no run
is ever given to a worker that was refused or has not been looked at.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import tempfile
import threading
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from distributed import WorkerPlugin, get_worker
from distributed.core import Status

from common.companion.arrays import refer, take_arrays
from common.companion.catalogue import Notebook, Paper, find_notebooks, repository_root
from common.companion.errors import CompanionError
from common.companion.execute import clean, injected_parameters
from common.companion.execution import KERNEL_DIED, NOT_KEPT, Execution, Limits, execute_notebook
from common.companion.fingerprint import Fingerprint, fingerprint_here
from common.companion.ledger import Scale
from common.companion.notebooks import METADATA_KEY, recorded_values
from common.companion.provenance import environment, now
from common.companion.runs import scratch_below
from common.companion.sources import digest, forget
from common.companion.sweeps.planning import Task
from common.companion.sweeps.store import Store

if TYPE_CHECKING:
    from distributed import Worker

#: Topics of events that workers send: ``{"worker": address, ...}``.
READY, REFUSED, STARTED = "companion-ready", "companion-refused", "companion-started"

#: The code that executes runs, as this process has loaded it: what lies on the disk may be newer.
MACHINERY = digest(path.read_bytes() for path in sorted(Path(__file__).parents[1].rglob("*.py")))

#: Attempts at a run whose kernel or worker dies.
ATTEMPTS = 3


@dataclass(frozen=True)
class Assignment:
    """What a worker has to know of a sweep, besides the parameters of each run.

    Attributes
    ----------
    notebook
        Its id, ``slug/stem``.
    scale
        The base of the parameters.
    code
        The client's code and versions, as `fingerprint_here` gives them.
    store
        Where results go; the worker must be able to reach it.
    limits
        Of every run.
    threads
        Of every kernel.
    provenance
        Commit and dirty flag of the client's tree; the worker adds its own machine and versions.
    gpu
        GPUs of every run.
    mark
        The name of this command: of the resource and the events that are its own among others on the same cluster,
        and of a file in the store, by which workers see that theirs is the same.
    machinery
        The code that executes runs, as it was loaded.
    """

    notebook: str
    scale: Scale
    code: Fingerprint
    store: Store
    limits: Limits
    threads: int
    provenance: Mapping[str, Any]
    gpu: int = 0
    mark: str = field(default_factory=lambda: uuid.uuid4().hex)
    machinery: str = field(default_factory=lambda: MACHINERY)

    @property
    def resource(self) -> str:
        """The Dask resource that a worker with the right code offers, as many as it has threads."""
        return f"companion-{self.mark}"


class SweepPlugin(WorkerPlugin):
    """Compares the worker with the client, prepares it, and executes runs on it.

    Parameters
    ----------
    assignment
        The sweep.
    """

    def __init__(self, assignment: Assignment) -> None:
        self.assignment = assignment
        self.name = assignment.resource

    async def setup(self, worker: Worker) -> None:
        """Offer the resource that runs ask for, or say why not."""
        self.begin(worker.address)
        threads = worker.state.nthreads
        reason = await asyncio.to_thread(self.prepare, threads, worker.state.total_resources.get("GPU", 0))
        if self._stop.is_set() or worker.status not in (Status.running, Status.paused):  # over, or going, meanwhile
            await asyncio.to_thread(self.end)
            return
        if reason:
            worker.log_event(REFUSED, self._news(why=reason))
            return
        await worker.set_resources(**{self.assignment.resource: threads})
        # The scheduler looks at runs that have no worker only when the status of a worker changes.
        if worker.status == Status.running:
            worker.status = Status.paused
            worker.status = Status.running
        worker.log_event(READY, self._news(threads=threads))

    async def teardown(self, worker: Worker) -> None:
        """Offer nothing any more, and end what was started, also the kernels of runs."""
        self._stop.set()
        with contextlib.suppress(Exception):  # the scheduler may have gone
            await worker.set_resources(**{self.assignment.resource: 0})
        await asyncio.to_thread(self.end)

    def begin(self, address: str) -> None:
        """Note where this is."""
        self._address, self._stop = address, threading.Event()
        self._prepared = contextlib.ExitStack()

    def end(self) -> None:
        """End what was started; runs that are being executed are cut off and not kept."""
        self._stop.set()
        self._prepared.close()

    def prepare(self, n_threads: int, n_gpu: float = 0) -> str | None:
        """Compare code and versions with the client's, start what kernels need; return why that cannot be."""
        wanted = self.assignment
        if n_threads < wanted.threads:
            return f"a run takes {wanted.threads} threads, and it has {n_threads}"
        if n_gpu < wanted.gpu:
            return f"a run takes {wanted.gpu} GPU, and it offers {n_gpu:g}: start it with --resources GPU={wanted.gpu}"
        if wanted.machinery != MACHINERY:
            return "its code differs from the client's: common/companion"
        try:
            self._root = repository_root()
            (self._notebook,) = find_notebooks(self._root, [wanted.notebook])
            forget()
            self._stamps = self._stamps_now()
            if reason := _imported_elsewhere(self._root) or self._difference():
                return reason
            self._store = wanted.store
            if not self._store.has_mark(wanted.mark):
                return f"it does not see the client's results at {self._store.location}: give a --results that all see"
            self._scratch = self._prepared.enter_context(_scratch(self._store))
            self._prepared.enter_context(_shared_kernels(wanted.threads))
        except (CompanionError, OSError) as error:
            return str(error)
        except Exception as error:  # of whatever library stands behind the store: nobody else would tell it
            return f"{type(error).__name__}: {error}"
        return None

    def _news(self, **more: Any) -> dict[str, Any]:
        return {"sweep": self.assignment.mark, "worker": self._address, **more}

    def _difference(self) -> str | None:
        here = fingerprint_here(self._root, self._notebook, self.assignment.scale)
        if not (names := here.differences(self.assignment.code)):
            return None
        more = f" and {len(names) - 5} more" if len(names) > 5 else ""
        versions = {**self.assignment.code.packages, **here.packages}
        told = [
            f"{n} {here.packages.get(n, 'missing')} (the client: {self.assignment.code.packages.get(n, 'missing')})"
            if n in versions
            else n
            for n in names[:5]
        ]
        return f"its code differs from the client's: {', '.join(told)}{more}"

    def _stamps_now(self) -> dict[str, int]:
        """Return when each source was last changed, which is quicker to see than whether it was."""
        files = [self._notebook.path, *(self._root / item for item in self.assignment.code.items if "." in item)]
        return {str(path): path.stat().st_mtime_ns if path.exists() else 0 for path in files}

    def _changed(self, stamps: dict[str, int]) -> str | None:
        """Say what of the code differs from the client's, if it was touched since it was compared."""
        if stamps == self._stamps:
            return None
        forget()
        self._notebook = Notebook(Paper(self._notebook.paper.folder), self._notebook.path)  # read anew
        reason = self._difference()
        if reason is None:
            self._stamps = stamps
        return reason

    def run(self, task: Task) -> dict[str, Any]:
        """Execute one run and keep it; return its record, without its arrays.

        What another worker or command has finished meanwhile is not done again.
        """
        if self._store.is_finished(task.name):
            return self._store.record(task.name)
        get_worker().log_event(STARTED, self._news(index=task.index))
        before = self._stamps_now()
        if change := self._changed(before):
            return self._failure(task, NOT_KEPT, f"the code was changed: {change}")
        with tempfile.TemporaryDirectory(dir=self._scratch, ignore_cleanup_errors=True) as folder:
            working = Path(folder) / f"{self._notebook.stem}-{task.name}.ipynb"
            execution, attempts = self._attempts(task, working)
            if self._stop.is_set():  # nobody waits for this any more
                raise CompanionError("the sweep was stopped")
            if self._stamps_now() != before:  # what it imported may be either state, whatever there is now
                return self._failure(task, NOT_KEPT, "the code was touched while it ran")
            record = self._record(task, execution, attempts)
            try:
                return self._keep(record, working)
            except Exception as error:  # of the disk, or of whatever library stands behind the store
                told = getattr(error, "strerror", None) or error
                return self._failure(task, NOT_KEPT, f"its result could not be written: {told}")

    def _attempts(self, task: Task, working: Path) -> tuple[Execution, int]:
        """Execute a notebook, again if its kernel dies."""
        parameters = injected_parameters(self._notebook, task.parameters)
        limits = self.assignment.limits
        for attempt in range(1, ATTEMPTS):
            execution = execute_notebook(self._notebook.path, working, parameters, limits, self._stop)
            if execution.reason != KERNEL_DIED:
                return execution, attempt
        return execute_notebook(self._notebook.path, working, parameters, limits, self._stop), ATTEMPTS

    def _failure(self, task: Task, reason: str, error: str) -> dict[str, Any]:
        return blank_record(task, self.assignment) | {"status": "failed", "reason": reason, "error": error}

    def _record(self, task: Task, execution: Execution, attempts: int) -> dict[str, Any]:
        record = {
            **blank_record(task, self.assignment),
            "status": "done" if execution.reason is None else "failed",
            "seconds": round(execution.seconds, 3),
            "cpu_seconds": execution.cpu_seconds,
            "peak_memory": execution.peak_memory,
            "attempts": attempts,
        }
        if execution.reason is not None:
            record |= {"reason": execution.reason, "error": execution.error}
        return record

    def _keep(self, record: dict[str, Any], working: Path) -> dict[str, Any]:
        """Take the values out of the executed notebook, and store it."""
        import nbformat

        try:
            notebook = nbformat.read(working, as_version=4)
        except (FileNotFoundError, nbformat.reader.NotJSONError):  # before its first cell, or on a full disk
            if record["status"] == "done":
                raise
            self._store.keep_failure(record, None, self._scratch)
            return record
        clean(notebook)
        arrays = take_arrays(notebook)
        notebook["metadata"][METADATA_KEY] = {k: v for k, v in record.items() if k != "values"}
        values = recorded_values(notebook)
        text = nbformat.writes(notebook) + "\n"
        if record["status"] == "failed":
            record["values"] = {k: v for k, v in values.items() if k not in arrays}
            self._store.keep_failure(record, text, self._scratch)
        else:
            record["values"] = refer(values, f"{self._notebook.stem}-{record['run']}.npz", arrays)
            self._store.keep(record, text, arrays, self._scratch)
        return record


def blank_record(task: Task, assignment: Assignment) -> dict[str, Any]:
    """Return the record of a run of which nothing is known yet."""
    return {
        "run": task.name,
        "notebook": assignment.notebook,
        "scale": assignment.scale,
        "parameters": dict(task.parameters),
        "seed": task.parameters.get("seed"),
        "repeat": task.repeat,
        "status": "planned",
        "values": {},
        "seconds": None,
        "cpu_seconds": None,
        "peak_memory": None,
        "attempts": 0,
        "finished": now(),
        "provenance": {**assignment.provenance, **environment()},
    }


def perform(resource: str, task: Task) -> dict[str, Any]:
    """Execute a run on the worker that this is called on; the function that the client submits."""
    return get_worker().plugins[resource].run(task)


def _imported_elsewhere(root: Path) -> str | None:
    """Say which of our packages kernels would import from another place than the notebooks are read from."""
    for package in ("common", "papers"):
        spec = find_spec(package)
        origins = [Path(place) for place in spec.submodule_search_locations or ()] if spec else []
        if not any(place.exists() and place.samefile(root / package) for place in origins):
            return f"its notebooks are in {root}, but it imports '{package}' from another place; set PYTHONPATH"
    return None


def _scratch(store: Store) -> contextlib.AbstractContextManager[Path]:
    """Give a folder for half-written files. What dead workers have left is for the client to look at and remove."""
    if store.scratch:
        return scratch_below(store.scratch, clear=False)
    return scratch_below(Path(tempfile.gettempdir()) / f"companion-scratch-{os.getuid()}")


@contextlib.contextmanager
def kernels_with(threads: int) -> Iterator[None]:
    """Have kernels forked from a warm process, the client's if this worker has inherited it, with so many threads.

    They tell of arrays in their outputs, which ordinary kernels do not.
    """
    from common.companion.kernels import (
        THREAD_VARIABLES,
        available,
        environment_variables,
        kernel_server,
        single_threaded,
    )

    # Dask gives its workers a hash seed of its own, which kernels would inherit.
    variables = dict.fromkeys(THREAD_VARIABLES, str(threads)) | {"PYTHONHASHSEED": "0", "COMPANION_ARRAYS": "1"}
    with (
        environment_variables(variables),
        kernel_server(threads, eager=True) if available() else single_threaded(threads),
    ):
        yield


@contextlib.contextmanager
def _shared_kernels(threads: int) -> Iterator[None]:
    """Use `kernels_with` together with the other sweeps on this worker: what it sets is of the whole process.

    Raises
    ------
    CompanionError
        If another sweep uses it with another number of threads.
    """
    with _SHARING:
        if _shared.users and _shared.threads != threads:
            raise CompanionError(f"another sweep uses it with {_shared.threads} threads a run")
        if not _shared.users:
            _shared.threads = threads
            _shared.kernels.enter_context(kernels_with(threads))
        _shared.users += 1
    try:
        yield
    finally:
        with _SHARING:
            _shared.users -= 1
            if not _shared.users:
                _shared.kernels.close()


@dataclass
class _Shared:
    """The kernels' environment of this process, and how many sweeps use it."""

    users: int = 0
    threads: int = 1
    kernels: contextlib.ExitStack = field(default_factory=contextlib.ExitStack)


_shared, _SHARING = _Shared(), threading.Lock()
