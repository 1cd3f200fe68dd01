"""Pictures of learning in the Coin Game: curves over training and results by seed, beside exact yardsticks."""

from collections.abc import Mapping

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from common.plots import COLOURS, PALETTE, distribution_with_interval, lines_with_band, panels

Lines = Mapping[str, float]

#: What validation measures, and how its axes are labelled.
VALIDATED: Mapping[str, str] = {
    "welfare": "welfare (coins an episode)",
    "share": "payments, nudges / welfare (share)",
    "accuracy": "recommendations followed (share)",
    "spe_ratio": "SPE: following / own policy (ratio)",
    "ic_ratio": "IC: following / own policy (ratio)",
}

_DASHES = ("--", ":", "-.", (0, (6, 2, 1.5, 2)))


def curves_picture(
    table: pd.DataFrame,
    columns: Mapping[str, str],
    *,
    by: str,
    seed: str,
    references: Mapping[str, Lines] | None = None,
    width: int = 3,
) -> Figure:
    """Draw learning curves: a panel a quantity, a thin line a seed, and a thick one for the mean of each group.

    Parameters
    ----------
    table : DataFrame
        With ``step``, the columns named here, and every group measured for every seed at the same steps.
    columns : mapping from str to str
        What is drawn, and the label of its axis with a unit.
    by, seed : str
        Columns that tell groups and seeds apart.
    references : mapping, optional
        Horizontal lines by column: their names and values.
    width : int
        Panels in a row.

    Returns
    -------
    matplotlib.figure.Figure
    """
    width = min(width, len(columns))
    rows = -(-len(columns) // width)
    figure, axes = panels(rows, width, width=3.7 * width, height=3.1 * rows)
    names = list(dict.fromkeys(table[by]))
    colours = dict(zip(names, PALETTE, strict=False))
    for ax, (column, label) in zip(axes, columns.items(), strict=False):
        wide = {name: group.pivot(index=seed, columns="step", values=column) for name, group in table.groupby(by)}
        steps = wide[names[0]].columns.to_numpy()
        means = {name: wide[name].mean().to_numpy() for name in names}
        label_of = {"xlabel": "gradient steps (count)", "ylabel": label}
        lines_with_band(steps, means, **label_of, colours=colours, markers=False, ax=ax)
        for name in names:
            ax.plot(steps, wide[name].to_numpy().T, color=colours[name], linewidth=0.7, alpha=0.5, zorder=1)
        _draw_lines(ax, (references or {}).get(column, {}))
    for ax in axes[len(columns) :]:
        ax.set_axis_off()
    return figure


def seeds_picture(
    table: pd.DataFrame,
    columns: Mapping[str, str],
    *,
    by: str,
    xlabel: str,
    references: Mapping[str, Lines] | None = None,
    marks: Mapping[str, Mapping[str, Mapping[str, float]]] | None = None,
    width: int = 3,
) -> Figure:
    """Draw a dot a seed, with means and intervals: a panel a quantity.

    Parameters
    ----------
    table : DataFrame
        A row a seed, at least two for each group.
    columns : mapping from str to str
        What is drawn, and the label of its axis with a unit.
    by : str
        Column that tells groups apart; they stand in the order in which they come.
    xlabel : str
        What the groups are.
    references : mapping, optional
        Horizontal lines by column: their names and values.
    marks : mapping, optional
        By column: known values beside the means, as `distribution_with_interval` takes them.
    width : int
        Panels in a row.

    Returns
    -------
    matplotlib.figure.Figure
    """
    width = min(width, len(columns))
    rows = -(-len(columns) // width)
    figure, axes = panels(rows, width, width=3.7 * width, height=3.3 * rows)
    for ax, (column, label) in zip(axes, columns.items(), strict=False):
        samples = {name: group[column].to_numpy() for name, group in table.groupby(by, sort=False)}
        known = (marks or {}).get(column)
        distribution_with_interval(samples, xlabel=xlabel, ylabel=label, references=known, ax=ax)
        _draw_lines(ax, (references or {}).get(column, {}))
    for ax in axes[len(columns) :]:
        ax.set_axis_off()
    return figure


def _draw_lines(ax: Axes, lines: Lines) -> None:
    """Draw horizontal lines that carry their names at the left."""
    for (name, value), dash in zip(lines.items(), _DASHES, strict=False):
        ax.axhline(value, color=COLOURS["expected"], linestyle=dash, linewidth=1.4, zorder=1)
        place = ax.get_yaxis_transform()
        ax.text(0.01, value, name, transform=place, va="bottom", ha="left", size=9, color=COLOURS["expected"])
