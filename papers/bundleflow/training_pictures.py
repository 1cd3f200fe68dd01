"""Pictures of Stage 2: prices, sales and revenue while the inverse temperature grows."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from common.plots import COLOURS, PALETTE, distribution_with_interval, label_axes, lines_with_band, panel_title, panels


def clock_picture(courses: pd.DataFrame) -> Figure:
    """Draw annealing as a descending price clock.

    Parameters
    ----------
    courses : DataFrame
        Of `training_study.TrainingStudy.courses`, with at least two seeds that were measured at the same iterations.

    Returns
    -------
    matplotlib.figure.Figure
        Prices over the elements and what a buyer pays; who buys nothing, and the inverse temperature on its way from
        first to last; smoothed and exact revenue.
    """
    figure, (prices, sales, revenue) = panels(1, 3, width=13.0, height=3.9)
    steps, wide = _wide(courses)
    _fan(prices, steps, wide)
    temperature = np.log(wide["inverse_temperature"])
    way = (temperature - temperature[:, :1]) / (temperature[:, -1:] - temperature[:, :1])
    shares = {"nothing bought": wide["nothing_bought"], "way of log λ": way.mean(axis=0)}
    xlabel = "iterations (count)"
    lines_with_band(steps, shares, xlabel=xlabel, ylabel="share (of types or way)", markers=False, ax=sales)
    earned = {"smoothed": wide["soft_revenue"], "exact": wide["hard_revenue"]}
    lines_with_band(steps, earned, xlabel=xlabel, ylabel="revenue (bids' unit)", markers=False, ax=revenue)
    for ax, title in zip((prices, sales, revenue), ("prices of the elements", "sales", "revenue"), strict=True):
        panel_title(ax, title)
    return figure


def course_picture(history: pd.DataFrame, earned: Mapping[str, pd.DataFrame], surplus: float) -> Figure:
    """Draw one training: quantiles of its prices, and what several trainings earn on the way.

    Parameters
    ----------
    history : DataFrame
        Of `BundleFlow.history`, whose prices are drawn.
    earned : mapping from str to DataFrame
        Histories by the name of the learner.
    surplus : float
        Mean value of all items to the types that revenue was measured on, ``> 0``.

    Returns
    -------
    matplotlib.figure.Figure
    """
    figure, (prices, revenue) = panels(1, 2, width=11.0, height=3.7)
    steps = history["iteration"].to_numpy()
    names = {"5 % quantile": "price_05", "median": "price_50", "95 % quantile": "price_95"}
    quantiles = {label: history[name].to_numpy() for label, name in names.items()}
    shares = {name: course["hard_revenue"].to_numpy() / surplus for name, course in earned.items()}
    xlabel = "iterations (count)"
    lines_with_band(steps, quantiles, xlabel=xlabel, ylabel="price (bids' unit)", markers=False, ax=prices)
    lines_with_band(steps, shares, xlabel=xlabel, ylabel="revenue / full surplus (share)", markers=False, ax=revenue)
    for ax, title in zip((prices, revenue), ("prices of the elements", "revenue"), strict=True):
        panel_title(ax, title)
    return figure


def variants_picture(
    tables: Mapping[str, pd.DataFrame],
    column: str = "revenue",
    *,
    ylabel: str,
    lines: Mapping[str, float] | None = None,
) -> Figure:
    """Draw one quantity by variant, a dot a seed with means and intervals, one panel a table.

    Parameters
    ----------
    tables : mapping from str to DataFrame
        What varies, and a table of `training_study.TrainingStudy.table` with at least two seeds.
    column : str
        The quantity.
    ylabel : str
        Its name, with a unit.
    lines : mapping, optional
        At most two horizontal lines: names and values.

    Returns
    -------
    matplotlib.figure.Figure
    """
    figure, axes = panels(1, len(tables), width=2.4 + 5.0 * len(tables), height=4.0)
    for ax, (xlabel, table) in zip(axes, tables.items(), strict=True):
        groups = {name: rows[column].to_numpy() for name, rows in table.groupby("variant", sort=False)}
        distribution_with_interval(groups, xlabel=xlabel, ylabel=ylabel, ax=ax)
        for (name, height), dash in zip((lines or {}).items(), ("--", ":"), strict=False):
            _line(ax, name, height, dash)
        ax.set_ylim(bottom=0)
    return figure


def _line(ax: Axes, name: str, height: float, dash: str) -> None:
    ax.axhline(height, color=COLOURS["reference"], linestyle=dash, linewidth=1.3, zorder=1)
    place = {"xycoords": ("axes fraction", "data"), "textcoords": "offset points", "va": "center"}
    ax.annotate(name, (1, height), (4, 0), fontsize=10, color=COLOURS["reference"], **place)


def _fan(ax: Axes, steps: np.ndarray, wide: dict[str, np.ndarray]) -> None:
    low, quarter, median, upper, high = (wide[f"price_{q}"].mean(axis=0) for q in ("05", "25", "50", "75", "95"))
    colour = PALETTE[0]
    ax.fill_between(steps, low, high, color=colour, alpha=0.15, linewidth=0, label="5 to 95 %")
    ax.fill_between(steps, quarter, upper, color=colour, alpha=0.3, linewidth=0, label="25 to 75 %")
    ax.plot(steps, median, color=colour, label="median")
    buyers = np.maximum(1 - wide["nothing_bought"], 1e-12)
    ax.plot(steps, (wide["hard_revenue"] / buyers).mean(axis=0), color=PALETTE[1], ls="--", label="paid by a buyer")
    label_axes(ax, "iterations (count)", "price (bids' unit)")
    ax.legend(fontsize=9)


def _wide(courses: pd.DataFrame) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    """Return the iterations (R,) and every column as (seeds, R)."""
    columns = [name for name in courses if name not in ("seed", "iteration")]
    tables = {name: courses.pivot(index="seed", columns="iteration", values=name) for name in columns}
    return tables[columns[0]].columns.to_numpy(), {name: table.to_numpy() for name, table in tables.items()}
