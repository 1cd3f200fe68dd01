"""What a figure refuses: labels that say nothing, axes without a unit, numbers that are none."""

import re
from collections.abc import Mapping

from common.stats import finite_array

_WITH_UNIT = re.compile(r"\S.*\([^()]*\S[^()]*\)$", re.DOTALL)


def check_label(name: str, text: str, unit: bool = False) -> str:
    """Return `text` stripped, or refuse it.

    Parameters
    ----------
    name : str
        Name of the argument, for the message.
    text : str
        What the reader will see.
    unit : bool
        Whether it must end with a unit in brackets, as in ``"Revenue (value units)"``.

    Returns
    -------
    str
        The text without surrounding blanks.

    Raises
    ------
    ValueError
        If `text` is not a string, is blank, or lacks the unit asked for.
    """
    if not isinstance(text, str) or not text.strip():
        raise ValueError(f"{name} must be a text that is not blank, got {text!r}")
    stripped = text.strip()
    if unit and not _WITH_UNIT.match(stripped):
        raise ValueError(f"{name} must end with its unit in brackets, as in 'Share sold (share)', got {text!r}")
    return stripped


def check_readouts(readouts: Mapping[str, float | str]) -> None:
    """Refuse readouts without a name and numbers that are not finite.

    Parameters
    ----------
    readouts : mapping from str to float or str
        What is shown beside a picture.

    Raises
    ------
    ValueError
        If a name is blank or a number is not finite.
    """
    for name, value in readouts.items():
        check_label("readouts", name)
        if not isinstance(value, str):
            finite_array(f"readouts[{name!r}]", value, ndim=0)
