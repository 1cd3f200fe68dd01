r"""Bundle-RochetNet: a menu whose elements are item-wise inclusion probabilities, learnt by gradient (our definition).

Element j includes item i with probability :math:`a_{ji}=\mathrm{sigmoid}(r_{ji})`. What it is worth to a type in
training is either

- ``"exact"``: the expectation over all bundles, by the max-min identity (`common.auctions.product_lotteries`); or
- ``"straight_through"``: the mean over a few draws. Forward, a draw is the bundle :math:`\{i : r_{ji}+g_i>0\}` with
  logistic noise g. Backward, it is the relaxed :math:`\tilde a_i=\mathrm{sigmoid}((r_{ji}+g_i)/\tau)`, valued by
  :math:`\max_k b_k\prod_{i\in S_k}\tilde a_i`, which agrees with v at bundles: a draw of zeros and ones would tell an
  item nothing as long as another one is missing too.

The paper compares with a baseline that learns allocations by Gumbel-softmax; its exact definition could not be read.
The exact form is new (dossier section 7) and truthful with the lottery itself.
"""

from collections.abc import Callable
from typing import Literal, get_args

import numpy as np
import torch
from torch import Tensor, nn

from common.auctions.bitsets import unpack_items
from common.auctions.menu import Menu
from common.auctions.product_lotteries import ProductLotteryMenu, UnionTerms, product_lottery_values
from common.auctions.xor import XORValuations
from papers.bundleflow.config import BundleFlowConfig
from papers.bundleflow.menu_pricing import AnnealedTraining, FittedMenu, looked_at, sold_prices

Form = Literal["exact", "straight_through"]


def fit_bundle_rochet(
    types: XORValuations,
    config: BundleFlowConfig,
    form: Form = "exact",
    sold: Literal["lottery", "rounded"] = "lottery",
    seed: int = 0,
    validation: XORValuations | None = None,
    draws: int = 1,
    relaxation: float = 0.5,
) -> FittedMenu:
    """Learn a menu of item-wise probabilities.

    Parameters
    ----------
    types : XORValuations
        Training types.
    config : BundleFlowConfig
        Size of the menu, and training as in `AnnealedTraining`.
    form : {"exact", "straight_through"}
        How elements are valued in training.
    sold : {"lottery", "rounded"}
        Whether the menu that is sold, and measured, is that of the product lotteries, or that of the bundles of items
        with a probability of 1/2 and more.
    seed : int
        Of everything that is random, ``>= 0``.
    validation : XORValuations, optional
        Types for the history; the first training types if not given.
    draws : int
        Bundles drawn for each element in an iteration (straight-through), ``>= 1``.
    relaxation : float
        Temperature of the relaxed draws (straight-through), ``> 0``.

    Returns
    -------
    FittedMenu

    Raises
    ------
    ValueError
        If an argument is not allowed, or there is no type.
    """
    if form not in get_args(Form) or sold not in ("lottery", "rounded"):
        raise ValueError(
            f"form must be one of {get_args(Form)} and sold 'lottery' or 'rounded', given {form!r}, {sold!r}"
        )
    if draws < 1 or not 0 < relaxation < float("inf"):
        raise ValueError(f"draws must be >= 1 and relaxation > 0, given {draws} and {relaxation}")
    generator = torch.Generator().manual_seed(seed)
    logits, prices = _start(config, generator)
    if form == "exact":
        values = exact_values(types, logits)
    else:
        values = straight_through_values(types, logits, draws, relaxation, generator)
    measured = looked_at(config, types, validation)
    training = AnnealedTraining(config, len(types), values, prices, [logits], generator)

    def menu() -> ProductLotteryMenu | Menu:
        lotteries = ProductLotteryMenu(torch.sigmoid(logits.detach().double()).numpy(), sold_prices(prices))
        return lotteries if sold == "lottery" else lotteries.rounded()

    history = training.run(lambda: menu().revenue(measured))
    return FittedMenu(menu(), history)


def _start(config: BundleFlowConfig, generator: torch.Generator) -> tuple[nn.Parameter, nn.Parameter]:
    """Return logits (J, m) of menus of diverse sizes, and prices (J,) that start as BundleFlow's do."""
    share = torch.rand(config.menu_size, 1, generator=generator).clamp(0.01, 0.99)
    logits = torch.logit(share) + torch.randn(config.menu_size, config.n_items, generator=generator)
    return nn.Parameter(logits), nn.Parameter(config.scale * torch.rand(config.menu_size, generator=generator))


def exact_values(types: XORValuations, logits: nn.Parameter) -> Callable[[Tensor], Tensor]:
    """Return a function from numbers of types (B,) to exact values of the product lotteries (B, J)."""
    terms = UnionTerms.of(types, np.float32)
    return lambda index: product_lottery_values(nn.functional.logsigmoid(logits), terms, index.numpy())


def straight_through_values(
    types: XORValuations, logits: nn.Parameter, draws: int, relaxation: float, generator: torch.Generator
) -> Callable[[Tensor], Tensor]:
    """Return a function from numbers of types (B,) to the mean value of drawn bundles (B, J), relaxed backward."""
    atoms = torch.from_numpy(unpack_items(types.atoms, types.n_items))
    bids = torch.from_numpy(types.bids.astype(np.float32))

    def values(index: Tensor) -> Tensor:
        inside, bid = atoms[index].float(), bids[index][..., None]
        total = torch.zeros(())
        for _ in range(draws):
            uniform = torch.rand(logits.shape, generator=generator).clamp_(1e-7, 1 - 1e-7)
            noisy = logits + torch.logit(uniform)
            relaxed = (bid * torch.exp(inside @ nn.functional.logsigmoid(noisy / relaxation).T)).amax(dim=1)
            with torch.no_grad():
                missing = inside @ (noisy <= 0).float().T
                hard = (bid * (missing < 0.5)).amax(dim=1)
            total = total + relaxed + (hard - relaxed).detach()
        return total / draws

    return values
