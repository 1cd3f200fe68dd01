r"""Training of a velocity field by straight lines (rectified flow).

A sampler draws coupled pairs :math:`(s_0, s_T)`. Between them runs a straight line,
:math:`s_t = t s_T + (1-t) s_0`, whose velocity :math:`s_T - s_0` the field is to match:

.. math:: L = \mathbb E \lVert (s_T - s_0) - v(t, s_0, s_t) \rVert_2^2 , \qquad t \sim U[0, 1] .

Source: Liu, Gong and Liu (2022), arXiv:2209.03003; with a field that may look at its starting point, Wang, Jiang and
Parkes (2025), arXiv:2502.15283, equations 13-17.
"""

import math
import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from common.diffusion.flows import Velocity, check_count

Sampler = Callable[[int, torch.Generator], tuple[Tensor, Tensor]]
"""Draws so many coupled pairs: starting points (n, m) and their targets (n, m)."""


@dataclass(frozen=True)
class TrainingHistory:
    """The course of a training.

    Attributes
    ----------
    iterations : ndarray of int, shape (R,)
        Iterations done at each record, increasing.
    loss : ndarray of float, shape (R,)
        Mean loss over the iterations since the record before.
    seconds : ndarray of float, shape (R,)
        CPU seconds of this process since the start.
    """

    iterations: NDArray[np.int64]
    loss: NDArray[np.float64]
    seconds: NDArray[np.float64]


def rectified_flow_loss(velocity: Velocity, s0: Tensor, target: Tensor, t: Tensor) -> Tensor:
    """Return the mean squared distance between a field and the straight lines.

    Parameters
    ----------
    velocity : callable
        The field, called as ``velocity(t, s0, s)``.
    s0, target : Tensor, shape (B, m)
        Both ends of the lines.
    t : Tensor, shape (B, 1)
        Times in [0, 1].

    Returns
    -------
    Tensor
        Scalar: the mean over the lines of a sum over coordinates.

    Raises
    ------
    ValueError
        If the shapes do not fit.
    """
    if s0.ndim != 2 or target.shape != s0.shape or t.shape != (len(s0), 1):
        shapes = ", ".join(str(tuple(x.shape)) for x in (s0, target, t))
        raise ValueError(f"s0, target and t must have shapes (B, m), (B, m) and (B, 1), given {shapes}")
    s = t * target + (1 - t) * s0
    return (target - s0 - velocity(t, s0, s)).square().sum(dim=1).mean()


def train_rectified_flow(
    velocity: nn.Module,
    sampler: Sampler,
    *,
    iterations: int,
    batch: int,
    learning_rate: float,
    generator: torch.Generator,
    cosine: bool = False,
    record_every: int | None = None,
    after: Callable[[int], None] | None = None,
) -> TrainingHistory:
    """Minimise `rectified_flow_loss` by Adam, in place.

    Parameters
    ----------
    velocity : torch.nn.Module
        The field, called as ``velocity(t, s0, s)``; its parameters are trained.
    sampler : callable
        Draws the pairs of a batch from the generator.
    iterations, batch : int
        Numbers of steps and of lines in each, ``>= 1``.
    learning_rate : float
        Adam's step size, positive.
    generator : torch.Generator
        Source of pairs and times; on the device of `velocity`.
    cosine : bool
        Whether the step size falls to 0 along a half wave of a cosine over the run, or stays as it is.
    record_every : int, optional
        Iterations between two records, ``>= 1``; a hundredth of the run if not given. The last one is always recorded.
    after : callable, optional
        Called with the number of iterations done, from 0 on: for snapshots. It must not draw from the generator.

    Returns
    -------
    TrainingHistory

    Raises
    ------
    ValueError
        If a number is out of its range.
    FloatingPointError
        If the loss is no longer finite.
    """
    record_every = max(1, iterations // 100) if record_every is None else record_every
    for name, value in {"iterations": iterations, "batch": batch, "record_every": record_every}.items():
        check_count(name, value)
    if not 0 < learning_rate < math.inf:
        raise ValueError(f"learning_rate must be positive and finite, given {learning_rate}")
    optimiser = torch.optim.Adam(velocity.parameters(), lr=learning_rate, fused=True)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, iterations) if cosine else None
    started, records, losses = time.process_time(), [], []
    if after is not None:
        after(0)
    for iteration in range(1, iterations + 1):
        s0, target = sampler(batch, generator)
        t = torch.rand(batch, 1, generator=generator, dtype=s0.dtype, device=s0.device)
        optimiser.zero_grad(set_to_none=True)
        loss = rectified_flow_loss(velocity, s0, target, t)
        loss.backward()
        optimiser.step()
        if schedule is not None:
            schedule.step()
        losses.append(loss.detach())
        if iteration % record_every == 0 or iteration == iterations:
            mean = torch.stack(losses).mean().item()  # the one wait for a GPU
            if not math.isfinite(mean):
                raise FloatingPointError(f"the loss was {mean} by iteration {iteration}; try a smaller learning_rate")
            records.append((iteration, mean, time.process_time() - started))
            losses.clear()
        if after is not None:
            after(iteration)
    done, loss_curve, seconds = map(np.array, zip(*records, strict=True))
    return TrainingHistory(done, loss_curve, seconds)
