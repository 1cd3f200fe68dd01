"""Notebook 02: random menus and what a lie gains, the additive uniform case, and simple tariffs on fresh bidders."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray

from common.auctions.item_pricing import item_pricing
from common.auctions.menu import Menu
from common.auctions.optimal import optimal_mechanism
from common.auctions.rochet_net import AdditiveMenu, RochetNet, train_rochet_net
from common.auctions.size_pricing import size_pricing
from common.auctions.straight_jacket_auction import (
    separate_sale_revenue,
    straight_jacket,
    uniform_bundle_revenue,
)
from common.auctions.tariffs import posted_price, size_linear_tariff
from common.auctions.xor import XORValuations
from common.rl.schedules import ExponentialSchedule
from common.stats import mean_interval, paired_interval, spawn_generators, spawn_seeds
from papers.bundleflow.bundle_flow import BundleFlow
from papers.bundleflow.config import BundleFlowConfig
from papers.bundleflow.flow_stage import fit_flow


def random_types(n_types: int, n_items: int, generator: np.random.Generator, atoms: int = 3) -> XORValuations:
    """Return types with bundles drawn by fair coins and bids uniform on [0, 10]; an empty bundle is no atom."""
    inside = generator.random((n_types, atoms, n_items)) < 0.5
    bids = 10 * generator.random((n_types, atoms)) * inside.any(axis=-1)
    return XORValuations.from_dense(np.concatenate([inside, bids[..., None]], axis=-1))


def random_menu(n_elements: int, support: int, n_items: int, generator: np.random.Generator) -> Menu:
    """Return lotteries over random bundles, Dirichlet weights and prices uniform on [0, 5]."""
    drawn = random_types(n_elements, n_items, generator, support)
    weights = generator.dirichlet(np.ones(support), n_elements)
    return Menu(drawn.atoms, weights, 5 * generator.random(n_elements))


def softmax_regret(menu: Menu, types: XORValuations, inv_temperature: float) -> float:
    """Return the most that a type gains by a lie if it is served by chance instead of by its best element.

    The report s gets element j with probability proportional to ``exp(inv_temperature * u_j(s))``, nothing being one
    more element: the rule by which a menu is trained.
    """
    utilities = np.hstack([menu.utilities(types), np.zeros((len(types), 1))])
    shares = np.exp(inv_temperature * (utilities - utilities.max(axis=1, keepdims=True)))
    shares /= shares.sum(axis=1, keepdims=True)
    expected = utilities @ shares.T  # [t, s]: what type t gets if it says s
    return float((expected.max(axis=1) - np.diag(expected)).max())


def regret_table(
    n_menus: int, n_types: int, n_items: int, inv_temperatures: tuple[float, ...], seed: int
) -> pd.DataFrame:
    """Return, for random menus and types, the largest regret and the least utility of the best choice, and softmax.

    Returns
    -------
    pandas.DataFrame
        A row a menu: ``regret``, ``least utility``, and a column for each inverse temperature with the softmax regret.
    """
    rows = []
    for generator in spawn_generators(seed, n_menus):
        menu, types = random_menu(20, 4, n_items, generator), random_types(n_types, n_items, generator)
        row = {"regret": menu.regret(types), "least utility": menu.buy(types)[1].min()}
        rows.append(row | {str(each): softmax_regret(menu, types, each) for each in inv_temperatures})
    return pd.DataFrame(rows)


def with_every_bundle(types: XORValuations) -> XORValuations:
    """Return the same valuations with all ``2**m - 1`` bundles as atoms, for small m."""
    bundles = np.arange(1, 2**types.n_items, dtype=np.uint64)[:, None]
    atoms = np.broadcast_to(bundles, (len(types), *bundles.shape))
    return XORValuations(atoms, types.values(bundles), types.n_items)


def own_atom_table(n_draws: int, n_types: int, n_items: int, seed: int) -> pd.DataFrame:
    """Return optimal revenues with own atoms, with every bundle, without lotteries, and the yardsticks around them."""
    rows = []
    for generator in spawn_generators(seed, n_draws):
        types = random_types(n_types, n_items, generator)
        rows.append(
            {
                "grand bundle": posted_price(types.grand_values()).revenue,
                "deterministic": optimal_mechanism(types, deterministic=True).revenue,
                "own atoms": optimal_mechanism(types).revenue,
                "every bundle": optimal_mechanism(with_every_bundle(types)).revenue,
                "full surplus": types.grand_values().mean(),
            }
        )
    return pd.DataFrame(rows)


def additive_table(most_items: int) -> pd.DataFrame:
    """Return exact revenues for m = 1 .. most_items additive values uniform on [0, 1], a row for each m."""
    rows = [
        {
            "items": m,
            "separate": separate_sale_revenue(m),
            "bundle": uniform_bundle_revenue(m)[1],
            "straight-jacket": straight_jacket(m).revenue,
        }
        for m in range(1, most_items + 1)
    ]
    return pd.DataFrame(rows).set_index("items")


def learned_additive_menu(n_items: int, n_elements: int, iterations: int, seed: int) -> AdditiveMenu:
    """Return a menu that RochetNet has learned for uniform additive values, batches of 256."""
    generator = torch.Generator().manual_seed(seed)
    net = RochetNet(n_items, n_elements, generator)
    warmth = ExponentialSchedule(20.0, 400.0, max(1, int(0.8 * iterations)))

    def uniform(source: torch.Generator) -> torch.Tensor:
        return torch.rand((256, n_items), generator=source)

    train_rochet_net(net, uniform, iterations, warmth, generator, learning_rate=0.02)
    return net.menu()


def learned_additive_table(
    items: list[int], n_elements: int, iterations: int, seeds: int, n_test: int, seed: int
) -> pd.DataFrame:
    """Return what learned menus earn over what the straight-jacket auction does, by the same test buyers.

    Returns
    -------
    pandas.DataFrame
        A row for each m and seed: ``items``, ``run``, ``share`` (revenue over the exact one of the straight-jacket
        auction) and ``error`` (standard error of the share). The auction's payments by the same buyers serve as control
        variate, so the sampling error is that of the difference.
    """
    rows = []
    for m in items:
        auction = straight_jacket(m)
        for run, child in enumerate(spawn_seeds(seed + m, seeds)):
            menu = learned_additive_menu(m, n_elements, iterations, child)
            values = spawn_generators(child, 1)[0].random((n_test, m))
            difference = menu.payments(values) - auction.payments(values)
            share = 1 + difference.mean() / auction.revenue
            error = difference.std() / np.sqrt(n_test) / auction.revenue
            rows.append({"items": m, "run": run, "share": share, "error": error})
    return pd.DataFrame(rows)


def tariff_payments(own: XORValuations, fresh: XORValuations) -> dict[str, tuple[float, NDArray[np.float64]]]:
    """Return for each simple mechanism its revenue from the types it was made for, and what fresh ones pay."""
    price = posted_price(own.grand_values())
    mechanisms = {
        "price per item": size_linear_tariff(own, entry_fee=False),
        "fee and price per item": size_linear_tariff(own),
        "fee and item prices": item_pricing(own),
        "price for each size": size_pricing(own),
    }
    bundle = np.where(fresh.grand_values() >= price.price, price.price, 0.0)
    others = {name: (each.revenue, each.payments(fresh)) for name, each in mechanisms.items()}
    return {"grand bundle": (price.revenue, bundle)} | others


def tariff_table(own: XORValuations, fresh: XORValuations) -> pd.DataFrame:
    """Return what simple mechanisms earn from their own and from fresh types, with intervals and shares of surplus."""
    paid, surplus = tariff_payments(own, fresh), fresh.grand_values()
    rows = {}
    for name, (revenue, payments) in paid.items():
        gain = paired_interval(payments, paid["grand bundle"][1])
        rows[name] = {
            "own types": revenue,
            "fresh types": str(mean_interval(payments)),
            "share of surplus": payments.mean() / surplus.mean(),
            "more than the grand bundle": "" if name == "grand bundle" else str(gain),
        }
    return pd.DataFrame(rows).T


def learned_lottery_table(types: XORValuations, supports: Sequence[int], iterations: int, seed: int) -> pd.DataFrame:
    """Train small menus of BundleFlow on a handful of types, with weights that may mix bundles freely.

    Parameters
    ----------
    types : XORValuations
        All of them make up every batch.
    supports : sequence of int
        Numbers of bundles D in an element, ``>= 1``; with 1 the menu is deterministic.
    iterations : int
        Gradient steps, ``>= 1``.
    seed : int
        Of flow and menus, ``>= 0``.

    Returns
    -------
    pandas.DataFrame
        A row a number of bundles, ``D``: ``revenue`` on the types, and the ``menu`` that they buy from.
    """
    flow = fit_flow(types.n_items, initial="stage-2", iterations=200, seed=seed).flow
    rows = {}
    for support in supports:
        config = BundleFlowConfig.laptop(
            types.n_items,
            menu_size=40,
            support_size=support,
            weights="no_density",
            iterations=iterations,
            batch=len(types),
            value_scale=float(types.grand_values().mean()),
            inverse_temperature=(0.003, 1.0),
            evaluate_every=iterations,
        )
        menu = BundleFlow(config, seed, flow).fit_menu(types).menu()
        rows[support] = {"revenue": menu.revenue(types), "menu": menu.prune(types)}
    return pd.DataFrame.from_dict(rows, orient="index").rename_axis("D")
