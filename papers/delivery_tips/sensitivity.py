r"""How far the answers depend on sizes: what the sensitivity notebook makes of recorded sweeps.

A recorded list, such as a share for every number of couriers, becomes a row an element; a size enters closed forms that
bound what was simulated without any simulation; and a summary becomes a panel of means with their intervals.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.transforms import ScaledTranslation
from numpy.typing import NDArray

from common.plots import PALETTE, label_axes
from common.stats import check_probability
from papers.delivery_tips.generators import check_shape


def unfold(
    table: pd.DataFrame, columns: Mapping[Any, str], kind: str, place: str, places: Sequence[Any], value: str
) -> pd.DataFrame:
    """Turn columns of recorded lists into one column of numbers, a row an element.

    Parameters
    ----------
    table : pandas.DataFrame
        A row a run, as in `common.companion.RecordedSweep`.
    columns : mapping to str
        The columns of lists, by what distinguishes them, e.g. a density.
    kind, place, value : str
        Names of the new columns: for the keys of `columns`, for the place in a list, and for the numbers.
    places : sequence
        What each place in a list stands for; all lists are as long as this.

    Returns
    -------
    pandas.DataFrame
        A row a run, column and place. The other columns of the table are repeated, the lists left out.

    Raises
    ------
    ValueError
        If a list has another length than `places`.

    Examples
    --------
    >>> runs = pd.DataFrame({"seed": [0, 1], "half": [[0.9, 1.0], [0.8, 1.0]]})
    >>> unfold(runs, {0.5: "half"}, "cost", "spare", [0, 1], "share")[["seed", "cost", "spare", "share"]]
       seed  cost  spare  share
    0     0   0.5      0    0.9
    1     0   0.5      1    1.0
    2     1   0.5      0    0.8
    3     1   0.5      1    1.0
    """
    kept = table.drop(columns=list(columns.values()))
    parts = []
    for key, column in columns.items():
        lengths = {len(entries) for entries in table[column]}
        if lengths - {len(places)}:
            raise ValueError(f"places must be as many as the entries of {column!r}, given {len(places)} for {lengths}")
        part = kept.loc[kept.index.repeat(len(places))]
        numbers = np.concatenate([np.asarray(entries, dtype=float) for entries in table[column]])
        parts.append(part.assign(**{kind: key, place: list(places) * len(table), value: numbers}))
    return pd.concat(parts, ignore_index=True)


def market_by_market(table: pd.DataFrame, share: str, draws: int) -> pd.DataFrame:
    """Turn shares of markets into a row a market, so that independent markets of several seeds are pooled.

    Parameters
    ----------
    table : pandas.DataFrame
        A row a group of markets.
    share : str
        The column with the share of each group's markets that are of some kind.
    draws : int
        Number of markets in each group.

    Returns
    -------
    pandas.DataFrame
        A row a market, the column `share` being whether it is of that kind.

    Raises
    ------
    ValueError
        If a share is not that of a whole number of `draws` markets.

    Examples
    --------
    >>> market_by_market(pd.DataFrame({"seed": [0, 1], "gap": [0.5, 0.0]}), "gap", 2)["gap"].tolist()
    [True, False, False, False]
    """
    counts = draws * table[share].to_numpy(dtype=float)
    whole = np.rint(counts)
    if not (np.allclose(counts, whole, atol=1e-6) and (whole >= 0).all() and (whole <= draws).all()):
        raise ValueError(f"{share} must hold shares of draws = {draws} markets, given {table[share].tolist()}")
    return table.loc[table.index.repeat(draws)].assign(**{share: (np.arange(draws) < whole[:, None]).ravel()})


def wanted_stores(n_buyers: int, n_stores: int, density: float) -> float:
    r"""Compute how many stores somebody wants on average, :math:`S(1-(1-q)^B)`.

    Efficient orders lie in wanted pairs, so :math:`\kappa(V)` of P3 is at most the number of wanted stores, and its
    mean at most this.

    Parameters
    ----------
    n_buyers, n_stores : int
        Numbers of buyers :math:`B` and stores :math:`S`, ``>= 0``.
    density : float
        Probability :math:`q` in ``[0, 1]`` that a buyer has a positive value for a store, independently.

    Returns
    -------
    float
        Between 0 and `n_stores`.

    Raises
    ------
    ValueError
        If a number or the density is out of range.
    """
    return n_stores * (1.0 - _unwanted(n_buyers, n_stores, density))


def share_with_unwanted_store(n_buyers: int, n_stores: int, density: float) -> float:
    r"""Compute the probability that some store is wanted by nobody, :math:`1-(1-(1-q)^B)^S`.

    Then one courier fewer than stores is enough without tips (P3): a lower bound of the share of markets that clear
    with :math:`S-1` couriers.

    Parameters
    ----------
    n_buyers, n_stores : int
        Numbers of buyers :math:`B` and stores :math:`S`, ``>= 0``.
    density : float
        Probability :math:`q` in ``[0, 1]`` that a buyer has a positive value for a store, independently.

    Returns
    -------
    float
        Probability.

    Raises
    ------
    ValueError
        If a number or the density is out of range.
    """
    return 1.0 - (1.0 - _unwanted(n_buyers, n_stores, density)) ** n_stores


def _unwanted(n_buyers: int, n_stores: int, density: float) -> float:
    """Probability that a given store is wanted by nobody."""
    check_shape((n_buyers, n_stores, 0))
    check_probability("density", density)
    return (1.0 - density) ** n_buyers


def mean_least_cost(n_orders: int, n_couriers: int) -> float:
    r"""Compute the mean least cost of serving all orders if costs are exponential with mean 1.

    It is :math:`\sum_{i+j<m}\frac{1}{(m-i)(C-j)}` for :math:`m` orders and :math:`C` couriers (conjectured by
    Coppersmith and Sorkin, proved by Linusson and Wästlund and by Nair, Prabhakar and Sharma), for :math:`C=m` Parisi's
    :math:`\sum_{k\le m}1/k^2<\pi^2/6`. Costs uniform on [0, 1) are lower: :math:`1-e^{-x}\le x`.

    Parameters
    ----------
    n_orders, n_couriers : int
        Numbers of orders :math:`m\ge0` and of couriers :math:`C\ge m`.

    Returns
    -------
    float
        In units of the mean cost.

    Raises
    ------
    ValueError
        If there are fewer couriers than orders, or a number is negative.
    """
    check_shape((n_orders, n_orders, n_couriers))
    if n_couriers < n_orders:
        raise ValueError(f"n_couriers must be at least n_orders = {n_orders}, given {n_couriers}")
    return sum(1 / ((n_orders - i) * (n_couriers - j)) for i in range(n_orders) for j in range(n_orders - i))


def interval_panel(
    ax: Axes, summary: pd.DataFrame, x: str, by: str, labels: tuple[str, str], names: str = "{}"
) -> Mapping[Any, str]:
    """Draw means with their intervals over a swept size, a series for each value of another column.

    Parameters
    ----------
    ax : matplotlib.axes.Axes
        Panel to draw into.
    summary : pandas.DataFrame
        From `common.stats.aggregation.aggregate`, of one value.
    x, by : str
        Columns of `summary`: what is on the axis, and what makes a series.
    labels : (str, str)
        Labels of both axes, with units in brackets.
    names : str
        What the legend calls a series, its value in place of the braces.

    Returns
    -------
    mapping to str
        The colour of each series.
    """
    label_axes(ax, *labels)
    ticks, groups = sorted(summary[x].unique()), list(summary.groupby(by))
    colours = {key: PALETTE[i] for i, (key, _) in enumerate(groups)}
    for i, (key, rows) in enumerate(groups):
        # Series stand some points apart, whatever the scale, so that overlapping intervals can be told apart.
        aside = ScaledTranslation((5 * i - 2.5 * (len(groups) - 1)) / 72, 0, ax.figure.dpi_scale_trans)
        style = {"color": colours[key], "transform": ax.transData + aside}
        ax.errorbar(rows[x], rows["mean"], _errors(rows), fmt="o", ms=5, capsize=3, label=names.format(key), **style)
        ax.plot(rows[x], rows["mean"], lw=1.2, alpha=0.6, **style)
    # What is shifted counts for nothing when matplotlib chooses the limits.
    ax.update_datalim(summary[[x, "low"]].to_numpy(dtype=float))
    ax.update_datalim(summary[[x, "high"]].to_numpy(dtype=float))
    ax.autoscale_view()
    ax.set_xticks(ticks, [f"{tick:g}" for tick in ticks])
    return colours


def _errors(rows: pd.DataFrame) -> NDArray[np.float64]:
    return np.abs(rows[["low", "high"]].to_numpy() - rows[["mean"]].to_numpy()).T
