"""Ensembles of Q-networks: many independent learners in one set of tensors.

Small networks leave a machine waiting for the next call. Here `n_learners` networks of one architecture are trained
side by side: every weight carries the learner first, and every call serves them all. Since a sum of the learners'
losses has each learner's own gradient in its own slice, and Adam works element by element, every learner is trained
as it would be alone.

States are handed over as *active features*: the indices of the ones in a vector of zeros and ones. A first linear
layer on such a vector is a sum of a few rows of its weights, so no vector of zeros is ever built (the convolutional
network alone needs the picture).
"""

import itertools
from collections.abc import Sequence

import torch
from torch import Tensor, nn


class EnsembleLinear(nn.Module):
    """One linear layer for each learner.

    Parameters
    ----------
    n_learners, n_inputs, n_outputs : int
        Numbers of learners, inputs and outputs, ``>= 1``.
    generator : torch.Generator
        Source of the first weights, uniform on ``±1/sqrt(n_inputs)`` as in `torch.nn.Linear`.
    """

    def __init__(self, n_learners: int, n_inputs: int, n_outputs: int, generator: torch.Generator) -> None:
        super().__init__()
        self.weight = _uniform((n_learners, n_inputs, n_outputs), n_inputs, generator)
        self.bias = _uniform((n_learners, 1, n_outputs), n_inputs, generator)

    def forward(self, inputs: Tensor) -> Tensor:
        """Map ``(n_learners, batch, n_inputs)`` to ``(n_learners, batch, n_outputs)``."""
        return torch.baddbmm(self.bias, inputs, self.weight)


class EnsembleActive(nn.Module):
    """A linear layer on vectors of zeros and ones that are given by the places of their ones.

    Parameters
    ----------
    n_learners, n_features, n_outputs : int
        Numbers of learners, of places, and of outputs, ``>= 1``.
    generator : torch.Generator
        Source of the first weights.
    fan_in : int
        Inputs that the first weights are scaled by: `torch.nn.Linear` takes all `n_features`, though an output sees no
        more of them than a vector has ones.
    """

    def __init__(
        self, n_learners: int, n_features: int, n_outputs: int, generator: torch.Generator, fan_in: int
    ) -> None:
        super().__init__()
        self.weight = _uniform((n_learners * n_features, n_outputs), fan_in, generator)
        self.bias = _uniform((n_learners, 1, n_outputs), fan_in, generator)
        first = torch.arange(n_learners, device=generator.device) * n_features
        self.register_buffer("first", first[:, None, None])

    def forward(self, active: Tensor) -> Tensor:
        """Map int64 places ``(n_learners, batch, n_active)`` to ``(n_learners, batch, n_outputs)``."""
        learners, batch, ones = active.shape
        rows = (active + self.first).reshape(-1, ones)
        total = nn.functional.embedding_bag(rows, self.weight, mode="sum")
        return total.view(learners, batch, -1) + self.bias


class QNetworks(nn.Module):
    """Fully connected Q-networks on active features.

    Parameters
    ----------
    n_learners : int
        Number of independent networks, ``>= 1``.
    n_features : int
        Length of the vector of zeros and ones.
    fan_in : int
        Inputs that the first weights are scaled by, see `EnsembleActive`.
    hidden : sequence of int
        Widths of the hidden layers (ReLU), at least one.
    n_actions : int
        Number of outputs.
    generator : torch.Generator
        Source of the first weights; its device is the networks' device.
    """

    def __init__(
        self,
        n_learners: int,
        n_features: int,
        fan_in: int,
        hidden: Sequence[int],
        n_actions: int,
        generator: torch.Generator,
    ) -> None:
        super().__init__()
        widths = [*hidden, n_actions]
        self.first = EnsembleActive(n_learners, n_features, widths[0], generator, fan_in)
        self.rest = nn.ModuleList(
            EnsembleLinear(n_learners, inputs, outputs, generator) for inputs, outputs in itertools.pairwise(widths)
        )

    def forward(self, active: Tensor) -> Tensor:
        """Map int64 places ``(n_learners, batch, n_active)`` to values ``(n_learners, batch, n_actions)``."""
        values = self.first(active)
        for layer in self.rest:
            values = layer(torch.relu(values))
        return values


class ConvolutionalQNetworks(nn.Module):
    """Q-networks that look at a square picture of binary channels, and at some features besides.

    One convolution, then fully connected layers, ReLU throughout. Places ``0 .. channels * side**2 - 1`` are pixels
    (channel first), the `n_extra` places after them go to the fully connected part.

    Parameters
    ----------
    n_learners, side, channels, n_extra, n_actions : int
        Numbers of learners, of pixels along a side, of channels, of further features (0 or more), and of outputs.
    generator : torch.Generator
        Source of the first weights.
    filters, kernel : int
        Output channels and side of the convolution. It is padded by ``kernel // 2`` where the picture is smaller
        than the kernel, else not at all.
    hidden : sequence of int
        Widths of the fully connected layers.
    """

    def __init__(
        self,
        n_learners: int,
        side: int,
        channels: int,
        n_extra: int,
        n_actions: int,
        generator: torch.Generator,
        filters: int = 32,
        kernel: int = 4,
        hidden: Sequence[int] = (64, 64),
    ) -> None:
        super().__init__()
        self.shape, self.n_pixels, self.n_extra = (channels, side, side), channels * side**2, n_extra
        self.padding = kernel // 2 if side < kernel else 0
        fan_in = channels * kernel**2
        self.kernels = _uniform((n_learners * filters, channels, kernel, kernel), fan_in, generator)
        self.bias = _uniform((n_learners * filters,), fan_in, generator)
        seen = side + 2 * self.padding - kernel + 1
        widths = [filters * seen**2 + n_extra, *hidden, n_actions]
        self.rest = nn.ModuleList(
            EnsembleLinear(n_learners, inputs, outputs, generator) for inputs, outputs in itertools.pairwise(widths)
        )

    def forward(self, active: Tensor) -> Tensor:
        """Map int64 places ``(n_learners, batch, n_active)`` to values ``(n_learners, batch, n_actions)``."""
        learners, batch, _ = active.shape
        ones = torch.zeros(learners, batch, self.n_pixels + self.n_extra, device=active.device)
        ones.scatter_(2, active, 1.0)
        picture = ones[..., : self.n_pixels].transpose(0, 1).reshape(batch, learners * self.shape[0], *self.shape[1:])
        seen = nn.functional.conv2d(picture, self.kernels, self.bias, padding=self.padding, groups=learners)
        flat = torch.relu(seen).view(batch, learners, -1).transpose(0, 1)
        values = torch.cat([flat, ones[..., self.n_pixels :]], dim=2)
        for place, layer in enumerate(self.rest):
            values = layer(torch.relu(values) if place else values)
        return values


def _uniform(shape: tuple[int, ...], fan_in: int, generator: torch.Generator) -> nn.Parameter:
    """Draw weights as `torch.nn.Linear` does, from a generator of our own."""
    draws = torch.rand(shape, generator=generator, device=generator.device)
    return nn.Parameter((2 * draws - 1) / fan_in**0.5)
