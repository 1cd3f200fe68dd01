"""What a Dask worker does for a sweep: it is compared with the client once, and then executes runs.

The client sends a `SweepPlugin` to the scheduler, which hands it to every worker, also to those that join later. A
worker whose code is the client's offers a resource named by the hash of that code; every run asks for it, so that
no run is ever given to a worker that was refused or has not been looked at.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, replace
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from distributed import WorkerPlugin, get_worker
from distributed.core import Status

from common.companion.arrays import refer, take_arrays
from common.companion.catalogue import Notebook, find_notebooks, repository_root
from common.companion.errors import CompanionError
from common.companion.execute import clean, injected_parameters
from common.companion.execution import KERNEL_DIED, NOT_KEPT, Execution, Limits, execute_notebook
from common.companion.fingerprint import Fingerprint, fingerprint_here
from common.companion.ledger import Scale
from common.companion.notebooks import METADATA_KEY, recorded_values
from common.companion.provenance import environment, now
from common.companion.runs import scratch_below
from common.companion.sources import forget
from common.companion.sweeps.planning import Task
from common.companion.sweeps.store import Store, disk_is_full

if TYPE_CHECKING:
    from distributed import Worker

#: Topics of events that workers send: ``{"worker": address, ...}``.
READY, REFUSED, STARTED = "companion-ready", "companion-refused", "companion-started"

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
    """

    notebook: str
    scale: Scale
    code: Fingerprint
    store: Store
    limits: Limits
    threads: int
    provenance: Mapping[str, Any]

    @property
    def resource(self) -> str:
        """The Dask resource that a worker with the right code offers, as many as it has threads."""
        return f"companion-{self.code.digest[:12]}"


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
        reason = await asyncio.to_thread(self.prepare, worker.state.nthreads)
        if reason:
            worker.log_event(REFUSED, {"worker": worker.address, "why": reason})
            return
        await worker.set_resources(**{self.assignment.resource: worker.state.nthreads})
        # The scheduler looks at runs that have no worker only when the status of a worker changes.
        worker.status = Status.paused
        worker.status = Status.running
        worker.log_event(READY, {"worker": worker.address, "threads": worker.state.nthreads})

    async def teardown(self, worker: Worker) -> None:
        """Offer nothing any more, and end what was started, also the kernel of a run."""
        self._leaving = True
        with contextlib.suppress(Exception):  # the scheduler may have gone
            await worker.set_resources(**{self.assignment.resource: 0})
        await asyncio.to_thread(self.end)

    def begin(self, address: str) -> None:
        """Note where this is."""
        self._address, self._leaving = address, False
        self._prepared = contextlib.ExitStack()

    def end(self) -> None:
        """End what was started; a run that is being executed is cut off and not kept."""
        self._leaving = True
        self._prepared.close()

    def prepare(self, n_threads: int) -> str | None:
        """Compare code and versions with the client's, start what kernels need; return why that cannot be."""
        try:
            self._root = repository_root()
            (self._notebook,) = find_notebooks(self._root, [self.assignment.notebook])
            if reason := _imported_elsewhere(self._root) or self._difference():
                return reason
            self._stamps = self._stamps_now()
            self._store = self.assignment.store
            self._scratch = self._prepared.enter_context(_scratch(self._store))
        except (CompanionError, OSError) as error:
            return str(error)
        if n_threads < self.assignment.threads:
            return f"a run takes {self.assignment.threads} threads, and it has {n_threads}"
        os.environ["COMPANION_ARRAYS"] = "1"  # kernels inherit it: arrays travel in the outputs to `_keep`
        self._prepared.enter_context(kernels_with(self.assignment.threads))
        return None

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

    def _changed(self) -> str | None:
        """Say what of the code was changed since the worker was compared."""
        stamps = self._stamps_now()
        if stamps == self._stamps:
            return None
        forget()
        self._notebook = Notebook(self._notebook.paper, self._notebook.path)  # read anew
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
        get_worker().log_event(STARTED, {"worker": self._address, "index": task.index})
        working = self._scratch / f"{self._notebook.stem}-{task.name}.ipynb"
        parameters = injected_parameters(self._notebook, task.parameters)
        attempt, execution = 0, Execution(reason=KERNEL_DIED)
        while execution.reason == KERNEL_DIED and attempt < ATTEMPTS and not self._leaving:
            execution = execute_notebook(self._notebook.path, working, parameters, self.assignment.limits)
            attempt += 1
        if self._leaving:  # nobody waits for this any more, and its kernel was killed
            raise CompanionError("the sweep was stopped")
        change = self._changed()
        if change:
            execution = replace(execution, reason=NOT_KEPT, error=f"the code was changed meanwhile: {change}")
        record = self._record(task, execution, attempt)
        try:
            return self._keep(record, working)
        except OSError as error:
            full = " (the disk is full)" if disk_is_full(error) else ""
            problem = f"its result could not be written: {error.strerror or error}{full}"
            return {**record, "status": "failed", "reason": NOT_KEPT, "error": problem, "values": {}}
        finally:
            working.unlink(missing_ok=True)

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
        except FileNotFoundError:  # it failed before its first cell
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
        return scratch_below(store.scratch, sweep=False)
    return scratch_below(Path(tempfile.gettempdir()) / "companion-scratch")


def kernels_with(threads: int) -> contextlib.AbstractContextManager:
    """Have kernels forked from a warm process, the client's if this worker has inherited it, with so many threads."""
    from common.companion.kernels import THREAD_VARIABLES, available, kernel_server, single_threaded

    # Dask gives its workers a hash seed of its own, which kernels would inherit.
    os.environ.update(dict.fromkeys(THREAD_VARIABLES, str(threads)) | {"PYTHONHASHSEED": "0"})
    return kernel_server(threads, eager=True) if available() else single_threaded(threads)
