r"""RochetNet: a menu of allocations and prices for one buyer with additive values, learnt by gradient.

Element j gives :math:`x_j\in[0,1]^m` at price :math:`\beta_j`; a buyer of values :math:`t` has utility
:math:`x_j\cdot t-\beta_j`. Its upper envelope over the elements and nothing is convex in t, and every truthful
mechanism for one additive buyer has this form (Rochet 1987): training searches among truthful mechanisms only. Source:
Dütting, Feng, Narasimhan, Parkes and Ravindranath, *Optimal auctions through deep learning*, JACM 2024, section 4.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray
from torch import Tensor, nn

from common.auctions.priced_menu import PricedMenu, itemwise_arrays
from common.auctions.soft_revenue import soft_menu_revenue


@dataclass(frozen=True, eq=False)
class AdditiveMenu(PricedMenu[NDArray[np.float64]]):
    """A menu of J allocations for a buyer with additive values; nothing at price 0 is always there besides.

    Types are arrays of shape (N, m): what each item is worth to each buyer.

    Attributes
    ----------
    allocations : ndarray of float, shape (J, m)
        Share, or probability, of each item in each element, in ``[0, 1]``.
    prices : ndarray of float, shape (J,)
        In the unit of the values; finite.

    Raises
    ------
    ValueError
        If shapes disagree, an allocation is not in ``[0, 1]``, or a price is not finite.

    Examples
    --------
    >>> menu = AdditiveMenu([[1.0, 0.0], [1.0, 1.0]], [0.5, 0.8])
    >>> menu.payments(np.array([[0.6, 0.1], [0.6, 0.4], [0.1, 0.1]])).tolist()
    [0.5, 0.8, 0.0]
    """

    allocations: NDArray[np.float64]
    prices: NDArray[np.float64]

    def __post_init__(self) -> None:
        allocations, prices = itemwise_arrays("allocations", self.allocations, self.prices)
        object.__setattr__(self, "allocations", allocations)
        object.__setattr__(self, "prices", prices)

    def expected_values(self, types: ArrayLike) -> NDArray[np.float64]:
        """Return what every element is worth to every type before it is paid for, shape (N, J)."""
        values = np.asarray(types, dtype=float)
        if values.ndim != 2 or values.shape[1] != self.allocations.shape[1]:
            raise ValueError(f"types must have shape (N, {self.allocations.shape[1]}), given {values.shape}")
        return values @ self.allocations.T

    @staticmethod
    def piece(types: NDArray[np.float64], which: slice) -> NDArray[np.float64]:
        """Return some of the types."""
        return types[which]


class RochetNet(nn.Module):
    """The free parameters of an `AdditiveMenu`.

    Parameters
    ----------
    n_items, n_elements : int
        Numbers of items m and of elements J, ``>= 1``.
    generator : torch.Generator
        Source of the start: allocations spread over the cube, prices uniform on ``[0, scale * m / 2]``.
    scale : float
        Typical value of an item, ``> 0``.

    Attributes
    ----------
    logits : Parameter, shape (J, m)
        Allocations before the sigmoid.
    prices : Parameter, shape (J,)
        Unconstrained.
    """

    def __init__(self, n_items: int, n_elements: int, generator: torch.Generator, scale: float = 1.0) -> None:
        super().__init__()
        if n_items < 1 or n_elements < 1 or not 0 < scale < float("inf"):
            raise ValueError(
                f"n_items and n_elements must be >= 1 and scale > 0, given {n_items}, {n_elements}, {scale}"
            )
        kind = {"generator": generator, "device": generator.device}
        # logits spread out: where all elements start alike, the grand bundle takes the market before others are made
        self.logits = nn.Parameter(3 * torch.randn(n_elements, n_items, **kind))
        self.prices = nn.Parameter(torch.rand(n_elements, **kind) * scale * n_items / 2)

    def allocations(self) -> Tensor:
        """Return the allocations, shape (J, m), in (0, 1)."""
        return torch.sigmoid(self.logits)

    def soft_revenue(
        self,
        values: Tensor,
        inv_temperature: float,
        offsets: Callable[[Tensor], Tensor] | None = None,
        null_offset: Tensor | float = 0.0,
    ) -> Tensor:
        """Return the smoothed revenue from a batch of buyers, a scalar tensor.

        Parameters
        ----------
        values : Tensor, shape (B, m)
            What each item is worth to each buyer.
        inv_temperature : float
            As in `soft_menu_revenue`.
        offsets : callable, optional
            From allocations (J, m) to what else the seller gets when an element is taken (J,): in a sequence of
            buyers, the value of going on with what is left.
        null_offset : Tensor or float
            What the seller gets when nothing is taken.
        """
        allocations = self.allocations()
        offset = 0.0 if offsets is None else offsets(allocations)
        return soft_menu_revenue(values @ allocations.T, self.prices, offset, inv_temperature, null_offset)

    def menu(self) -> AdditiveMenu:
        """Return the menu as it is sold, in double precision."""
        with torch.no_grad():
            return AdditiveMenu(self.allocations().double().cpu().numpy(), self.prices.double().cpu().numpy())


def train_rochet_net(
    net: RochetNet,
    sampler: Callable[[torch.Generator], Tensor],
    iterations: int,
    inverse_temperature: float | Callable[[int], float],
    generator: torch.Generator,
    learning_rate: float = 0.01,
    offsets: Callable[[Tensor], Tensor] | None = None,
    null_offset: Tensor | float = 0.0,
) -> NDArray[np.float64]:
    """Train a RochetNet with Adam on fresh types in every iteration.

    Parameters
    ----------
    net : RochetNet
        Trained in place.
    sampler : callable
        Draws a batch of values (B, m) from a generator.
    iterations : int
        Number of gradient steps, ``>= 1``.
    inverse_temperature : float or callable
        Of the smoothed choice: a number, or a schedule of the step, 0 first (`common.rl.schedules`).
    generator : torch.Generator
        Handed to the sampler.
    learning_rate : float
        Adam's step size at the start, ``> 0``; it falls to 0 along a cosine.
    offsets, null_offset
        As in `RochetNet.soft_revenue`.

    Returns
    -------
    ndarray of float, shape (iterations,)
        Smoothed revenue of each batch.

    Raises
    ------
    ValueError
        If a number is out of its range.
    """
    if iterations < 1 or not 0 < learning_rate < float("inf"):
        raise ValueError(f"iterations must be >= 1 and learning_rate > 0, given {iterations} and {learning_rate}")
    temperature = inverse_temperature if callable(inverse_temperature) else lambda step: inverse_temperature
    optimiser = torch.optim.Adam(net.parameters(), lr=learning_rate)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, iterations)
    history = np.empty(iterations)
    for step in range(iterations):
        optimiser.zero_grad(set_to_none=True)
        revenue = net.soft_revenue(sampler(generator), temperature(step), offsets, null_offset)
        (-revenue).backward()
        optimiser.step()
        schedule.step()
        history[step] = revenue.item()
    return history
