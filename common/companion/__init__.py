"""The machinery: ledger, runs, kernels, report, site and the command line.

A notebook needs three names from here: `record` hands a number to the ledger and shows it beside its
target; `expected` returns that target; `recorded` returns what a larger, recorded run found.
"""

from common.companion.records import Recorded, expected, record, recorded

__all__ = ["Recorded", "expected", "record", "recorded"]
