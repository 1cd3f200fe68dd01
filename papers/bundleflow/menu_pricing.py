r"""Training against smoothed choices for menus other than BundleFlow's, and the prices of a menu of given bundles.

All learners share one loss, one schedule of :math:`\lambda` and one optimiser (equations 22 and 23; dossier 4.4): they
differ in what an element is worth to a type, and in what is learnt besides prices.
"""

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np
import pandas as pd
import torch
from numpy.typing import ArrayLike
from torch import Tensor, nn

from common.auctions.bitsets import Masks, bundle_sizes
from common.auctions.menu import Menu
from common.auctions.priced_menu import PricedMenu
from common.auctions.soft_revenue import soft_menu_revenue
from common.auctions.xor import XORValuations
from papers.bundleflow.annealing import InverseTemperature
from papers.bundleflow.config import BundleFlowConfig

#: Values of all types for all elements are kept if they are no more than this many numbers.
_KEPT = 2**26


@dataclass(frozen=True)
class FittedMenu:
    """A menu that was learnt, with its course.

    Attributes
    ----------
    menu : Menu or PricedMenu
        As it is sold: prices at least 0.
    history : DataFrame
        A row every `evaluate_every` iterations, the first and the last one, as that of `BundleFlow`: ``iteration``,
        CPU ``seconds``, ``inverse_temperature``, ``hard_revenue``; and ``batch_revenue``, the smoothed revenue of
        the last batch.
    """

    menu: Menu | PricedMenu[XORValuations]
    history: pd.DataFrame


class AnnealedTraining:
    r"""Adam on smoothed revenue while :math:`\lambda` grows.

    Parameters
    ----------
    config : BundleFlowConfig
        Its batch, iterations, price step size, Adam's epsilon and annealing; ``mean_rate`` for what is not a price.
    n_types : int
        Number of training types, ``>= 1``.
    row_values : callable
        From numbers of types (B,) to what the elements are worth to them (B, J), differentiable where it is learnt.
    prices : Parameter, shape (J,)
        Prices at their start, in the unit of the bids.
    learnt : iterable of Parameter
        What else is learnt.
    generator : torch.Generator
        Source of the batches.

    Raises
    ------
    ValueError
        If there is no type.
    """

    def __init__(
        self,
        config: BundleFlowConfig,
        n_types: int,
        row_values: Callable[[Tensor], Tensor],
        prices: nn.Parameter,
        learnt: Iterable[nn.Parameter],
        generator: torch.Generator,
    ) -> None:
        if n_types < 1:
            raise ValueError(f"n_types must be >= 1, given {n_types}")
        self._config, self._n_types, self._row_values = config, n_types, row_values
        self._prices, self._generator = prices, generator
        self.inverse_temperature = InverseTemperature(config)
        groups = [{"params": [prices], "lr": config.price_rate * config.scale}]
        groups += [{"params": [parameter], "lr": config.mean_rate} for parameter in learnt]
        self._optimiser = torch.optim.Adam(groups, eps=config.adam_eps, fused=True)

    def step(self, iteration: int) -> float:
        """Do one iteration, the first one being 1, and return the smoothed revenue of its batch."""
        if self._n_types <= self._config.batch:
            index = torch.arange(self._n_types)
        else:
            index = torch.randint(self._n_types, (self._config.batch,), generator=self._generator)
        self._optimiser.zero_grad(set_to_none=True)
        inverse_temperature = self.inverse_temperature.value
        revenue = soft_menu_revenue(self._row_values(index), self._prices, inv_temperature=inverse_temperature)
        (-revenue).backward()
        self._optimiser.step()
        self.inverse_temperature.advance(iteration)
        return revenue.item()

    def run(self, look: Callable[[], float]) -> pd.DataFrame:
        """Do all iterations and return the history.

        Parameters
        ----------
        look : callable
            Returns the hard revenue of the present menu.
        """
        config, rows, start = self._config, [], time.process_time()
        revenue = float("nan")
        for iteration in range(config.iterations + 1):
            if iteration:
                revenue = self.step(iteration)
            if iteration % config.evaluate_every == 0 or iteration == config.iterations:
                row = {"iteration": iteration, "seconds": time.process_time() - start}
                row |= {"inverse_temperature": self.inverse_temperature.value, "hard_revenue": look()}
                rows.append(row | {"batch_revenue": revenue})
        return pd.DataFrame(rows)


def sold_prices(prices: Tensor) -> np.ndarray:
    """Return prices as they are charged: in double precision, at least 0."""
    return np.maximum(prices.detach().double().numpy(), 0.0)


def looked_at(config: BundleFlowConfig, types: XORValuations, validation: XORValuations | None) -> XORValuations:
    """Return the types that a history is measured on: the given ones, or else the first training types."""
    return (types if validation is None else validation).take(slice(0, config.evaluation_types))


def fit_prices(
    bundles: Masks,
    types: XORValuations,
    config: BundleFlowConfig,
    seed: int = 0,
    start: ArrayLike | None = None,
    validation: XORValuations | None = None,
) -> FittedMenu:
    """Learn the prices of a menu whose bundles stay as they are.

    Parameters
    ----------
    bundles : ndarray of uint64, shape (J, W)
        One bundle an element.
    types : XORValuations
        Training types.
    config : BundleFlowConfig
        As in `AnnealedTraining`; the menu's size is that of `bundles`.
    seed : int
        Of the batches, ``>= 0``.
    start : array_like, shape (J,), optional
        Prices at the start; proportional to the size of the bundle if not given, with the mean value of all items for
        all items.
    validation : XORValuations, optional
        Types for the history; the first training types if not given.

    Returns
    -------
    FittedMenu

    Raises
    ------
    ValueError
        If there is no type, or shapes do not fit.
    """
    start = types.grand_values().mean() * bundle_sizes(bundles) / types.n_items if start is None else np.asarray(start)
    if start.shape != bundles.shape[:1]:
        raise ValueError(f"start must have shape {bundles.shape[:1]}, given {start.shape}")
    prices = nn.Parameter(torch.from_numpy(start.astype(np.float32)))
    generator = torch.Generator().manual_seed(seed)
    measured = looked_at(config, types, validation)
    training = AnnealedTraining(config, len(types), fixed_values(bundles, types), prices, [], generator)

    def menu() -> Menu:
        return Menu(bundles[:, None, :], np.ones((len(bundles), 1)), sold_prices(prices))

    history = training.run(lambda: menu().revenue(measured))
    return FittedMenu(menu(), history)


def fixed_values(bundles: Masks, types: XORValuations) -> Callable[[Tensor], Tensor]:
    """Return a function from numbers of types (B,) to the values of given bundles (B, J), in single precision.

    All values are computed at once where that is no more than 2**26 numbers.
    """
    if len(bundles) * len(types) <= _KEPT:
        table = torch.from_numpy(types.values(bundles, np.empty((len(types), len(bundles)), dtype=np.float32)))
        return lambda index: table[index]

    def values(index: Tensor) -> Tensor:
        out = np.empty((len(index), len(bundles)), dtype=np.float32)
        return torch.from_numpy(types.take(index.numpy()).values(bundles, out))

    return values
