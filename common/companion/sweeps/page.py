"""The page of a sweep: one file that shows its results without a network, a server or a script from elsewhere."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from common.companion.console import duration
from common.companion.runs import write_atomically
from common.companion.sweeps.columns import plain
from common.companion.sweeps.words import grouped_failures, label_of, value_text, why

if TYPE_CHECKING:
    import pandas as pd

    from common.companion.sweeps.planning import SweepPlan
    from common.companion.sweeps.store import Store

#: Runs in the table of the page; the others are in the CSV file.
_MOST_ROWS = 5000
#: Kinds of failure in their own table.
_MOST_FAILURES = 50
_MIB = 2**20


@dataclass(frozen=True)
class _Row:
    """A run in the table of all runs."""

    run: str
    status: str
    link: str | None
    cells: list[str]


def write_page(plan: SweepPlan, table: pd.DataFrame, folder: Path, scratch: Path, store: Store | None = None) -> Path:
    """Write ``index.html``: counts, provenance, parameters, small multiples, failures, and a table of all runs.

    Parameters
    ----------
    plan
        The planned runs.
    table
        What `common.companion.sweeps.table.table_of` made of them.
    folder
        Where the page belongs, beside ``table.csv`` and ``table.parquet``.
    scratch
        A folder on the same file system, for half-written files.
    store
        Where the runs are kept; by default where the sweep's file says. Notebooks in a local folder are linked.

    Returns
    -------
    Path
        The page.
    """
    from jinja2 import Environment, PackageLoader

    from common.companion.sweeps.drawable import sorted_out
    from common.companion.sweeps.multiples import small_multiples
    from common.companion.sweeps.store import store_of

    store = store or store_of(plan.spec)
    links = _Links(store, folder)
    done, failed = table[table["status"] == "done"], table[table["status"] == "failed"]
    varying, walked = table.attrs["varying"], _walked(plan, table)
    drawn, left_out = sorted_out(done, table.attrs["values"], table.attrs["arrays"])
    shown = list(_failures(failed, varying, links))
    columns = _columns(table)
    environment = Environment(loader=PackageLoader("common.companion", "templates"), autoescape=True)
    text = environment.get_template("sweep.html").render(
        title=f"Sweep {plan.spec.id}",
        about=plan.spec.about,
        counts=_counts(plan, table),
        facts=_facts(plan, done, store),
        parameters=list(_parameters(plan, table, walked)),
        swept=varying,
        by_seed="seed" in varying,
        figures=small_multiples(done, drawn, varying, walked) if drawn and varying else [],
        left_out=left_out,
        failures=shown[:_MOST_FAILURES],
        more_failures=len(shown[_MOST_FAILURES:]),
        columns=["run", "status", *columns.values()],
        rows=list(_rows(table.head(_MOST_ROWS), columns, links)),
        n_rows=len(table),
    )
    write_atomically(folder / "index.html", text, scratch)
    return folder / "index.html"


class _Links:
    """Ways from the page to the executed notebooks, where these are in a local folder."""

    def __init__(self, store: Store, folder: Path) -> None:
        self._start = Path(store.url("", "")) if store.folder else None
        self._relative = quote(Path(os.path.relpath(self._start, folder)).as_posix()) if self._start else ""

    def of(self, run: str, status: str) -> str | None:
        """Return the address of a run's notebook relative to the page, None where there is none to reach."""
        if self._start is None or status == "planned":
            return None
        if status == "done":
            return f"{self._relative}{run}.ipynb"
        kept = self._start.with_name(f"{self._start.name}{run}.failed.ipynb").exists()
        return f"{self._relative}{run}.failed.ipynb" if kept else None


def _counts(plan: SweepPlan, table: pd.DataFrame) -> str:
    status = Counter(table["status"])
    runs = f"{len(table):,} runs" if len(table) == plan.total else f"The first {len(table):,} of {plan.total:,} runs"
    told = f"{runs}: {status['done']:,} done, {status['failed']:,} failed"
    return told + (f", {status['planned']:,} not yet run" if status["planned"] else "")


def _facts(plan: SweepPlan, done: pd.DataFrame, store: Store) -> Iterator[tuple[str, str]]:
    """Tell where the results come from, without the name of any machine, user or folder."""
    yield "notebook", f"{plan.spec.notebook.id}, {plan.spec.scale} scale"
    yield "code", f"fingerprint {plan.fingerprint.digest[:16]}"
    commits = zip(done["commit"].fillna("unknown"), done["dirty"].fillna(False), strict=True)
    yield "commit", _tally(f"{commit}{' with changes not committed' if dirty else ''}" for commit, dirty in commits)
    kept = store.finished()
    records = [record["provenance"] for record in store.records(run for run in done["run"] if run in kept)]
    yield "versions", _tally(_versions(record) for record in records)
    yield "machines", _tally(record["machine"] for record in records)
    if len(done):
        yield "finished (UTC)", f"{done['finished'].min()} to {done['finished'].max()}"
        yield "time", f"{duration(done['seconds'].sum())} of runs, {duration(done['cpu_seconds'].sum())} of CPU"


def _versions(provenance: Mapping[str, Any]) -> str:
    versions = {"Python": provenance["python"], **provenance["versions"]}
    return ", ".join(f"{name} {version}" for name, version in versions.items())


def _tally(texts: Iterator[str]) -> str:
    """Name each different text, with how many runs it holds for if there are several."""
    counts = Counter(texts).most_common()
    return "; ".join(text if len(counts) == 1 else f"{text} ({count:,} runs)" for text, count in counts) or "–"


def _walked(plan: SweepPlan, table: pd.DataFrame) -> dict[str, list[str]]:
    """Return for each column whose parameter changes together with others these others; random draws do not."""
    columns = dict(zip(plan.spec.varying, table.attrs["varying"], strict=True))
    axes = [axis.names for axis in plan.spec.axes if axis.key != "random" and len(axis.names) > 1]
    return {columns[name]: [other for other in names if other != name] for names in axes for name in names}


def _parameters(plan: SweepPlan, table: pd.DataFrame, walked: Mapping[str, Sequence[str]]) -> Iterator[dict[str, str]]:
    """Tell what was swept, then what was not."""
    declared, spec = plan.spec.notebook.parameters, plan.spec
    for name, column in zip(spec.varying, table.attrs["varying"], strict=True):
        together = f"; walked together with {', '.join(walked[column])}" if column in walked else ""
        yield {"name": name, "told": _values(table[column]) + together, "meaning": declared[name].help}
    if spec.repeat > 1:
        yield {"name": "repeat", "told": f"{spec.repeat} times", "meaning": "the same parameters again"}
    for name, value in spec.parameters.items():
        if name not in spec.varying:
            yield {"name": name, "told": value_text(value, 120), "meaning": declared[name].help}


def _values(column: pd.Series) -> str:
    """List the values that a swept parameter took, or say how many there are between which."""
    from pandas.api.types import is_numeric_dtype

    texts = list(dict.fromkeys(value_text(value) for value in column.astype(object)))
    if len(texts) > 12 and is_numeric_dtype(column):
        return f"swept: {len(texts):,} values from {value_text(column.min())} to {value_text(column.max())}"
    more = f" and {len(texts) - 12:,} more" if len(texts) > 12 else ""
    return f"swept: {', '.join(texts[:12])}{more}"


def _failures(failed: pd.DataFrame, varying: Sequence[str], links: _Links) -> Iterator[dict[str, Any]]:
    """Tell of every kind of failure how many runs had it, and of one where its notebook is."""
    told = {name: plain(failed[name]) for name in ["run", "repeat", "reason", "error", *varying]}
    for group in grouped_failures(dict(zip(told, row, strict=True)) for row in zip(*told.values(), strict=True)):
        example = group.example
        yield {
            "count": group.count,
            "why": why(example),
            "label": label_of(example, varying, example["repeat"]),
            "link": links.of(example["run"], "failed"),
        }


def _columns(table: pd.DataFrame) -> dict[str, str]:
    """Return the columns of the table of all runs and their headings: not those that are the same in every run."""
    repeat = ["repeat"] if table["repeat"].max() > 0 else []
    told = [*table.attrs["varying"], *repeat, *table.attrs["values"], "seconds", "cpu_seconds"]
    headings = {name: name for name in told} | {"peak_memory": "peak memory (MiB)", "attempts": "attempts"}
    return headings | ({"reason": "reason", "error": "error"} if table["error"].notna().any() else {})


def _rows(table: pd.DataFrame, columns: Mapping[str, str], links: _Links) -> Iterator[_Row]:
    shown = table.assign(peak_memory=(table["peak_memory"] / _MIB).round(1))
    cells = [["" if v is None else value_text(v, 120) for v in plain(shown[name])] for name in columns]
    for run, status, *row in zip(table["run"], table["status"], *cells, strict=True):
        yield _Row(run, status, links.of(run, status), row)
