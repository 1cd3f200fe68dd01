"""All mechanisms on the same types: revenue, shares of full surplus, and differences with their intervals."""

from collections.abc import Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field, replace
from multiprocessing import get_context
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import torch

from common.auctions.cats import cats_bidders
from common.auctions.xor import XORValuations
from common.stats.interval import Interval
from common.stats.means import paired_interval
from common.stats.seeds import spawn_seeds
from papers.bundleflow.config import BundleFlowConfig
from papers.bundleflow.mechanisms import MECHANISMS, fit_mechanism


class Cell(NamedTuple):
    """A population of types.

    Attributes
    ----------
    environment, n_items, market
        As in `cats_bidders`.
    """

    environment: str
    n_items: int
    market: str


@dataclass(frozen=True)
class Comparison:
    """What is compared, and on how many types.

    Attributes
    ----------
    mechanisms : tuple of str
        Names in `MECHANISMS`; the grand bundle is always there besides, as the yardstick of ratios.
    config : BundleFlowConfig
        Settings of what is learnt; its number of items is replaced by that of the cell.
    n_train, n_test : int
        Types to fit on and types that pay, ``>= 1``.
    private : {"upv", "npv"}
        As in `cats_bidders`.
    cats : mapping
        Further parameters of `cats_bidders`.

    Raises
    ------
    ValueError
        If a number is out of range or a name unknown.
    """

    mechanisms: tuple[str, ...]
    config: BundleFlowConfig
    n_train: int
    n_test: int
    private: str = "upv"
    cats: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if min(self.n_train, self.n_test) < 1:
            raise ValueError(f"n_train and n_test must be >= 1, given {self.n_train} and {self.n_test}")
        if unknown := set(self.mechanisms) - set(MECHANISMS):
            raise ValueError(f"mechanisms must be among {list(MECHANISMS)}, given {sorted(unknown)}")


def revenue_table(
    cells: Sequence[Cell], comparison: Comparison, seeds: int, seed: int = 0, workers: int = 1
) -> pd.DataFrame:
    """Fit mechanisms on training types and let test types pay, the same ones for all mechanisms.

    Training and test types of a cell and seed come from one call of `cats_bidders`, so that they share a market where
    markets are shared.

    Parameters
    ----------
    cells : sequence of Cell
        Populations.
    comparison : Comparison
        What is compared.
    seeds : int
        Repetitions, ``>= 1``: types, starts and batches are drawn anew in each. The first k are the same whatever
        their number is.
    seed : int
        Seed of everything, ``>= 0``.
    workers : int
        Processes, ``>= 1``; seeds are shared out among them, and nothing depends on their number but the time.

    Returns
    -------
    DataFrame
        A row a cell, seed and mechanism: ``environment``, ``n_items``, ``market``, ``seed`` (its number),
        ``mechanism``, ``revenue`` of a test type, ``surplus`` of a test type, ``share`` of surplus, ``ratio`` to the
        grand bundle, CPU ``seconds`` (with Stage 1, on one thread), and ``payments``, an array of shape (n_test,).

    Raises
    ------
    ValueError
        If a number is out of range.
    """
    if min(seeds, workers) < 1:
        raise ValueError(f"seeds and workers must be >= 1, given {seeds} and {workers}")
    sizes = dict.fromkeys(cell.n_items for cell in cells)
    # cells of one size go together: they share a flow
    tasks = [
        ([cell for cell in cells if cell.n_items == size], comparison, number, draw)
        for size in sizes
        for number, draw in enumerate(spawn_seeds(seed, seeds))
    ]
    if workers == 1:
        pieces = [_one_seed(*task) for task in tasks]
    else:
        with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
            pieces = list(pool.map(_one_seed, *zip(*tasks, strict=True)))
    return pd.DataFrame([row for piece in pieces for row in piece])


def _one_seed(cells: Sequence[Cell], comparison: Comparison, number: int, draw: int) -> list[dict[str, Any]]:
    """Return the rows of some cells of one size at one seed."""
    torch.set_num_threads(1)
    rows = []
    for cell in cells:
        n_test = comparison.n_test
        types = cats_bidders(
            *(cell.environment, cell.n_items, n_test + comparison.n_train, cell.market, comparison.private, draw),
            **comparison.cats,
        )
        test, train = types.take(slice(0, n_test)), types.take(slice(n_test, None))
        rows += [cell._asdict() | {"seed": number} | row for row in _rows(train, test, comparison, draw)]
    return rows


def _rows(train: XORValuations, test: XORValuations, comparison: Comparison, seed: int) -> list[dict[str, Any]]:
    surplus, rows = float(test.grand_values().mean()), []
    config = replace(comparison.config, n_items=test.n_items)
    for name in ["grand", *(name for name in comparison.mechanisms if name != "grand")]:
        fitted = fit_mechanism(name, train, config, seed)
        payments = fitted.rule.payments(test)
        seconds = fitted.seconds + fitted.stage_1_seconds
        row = {"mechanism": name, "revenue": float(payments.mean()), "surplus": surplus, "seconds": seconds}
        rows.append(row | {"payments": payments})
    for row in rows:
        row |= {"share": row["revenue"] / surplus, "ratio": row["revenue"] / rows[0]["revenue"]}
    return rows


def of_cell(table: pd.DataFrame, cell: Cell) -> pd.DataFrame:
    """Return the rows of one cell."""
    return table[np.logical_and.reduce([table[name] == getattr(cell, name) for name in Cell._fields])]


def summary(table: pd.DataFrame) -> pd.DataFrame:
    """Return means over the seeds, a row a mechanism in the order of `MECHANISMS`.

    Parameters
    ----------
    table : DataFrame
        From `revenue_table`; rows of one cell, or of several ones, which are averaged.

    Returns
    -------
    DataFrame
        Index: label; columns ``definition``, ``revenue``, ``share``, ``ratio``, ``seconds``.
    """
    means = table.groupby("mechanism")[["revenue", "share", "ratio", "seconds"]].mean()
    names = [name for name in MECHANISMS if name in means.index]
    means = means.loc[names]
    means.insert(0, "definition", [MECHANISMS[name].definition for name in names])
    return means.set_axis([MECHANISMS[name].label for name in names])


def difference_over_seeds(table: pd.DataFrame, first: str, second: str, column: str = "share") -> Interval:
    """Return the mean difference of two mechanisms of one cell, with a Student interval over the seeds.

    It holds for new training types, new starts and new test types. Needs two seeds at least.
    """
    pairs = table.pivot_table(index="seed", columns="mechanism", values=column)
    return paired_interval(pairs[first], pairs[second])


def difference_over_types(table: pd.DataFrame, first: str, second: str) -> Interval:
    """Return the mean difference of payments on common test types, as a share of surplus.

    The Student interval is over the test types of all seeds of one cell: it holds for new test types, with the
    mechanisms as they were fitted.
    """
    paid = table.set_index(["mechanism", "seed"])
    surplus = {number: group["surplus"].iloc[0] for number, group in table.groupby("seed")}
    columns = [
        np.concatenate([paid.loc[(name, number), "payments"] / surplus[number] for number in surplus])
        for name in (first, second)
    ]
    return paired_interval(*columns)


def ratios(table: pd.DataFrame, first: str, second: str) -> pd.DataFrame:
    """Return the ratio of the revenues of two mechanisms, a row a cell and a column a seed."""
    revenue = table.pivot_table(index=list(Cell._fields), columns=["mechanism", "seed"], values="revenue", sort=False)
    return revenue[first] / revenue[second]
