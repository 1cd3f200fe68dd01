"""One door to every mechanism that is compared: fitted on training types, asked what other types pay.

Of the paper's baselines only names and a few words are known (dossier section 7), so that all of them are here by this
companion's definitions; BundleFlow is the paper's, by the released code. All break ties in the seller's favour.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, fields, replace
from functools import lru_cache
from typing import Literal, Protocol

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from common.auctions.bitsets import pack_items
from common.auctions.item_pricing import item_pricing
from common.auctions.menu import Menu
from common.auctions.size_pricing import size_pricing
from common.auctions.tariffs import posted_price, size_linear_tariff
from common.auctions.xor import XORValuations
from papers.bundleflow.bundle_flow import BundleFlow
from papers.bundleflow.bundle_rochet import fit_bundle_rochet
from papers.bundleflow.config import BundleFlowConfig
from papers.bundleflow.diagonal_flow import DiagonalFlow
from papers.bundleflow.fixed_menus import FixedMenu, fixed_bundles
from papers.bundleflow.menu_pricing import fit_prices


class Rule(Protocol):
    """What a mechanism has to answer."""

    def payments(self, types: XORValuations) -> NDArray[np.float64]:
        """Return what each type pays, shape (N,)."""


@dataclass(frozen=True)
class Fitted:
    """A mechanism made for some types.

    Attributes
    ----------
    rule : Rule
        Says what types pay.
    seconds : float
        CPU seconds that it took.
    stage_1_seconds : float
        CPU seconds of Stage 1 besides, which sees no types and is done once a seed; 0 where there is none.
    history : DataFrame or None
        The course of its training on an annealed loss, if it has one.
    """

    rule: Rule
    seconds: float
    stage_1_seconds: float
    history: pd.DataFrame | None


Fit = Callable[[XORValuations, BundleFlowConfig, int], tuple[Rule, pd.DataFrame | None]]


@dataclass(frozen=True)
class Mechanism:
    """A mechanism by name.

    Attributes
    ----------
    label : str
        For figures and tables.
    kind : {"tariff", "fixed menu", "learnt menu"}
        What is priced: a few numbers, given bundles, or learnt ones.
    definition : {"paper", "paper's name, our definition", "ours"}
        Whose it is.
    fit : callable
        From training types, settings and a seed to a rule and a history (or None).
    flow : bool
        Whether there is a Stage 1.
    """

    label: str
    kind: Literal["tariff", "fixed menu", "learnt menu"]
    definition: Literal["paper", "paper's name, our definition", "ours"]
    fit: Fit
    flow: bool = False


def fit_mechanism(name: str, types: XORValuations, config: BundleFlowConfig, seed: int = 0) -> Fitted:
    """Fit a mechanism on training types.

    Parameters
    ----------
    name : str
        One of `MECHANISMS`.
    types : XORValuations
        Training types, at least one.
    config : BundleFlowConfig
        Settings of what is learnt; its value scale is replaced by the types' mean value of all items.
    seed : int
        Of everything that is random, ``>= 0``.

    Returns
    -------
    Fitted

    Raises
    ------
    ValueError
        If there is no mechanism of this name, or no type.
    """
    if name not in MECHANISMS:
        raise ValueError(f"name must be one of {list(MECHANISMS)}, given {name!r}")
    if not len(types):
        raise ValueError("types must be at least one, given none")
    mechanism = MECHANISMS[name]
    stage_1_seconds = trained_flow(_flow_settings(config), seed)[1] if mechanism.flow else 0.0
    start = time.process_time()
    scaled = replace(config, value_scale=float(types.grand_values().mean()))
    rule, history = mechanism.fit(types, scaled, seed)
    return Fitted(rule, time.process_time() - start, stage_1_seconds, history)


def _grand(types: XORValuations, config: BundleFlowConfig, seed: int) -> tuple[Rule, None]:
    price = posted_price(types.grand_values()).price
    grand = pack_items(np.ones((1, 1, types.n_items), dtype=bool))
    return Menu(grand, np.ones((1, 1)), np.array([price])), None


def _items(entry_fee: bool) -> Fit:
    return lambda types, config, seed: (item_pricing(types, entry_fee=entry_fee), None)


def _sizes(types: XORValuations, config: BundleFlowConfig, seed: int) -> tuple[Rule, None]:
    return size_pricing(types), None


def _linear(types: XORValuations, config: BundleFlowConfig, seed: int) -> tuple[Rule, None]:
    return size_linear_tariff(types), None


def _fixed(kind: FixedMenu) -> Fit:
    def fit(types: XORValuations, config: BundleFlowConfig, seed: int) -> tuple[Rule, pd.DataFrame]:
        bundles = fixed_bundles(kind, config.menu_size, types, np.random.default_rng(seed))
        fitted = fit_prices(bundles, types, config, seed)
        return fitted.menu, fitted.history

    return fit


def _rochet(form: Literal["exact", "straight_through"], sold: Literal["lottery", "rounded"]) -> Fit:
    def fit(types: XORValuations, config: BundleFlowConfig, seed: int) -> tuple[Rule, pd.DataFrame]:
        fitted = fit_bundle_rochet(types, config, form, sold, seed)
        return fitted.menu, fitted.history

    return fit


def _bundle_flow(support_start: Literal["released", "diverse"]) -> Fit:
    def fit(types: XORValuations, config: BundleFlowConfig, seed: int) -> tuple[Rule, pd.DataFrame]:
        flow, _ = trained_flow(_flow_settings(config), seed)
        learner = BundleFlow(replace(config, support_start=support_start), seed, flow).fit_menu(types)
        return learner.menu(), learner.history

    return fit


def _flow_settings(config: BundleFlowConfig) -> BundleFlowConfig:
    """Return the settings with those of Stage 2 at their defaults: what they are makes no other flow."""
    names = [field.name for field in fields(config) if field.name.startswith("flow_")]
    return BundleFlowConfig(**{name: getattr(config, name) for name in ("n_items", "device", *names)})


@lru_cache(maxsize=16)
def trained_flow(config: BundleFlowConfig, seed: int) -> tuple[DiagonalFlow, float]:
    """Return the flow of Stage 1 and the CPU seconds it took; it sees no valuations, so it is trained once a seed."""
    start = time.process_time()
    flow = BundleFlow(config, seed).fit_flow().flow
    return flow, time.process_time() - start


_OURS, _NAMED = "ours", "paper's name, our definition"

#: All mechanisms that are compared, by name.
MECHANISMS: dict[str, Mechanism] = {
    "grand": Mechanism("grand bundle", "tariff", _NAMED, _grand),
    "items": Mechanism("item prices", "tariff", _OURS, _items(False)),
    "items_fee": Mechanism("item prices + entry fee", "tariff", _OURS, _items(True)),
    "size_linear": Mechanism("a + b per item", "tariff", _OURS, _linear),
    "sizes": Mechanism("price by size", "tariff", _OURS, _sizes),
    "small": Mechanism("small bundles", "fixed menu", _NAMED, _fixed("small")),
    "big": Mechanism("big bundles", "fixed menu", _NAMED, _fixed("big")),
    "diverse": Mechanism("bundles of all sizes", "fixed menu", _OURS, _fixed("diverse")),
    "atoms": Mechanism("training atoms", "fixed menu", _OURS, _fixed("atoms")),
    "rochet_st": Mechanism(
        "Bundle-RochetNet (i), straight-through", "learnt menu", _NAMED, _rochet("straight_through", "rounded")
    ),
    "rochet_exact": Mechanism(
        "Bundle-RochetNet (ii), exact lotteries", "learnt menu", _OURS, _rochet("exact", "lottery")
    ),
    "bundleflow": Mechanism("BundleFlow", "learnt menu", "paper", _bundle_flow("released"), flow=True),
    "bundleflow_diverse": Mechanism(
        "BundleFlow, diverse start", "learnt menu", _OURS, _bundle_flow("diverse"), flow=True
    ),
}
