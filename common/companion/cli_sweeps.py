"""The command line of sweeps: ``companion sweep | results | status``, and the part of ``companion record`` for them."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from common.companion.catalogue import repository_root
from common.companion.errors import CompanionError

if TYPE_CHECKING:
    import pandas as pd
    from rich.table import Table

    from common.companion.catalogue import Paper
    from common.companion.sweeps.drive import Summary
    from common.companion.sweeps.planning import SweepPlan, Task
    from common.companion.sweeps.store import Store

#: Rows of a table that are printed, and past runs that an estimate looks at.
_HEAD, _PAST = 20, 100

_LIMIT = click.option("--limit", type=click.IntRange(min=1), metavar="K", help="Only the first K runs.")
RESULTS = click.option(
    "--results",
    "location",
    metavar="URL",
    help="Where runs are kept: a folder or any fsspec URL.  [default: build/sweeps]",
)


@click.command()
@click.argument("target", metavar="FILE|PAPER/SWEEP")
@click.option("--jobs", type=click.IntRange(1, 4096), help="Runs side by side.  [default: one a core]")
@click.option("--cluster", metavar="ADDRESS", help="A Dask scheduler, its scheduler file, or slurm[:PARTITION].")
@click.option(
    "--dry-run", is_flag=True, help="Say how many runs there are, how many are done, and what the rest costs."
)
@_LIMIT
@click.option("--fresh", is_flag=True, help="Forget what is finished, and do all of it again.")
@click.option("--retry-failed", is_flag=True, help="Do again also what a notebook's error or a limit ended.")
@RESULTS
def sweep(
    target: str,
    jobs: int | None,
    cluster: str | None,
    dry_run: bool,
    limit: int | None,
    fresh: bool,
    retry_failed: bool,
    location: str | None,
) -> None:
    """Execute the runs of a sweep that are not done yet; stopped or killed, the same command goes on."""
    from common.companion.console import console
    from common.companion.runs import scratch_below
    from common.companion.sweeps.resuming import to_do

    plan, store = _planned(target, limit, location)
    folder = _folder(plan)
    if dry_run:
        _tell(plan, *to_do(plan, store, retry_failed), store, jobs)
        return
    with _alone(folder), scratch_below(folder / ".scratch") as scratch:
        todo, cached, kept = (plan.tasks, 0, []) if fresh else to_do(plan, store, retry_failed)
        if kept:
            console.print(f"{len(kept):,} runs failed before and are left (--retry-failed does them again)")
        summary = None
        if todo:
            summary = _execute(plan, store, todo, cached, jobs, cluster, fresh)
        else:
            console.print(f"nothing to do: {cached:,} of {len(plan.tasks):,} runs are finished already")
        _collect(plan, store, folder, scratch, {"done": cached, "failed": len(kept)} if not todo else None)
    sys.exit(1 if kept or (summary and (summary.failed or summary.left)) else 0)


@click.command()
@click.argument("target", metavar="FILE|PAPER/SWEEP")
@click.option(
    "--csv", "form", flag_value="csv", help="Write the table as CSV to the standard output, and nothing else."
)
@click.option("--parquet", "form", flag_value="parquet", help="The same, as Parquet.")
@_LIMIT
@RESULTS
def results(target: str, form: str | None, limit: int | None, location: str | None) -> None:
    """Collect a sweep into one table, a row a run, and draw its page."""
    from common.companion.console import console
    from common.companion.runs import scratch_below
    from common.companion.sweeps.columns import as_csv
    from common.companion.sweeps.table import parquet_of, table_of

    plan, store = _planned(target, limit, location)
    folder = _folder(plan)
    table = table_of(plan, store)
    if form == "csv":
        click.echo(as_csv(table), nl=False)
        return
    if form == "parquet":
        sys.stdout.buffer.write(parquet_of(table))
        return
    _print_head(table)
    with scratch_below(folder / ".scratch") as scratch:
        places = _write(plan, store, table, folder, scratch)
    console.print(f"written: {', '.join(relative(path) for path in places)}", soft_wrap=True)


@click.command()
@click.argument("target", required=False, metavar="[FILE|PAPER/SWEEP]")
@RESULTS
def status(target: str | None, location: str | None) -> None:
    """Say what sweeps are doing, and what failed."""
    from common.companion.sweeps.status import print_statuses, read_statuses

    root = repository_root()
    if target is None:
        print_statuses(read_statuses(root))
        return
    plan, store = _planned(target, None, location)
    failed = store.failed()
    names = [task.name for task in plan.tasks if task.name in failed]

    def partial_notebook(name: str) -> str | None:
        url = store.url(name, ".failed.ipynb")
        return url if "://" in url else relative(Path(url)) if Path(url).exists() else None

    print_statuses(
        read_statuses(root, plan.spec.id),
        list(store.records(names)),
        plan.spec.varying,
        partial_notebook,
    )


def sweep_table(papers: Sequence[Paper]) -> Table | None:
    """Lay out the sweeps of papers, or return None if they have none; a bad file has its mistake in its row."""
    from rich.markup import escape
    from rich.table import Table

    from common.companion.sweeps.planning import number_of_runs
    from common.companion.sweeps.spec import all_sweeps, load_spec, sweep_id

    root = repository_root()
    mine = [path for path in all_sweeps(root) if path.parents[1] in {paper.folder for paper in papers}]
    table = Table("sweep", "notebook", "runs", "about", title="Sweeps", title_justify="left")
    for path in mine:
        try:
            spec = load_spec(root, str(path))
        except (CompanionError, OSError) as error:
            table.add_row(escape(sweep_id(path)), "", "", f"[red]{escape(str(error))}[/red]")
        else:
            table.add_row(spec.id, spec.notebook.stem, f"{number_of_runs(spec):,}", escape(spec.about or ""))
    return table if mine else None


def is_sweep(root: Path, target: str) -> bool:
    """Whether a name on the command line means a sweep, not a paper or a notebook."""
    from common.companion.sweeps.spec import all_sweeps, sweep_id

    return target in map(sweep_id, all_sweeps(root)) or target.endswith((".yaml", ".yml"))


def record_target(target: str, partial: bool = False, location: str | None = None) -> Path:
    """Record a finished sweep in its paper's ``results/``; return the file."""
    from common.companion.sweeps.recording import record_sweep
    from common.companion.sweeps.table import table_of

    plan, store = _planned(target, None, location)
    return record_sweep(plan, store, table_of(plan, store), partial=partial)


def _planned(target: str, limit: int | None, location: str | None) -> tuple[SweepPlan, Store]:
    from common.companion.sweeps.planning import plan_sweep
    from common.companion.sweeps.store import store_of

    plan = plan_sweep(repository_root(), target, limit)
    return plan, store_of(plan.spec, location)


def _folder(plan: SweepPlan) -> Path:
    """Where the table, the page and the status of a sweep are."""
    return plan.root / "build" / "sweeps" / plan.spec.id


@contextlib.contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Keep two commands from driving one sweep at a time; the lock dies with the process."""
    import fcntl

    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock = (folder / "lock").open("w")
    except OSError as error:
        raise CompanionError(f"build/ cannot be written: {error.strerror}") from None
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise CompanionError("another command is executing this sweep: companion status") from None
        yield


def _execute(
    plan: SweepPlan,
    store: Store,
    todo: list[Task],
    cached: int,
    jobs: int | None,
    cluster: str | None,
    fresh: bool,
) -> Summary:
    """Open the cluster, drive the sweep on it, and say what came of it; a request to end is taken as Ctrl-C."""
    import signal

    from common.companion.runs import scratch_below
    from common.companion.sweeps.cluster import open_pool
    from common.companion.sweeps.drive import BUDGET, drive
    from common.companion.sweeps.view import SweepView
    from common.companion.sweeps.worker import kernels_with

    spec = plan.spec
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    kernels = kernels_with(spec.threads) if cluster is None else contextlib.nullcontext()
    with contextlib.ExitStack() as opened:
        # on the file system of the store, which may be another one than that of build/
        scratch = opened.enter_context(scratch_below(store.scratch or _folder(plan) / ".scratch"))
        opened.enter_context(kernels)
        pool = opened.enter_context(
            open_pool(
                cluster,
                jobs=min(jobs, len(todo)) if jobs else None,
                threads=spec.threads,
                memory=spec.memory,
                gpu=spec.gpu,
                time_limit=spec.time_limit,
                logs=_folder(plan) / "logs",
            )
        )
        view = SweepView(
            spec.id,
            len(todo) + cached,
            cached,
            estimate(plan, store, len(todo), jobs),
            pool.dashboard,
            spec.varying,
            _folder(plan) / "status.json",
        )
        opened.enter_context(view)
        try:
            summary = drive(pool, plan, store, todo, view, scratch, fresh)
        except KeyboardInterrupt:
            view.end("stopped")
            view.note("stopped: what is finished is kept, the same command goes on from there")
            opened.close()
            sys.exit(130)
        if summary.stopped:
            view.end(BUDGET if summary.stopped == BUDGET else "failed")
            view.note(f"stopped: {summary.stopped}; the same command goes on from there")
    return summary


def _collect(plan: SweepPlan, store: Store, folder: Path, scratch: Path, counts: dict[str, int] | None) -> None:
    """Write table and page, unless they are there with these counts of runs done and failed."""
    from common.companion.console import console
    from common.companion.sweeps.table import table_of

    if counts and _is_current(plan, folder, counts):
        return
    try:
        places = _write(plan, store, table_of(plan, store), folder, scratch)
    except OSError as error:
        raise CompanionError(f"the table could not be written: {error.strerror or error}") from None
    console.print(f"written: {', '.join(relative(path) for path in places)}", soft_wrap=True)


def _is_current(plan: SweepPlan, folder: Path, counts: dict[str, int]) -> bool:
    import pyarrow.parquet as pq

    try:
        table = pq.read_table(folder / "table.parquet", columns=["run", "status"]).to_pydict()
    except (OSError, KeyError, ValueError):  # none, or none of ours
        return False
    same = all(table["status"].count(status) == count for status, count in counts.items())
    return same and table["run"] == [task.name for task in plan.tasks] and (folder / "index.html").is_file()


def _write(plan: SweepPlan, store: Store, table: pd.DataFrame, folder: Path, scratch: Path) -> tuple[Path, ...]:
    from common.companion.sweeps.page import write_page
    from common.companion.sweeps.table import write_table

    return (*write_table(table, folder, scratch), write_page(plan, table, folder, scratch, store))


def _print_head(table: pd.DataFrame) -> None:
    """Print the first runs of a table: what was swept, what came out, what it took."""
    from rich.markup import escape
    from rich.table import Table

    from common.companion.console import console
    from common.companion.sweeps.words import value_text

    told = table.attrs
    columns = ["status", *told["varying"], *told["values"], "seconds"]
    shown = Table(*map(escape, columns), title=f"{told['sweep']}: {len(table):,} runs", title_justify="left")
    for row in table[columns].head(_HEAD).itertuples(index=False):
        shown.add_row(*(escape(value_text(value)) for value in row))
    console.print(shown)
    if len(table) > _HEAD:
        console.print(f"and {len(table) - _HEAD:,} more")


def _tell(plan: SweepPlan, todo: list[Task], cached: int, kept: list[Task], store: Store, jobs: int | None) -> None:
    """Say what a sweep would do."""
    from common.companion.console import console, duration

    counts = f"{plan.total:,} runs" + (
        f", of which the first {len(plan.tasks):,}" if len(plan.tasks) < plan.total else ""
    )
    left = f", {len(kept):,} failed before and left" if kept else ""
    expected = estimate(plan, store, len(todo), jobs)
    cost = "of unknown length: none was recorded" if expected is None else f"about {duration(expected)}"
    console.print(f"{plan.spec.id}: {counts}: {cached:,} finished already{left}, {len(todo):,} to do, {cost}")


def estimate(plan: SweepPlan, store: Store, n_runs: int, jobs: int | None) -> float | None:
    """Estimate the seconds that runs take side by side, from what past ones took; None if there are none."""
    from common.companion.engine import default_jobs
    from common.companion.report import seconds_of

    finished = store.finished()
    past = [task.name for task in plan.tasks if task.name in finished][-_PAST:]
    if past:
        seconds = sum(record["seconds"] for record in store.records(past)) / len(past)
    else:
        seconds = seconds_of(plan.root, plan.spec.notebook, plan.spec.scale)
    side_by_side = max(1, min(jobs or default_jobs() // plan.spec.threads, n_runs))
    return None if seconds is None else seconds * n_runs / side_by_side


def relative(path: Path) -> str:
    """Write a path as it is seen from the repository's root."""
    return os.path.relpath(path, repository_root())
