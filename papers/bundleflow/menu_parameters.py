r"""What Stage 2 learns: support points, weight logits and prices of a menu, and how these start.

Element j is a mixture of D points, :math:`\mu_{jd} = a + (b-a)\,\mathrm{sigmoid}(10\rho_{jd})`, with weights that are
proportional to :math:`\exp(\lambda\omega_{jd} + \log N(z_{jd}) - \mathrm{Tr}\,Q(z_{jd})\bar\eta)`, at a price
:math:`\beta_j` (dossier 4.2). Point :math:`z = \mu + \text{std}\cdot\epsilon` carries a fixed, tiny jitter.
"""

import math

import torch
from torch import Tensor, nn

from papers.bundleflow.config import BundleFlowConfig

_SLOPE = 10.0


class MenuParameters(nn.Module):
    """The free parameters of a menu, at their start.

    Parameters
    ----------
    config : BundleFlowConfig
        Sizes, start and weight mode.
    generator : torch.Generator
        Source of the start; its device is that of the parameters.
    dtype : torch.dtype
        Of all of them.

    Attributes
    ----------
    rho : Parameter, shape (J, D, m)
        Support points before the sigmoid.
    omega : Parameter, shape (J, D)
        Weight logits, in the unit of the bids.
    prices : Parameter, shape (J,)
        In the unit of the bids; unconstrained.
    jitter : Tensor, shape (J * D, m), or None
        Standard deviation of the noise on support points, ``exp(-4 - 30 U[0, 1])``; None where there is no noise.
    density : Tensor, shape (J * D,), or None
        Log-density of that noise at its centre.
    """

    def __init__(
        self, config: BundleFlowConfig, generator: torch.Generator, dtype: torch.dtype = torch.float32
    ) -> None:
        super().__init__()
        kind = {"generator": generator, "device": generator.device, "dtype": dtype}
        elements, support, items = config.menu_size, config.support_size, config.n_items
        rho = torch.randn(elements, support, items, **kind)
        if config.support_start == "diverse":
            share = torch.rand(elements, 1, 1, **kind)
            rho = torch.where(torch.rand(rho.shape, **kind) < share, rho.abs(), -rho.abs())
        self.rho = nn.Parameter(rho, requires_grad=config.learn_means and config.weights != "no_density")
        self.omega = nn.Parameter(config.scale * torch.randn(elements, support, **kind) / support)
        self.prices = nn.Parameter(config.scale * torch.rand(elements, **kind))
        jitter = torch.exp(-4 - 30 * torch.rand(elements * support, items, **kind))
        self.register_buffer("jitter", jitter if config.weights == "released" else None)
        self.register_buffer("density", _density_at_centre(jitter) if config.weights == "released" else None)
        self._low, self._high = config.support_range

    def points(self) -> Tensor:
        """Return the support points, shape (J * D, m)."""
        return self._low + (self._high - self._low) * torch.sigmoid(_SLOPE * self.rho).flatten(0, 1)

    def draw_jitter(self, generator: torch.Generator) -> tuple[Tensor, Tensor]:
        """Return noise to be added to the points, shape (J * D, m), and its log-density, shape (J * D,)."""
        noise = torch.randn(self.jitter.shape, generator=generator, device=self.rho.device, dtype=self.rho.dtype)
        density = self.density - 0.5 * noise.square().sum(dim=1)
        return noise.mul_(self.jitter), density

    def log_weights(self, scores: Tensor | None, inverse_temperature: float) -> Tensor:
        """Return the logarithms of the weights, which sum to 1 in each element.

        Parameters
        ----------
        scores : Tensor, shape (J * D,), optional
            Log-densities, which are added to the logits times the inverse temperature.
        inverse_temperature : float
            In one over the unit of the bids.

        Returns
        -------
        Tensor, shape (J, D)
        """
        logits = inverse_temperature * self.omega
        if scores is not None:
            logits = logits + scores.view(self.omega.shape)
        return torch.log_softmax(logits, dim=1)


def _density_at_centre(deviations: Tensor) -> Tensor:
    return -deviations.log().sum(dim=1) - 0.5 * math.log(2 * math.pi) * deviations.shape[1]
