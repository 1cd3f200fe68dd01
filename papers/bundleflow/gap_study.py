"""How far a learned menu stands from the optimum where that is a linear programme, and what it knows of fresh types."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from common.auctions.cats import cats_bidders
from common.auctions.optimal import optimal_mechanism
from common.auctions.xor import XORValuations
from common.stats.seeds import spawn_seeds
from papers.bundleflow.config import BundleFlowConfig
from papers.bundleflow.mechanisms import MECHANISMS, Rule, fit_mechanism

#: In the order in which theory ranks the exact ones: each earns at least as much as the next.
EXACT = ("full surplus", "best lotteries", "best deterministic menu")

_COMPARED = ("sizes", "size_linear", "bundleflow", "bundleflow_diverse", "grand")


def few_types(n_items: int, n_types: int, seed: int, additional_location: float = 0.6) -> XORValuations:
    """Draw small bidders (arbitrary, upv, each from a market of their own, at most three substitutes).

    With a probability of another item of .6, bundles hold 2.5 items on average, so that few items do (dossier 8.3).
    """
    return cats_bidders(
        "arbitrary", n_items, n_types, seed=seed, additional_location=additional_location, max_substitutes=3
    )


def _fitted(name: str, types: XORValuations, seed: int, changes: dict[str, object]) -> Rule:
    """Return a mechanism of `MECHANISMS` that knows all the types; menus learn in batches of at most 128 of them."""
    config = BundleFlowConfig.laptop(
        types.n_items, batch=min(128, len(types)), evaluation_types=len(types), check_trace=False, **changes
    )
    return fit_mechanism(name, types, config, seed).rule


def gap_table(
    sizes: Sequence[tuple[int, int]],
    seeds: int,
    *,
    deterministic_types: int,
    time_limit: float = 60.0,
    additional_location: float = 0.6,
    seed: int = 0,
    **changes: object,
) -> pd.DataFrame:
    """Compute exact optima, simple tariffs and learned menus on the same finite sets of types.

    Parameters
    ----------
    sizes : sequence of (int, int)
        Numbers of items and of types, each type equally probable.
    seeds : int
        Draws of types for each size, ``>= 1``.
    deterministic_types : int
        Up to so many types the best deterministic menu is searched for too.
    time_limit : float
        Seconds for that search; what it has proved by then is in `bound`.
    additional_location : float
        See `few_types`.
    seed : int
        Source of all draws, ``>= 0``.
    **changes
        Fields of `BundleFlowConfig` for what is learned.

    Returns
    -------
    DataFrame
        ``n_items, n_types, draw, mechanism, revenue, bound, share_of_optimum``: revenue on the very types that a
        mechanism was made for, and the proven bound on it (NaN where there is none).
    """
    rows = []
    for n_items, n_types in sizes:
        for draw, own in enumerate(spawn_seeds(seed, seeds)):
            types = few_types(n_items, n_types, own, additional_location)
            best = optimal_mechanism(types)
            found = {
                "full surplus": (types.grand_values().mean(), np.nan),
                "best lotteries": (best.revenue, best.bound),
            }
            if n_types <= deterministic_types:
                exact = optimal_mechanism(types, deterministic=True, time_limit=time_limit)
                found["best deterministic menu"] = exact.revenue, exact.bound
            for name in _COMPARED:
                found[MECHANISMS[name].label] = _fitted(name, types, own, changes).payments(types).mean(), np.nan
            for name, (revenue, bound) in found.items():
                rows.append((n_items, n_types, draw, name, revenue, bound, revenue / best.revenue))
    columns = ["n_items", "n_types", "draw", "mechanism", "revenue", "bound", "share_of_optimum"]
    return pd.DataFrame(rows, columns=columns)


def generalisation_table(
    numbers: Sequence[int],
    n_test: int,
    seeds: int,
    *,
    n_items: int = 6,
    largest_programme: int = 300,
    additional_location: float = 0.6,
    seed: int = 0,
    **changes: object,
) -> pd.DataFrame:
    """Compute what mechanisms made for N types earn on these, and on types that they have not seen.

    Parameters
    ----------
    numbers : sequence of int
        Numbers of training types; a smaller set is the beginning of a larger one.
    n_test : int
        Fresh types, the same for all.
    seeds : int
        Draws, ``>= 1``.
    n_items : int
        Items.
    largest_programme : int
        Up to so many types the optimal lotteries are computed.
    additional_location : float
        See `few_types`.
    seed : int
        Source of all draws, ``>= 0``.
    **changes
        Fields of `BundleFlowConfig` for what is learned.

    Returns
    -------
    DataFrame
        ``n_types, draw, mechanism, on, revenue, share_of_surplus`` with `on` one of ``"own types"``, ``"fresh types"``.
    """
    rows = []
    for draw, own in enumerate(spawn_seeds(seed, seeds)):
        first, second, third = spawn_seeds(own, 3)
        everybody = few_types(n_items, max(numbers), first, additional_location)
        fresh = few_types(n_items, n_test, second, additional_location)
        for number in numbers:
            types = everybody.take(slice(0, number))
            fitted = {name: _fitted(name, types, third, changes) for name in ("size_linear", "bundleflow")}
            mechanisms = {MECHANISMS[name].label: rule for name, rule in fitted.items()}
            if number <= largest_programme:
                mechanisms["best lotteries"] = optimal_mechanism(types).menu
            for name, mechanism in mechanisms.items():
                for on, people in (("own types", types), ("fresh types", fresh)):
                    revenue = float(mechanism.payments(people).mean())
                    rows.append((number, draw, name, on, revenue, revenue / people.grand_values().mean()))
    return pd.DataFrame(rows, columns=["n_types", "draw", "mechanism", "on", "revenue", "share_of_surplus"])
