"""The recorded sweeps of notebook 08: shares of full surplus by kind of bidder, and by size of the menu."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from common.auctions.cats import cats_bidders
from common.auctions.xor import XORValuations
from common.plots import lines_with_band, panel_title, panels
from common.stats.aggregation import aggregate
from common.stats.unfolding import unfold
from papers.bundleflow.config import BundleFlowConfig
from papers.bundleflow.mechanisms import MECHANISMS, Fitted, fit_mechanism

#: Labels of the mechanisms in the order in which notebook 08 records their shares.
GRAND, TARIFF, BY_SIZE, ALL_SIZES, RELEASED, DIVERSE = LABELS = tuple(
    MECHANISMS[name].label for name in ("grand", "size_linear", "sizes", "diverse", "bundleflow", "bundleflow_diverse")
)

_SHARE = "revenue / surplus (share)"


def share_table(runs: pd.DataFrame, by: Sequence[str]) -> pd.DataFrame:
    """Turn runs of `08_many_items` into shares of full surplus.

    Parameters
    ----------
    runs : pandas.DataFrame
        A row a run, with ``many_items_shares``, ``seed`` and what was swept.
    by : sequence of str
        The swept columns.

    Returns
    -------
    pandas.DataFrame
        Index ``by`` and ``seed``, sorted; a column for each of `LABELS`, between 0 and 1.

    Raises
    ------
    ValueError
        If a run recorded another number of shares.
    """
    long = unfold(runs, "many_items_shares", "mechanism", LABELS)
    return long.pivot(index=[*by, "seed"], columns="mechanism", values="many_items_shares")[list(LABELS)]


def leads_table(shares: pd.DataFrame, pairs: Mapping[str, tuple[str, str]], level: float = 0.95) -> pd.DataFrame:
    """Say by how much one mechanism earns more than another, paired by seed.

    Parameters
    ----------
    shares : pandas.DataFrame
        From `share_table`, two or more seeds in each group.
    pairs : mapping from str to (str, str)
        From the name of a column to the mechanisms compared, the first less the second.
    level : float
        Level of the Student intervals over seeds.

    Returns
    -------
    pandas.DataFrame
        A row a group; in hundredths of full surplus, as text ``"+1.2 [+0.8, +1.6]"``.
    """
    by = list(shares.index.names[:-1])
    columns = {}
    for name, (first, second) in pairs.items():
        gaps = (100 * (shares[first] - shares[second])).rename(name).reset_index()
        ends = aggregate(gaps, by=by, values=name, level=level).set_index(by)[["mean", "low", "high"]]
        texts = ends.map("{:+.1f}".format)
        columns[name] = texts["mean"] + " [" + texts["low"] + ", " + texts["high"] + "]"
    return pd.DataFrame(columns)


def train_again(run: Mapping[str, Any], look_every: int) -> tuple[Fitted, XORValuations, XORValuations]:
    """Train BundleFlow as a run of `08_many_items` did, with more looks at it on the way, which change nothing.

    Parameters
    ----------
    run : mapping
        The parameters of the run, by the names of the notebook.
    look_every : int
        Iterations between two looks, 1 or more.

    Returns
    -------
    fitted : Fitted
        With the history of the looks, on 500 training types. The same as in the run where the processor rounds alike.
    train, test : XORValuations
        The run's types.
    """
    n_train, n_test, seed = (int(run[name]) for name in ("n_train", "n_test", "seed"))
    items, location = int(run["n_items"]), float(run["additional_location"])
    types = cats_bidders(run["environment"], items, n_train + n_test, seed=seed, additional_location=location)
    test, train = types.take(slice(0, n_test)), types.take(slice(n_test, None))
    same = {name: run[name] for name in ("iterations", "flow_initial", "flow_iterations")}
    config = BundleFlowConfig.laptop(
        items, menu_size=run["n_menu"], support_size=run["support"], **same,
        evaluate_every=look_every, evaluation_types=500,
    )  # fmt: skip
    return fit_mechanism("bundleflow", train, config, seed), train, test


def market_picture(shares: pd.DataFrame, level: float = 0.95) -> Figure:
    """Draw shares by number of items, a panel for each number of items wanted.

    Parameters
    ----------
    shares : pandas.DataFrame
        From `share_table` by ``additional_location`` and ``n_items``, in this order.
    level : float
        Level of the Student intervals over seeds.

    Returns
    -------
    matplotlib.figure.Figure
    """
    locations = shares.index.unique("additional_location")
    figure, axes = panels(1, len(locations), width=5.0 * len(locations), height=4.2)
    for ax, location in zip(axes, locations, strict=True):
        names = (TARIFF, ALL_SIZES, RELEASED, DIVERSE, GRAND)
        lines = {name.removeprefix("BundleFlow, "): shares.loc[location, name].unstack("n_items") for name in names}
        _share_lines(ax, lines, "items (count)", level)
        panel_title(ax, f"about {1 / (1 - location):.2g} items wanted")
        ax.set_ylim(0, 1)
    return figure


def menu_picture(shares: pd.DataFrame, level: float = 0.95) -> Figure:
    """Draw shares by number of elements, a line for each number of bundles in them, a panel for each start.

    Parameters
    ----------
    shares : pandas.DataFrame
        From `share_table` by ``support`` and ``n_menu``, in this order.
    level : float
        Level of the Student intervals over seeds.

    Returns
    -------
    matplotlib.figure.Figure
    """
    figure, axes = panels(1, 2, width=13.0, height=4.4)
    supports = shares.index.unique("support")
    for ax, start in zip(axes, (RELEASED, DIVERSE), strict=True):
        lines = {f"D = {support}": shares.loc[support, start].unstack("n_menu") for support in supports}
        lines[ALL_SIZES] = shares.loc[supports[0], ALL_SIZES].unstack("n_menu")  # has no D
        _share_lines(ax, lines, "elements J (count)", level)
        for label in (TARIFF, GRAND):  # have neither
            ax.axhline(shares[label].mean(), color="0.45", lw=1.2, ls=":")
            ax.text(0, shares[label].mean() + 0.008, label, color="0.35", fontsize=9)
        panel_title(ax, start)
        ax.set_ylim(0.2, 0.7)
    return figure


def _share_lines(ax: Axes, lines: Mapping[str, pd.DataFrame], xlabel: str, level: float) -> None:
    """Draw tables of seeds by sizes at even distances, whatever the sizes are."""
    sizes = next(iter(lines.values())).columns
    lines_with_band(np.arange(len(sizes)), lines, xlabel=xlabel, ylabel=_SHARE, level=level, ax=ax)
    ax.set_xticks(np.arange(len(sizes)), [str(size) for size in sizes])
