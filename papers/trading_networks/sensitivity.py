"""Recorded sweeps of this paper's notebooks: lists by density made tidy, intervals drawn, verdicts seed by seed."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from common.companion.ledger import Verdict, load_ledger
from common.plots import EndLabel, end_labels, label_axes, legend_above
from common.plots.style import LINESTYLES, PALETTE

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

_WORDS = {
    Verdict.REPRODUCED: "met",
    Verdict.VERIFIED: "met",
    Verdict.CLOSE: "close",
    Verdict.NOT_REPRODUCED: "not met",
}


def long_form(table: "pd.DataFrame", lists: Sequence[str], axis: str, places: Sequence[float]) -> "pd.DataFrame":
    """Give each entry of recorded lists a row of its own: from a row a run to a row a run and place.

    Parameters
    ----------
    table : pandas.DataFrame
        A row a run, such as :func:`common.companion.recorded_sweep` has it.
    lists : sequence of str
        Columns of lists, one number a place in each.
    axis : str
        Name of the new column, e.g. ``"density"``; none of the table's.
    places : sequence of float
        What the entries of a list belong to, in their order.

    Returns
    -------
    pandas.DataFrame
        The table with ``axis`` and with numbers in ``lists``; the runs in their order.

    Raises
    ------
    ValueError
        If the axis is a column already, or a list has another length than the places.
    """
    if axis in table:
        raise ValueError(f"axis must not be a column of the table, given {axis!r}")
    for name in lists:
        if wrong := sorted(set(table[name].map(len)) - {len(places)}):
            raise ValueError(f"lists must have {len(places)} entries each, given {wrong[0]} in {name!r}")
    long = table.assign(**{axis: [list(places)] * len(table)}).explode([axis, *lists], ignore_index=True)
    return long.astype(dict.fromkeys([axis, *lists], float))


def draw_intervals(
    summary: "pd.DataFrame",
    x: str,
    line: str,
    ax: "Axes",
    *,
    xlabel: str,
    ylabel: str,
    label: str = "{:g}",
) -> "Axes":
    """Draw means with their intervals over ``x``, a line for each value of ``line``.

    Where all lines end at the same ``x``, their names stand there, and their points a little apart; otherwise
    the names are in a legend above.

    Parameters
    ----------
    summary : pandas.DataFrame
        Of one value, from :func:`common.stats.aggregation.aggregate`: columns ``x``, ``line``, ``mean``, ``low``,
        ``high``.
    x, line : str
        Columns of numbers.
    ax : matplotlib.axes.Axes
        Panel to draw into.
    xlabel, ylabel : str
        With units in brackets.
    label : str
        How a value of ``line`` is written.

    Returns
    -------
    matplotlib.axes.Axes
        The panel.

    Raises
    ------
    ValueError
        If the summary is of several values, or has more lines than there are colours.
    """
    names = list(summary["value"].unique())
    if len(names) != 1:
        raise ValueError(f"summary must be of one value, given {names}")
    groups = list(summary.sort_values(x).groupby(line))
    if len(groups) > len(PALETTE):
        raise ValueError(f"summary must have at most {len(PALETTE)} lines, given {len(groups)}")
    label_axes(ax, xlabel, ylabel)
    same_end = summary.groupby(line)[x].max().nunique() == 1
    # bars of lines over the same places would cover each other
    apart = 0.008 * (summary[x].max() - summary[x].min()) if same_end else 0.0
    lines, ends = [], []
    for index, (key, part) in enumerate(groups):
        places, mean = part[x] + (index - (len(groups) - 1) / 2) * apart, part["mean"]
        reach = [mean - part["low"], part["high"] - mean]
        style = {
            "color": PALETTE[index],
            "ls": LINESTYLES[index],
            "marker": "o",
            "ms": 5,
            "elinewidth": 1.2,
            "capsize": 3,
        }
        lines.append(ax.errorbar(places, mean, reach, label=label.format(key), **style))
        ends.append(EndLabel(places.iloc[-1], mean.iloc[-1], label.format(key), PALETTE[index]))
    if same_end:
        end_labels(ax, ends)
    else:
        legend_above(ax, lines)
    return ax


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
