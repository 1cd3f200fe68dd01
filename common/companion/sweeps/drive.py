"""The client's side of a sweep: hand out what is to do, retry what was lost, and stop in order.

Nothing here is needed to know what is finished: that is in the store, whatever becomes of this process.
"""

from __future__ import annotations

import contextlib
import queue
import time
from collections import Counter, deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from distributed import CancelledError, KilledWorker
from distributed.core import clean_exception
from distributed.protocol.pickle import dumps

from common.companion.errors import CompanionError
from common.companion.execution import NOT_KEPT, WORKER_LOST, Limits
from common.companion.fingerprint import fingerprint_here
from common.companion.provenance import commit_of
from common.companion.sweeps.store import Store
from common.companion.sweeps.words import label_of
from common.companion.sweeps.worker import (
    ATTEMPTS,
    READY,
    REFUSED,
    STARTED,
    Assignment,
    SweepPlugin,
    blank_record,
    perform,
)

if TYPE_CHECKING:
    from distributed import Client, Future

    from common.companion.sweeps.cluster import Pool
    from common.companion.sweeps.planning import SweepPlan, Task
    from common.companion.sweeps.view import SweepView

#: Runs that wait at the scheduler for each run that a worker has room for, so that no worker waits for the client.
_AHEAD = 2

#: Seconds between two looks at the scheduler and the clock.
_PATIENCE = 0.25

#: Seconds between two looks at which workers are there.
_ROLL_CALL = 2.0

#: Seconds that a sweep waits for a worker that may take part, where others were refused.
_PATIENCE_WITH_WORKERS = 10.0

#: Seconds to wait for what a run has answered, once it is done.
_ANSWER = 30

#: Times that a run is handed out, whatever becomes of it.
_MOST_TRIES = 6

#: Why a sweep stops that has used up its budget.
BUDGET = "budget used up"


@dataclass
class Summary:
    """What one command has done for a sweep.

    Attributes
    ----------
    done, failed
        Runs that this command finished, and that failed under it.
    left
        Runs that are neither done nor failed.
    stopped
        Why it ended before all was done; None if it did not.
    """

    done: int = 0
    failed: int = 0
    left: int = 0
    stopped: str | None = None


def assignment_of(plan: SweepPlan, store: Store) -> Assignment:
    """Say what workers have to know of a sweep.

    Raises
    ------
    CompanionError
        If the code was changed since the sweep was planned: the names of its runs are those of the old code.
    """
    spec = plan.spec
    code = fingerprint_here(plan.root, spec.notebook, spec.scale)
    if changed := [item for item, value in plan.fingerprint.items.items() if code.items.get(item) != value]:
        raise CompanionError(f"the code was changed since the sweep was planned: {', '.join(changed[:5])}")
    return Assignment(
        notebook=spec.notebook.id,
        scale=spec.scale,
        code=code,
        store=store,
        limits=Limits(seconds=spec.time_limit, memory=spec.memory),
        threads=spec.threads,
        provenance=commit_of(plan.root),
        gpu=spec.gpu,
    )


def drive(
    pool: Pool,
    plan: SweepPlan,
    store: Store,
    todo: Sequence[Task],
    view: SweepView,
    scratch: Path,
    fresh: bool = False,
) -> Summary:
    """Have runs executed until all are done, the budget is used up, or something makes it useless to go on.

    Parameters
    ----------
    scratch
        A folder for half-written files on the store's file system.
    fresh
        Forget what the store has of these runs, once there is a worker to do them again.

    Raises
    ------
    CompanionError
        If no worker of the cluster may take part, or the scheduler goes away.
    KeyboardInterrupt
        On Ctrl-C, after the workers were told.
    """
    assignment = assignment_of(plan, store)
    other = [name for name, v in plan.fingerprint.packages.items() if assignment.code.packages.get(name) != v]
    if other:
        view.note(
            f"not the locked versions, by which runs are named: {', '.join(sorted(other)[:5])} (companion doctor)"
        )
    with _written(store):
        store.leave_mark(assignment.mark)
    try:
        return _Drive(pool, plan, assignment, todo, view, scratch, fresh).run()
    finally:
        store.remove_mark(assignment.mark)


@contextlib.contextmanager
def _written(store: Store) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise CompanionError(f"{store.location} cannot be written: {error.strerror or error}") from None


@dataclass
class _Drive:
    pool: Pool
    plan: SweepPlan
    assignment: Assignment
    todo: Sequence[Task]
    view: SweepView
    scratch: Path
    fresh: bool
    summary: Summary = field(default_factory=Summary)

    def __post_init__(self) -> None:
        self._backlog = deque(self.todo)
        self._flying: dict[Future, Task] = {}
        self._starts: Counter[int] = Counter()
        self._tries: Counter[int] = Counter()
        self._threads: dict[str, int] = {}  # of the workers that may take part
        self._connection = self._client.scheduler_comm
        self._under_way: set[int] = set()
        self._began: float | None = None
        self._last_arrival = self._next_look = time.monotonic()
        self._told = False
        self._refused: dict[str, str] = {}
        self._news: queue.SimpleQueue[tuple[str, Any]] = queue.SimpleQueue()

    @property
    def _client(self) -> Client:
        return self.pool.client

    def run(self) -> Summary:
        for topic in (READY, REFUSED, STARTED):
            self._client.subscribe_topic(topic, lambda event, topic=topic: self._news.put((topic, event[1])))
        plugin = SweepPlugin(self.assignment)
        try:
            self._register(plugin)
            while (self._backlog and not self.summary.stopped) or self._flying:
                self._fill()
                self._take_news()
                self._look()
        finally:
            self._leave(plugin.name)
        self.summary.left = len(self._backlog)
        return self.summary

    def _register(self, plugin: SweepPlugin) -> None:
        """Have the workers that are there compared with us, and all that come later."""
        register, packed = self._client.scheduler.register_worker_plugin, dumps(plugin)
        try:
            answers = self._client.sync(register, plugin=packed, name=plugin.name, idempotent=False)
        except OSError as error:  # a worker that is going at this moment; the others tell of themselves
            self.view.note(f"not every worker has answered: {error}")
            return
        for worker, answer in answers.items():  # what unpickling says without our package, or with an old one
            if answer["status"] == "error":
                _, error, _ = clean_exception(answer["exception"], answer["traceback"])
                self._news.put((REFUSED, {"sweep": self.assignment.mark, "worker": worker, "why": repr(error)}))
        for _, event in self._client.get_events(REFUSED):  # told before we had subscribed
            self._news.put((REFUSED, event))

    def _fill(self) -> None:
        """Submit so many runs that no worker waits, and not many more: what is not submitted can still be stopped."""
        room = max(1, (1 + _AHEAD) * sum(self._threads.values()) // self.assignment.threads)
        while self._backlog and not self.summary.stopped and self._threads and len(self._flying) < room:
            self._submit(self._backlog.popleft())

    def _submit(self, task: Task) -> None:
        self._tries[task.index] += 1
        self._under_way.discard(task.index)
        wanted = {self.assignment.resource: self.assignment.threads}
        if self.plan.spec.gpu:
            wanted["GPU"] = self.plan.spec.gpu
        future = self._client.submit(
            perform,
            self.assignment.resource,
            task,
            key=f"{self.plan.spec.name}-{task.index}-{task.name}-{self._tries[task.index]}",
            resources=wanted,
            pure=False,
        )
        self._flying[future] = task
        future.add_done_callback(lambda done: self._news.put(("ended", done)))

    def _take_news(self) -> None:
        """Wait a moment for something to happen, and take note of all that has."""
        with contextlib.suppress(queue.Empty):
            what, news = self._news.get(timeout=_PATIENCE)
            while True:
                self._note(what, news)
                what, news = self._news.get_nowait()

    def _note(self, what: str, news: Any) -> None:
        if what == "ended":
            self._ended(news)
        elif news["sweep"] != self.assignment.mark:  # another command's, on the same cluster
            return
        elif what == STARTED:
            self._starts[news["index"]] += 1
            self._under_way.add(news["index"])
            self.view.started(news["index"], self._label(news["index"]))
        else:
            worker, self._last_arrival = news["worker"], time.monotonic()
            if what == READY:
                self._begin()
                self._threads[worker] = news["threads"]
            else:
                self._refused[worker] = news["why"]
            self._tell_workers()

    def _begin(self) -> None:
        """Start the clock of the budget with the first worker, and only now throw away what is to be done again."""
        if self._began is None:
            with _written(self.assignment.store):
                for task in self.todo if self.fresh else ():
                    self.assignment.store.forget(task.name)
            self._began = time.monotonic()

    def _stop(self, why: str) -> None:
        """Hand out nothing more, and take back what no worker has begun."""
        self.summary.stopped = self.summary.stopped or why
        self._take_back([future for future, task in self._flying.items() if task.index not in self._under_way])

    def _take_back(self, futures: list[Future]) -> None:
        self._backlog.extendleft(self._flying.pop(future) for future in futures)
        self._client.cancel(futures, force=True)

    def _tell_workers(self) -> None:
        refused = [f"{worker}: {why}" for worker, why in self._refused.items()]
        side_by_side = sum(n // self.assignment.threads for n in self._threads.values())
        self.view.workers(len(self._threads), side_by_side, refused)

    def _ended(self, future: Future) -> None:
        task = self._flying.pop(future, None)
        if task is None:  # taken back already
            return
        record = self._record_of(future)
        if record is not None:
            self._finished(task, record)
        elif future.status == "error":
            self._erred(task, future.exception())
        elif not self._connected:  # as `_look` will see
            self._backlog.appendleft(task)
        elif self._tries[task.index] < _MOST_TRIES:
            self._again(task, "its answer was lost")
        else:
            self._give_up(task, f"its answer was lost {_MOST_TRIES} times")
        future.release()

    @staticmethod
    def _record_of(future: Future) -> dict[str, Any] | None:
        """Fetch what a run has answered; None if there is nothing, or it went with its worker (the store has it)."""
        if future.status != "finished":
            return None
        try:
            return future.result(timeout=_ANSWER)
        except (OSError, CancelledError, KilledWorker):  # also a time-out
            return None

    @property
    def _connected(self) -> bool:
        """Whether the connection to the scheduler is still the one by which runs were submitted, and remembered."""
        return self._client.status == "running" and self._client.scheduler_comm is self._connection

    def _finished(self, task: Task, record: dict[str, Any]) -> None:
        if record["status"] == "done":
            self.summary.done += 1
        elif record["reason"] == NOT_KEPT:
            self.summary.failed += 1
            self._stop(record["error"])
        else:
            self.summary.failed += 1
        self.view.finished(record)

    def _erred(self, task: Task, error: BaseException) -> None:
        if not isinstance(error, KilledWorker):  # a fault of ours: tell it, and do not go on
            self._give_up(task, f"{type(error).__name__}: {error}")
            self._stop(f"a worker failed: {type(error).__name__}: {error}")
        elif self._starts[task.index] >= ATTEMPTS or self._tries[task.index] >= _MOST_TRIES:
            self._give_up(task, f"{max(1, self._starts[task.index])} workers died while they executed it")
        else:  # Dask also counts runs that only waited at a worker which another run has killed
            self._again(task, "its worker died")

    def _again(self, task: Task, why: str) -> None:
        self.view.lost(self._label(task.index), why)
        self._backlog.appendleft(task)

    def _give_up(self, task: Task, why: str) -> None:
        record = {
            **blank_record(task, self.assignment),
            "status": "failed",
            "reason": WORKER_LOST,
            "error": why,
            "attempts": max(1, self._starts[task.index]),
        }
        store = self.assignment.store
        with contextlib.suppress(OSError):
            store.keep_failure(record, store.left_behind(task.name), self.scratch)
        self.summary.failed += 1
        self.view.finished(record)

    def _look(self) -> None:
        """See whether it is still possible, and useful, to go on."""
        if not self._connected:
            raise CompanionError("the scheduler was lost; what is finished is kept: the same command goes on")
        budget, present = self.plan.spec.budget, time.monotonic()
        if budget and self._began and not self.summary.stopped and present - self._began > budget:
            self._stop(BUDGET)
        if present >= self._next_look:
            self._next_look = present + _ROLL_CALL
            self._call_roll(present)

    def _call_roll(self, present: float) -> None:
        """Forget the workers that have gone, and say so if nobody is left; those that come tell of themselves."""
        try:
            # what `Client.scheduler_info` returns is overwritten without its workers every two seconds
            there = self._client.sync(self._client.scheduler.identity, n_workers=-1)["workers"].keys()
        except OSError:  # the scheduler is going at this moment
            return
        gone = (self._threads.keys() | self._refused.keys()) - there
        for worker in gone:
            self._threads.pop(worker, None)
            self._refused.pop(worker, None)
        if gone:
            self._tell_workers()
        if self.summary.stopped and not self._threads:  # nobody is left to end what was under way
            self._take_back(list(self._flying))
        if self._threads or present - self._last_arrival < _PATIENCE_WITH_WORKERS:
            return
        if self._refused and self._refused.keys() >= there:
            raise CompanionError("no worker may take part: " + "; ".join(f"{w}: {r}" for w, r in self._refused.items()))
        if not self._told:
            self._told = True
            self.view.note("there is no worker for it; the sweep waits until one joins the scheduler")

    def _leave(self, plugin: str) -> None:
        """Tell the workers that it is over; what they are executing is cut off."""
        if self._client.status == "running":
            with contextlib.suppress(Exception):  # whatever is wrong with the cluster, there is nothing to save
                self._client.unregister_worker_plugin(plugin)
                self._client.cancel(list(self._flying), force=True)

    def _label(self, index: int) -> str:
        task = self.plan.tasks[index]
        return label_of(task.parameters, self.plan.spec.varying, task.repeat)
