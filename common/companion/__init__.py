"""The machinery: ledger, runs, kernels, sweeps, report, site and the command line.

A notebook needs a few names from here: `record` hands a number to the ledger and shows it beside its
target; `expected` returns that target; `recorded` returns what a larger, recorded run found. Of sweeps,
`recorded_sweep` returns a recorded one, `load_results` the table of one that was run here, and `load_array`
an array to which that table refers.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from common.companion.records import Recorded, expected, record, recorded

if TYPE_CHECKING:
    from common.companion.sweeps.recorded import RecordedSweep, recorded_sweep
    from common.companion.sweeps.table import load_array, load_results

#: Imported when they are first asked for: most notebooks need no sweep.
_SWEEPS = {
    "RecordedSweep": "common.companion.sweeps.recorded",
    "load_array": "common.companion.sweeps.table",
    "load_results": "common.companion.sweeps.table",
    "recorded_sweep": "common.companion.sweeps.recorded",
}

__all__ = [
    "Recorded",
    "RecordedSweep",
    "expected",
    "load_array",
    "load_results",
    "record",
    "recorded",
    "recorded_sweep",
]


def __getattr__(name: str) -> Any:
    if name not in _SWEEPS:
        raise AttributeError(f"module '{__name__}' has no attribute '{name}'")
    return getattr(import_module(_SWEEPS[name]), name)
