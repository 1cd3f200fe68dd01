"""Flows: points carried along a field of velocities, by explicit Euler steps."""

from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor

Velocity = Callable[[Tensor, Tensor, Tensor], Tensor]
"""A field: times (B, 1), starting points (B, m) and current points (B, m) give velocities (B, m)."""


def euler(velocity: Velocity, s0: Tensor, steps: int = 5) -> Tensor:
    r"""Integrate a field from time 0 to time 1 by explicit Euler steps, :math:`t_k = k / N`.

    Parameters
    ----------
    velocity : callable
        The field, called as ``velocity(t, s0, s)``.
    s0 : Tensor, shape (B, m)
        Starting points.
    steps : int
        Number N of steps, ``>= 1``.

    Returns
    -------
    Tensor, shape (steps + 1, B, m)
        The points at times ``0, 1/N, ..., 1``.

    Raises
    ------
    ValueError
        If `s0` is not a matrix or `steps` is not a positive integer.
    """
    check_count("steps", steps)
    check_points("s0", s0)
    path = [s0]
    for k in range(steps):
        t = torch.full((len(s0), 1), k / steps, dtype=s0.dtype, device=s0.device)
        path.append(path[-1] + velocity(t, s0, path[-1]) / steps)
    return torch.stack(path)


def check_count(name: str, value: int) -> None:
    """Refuse an argument that is not a positive integer, with a ValueError that names it."""
    if isinstance(value, bool) or not isinstance(value, int | np.integer) or value < 1:
        raise ValueError(f"{name} must be an integer >= 1, given {value!r}")


def check_points(name: str, points: Tensor, n_items: int | None = None) -> None:
    """Refuse points that are no matrix, or not of this dimension, with a ValueError that names them."""
    if points.ndim != 2 or (n_items is not None and points.shape[1] != n_items):
        allowed = f"(B, {'m' if n_items is None else n_items})"
        raise ValueError(f"{name} must have shape {allowed}, given {tuple(points.shape)}")
