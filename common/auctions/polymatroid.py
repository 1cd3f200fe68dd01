r"""Volumes of symmetric polymatroids, exact: bodies whose limits depend only on how many coordinates are added up.

For increments :math:`d_1\ge\dots\ge d_r\ge0` and :math:`f(k)=d_1+\dots+d_k` the body is

.. math:: P(d) = \{x\in\mathbb R_+^r : \textstyle\sum_{i\in J}x_i\le f(|J|)\ \text{for every}\ J\}.

A polytope is cut into pyramids, one over each facet, with a common tip. The facet of J is a product of two smaller
bodies: coordinates in J fill the base :math:`B` of the polymatroid of the first :math:`k=|J|` increments, where they
add up to :math:`f(k)`, and the others fill the polymatroid of the increments that are left. With the tip at the origin

.. math:: V(d_1,\dots,d_r)=\frac1r\sum_{k=1}^r\binom rk f(k)\,B(d_1,\dots,d_k)\,V(d_{k+1},\dots,d_r),

and with the tip in the centre of the base (a permutohedron, measured by its projection along one coordinate)

.. math:: B(d_1,\dots,d_k)=\frac1{k-1}\sum_{j=1}^{k-1}\binom kj\Bigl(f(j)-\frac jk f(k)\Bigr)
    B(d_1,\dots,d_j)\,B(d_{j+1},\dots,d_k),\qquad B(d_1)=1.

No term is negative, so nothing cancels and the volume is exact to rounding.
"""

from math import comb

import numpy as np
from numpy.typing import ArrayLike, NDArray

from common.stats import finite_array


def polymatroid_volume(increments: ArrayLike) -> float:
    r"""Return the volume of the symmetric polymatroid with these increments.

    Parameters
    ----------
    increments : array_like, shape (r,)
        :math:`d_1\ge\dots\ge d_r\ge0`; for r = 0 the volume is 1.

    Returns
    -------
    float

    Raises
    ------
    ValueError
        If an increment is negative or larger than the one before (beyond rounding).

    Examples
    --------
    The unit square, and the triangle below its diagonal:

    >>> polymatroid_volume([1.0, 1.0]), polymatroid_volume([1.0, 0.0])
    (1.0, 0.5)
    """
    d = finite_array("increments", increments, least=0)
    slack = 1e-9 * d.max(initial=0.0)
    if (d < -slack).any() or (np.diff(d) > slack).any():
        raise ValueError(f"increments must be >= 0 and must not grow, given {d.tolist()}")
    r, bases = len(d), _base_volumes(d)
    volume = np.ones(r + 1)  # volume[i]: of the polymatroid of d[i:]
    for i in reversed(range(r)):
        f = np.cumsum(d[i:])
        volume[i] = sum(comb(r - i, k) * f[k - 1] * bases[i, i + k] * volume[i + k] for k in range(1, r - i + 1))
        volume[i] /= r - i
    return float(volume[0])


def _base_volumes(d: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the volume of the base of ``d[i:j]`` at [i, j]."""
    r = len(d)
    base = np.zeros((r + 1, r + 1))
    for k in range(1, r + 1):
        for i in range(r - k + 1):
            f = np.cumsum(d[i : i + k])
            base[i, i + k] = k == 1 or sum(
                comb(k, j) * (f[j - 1] - j / k * f[-1]) * base[i, i + j] * base[i + j, i + k] for j in range(1, k)
            ) / (k - 1)
    return base
