"""One tidy table of a sweep, a row a planned run: in memory, as Parquet and CSV, and back from where the runs are kept.

pandas is imported where a table is made: a notebook that only records does not pay for it.
"""

from __future__ import annotations

import io
import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from common.companion.catalogue import repository_root
from common.companion.runs import write_atomically
from common.companion.sweeps.columns import arrow_table, as_csv, typed_column

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

    from common.companion.sweeps.planning import SweepPlan
    from common.companion.sweeps.store import Store

_BEFORE = {"run": "string", "status": "string"}
_SEED = {"seed": "Int64", "repeat": "Int64"}
_AFTER = {
    "seconds": "float64", "cpu_seconds": "float64", "peak_memory": "Int64", "attempts": "Int64",
    "finished": "string", "commit": "string", "dirty": "boolean", "reason": "string", "error": "string",
}  # fmt: skip

#: The columns that every table has, with their types. They keep their names whatever a notebook calls its own.
FIXED = _BEFORE | _SEED | _AFTER


def table_of(plan: SweepPlan, store: Store) -> pd.DataFrame:
    """Collect a sweep: one row a planned run, in the order of the plan.

    Parameters
    ----------
    plan
        The planned runs. Runs of other code or parameters that the store may hold are none of them.
    store
        Where the runs are kept.

    Returns
    -------
    pandas.DataFrame
        ``run``, ``status`` ("done", "failed", "planned"); the parameters, swept ones first; ``seed``, ``repeat``;
        a column for each recorded value; ``seconds`` and ``cpu_seconds`` (s), ``peak_memory`` (bytes),
        ``attempts``, ``finished`` (UTC), ``commit``, ``dirty``; ``reason`` and ``error`` of a failed run. A run that
        is not done has no values, also where it recorded some before it failed. A parameter with the name of one
        of these columns is called ``parameter:<name>``, a value whose name is taken ``value:<name>``. A list is
        kept as a list, an array as a reference for `load_array`. ``attrs`` has ``sweep``, ``notebook``, ``scale``,
        ``fingerprint``, and the columns that are ``varying``, ``parameters``, ``values``, and of these ``arrays``.
    """
    import pandas as pd

    fixed, values = _rows(plan, store)
    parameters = _parameters(plan)
    names = {name: name if name not in FIXED | parameters else f"value:{name}" for name in values}
    columns = {name: typed_column(fixed[name], FIXED[name]) for name in _BEFORE}
    columns |= {name: typed_column(column) for name, column in parameters.items()}
    columns |= {name: typed_column(fixed[name], FIXED[name]) for name in _SEED}
    columns |= {names[name]: typed_column(_entries(column, plan, store)) for name, column in values.items()}
    columns |= {name: typed_column(fixed[name], FIXED[name]) for name in _AFTER}
    table = pd.DataFrame(columns)
    table.attrs = {
        "sweep": plan.spec.id,
        "notebook": plan.spec.notebook.id,
        "scale": plan.spec.scale,
        "fingerprint": plan.fingerprint.digest,
        "varying": [name if name == "seed" else _parameter_column(name) for name in plan.spec.varying],
        "parameters": list(parameters),
        "values": list(names.values()),
        "arrays": [names[name] for name, column in values.items() if any(isinstance(v, dict) for v in column)],
    }
    return table


def _parameter_column(name: str) -> str:
    return f"parameter:{name}" if name in FIXED else name


def _parameters(plan: SweepPlan) -> dict[str, list[Any]]:
    """Return the column of each parameter but the seed, swept ones first."""
    names = [name for name in dict.fromkeys([*plan.spec.varying, *plan.spec.parameters]) if name != "seed"]
    return {_parameter_column(name): [task.parameters[name] for task in plan.tasks] for name in names}


def _rows(plan: SweepPlan, store: Store) -> tuple[dict[str, list[Any]], dict[str, list[Any]]]:
    """Return the fixed columns and those of the recorded values, an entry a task."""
    known = set().union(*store.states())
    records = store.records([task.name for task in plan.tasks if task.name in known])
    fixed: dict[str, list[Any]] = defaultdict(list)
    values: dict[str, list[Any]] = defaultdict(lambda: [None] * len(plan.tasks))
    for row, task in enumerate(plan.tasks):
        record = next(records) if task.name in known else {}
        told = {"status": "planned"} | record.get("provenance", {}) | record
        told |= {"run": task.name, "repeat": task.repeat, "seed": task.parameters.get("seed")}
        for name in FIXED:
            fixed[name].append(told.get(name))
        if told["status"] == "done":
            for name, value in record["values"].items():
                values[name][row] = value
    return fixed, values


def _entries(column: Sequence[Any], plan: SweepPlan, store: Store) -> list[Any]:
    """Put in the place of each array a reference; one that was not kept is missing."""
    return [
        _reference(value, store.url(task.name, ".npz"), plan.root) if isinstance(value, dict) else value
        for value, task in zip(column, plan.tasks, strict=True)
    ]


def _reference(value: Mapping[str, Any], url: str, root: Path) -> str | None:
    return f"{url.removeprefix(f'{root}/')}#{value['key']}" if value["array"] else None


def parquet_of(table: pd.DataFrame) -> bytes:
    """Return a sweep's table as a Parquet file, with its ``attrs`` as JSON below ``companion`` in the schema."""
    import pyarrow.parquet as pq

    content, packed = arrow_table(table), io.BytesIO()
    metadata = content.schema.metadata | {b"companion": json.dumps(table.attrs).encode()}
    pq.write_table(content.replace_schema_metadata(metadata), packed)
    return packed.getvalue()


def write_table(table: pd.DataFrame, folder: Path, scratch: Path) -> tuple[Path, Path]:
    """Write ``table.parquet`` and ``table.csv``, each at once.

    Parameters
    ----------
    table
        What `table_of` returned.
    folder
        Where the two belong.
    scratch
        A folder on the same file system, for half-written files.

    Returns
    -------
    tuple of Path
        The Parquet and the CSV file.
    """
    parquet, csv = folder / "table.parquet", folder / "table.csv"
    write_atomically(parquet, parquet_of(table), scratch)
    write_atomically(csv, as_csv(table), scratch)
    return parquet, csv


def load_results(
    sweep: str, location: str | None = None, root: Path | None = None, limit: int | None = None
) -> pd.DataFrame:
    """Return the results of a sweep as they are now: those of the present code, with what is missing as missing.

    Parameters
    ----------
    sweep
        ``<paper>/<name>`` of ``papers/<paper>/params/sweep_<name>.yaml``, or the path of such a file.
    location
        Where the runs are kept, if neither in the place that the file names nor in ``build/sweeps``.
    root
        The repository; by default the one around the working folder.
    limit
        Only so many of the planned runs, as with ``companion sweep --limit``.

    Returns
    -------
    pandas.DataFrame
        As `table_of` describes it.

    Raises
    ------
    CompanionError
        If there is no such sweep, its file has a mistake, or the location cannot be read.
    """
    from common.companion.sweeps.planning import plan_sweep
    from common.companion.sweeps.store import store_of

    plan = plan_sweep(root or repository_root(), sweep, limit)
    return table_of(plan, store_of(plan.spec, location))


def load_array(reference: str, root: Path | None = None) -> np.ndarray:
    """Return an array that a run of a sweep recorded.

    Parameters
    ----------
    reference
        An entry of a table of results: ``<file.npz>#<name>``, the file relative to the repository, or a URL.
    root
        The repository; by default the one around the working folder.

    Returns
    -------
    numpy.ndarray
        The array as it was recorded.

    Raises
    ------
    ValueError
        If this is no such reference, or the file has no such array.
    FileNotFoundError
        If the file is not there.
    """
    import fsspec
    import numpy as np

    file, hash_sign, name = reference.partition(".npz#") if isinstance(reference, str) else ("", "", "")
    if not hash_sign:
        raise ValueError(f"reference must be an entry like 'build/sweeps/…/….npz#name', given {reference!r}")
    url = f"{file}.npz" if "://" in file else str((root or repository_root()) / f"{file}.npz")
    with fsspec.open(url, "rb") as stream, np.load(stream) as arrays:
        if name not in arrays:
            raise ValueError(f"reference names an array '{name}', but {file}.npz has {', '.join(arrays)}")
        return arrays[name]
