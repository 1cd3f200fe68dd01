r"""Exact log-determinants of the Jacobian of a map, for the density of a push-forward.

If points of density :math:`\alpha_0` are moved by a map F that is one to one, the density at :math:`F(s_0)` is
:math:`\alpha_0(s_0) / \lvert\det \partial F / \partial s_0\rvert`. The Jacobian is taken by reverse-mode automatic
differentiation, one row a coordinate: exact, and for tens of coordinates cheap.
"""

from collections.abc import Callable

import torch
from torch import Tensor
from torch.func import jacrev, vmap

from common.diffusion.flows import check_count


def jacobians(transport: Callable[[Tensor], Tensor], points: Tensor, chunk: int = 256) -> Tensor:
    """Return the Jacobian of a map at each point.

    Parameters
    ----------
    transport : callable
        Maps points (B, m) to (B, m), each on its own, by operations of torch in double precision.
    points : Tensor of float64, shape (B, m)
        Where to take it.
    chunk : int
        Points at a time, ``>= 1``: memory is of the order of ``chunk * m`` runs of the map.

    Returns
    -------
    Tensor of float64, shape (B, m, m)
        Entry ``[b, i, j]`` is the derivative of coordinate i of the image by coordinate j of point b.

    Raises
    ------
    ValueError
        If the points are not a float64 matrix.
    """
    check_count("chunk", chunk)
    if points.ndim != 2 or points.dtype != torch.float64:
        raise ValueError(f"points must be float64 of shape (B, m), given {points.dtype} {tuple(points.shape)}")
    return vmap(jacrev(lambda point: transport(point[None])[0]), chunk_size=chunk)(points)


def log_abs_det(transport: Callable[[Tensor], Tensor], points: Tensor, chunk: int = 256) -> Tensor:
    r"""Return :math:`\log \lvert\det \partial F / \partial s\rvert` of a map F at each point.

    Parameters and errors are those of `jacobians`.

    Returns
    -------
    Tensor of float64, shape (B,)
        Minus infinity where the Jacobian is singular.
    """
    return torch.linalg.slogdet(jacobians(transport, points, chunk)).logabsdet
