r"""How low Stage 1's loss can go: the best field that ignores its starting point, and the best of the paper's form.

Items are exchangeable and independent, and the loss is a sum over items. So the best
:math:`\eta(t) Q_i(s_0) s_{t,i}` lets :math:`Q_i` depend on :math:`s_{0,i}` alone, and one item tells all. With
:math:`a(u, t) = \mathbb E[(s_T - u) s_t]` and :math:`b(u, t) = \mathbb E[s_t^2]` at :math:`s_0 = u`, the loss is

.. math:: \mathbb E_{u, t}\big[(s_T - u)^2 - 2\eta(t) q(u) a(u, t) + \eta(t)^2 q(u)^2 b(u, t)\big] .

It is a parabola in q for given :math:`\eta`, and in :math:`\eta` for given q. This is the companion's own yardstick: it
tells a flow that has learnt to round from one that has found a common factor (a loss of 3.9 at 50 items is the latter).
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, ndtri

from papers.bundleflow.flow_stage import THRESHOLD, Initial

_QUANTILES, _TIMES = 2000, 32
_SWEEPS = 2000  # of alternating least squares, at most; it settles in a few dozen


@dataclass(frozen=True)
class FlowFloors:
    """The lowest losses of Stage 1 for one item; those of m items are m times these.

    Attributes
    ----------
    standing : float
        Of no flow at all.
    constant : float
        Of the best field whose Q is the same for all starting points.
    rounding : float
        Of the best field of the paper's form, found by alternating least squares.
    """

    standing: float
    constant: float
    rounding: float

    def progress(self, loss: float, n_items: int) -> float:
        """Return where a loss stands between the constant (0) and the rounding floor (1)."""
        return (self.constant - loss / n_items) / (self.constant - self.rounding)


def coordinate_quantiles(initial: Initial, n: int = _QUANTILES) -> NDArray[np.float64]:
    """Return points that stand for one coordinate of an initial distribution, equally likely each.

    For "official", whose means are drawn, it is the mixture over the draws of the means.

    Raises
    ------
    ValueError
        If the name is unknown.
    """
    levels = (np.arange(n) + 0.5) / n
    if initial == "wide":
        return 0.05 + 0.9 * levels
    if initial == "stage-2":
        return 0.05 + 0.9 * expit(10 * ndtri(levels))
    if initial == "official":
        means = 0.45 + 0.1 * expit((np.arange(9) + 0.5) / 9)
        return np.sort(np.add.outer(means, math.exp(-3) * ndtri(levels)).ravel())
    raise ValueError(f"initial must be 'official', 'wide' or 'stage-2', given {initial!r}")


def flow_floors(initial: Initial, target_noise: float = 0.1) -> FlowFloors:
    """Compute the lowest losses of Stage 1.

    Parameters
    ----------
    initial : {"official", "wide", "stage-2"}
        Initial distribution.
    target_noise : float
        Standard deviation of the targets around the corners, ``>= 0``.

    Returns
    -------
    FlowFloors

    Raises
    ------
    ValueError
        If an argument is out of its range.
    """
    if not 0 <= target_noise < math.inf:
        raise ValueError(f"target_noise must be finite and >= 0, given {target_noise}")
    u = coordinate_quantiles(initial)[:, None]
    nodes, weights = np.polynomial.legendre.leggauss(_TIMES)
    t, weights, variance = (nodes + 1) / 2, weights / 2, target_noise**2
    corner = (u >= THRESHOLD).astype(float)
    mean = t * corner + (1 - t) * u
    a, b = (corner - u) * mean + t * variance, mean**2 + t**2 * variance
    standing = float(np.mean((corner - u) ** 2) + variance)
    eta = a.mean(axis=0) / b.mean(axis=0)
    constant = standing - weights @ (eta * a.mean(axis=0))
    gain = 0.0
    for _ in range(_SWEEPS):
        q = (a @ (weights * eta)) / (b @ (weights * eta**2))
        eta = (q @ a) / (q**2 @ b)
        before, gain = gain, float(weights @ (eta * (q @ a))) / len(q)
        if gain - before < 1e-13:
            break
    return FlowFloors(standing, float(constant), standing - gain)
