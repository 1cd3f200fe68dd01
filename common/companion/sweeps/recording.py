"""A finished sweep as a small committed file of its paper."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from common.companion.errors import CompanionError
from common.companion.fingerprint import fingerprint
from common.companion.runs import scratch_folder, write_atomically
from common.companion.sweeps.columns import plain

if TYPE_CHECKING:
    import pandas as pd

    from common.companion.sweeps.planning import SweepPlan
    from common.companion.sweeps.store import Store

#: How the files end; before it stands the sweep's name.
ENDING = ".sweep.json"

#: What a repository should have to carry for one sweep.
_LARGEST = 1_000_000


def record_sweep(plan: SweepPlan, store: Store, table: pd.DataFrame, partial: bool = False) -> Path:
    """Write a finished sweep into ``papers/<slug>/results/<sweep>.sweep.json``.

    Parameters
    ----------
    plan, store
        The sweep, and where its runs are kept.
    table
        What `common.companion.sweeps.table.table_of` made of them. Its arrays are not recorded: they stay in the
        store.
    partial
        Record the runs that are done, though others have failed (the file lists them) or not been run.

    Returns
    -------
    Path
        The file.

    Raises
    ------
    CompanionError
        If a run is missing or failed and this is not `partial`, if none is done, if the file would be larger than
        1 MB, or if the swept notebook reads this very file: its runs would be those of other code at once.
    """
    path = plan.spec.paper.folder / "results" / f"{plan.spec.name}{ENDING}"
    item = path.relative_to(plan.root).as_posix()
    own_input = CompanionError(
        f"{plan.spec.id}: {plan.spec.notebook.id} or its code reads the recorded sweep '{plan.spec.name}': "
        "to record it would change the names of all its runs; read it in another notebook"
    )
    if item in plan.fingerprint.items:
        raise own_input
    _check_complete(plan, table, partial)
    text, is_new = _as_text(_content(plan, store, table), plan.spec.id), not path.exists()
    with scratch_folder(plan.root) as scratch:
        write_atomically(path, text, scratch)
    if is_new and item in fingerprint(plan.root, plan.spec.notebook, plan.spec.scale).items:
        path.unlink()
        raise own_input
    return path


def _check_complete(plan: SweepPlan, table: pd.DataFrame, partial: bool) -> None:
    done, failed = (int((table["status"] == status).sum()) for status in ("done", "failed"))
    if not done:
        raise CompanionError(f"{plan.spec.id}: none of its {plan.total} runs is done")
    if done < plan.total and not partial:
        raise CompanionError(
            f"{plan.spec.id}: of {plan.total} runs {failed} failed and {plan.total - done - failed} have not been run: "
            "finish the sweep, or record it as partial"
        )


def _content(plan: SweepPlan, store: Store, table: pd.DataFrame) -> dict[str, Any]:
    """Return what the file holds, the columns last."""
    done, failed = (table[table["status"] == status] for status in ("done", "failed"))
    varying, values = table.attrs["varying"], [v for v in table.attrs["values"] if v not in table.attrs["arrays"]]
    columns = dict.fromkeys(["run", *varying, "seed", "repeat", *values, "seconds"])
    failures = {name: plain(failed[name]) for name in ["run", *varying, "repeat", "reason", "error"]}
    # What follows the kind of the error may name files and hosts, which are not to be committed.
    failures["error"] = [":".join(text.split(":")[:2]) for text in failures["error"]]
    return {
        "sweep": plan.spec.id,
        "notebook": plan.spec.notebook.id,
        "scale": plan.spec.scale,
        "about": plan.spec.about,
        "fingerprint": plan.fingerprint.digest,
        "parameters": {k: v for k, v in plan.spec.parameters.items() if k not in plan.spec.varying},
        "varying": varying,
        "values": values,
        "arrays in the store": table.attrs["arrays"],
        "failures": [dict(zip(failures, row, strict=True)) for row in zip(*failures.values(), strict=True)],
        "provenance": {"runs": len(done), "planned": plan.total, **_provenance(store.records(done["run"]))},
        "columns": {name: plain(done[name]) for name in columns},
    }


def _provenance(records: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """Return where all the runs together come from, and what they took."""
    origins, finished, cpu = [], [], 0.0
    for record in records:
        origins.append(record["provenance"])
        finished.append(record["finished"])
        cpu += record["cpu_seconds"] or 0
    versions = {name for origin in origins for name in origin["versions"]}
    return {
        "commits": sorted({origin["commit"] for origin in origins}),
        "dirty": any(origin["dirty"] for origin in origins),
        "python": sorted({origin["python"] for origin in origins}),
        "versions": {name: sorted({o["versions"].get(name, "none") for o in origins}) for name in sorted(versions)},
        "machines": sorted({origin["machine"] for origin in origins}),
        "first_finished": min(finished),
        "last_finished": max(finished),
        "cpu_seconds": round(cpu, 1),
    }


def _as_text(content: dict[str, Any], sweep: str) -> str:
    """Return the file's text, a line a column; refuse one that is too large."""
    columns = {name: f"  {json.dumps(name)}: {json.dumps(values)}" for name, values in content["columns"].items()}
    head = json.dumps({k: v for k, v in content.items() if k != "columns"}, indent=1).removesuffix("\n}")
    text = "\n".join([f"{head},", ' "columns": {', ",\n".join(columns.values()), " }", "}", ""])
    if len(text) > _LARGEST:
        largest = max(columns, key=lambda name: len(columns[name]))
        raise CompanionError(
            f"{sweep}: recorded, it takes {len(text) / 1e6:.1f} MB, of at most {_LARGEST / 1e6:g}: the column "
            f"'{largest}' alone {len(columns[largest]) / 1e6:.1f}; record a summary of it in each run, or an array"
        )
    return text
