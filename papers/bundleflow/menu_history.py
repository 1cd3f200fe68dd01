"""The course of Stage 2: what a menu earns and sells while it is trained."""

import numpy as np
import torch

from common.auctions.bitsets import bundle_sizes
from common.auctions.choices import choose
from common.auctions.menu import Menu
from common.auctions.soft_revenue import soft_menu_revenue
from common.auctions.xor import XORValuations
from papers.bundleflow.menu_stage import MenuStage

PRICE_QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)


def measure(stage: MenuStage, types: XORValuations) -> tuple[dict[str, float], Menu]:
    """Measure the menu of a stage, as it would be sold now.

    Parameters
    ----------
    stage : MenuStage
        Training in progress.
    types : XORValuations
        Whom it is measured on, at least one type.

    Returns
    -------
    row : dict
        ``inverse_temperature``; ``hard_revenue`` (exact choices, ties for the seller) and ``soft_revenue`` (smoothed
        ones) of a type; ``nothing_bought``, the share of types that take nothing; ``elements_bought`` and
        ``bundles_bought``, numbers of different elements taken and of their likeliest bundles; ``bundle_size``, items
        that a buyer expects, 0 if there is none; ``effective_support``, mean over the elements of the exponential of
        the entropy of their weights; ``price_05`` to ``price_95``, quantiles of the prices over the elements;
        ``negative_prices``, the number of those that were below 0 and were set to 0.
    menu : Menu
        That menu.
    """
    frozen, inverse_temperature = stage.frozen(), stage.inverse_temperature.value
    menu = frozen.menu
    values = menu.expected_values(types)
    element, _, payment = choose(values - menu.prices, menu.prices)
    soft = soft_menu_revenue(
        torch.from_numpy(values), torch.from_numpy(menu.prices), inv_temperature=inverse_temperature
    )
    row = {
        "inverse_temperature": inverse_temperature,
        "hard_revenue": float(payment.mean()),
        "soft_revenue": soft.item(),
        "nothing_bought": float((element < 0).mean()),
        **_sales(menu, element[element >= 0]),
        "effective_support": effective_support(menu),
    }
    quantiles = np.quantile(menu.prices, PRICE_QUANTILES)
    row |= {f"price_{round(100 * q):02d}": float(p) for q, p in zip(PRICE_QUANTILES, quantiles, strict=True)}
    return row | {"negative_prices": frozen.negative_prices}, menu


def effective_support(menu: Menu) -> float:
    """Return the mean over the elements of the exponential of the entropy of their weights: 1 if they are certain.

    Bundles count as often as they are named, also where two names mean the same bundle.
    """
    shares = menu.weights
    entropy = -(shares * np.log(np.where(shares > 0, shares, 1.0))).sum(axis=1)
    return float(np.exp(entropy).mean())


def _sales(menu: Menu, taken: np.ndarray) -> dict[str, float]:
    likeliest = menu.bundles[taken, menu.weights[taken].argmax(axis=1)]
    sizes = (bundle_sizes(menu.bundles) * menu.weights).sum(axis=1)
    return {
        "elements_bought": len(np.unique(taken)),
        "bundles_bought": len(np.unique(likeliest, axis=0)),
        "bundle_size": float(sizes[taken].mean()) if len(taken) else 0.0,
    }
