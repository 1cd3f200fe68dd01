"""What is left to do of a sweep, by what its store has."""

from __future__ import annotations

from typing import TYPE_CHECKING

from common.companion.execution import MEMORY_LIMIT, NOTEBOOK_ERROR, TIME_LIMIT

if TYPE_CHECKING:
    from common.companion.sweeps.planning import SweepPlan, Task
    from common.companion.sweeps.store import Store

#: Failures that the same run would meet again.
DETERMINISTIC = (NOTEBOOK_ERROR, TIME_LIMIT, MEMORY_LIMIT)


def to_do(plan: SweepPlan, store: Store, retry_failed: bool = False) -> tuple[list[Task], int, list[Task]]:
    """Split the planned runs by what the store has.

    Parameters
    ----------
    retry_failed
        Also do again what a notebook's error or a limit ended. What was lost otherwise is always done again.

    Returns
    -------
    tuple
        The runs to do, the number of finished ones, and the failed ones that stay as they are.
    """
    finished, failed = store.states()
    again = set() if not retry_failed else failed
    if not retry_failed and failed:
        mine = [task.name for task in plan.tasks if task.name in failed]
        again = {r["run"] for r in store.records(mine) if r.get("reason") not in DETERMINISTIC}
    todo = [t for t in plan.tasks if t.name not in finished and (t.name not in failed or t.name in again)]
    kept = [t for t in plan.tasks if t.name in failed and t.name not in again]
    return todo, len(plan.tasks) - len(todo) - len(kept), kept
