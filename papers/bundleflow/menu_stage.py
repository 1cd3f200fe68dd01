r"""Stage 2 of BundleFlow: a menu is trained against smoothed choices of buyers, with the flow frozen.

One iteration (dossier 4.3): support points, with their jitter, are carried to bundles in closed form; bundles are
valued by a batch of types; log-weights are normalised in each element; the buyer's choice is a softmax of
:math:`\lambda` times utilities over the elements and nothing; Adam follows the smoothed revenue (equations 22 and 23).
Gradients reach prices, weight logits, and support points through the Liouville term alone.
"""

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from common.auctions.bitsets import pack_items
from common.auctions.menu import Menu
from common.auctions.soft_revenue import soft_menu_revenue
from common.auctions.xor import XORValuations
from papers.bundleflow.annealing import CHECK_EVERY, InverseTemperature
from papers.bundleflow.batch_values import batch_values
from papers.bundleflow.config import BundleFlowConfig
from papers.bundleflow.frozen_flow import FrozenFlow
from papers.bundleflow.menu_parameters import MenuParameters


@dataclass(frozen=True)
class FrozenMenu:
    """A menu as it is sold, with what had to be mended.

    Attributes
    ----------
    menu : Menu
        At the support points themselves, without jitter; prices at least 0.
    negative_prices : int
        Elements whose price was below 0 and is 0 now.
    """

    menu: Menu
    negative_prices: int


class MenuStage:
    """Training of one menu; `step` does an iteration.

    Parameters
    ----------
    config : BundleFlowConfig
        Its fields of Stage 2.
    flow : FrozenFlow
        The flow of Stage 1; device and precision of the menu are its own.
    types : XORValuations
        Training types, at least one.
    generator : torch.Generator
        Source of the start, the batches and the jitter; on the flow's device.

    Attributes
    ----------
    parameters : MenuParameters
        What is learnt.
    inverse_temperature : InverseTemperature
        Where annealing is.

    Raises
    ------
    ValueError
        If there is no type, or items are not as many as the flow's.
    """

    def __init__(
        self, config: BundleFlowConfig, flow: FrozenFlow, types: XORValuations, generator: torch.Generator
    ) -> None:
        if not len(types) or types.n_items != config.n_items:
            raise ValueError(
                f"types must be at least one, over {config.n_items} items, given {len(types)} over {types.n_items}"
            )
        self.parameters = MenuParameters(config, generator, flow.dtype)
        self.inverse_temperature = InverseTemperature(config)
        self._config, self._flow, self._generator = config, flow, generator
        self._n_types = len(types)
        self._values = batch_values(types, flow.device, flow.dtype)
        self._optimiser = self._adam()
        self._iteration = 0
        self._fixed = None if self.parameters.rho.requires_grad else self._bundles_and_scores(jitter=False)

    def step(self) -> Tensor:
        """Do one iteration and return the smoothed revenue of its batch, a scalar tensor without gradient."""
        self._iteration += 1
        self._optimiser.zero_grad(set_to_none=True)
        revenue = self.soft_revenue(self._draw())
        (-revenue).backward()
        self._optimiser.step()
        self.inverse_temperature.advance(self._iteration)
        if self._config.odd_rule and self._iteration % CHECK_EVERY == 0:
            self.inverse_temperature.look_at(self._included_share())
        return revenue.detach()

    def soft_revenue(self, index: Tensor) -> Tensor:
        """Return the smoothed revenue from the types of these numbers (B,), differentiable in the parameters."""
        bundles, scores = self._fixed or self._bundles_and_scores(jitter=True)
        inverse_temperature = self.inverse_temperature.value
        values = self._values(index, bundles).view(len(index), *self.parameters.omega.shape)
        weights = self.parameters.log_weights(scores, inverse_temperature).exp()
        expected = torch.einsum("jd,bjd->bj", weights, values)
        return soft_menu_revenue(expected, self.parameters.prices, inv_temperature=inverse_temperature)

    def frozen(self) -> FrozenMenu:
        """Return the menu as it would be sold now."""
        with torch.no_grad():
            bundles, scores = self._fixed or self._bundles_and_scores(jitter=False)
            weights = self._weights(scores)
            prices = self.parameters.prices.double().cpu().numpy()
        masks = pack_items(bundles.cpu().numpy()).reshape(*weights.shape, -1)
        return FrozenMenu(Menu(masks, weights.cpu().numpy(), np.maximum(prices, 0.0)), int((prices < 0).sum()))

    def _weights(self, scores: Tensor | None) -> Tensor:
        log_weights = self.parameters.log_weights(scores, self.inverse_temperature.value)
        return torch.softmax(log_weights.double(), dim=1)  # once more: rows sum to 1 in double precision too

    def _bundles_and_scores(self, jitter: bool) -> tuple[Tensor, Tensor | None]:
        """Return the bundles (J * D, m) and what their logarithmic weights hold besides the logits (J * D,)."""
        points, density = self.parameters.points(), self.parameters.density
        if jitter and density is not None:
            noise, density = self.parameters.draw_jitter(self._generator)
            points = points + noise
        bundles, term = self._flow.bundles_and_term(points)
        if self._config.weights == "no_density":
            return bundles, None
        scores = -self._config.trace_sign * term
        return bundles, scores if density is None else scores + density

    def _draw(self) -> Tensor:
        if self._n_types <= self._config.batch:
            return torch.arange(self._n_types, device=self._flow.device)
        size, device = (self._config.batch,), self._flow.device
        return torch.randint(self._n_types, size, generator=self._generator, device=device)

    def _adam(self) -> torch.optim.Optimizer:
        config, parameters = self._config, self.parameters
        groups = [
            {"params": [parameters.prices], "lr": config.price_rate * config.scale},
            {"params": [parameters.omega], "lr": config.weight_rate * config.scale},
        ]
        if parameters.rho.requires_grad:
            groups.append({"params": [parameters.rho], "lr": config.mean_rate})
        return torch.optim.Adam(groups, eps=config.adam_eps, fused=True)

    def _included_share(self) -> float:
        """Return the weighted mean of the support points, over items and elements."""
        with torch.no_grad():
            _, scores = self._fixed or self._bundles_and_scores(jitter=False)
            means = self.parameters.points().mean(dim=1).view(self.parameters.omega.shape)
            return (self._weights(scores) * means).sum(dim=1).mean().item()
