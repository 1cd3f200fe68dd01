"""What the ledger would say of recorded values, so that it can be asked seed by seed."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from common.companion.ledger import Verdict, load_ledger

_WORDS = {
    Verdict.REPRODUCED: "met",
    Verdict.VERIFIED: "met",
    Verdict.CLOSE: "close",
    Verdict.NOT_REPRODUCED: "not met",
}


def verdicts(values: Mapping[str, Sequence[float]]) -> dict[str, str]:
    """Say what the ledger would say of recorded values.

    Parameters
    ----------
    values : mapping from str to sequence of float
        From the name of a check of ``paper.yaml`` to what a run recorded for it.

    Returns
    -------
    dict of str to str
        ``"met"``, ``"close"`` or ``"not met"``.

    Raises
    ------
    ValueError
        If the ledger has no such check.
    """
    ledger = load_ledger(Path(__file__).with_name("paper.yaml"))
    found = {name: ledger.check(name) for name in values}
    if missing := [name for name, check in found.items() if check is None]:
        raise ValueError(f"values must be named by checks of paper.yaml, given {missing[0]!r}")
    return {name: _WORDS[check.verdict(list(values[name]))] for name, (_, check) in found.items()}
