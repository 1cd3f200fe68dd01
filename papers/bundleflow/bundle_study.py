"""Statistics of CATS bidders beside those of the dossier, and how they depend on the market and the law.

The dossier of 2502.15283 (section 5.5) gives means over bidders of its own generator and of the official program; the
paper's data, and its Table 4 with the numbers of atoms, were not available.
"""

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from common.auctions.bitsets import bundle_sizes, unpack_items
from common.auctions.cats import cats_bidders
from common.auctions.tariffs import posted_price
from common.auctions.xor import XORValuations
from common.stats import spawn_seeds

_KEYS = ["environment", "private", "items", "draws"]
STATISTICS = ["atoms", "one atom", "items in B", "v(B)", "v(M)", "sd of v(M)", "best grand bundle"]
"""What `bidder_statistics` gives: means of a bidder's number of atoms, of her having one only, of the size and the
value of her first bundle and of the value of all items (the full surplus); its standard deviation; and the revenue of
the best price for all items, on the same draws."""

DOSSIER = pd.DataFrame(
    [
        ("arbitrary", "upv", 50, 4000, 4.78, 0.117, 9.87, 647, 749, 622, 305),
        ("arbitrary", "upv", 100, 4000, 4.82, 0.109, 10.35, 700, 826, 749, 318),
        ("arbitrary", "upv", 150, 4000, 4.79, 0.117, 10.27, 701, 833, 779, 320),
        ("arbitrary", "npv", 50, 4000, 4.80, 0.111, 10.08, 638, 745, 622, 299),
        ("arbitrary", "npv", 100, 4000, 4.74, 0.117, 9.80, 623, 748, 693, 284),
        ("regions", "upv", 50, 4000, 4.65, 0.143, 9.83, 597, 691, 601, 274),
        ("regions", "upv", 100, 4000, 4.69, 0.131, 9.93, 614, 727, 678, 274),
        ("regions", "npv", 50, 4000, 4.64, 0.143, 10.07, 595, 691, 612, 266),
        ("arbitrary", "upv", 500, 600, 4.71, 0.140, 9.98, 688, 822, 865, 307),
    ],
    columns=_KEYS + STATISTICS,
).set_index(_KEYS)
"""The dossier's own simulation, fresh markets."""

OFFICIAL = pd.DataFrame(
    [
        ("arbitrary", "upv", 50, 2000, 4.73, 9.84, 643.8, 748.5),
        ("regions", "upv", 50, 2000, 4.58, 9.75, 594.7, 689.8),
        ("arbitrary", "npv", 50, 1500, 4.71, 9.97, 626.3, 733.7),
    ],
    columns=[*_KEYS, "atoms", "items in B", "v(B)", "v(M)"],
).set_index(_KEYS)
"""The first bidder of instances of the official program, as the dossier ran it."""


def bidder_statistics(types: XORValuations, draws: int | None = None) -> pd.DataFrame:
    """Return the statistics of bidders and their standard errors.

    Parameters
    ----------
    types : XORValuations
        N bidders, ``N >= 2``, atom 0 the first bundle.
    draws : int, optional
        Size of the samples in which the price of the grand bundle is chosen, at most N: chosen on fewer draws, it earns
        a little more on them. The revenue is the mean over the ``N // draws`` samples. By default N.

    Returns
    -------
    DataFrame
        A row for each of `STATISTICS`; columns "mean" and "error" (the standard error of one draw, to be divided by the
        square root of the draws).

    Raises
    ------
    ValueError
        If there are fewer than two draws, or fewer types than draws.
    """
    n_atoms, surplus = types.n_atoms(), types.grand_values()
    draws = draws or len(types)
    if not 2 <= draws <= len(types):
        raise ValueError(f"draws must be from 2 to the number of types, {len(types)}, given {draws}")
    samples = surplus[: len(surplus) // draws * draws].reshape(-1, draws)
    best = [posted_price(sample) for sample in samples]
    rows = [n_atoms, n_atoms == 1, bundle_sizes(types.atoms[:, 0]), types.bids[:, 0], surplus]
    table = [(float(np.mean(row)), float(np.std(row))) for row in rows]
    squares = (surplus - surplus.mean()) ** 2  # the delta method for the standard deviation
    table.append((float(surplus.std()), float(squares.std() / (2 * surplus.std()))))
    price = float(np.mean([b.price for b in best]))
    sold = float((surplus >= price).mean())
    table.append((float(np.mean([b.revenue for b in best])), price * np.sqrt(sold * (1 - sold))))
    return pd.DataFrame(table, index=pd.Index(STATISTICS, name="statistic"), columns=["mean", "error"])


def statistics_against(source: pd.DataFrame, n_bidders: int, seed: int) -> pd.DataFrame:
    """Compare our bidders with the means of a source, `DOSSIER` or `OFFICIAL`.

    Parameters
    ----------
    n_bidders : int
        Bidders for each row of the source, fresh markets, ``>= 4000``; a tenth of them for rows with 500 items.
    seed : int
        Seed of the first row; the others follow by spawning.

    Returns
    -------
    DataFrame
        A row for each row and statistic of the source: "ours", "expected", and "distance", their difference in
        standard errors of both samples together.
    """
    rows = []
    for key, seed_here in zip(source.index, spawn_seeds(seed, len(source)), strict=True):
        environment, private, items, draws = key
        n = n_bidders if items < 500 else max(draws, n_bidders // 10)
        types = cats_bidders(environment, items, n, private=private, seed=seed_here)
        ours = bidder_statistics(types, draws)
        for name, expected in source.loc[key].items():
            mean, error = ours.loc[name]
            distance = (mean - expected) / (error * np.sqrt(1 / n + 1 / draws))
            rows.append((f"{environment}-{private} {items}", draws, name, mean, expected, distance))
    return pd.DataFrame(rows, columns=["bidders", "draws", "statistic", "ours", "expected", "distance"])


def wide_table(compared: pd.DataFrame) -> pd.DataFrame:
    """Show what `statistics_against` returns as one row a kind of bidder, ours over expected in every cell."""
    digits = {"atoms": 2, "one atom": 3, "items in B": 2}
    cells = compared.assign(
        cell=[
            f"{ours:.{digits.get(name, 0)}f} / {expected:.{digits.get(name, 0)}f}"
            for name, ours, expected in zip(compared["statistic"], compared["ours"], compared["expected"], strict=True)
        ]
    )
    return cells.pivot(index="bidders", columns="statistic", values="cell").loc[
        cells["bidders"].unique(), cells["statistic"].unique()
    ]


def population_table(n_items: int, n_bidders: int, n_markets: int, seed: int) -> pd.DataFrame:
    """Compare fresh with shared markets, and uniform with normal private values.

    Parameters
    ----------
    n_items, n_bidders : int
        Items, and bidders of each population.
    n_markets : int
        How many shared markets the bidders come from, ``>= 2``, as many from each and more than there are items (by
        three at least); the fresh ones come in as many parts.

    Returns
    -------
    DataFrame
        A row for each environment, private values and market: full surplus, its spread between markets ("between",
        standard deviation of the markets' means), standard deviation of v(M) within one market, revenue of the best
        price for everything as a share of surplus, how uneven the demand for items is ("demand spread": standard
        deviation over the items of the share of bidders who hold it in B, over its mean), and how much of the variance
        of ``v(B)`` that its size leaves is explained by its items ("items explain", adjusted for their number).

    Raises
    ------
    ValueError
        If there are fewer than two markets, or too few bidders in one.
    """
    if n_markets < 2 or n_bidders // n_markets < n_items + 4:
        raise ValueError(
            f"n_markets must be >= 2 and leave n_items + 4 = {n_items + 4} bidders or more in each,"
            f" given {n_markets} for {n_bidders} bidders"
        )
    rows = []
    for environment in ("arbitrary", "regions"):
        for private in ("upv", "npv"):
            for market in ("fresh", "shared"):
                parts = [
                    cats_bidders(environment, n_items, n_bidders // n_markets, market, private, seed_here)
                    for seed_here in spawn_seeds(seed, n_markets)
                ]
                rows.append((environment, private, market, *_population(parts)))
    columns = ["environment", "private", "market", "surplus", "between", "within", "grand share"]
    columns += ["demand spread", "items explain"]
    return pd.DataFrame(rows, columns=columns).set_index(columns[:3])


def _population(parts: list[XORValuations]) -> tuple[float, ...]:
    """Return the numbers of a row of `population_table`."""
    values = [part.grand_values() for part in parts]
    held = [unpack_items(part.atoms[:, 0], part.n_items).mean(axis=0) for part in parts]
    surplus = [v.mean() for v in values]
    grand = [posted_price(v).revenue / v.mean() for v in values]
    within = [v.std() for v in values]
    spread = [share.std() / share.mean() for share in held]
    explained = [_explained_by_items(part) for part in parts]
    means = [float(np.mean(numbers)) for numbers in (surplus, within, grand, spread, explained)]
    return means[0], float(np.std(surplus, ddof=1)), *means[1:]


def _explained_by_items(types: XORValuations) -> float:
    """Return the share of the variance of v(B) beyond its size that the items of B explain, by least squares."""
    inside = unpack_items(types.atoms[:, 0], types.n_items).astype(float)
    sizes = inside.sum(axis=1)
    constant = np.column_stack([np.ones_like(sizes), sizes, sizes**1.2])
    variances = []
    for regressors in (constant, np.hstack([inside, constant])):
        fit, _, rank, _ = np.linalg.lstsq(regressors, types.bids[:, 0])
        variances.append(((types.bids[:, 0] - regressors @ fit) ** 2).sum() / (len(types) - rank))
    return float(1 - variances[1] / variances[0])


def sensitivity_table(
    changes: Mapping[str, Iterable[float]], n_items: int, n_bidders: int, seed: int, **kinds: Any
) -> pd.DataFrame:
    """Return how surplus and bundles depend on single parameters of the law, the others at their defaults.

    Parameters
    ----------
    changes : mapping from str to iterable of numbers
        Values of keywords of `cats_bidders`.
    n_items, n_bidders : int
        Items, and bidders of every cell; all cells have the same seed.
    **kinds
        Further arguments of `cats_bidders`, such as ``environment`` (*arbitrary* where it is not given).

    Returns
    -------
    DataFrame
        Columns "parameter", "value", "surplus" and its standard error "error", "v(B)", "items in B", "atoms", and
        "grand share": revenue of the best price for everything as a share of surplus.
    """
    kinds = {"environment": "arbitrary"} | kinds
    rows = []
    for name, values in changes.items():
        for value in values:
            types = cats_bidders(n_items=n_items, n=n_bidders, seed=seed, **kinds, **{name: value})
            means = bidder_statistics(types)["mean"]
            surplus = means["v(M)"]
            row = (
                surplus,
                means["sd of v(M)"] / np.sqrt(n_bidders),
                means["v(B)"],
                means["items in B"],
                means["atoms"],
            )
            rows.append((name, value, *row, means["best grand bundle"] / surplus))
    columns = ["parameter", "value", "surplus", "error", "v(B)", "items in B", "atoms", "grand share"]
    return pd.DataFrame(rows, columns=columns)


def size_law(n_items: int, additional_location: float) -> NDArray[np.float64]:
    """Return the probabilities of sizes 1 to m of the first bundle: geometric, capped at m.

    Exact for *arbitrary* bidders with uniform private values of whom nobody is refused, closely true for the others.
    """
    law = additional_location ** np.arange(n_items) * (1 - additional_location)
    law[-1] = additional_location ** (n_items - 1)
    return law


def size_distance(n_items: int, additional_location: float, n_bidders: int, seed: int) -> float:
    """Return how far the mean size of first bundles is from that of `size_law`, in standard errors.

    Private values are kept within a hundredth of a unit here, so that every bundle has a positive value and nobody is
    refused.
    """
    law = {"additional_location": additional_location, "deviation": 1e-4}
    sizes = bundle_sizes(cats_bidders("arbitrary", n_items, n_bidders, seed=seed, **law).atoms[:, 0])
    expected = size_law(n_items, additional_location) @ np.arange(1, n_items + 1)
    return float((sizes.mean() - expected) / (sizes.std() / np.sqrt(n_bidders)))


def value_table(types: XORValuations) -> pd.DataFrame:
    """Return what every bundle of a few items is worth to every type, ``m <= 8``; items are counted from 1.

    Raises
    ------
    ValueError
        If there are more than 8 items.
    """
    if types.n_items > 8:
        raise ValueError(f"types must have at most 8 items for a table of every bundle, given {types.n_items}")
    masks = np.arange(2**types.n_items, dtype=np.uint64)[:, None]
    inside = unpack_items(masks, types.n_items)
    names = ["{" + ", ".join(str(i + 1) for i in np.flatnonzero(bundle)) + "}" for bundle in inside]
    index = pd.Index([f"v{n + 1}" if len(types) > 1 else "v" for n in range(len(types))], name="bundle")
    return pd.DataFrame(types.values(masks), index=index, columns=names)
