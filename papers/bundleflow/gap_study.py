"""How far a learned menu stands from the optimum where that is a linear programme, and what it knows of fresh types."""

from collections.abc import Callable, Iterator, Mapping, Sequence

import numpy as np
import pandas as pd

from common.auctions.cats import cats_bidders
from common.auctions.menu import Menu
from common.auctions.optimal import optimal_mechanism
from common.auctions.size_pricing import size_pricing
from common.auctions.tariffs import SizeLinearTariff, posted_price, size_linear_tariff
from common.auctions.xor import XORValuations
from common.diffusion.flows import DiagonalFlow
from common.stats.seeds import spawn_seeds
from papers.bundleflow.bundle_flow import BundleFlow
from papers.bundleflow.config import BundleFlowConfig
from papers.bundleflow.flow_stage import fit_flow

#: In the order in which theory ranks the exact ones: each earns at least as much as the next.
EXACT = ("full surplus", "best lotteries", "best deterministic menu")

_Seller = Callable[[XORValuations], float]


def few_types(n_items: int, n_types: int, seed: int, additional_location: float = 0.6) -> XORValuations:
    """Draw small bidders (arbitrary, upv, each from a market of their own, at most three substitutes).

    With a probability of another item of .6, bundles hold 2.5 items on average, so that few items do (dossier 8.3).
    """
    return cats_bidders(
        "arbitrary", n_items, n_types, seed=seed, additional_location=additional_location, max_substitutes=3
    )


def train(types: XORValuations, seed: int, flow: DiagonalFlow, **changes: object) -> BundleFlow:
    """Train a menu on a set of types, with step sizes for the size of their values.

    Parameters
    ----------
    types : XORValuations
        All of them are trained on, in batches of at most 128.
    seed : int
        Of the menu, ``>= 0``.
    flow : DiagonalFlow
        From Stage 1, which sees no valuations and so serves all menus over as many items.
    **changes
        Other fields of `BundleFlowConfig`.

    Returns
    -------
    BundleFlow
    """
    config = BundleFlowConfig.laptop(
        types.n_items,
        value_scale=float(types.grand_values().mean()),
        batch=min(128, len(types)),
        evaluation_types=len(types),
        **changes,
    )
    return BundleFlow(config, seed, flow).fit_menu(types)


def stage_one(n_items: int, seed: int, **flow: object) -> DiagonalFlow:
    """Train a flow over ``n_items`` items; ``flow`` are options of `flow_stage.fit_flow`."""
    return fit_flow(n_items, seed=seed, **flow).flow


def gap_table(
    sizes: Sequence[tuple[int, int]],
    seeds: int,
    *,
    deterministic_types: int,
    time_limit: float = 60.0,
    additional_location: float = 0.6,
    seed: int = 0,
    flow: Mapping[str, object] | None = None,
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
    flow : mapping, optional
        For `stage_one`.
    **changes
        For `train`.

    Returns
    -------
    DataFrame
        ``n_items, n_types, draw, mechanism, revenue, bound, share_of_optimum``: revenue on the very types that a
        mechanism was made for, and the proven bound on it (NaN where there is none).
    """
    rows = []
    for n_items, n_types in sizes:
        trained = stage_one(n_items, seed, **flow or {})
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
            for name, seller in _sellers(own, trained, changes):
                found[name] = seller(types), np.nan
            for name, (revenue, bound) in found.items():
                rows.append((n_items, n_types, draw, name, revenue, bound, revenue / best.revenue))
    columns = ["n_items", "n_types", "draw", "mechanism", "revenue", "bound", "share_of_optimum"]
    return pd.DataFrame(rows, columns=columns)


def _sellers(seed: int, flow: DiagonalFlow, changes: dict[str, object]) -> Iterator[tuple[str, _Seller]]:
    yield "a price for each size", lambda types: size_pricing(types).revenue
    yield "entry fee and price per item", lambda types: size_linear_tariff(types).revenue
    yield "BundleFlow", lambda types: train(types, seed, flow, **changes).menu().revenue(types)
    yield (
        "BundleFlow, starting from diverse sizes",
        lambda types: train(types, seed, flow, support_start="diverse", **changes).menu().revenue(types),
    )
    yield "grand bundle", lambda types: posted_price(types.grand_values()).revenue


def generalisation_table(
    numbers: Sequence[int],
    n_test: int,
    seeds: int,
    *,
    n_items: int = 6,
    largest_programme: int = 300,
    additional_location: float = 0.6,
    seed: int = 0,
    flow: Mapping[str, object] | None = None,
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
    flow : mapping, optional
        For `stage_one`.
    **changes
        For `train`.

    Returns
    -------
    DataFrame
        ``n_types, draw, mechanism, on, revenue, share_of_surplus`` with `on` one of ``"own types"``, ``"fresh types"``.
    """
    rows, trained = [], stage_one(n_items, seed, **flow or {})
    for draw, own in enumerate(spawn_seeds(seed, seeds)):
        first, second, third = spawn_seeds(own, 3)
        everybody = few_types(n_items, max(numbers), first, additional_location)
        fresh = few_types(n_items, n_test, second, additional_location)
        for number in numbers:
            types = everybody.take(slice(0, number))
            mechanisms: dict[str, Menu | SizeLinearTariff] = {
                "entry fee and price per item": size_linear_tariff(types),
                "BundleFlow": train(types, third, trained, **changes).menu(),
            }
            if number <= largest_programme:
                mechanisms["best lotteries"] = optimal_mechanism(types).menu
            for name, mechanism in mechanisms.items():
                for on, people in (("own types", types), ("fresh types", fresh)):
                    revenue = float(mechanism.payments(people).mean())
                    rows.append((number, draw, name, on, revenue, revenue / people.grand_values().mean()))
    return pd.DataFrame(rows, columns=["n_types", "draw", "mechanism", "on", "revenue", "share_of_surplus"])
