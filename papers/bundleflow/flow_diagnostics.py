r"""What the flow of Stage 1 has learnt: whether it rounds, what it reaches, and which way its trace points.

Stage 2 lowers or raises the weight of a support point :math:`s_0` by :math:`\mathrm{Tr}\,Q(s_0)\int\eta`, and moves the
point along the gradient of this term alone, since bundles are hard (dossier 6.3). A point that is to gain weight moves
where the term is *smaller*. Where the term rises with :math:`s_{0,i}`, that drops items; where it falls, it adds them.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray
from torch import Tensor

from common.diffusion.flows import check_count
from common.diffusion.log_det import log_abs_det
from papers.bundleflow.diagonal_flow import DiagonalFlow
from papers.bundleflow.flow_stage import THRESHOLD, FittedFlow, Initial, initial_draw

TRACE_SIGN_LIMIT = 0.4
"""Stage 2 must not start silently on a flow whose `trace_sign_share` is above this (dossier 6.3)."""


@dataclass(frozen=True)
class RoundingReport:
    """How a flow's bundles compare with plain rounding, on random starting points.

    Attributes
    ----------
    items : float
        Share of coordinates, over all draws, on which the bundle agrees with rounding, in [0, 1].
    bundles : float
        Share of draws whose whole bundle agrees.
    distinct : int
        Number of different bundles among the draws.
    draws : int
        Number of draws.
    sizes : ndarray of int, shape (m + 1,)
        Number of draws whose bundle has 0, 1, ..., m items.
    """

    items: float
    bundles: float
    distinct: int
    draws: int
    sizes: NDArray[np.int64]


def rounding_report(
    fitted: FittedFlow, draws: int, generator: torch.Generator, *, where: Initial | None = None
) -> RoundingReport:
    """Compare the bundles of random starting points with their nearest corners.

    Parameters
    ----------
    fitted : FittedFlow
        The flow.
    draws : int
        Number of starting points, ``>= 1``.
    generator : torch.Generator
        Their source, on the flow's device.
    where : {"official", "wide", "stage-2"}, optional
        Distribution of the starting points; the one that the flow was trained on if not given.

    Returns
    -------
    RoundingReport

    Raises
    ------
    ValueError
        If `draws` is not a positive integer or the distribution is unknown.
    """
    check_count("draws", draws)
    n_items = fitted.flow.n_items
    draw = fitted.draw if where is None else initial_draw(where, n_items, generator)
    s0 = draw(draws, generator)
    bundles = fitted.bundles(s0)
    agree = bundles == (s0 >= THRESHOLD)
    sizes = torch.bincount(bundles.sum(dim=1), minlength=n_items + 1)
    distinct = len(torch.unique(bundles, dim=0))
    return RoundingReport(
        agree.double().mean().item(), agree.all(dim=1).double().mean().item(), distinct, draws, sizes.cpu().numpy()
    )


def trace_gradient(flow: DiagonalFlow, s0: Tensor, steps: int = 5) -> Tensor:
    """Return the gradient of `DiagonalFlow.liouville_term` at starting points (B, m), as (B, m)."""
    s0 = s0.detach().clone().requires_grad_()
    (gradient,) = torch.autograd.grad(flow.liouville_term(s0, steps).sum(), s0)
    return gradient


def trace_sign_share(flow: DiagonalFlow, *, draws: int = 4096, seed: int = 0, steps: int = 5) -> float:
    r"""Return the share of coordinates at which the Liouville term *rises*, over points and items.

    Points are drawn from :math:`U[0.05, 0.95]^m`, and each counts by itself: a flow that rounds well has a short, steep
    rise around one half, which would outweigh the fall elsewhere in an average of derivatives. The derivative is that
    of :math:`\mathrm{Tr}\,Q\cdot\bar\eta` rather than of the trace alone, for the signs of Q and :math:`\eta` are a
    convention: a flow is the same flow when both change theirs.

    Parameters
    ----------
    flow : DiagonalFlow
        A flow after Stage 1.
    draws : int
        Number of starting points, ``>= 1``.
    seed : int
        Of the starting points.
    steps : int
        Number of Euler steps, ``>= 1``.

    Returns
    -------
    float
        In [0, 1]. Near 0 Stage 2 adds items to bundles that are to gain weight, near 1 it drops them.
    """
    check_count("draws", draws)
    generator = torch.Generator(flow.device).manual_seed(seed)
    s0 = initial_draw("wide", flow.n_items, generator)(draws, generator).to(flow.dtype)
    return (trace_gradient(flow, s0, steps) > 0).double().mean().item()


def density_table(flow: DiagonalFlow, s0: Tensor, steps: int = 5) -> pd.DataFrame:
    """Put the Liouville term beside exact log-determinants of the transport, starting point by starting point.

    Parameters
    ----------
    flow : DiagonalFlow
        A flow; it is copied to double precision.
    s0 : Tensor, shape (B, m)
        Starting points.
    steps : int
        Number of Euler steps, ``>= 1``.

    Returns
    -------
    pandas.DataFrame
        A row a point, in nats: ``liouville`` and ``liouville_ode`` (the term with the integral summed over the steps,
        and the integral itself), ``log_det_euler`` and ``log_det_ode`` (exact, of the Euler map and of the solution of
        the differential equation).
    """
    exact, s0 = flow.in_double(), s0.double()
    with torch.no_grad():
        return pd.DataFrame(
            {
                "liouville": exact.liouville_term(s0, steps),
                "liouville_ode": exact.liouville_term(s0, None),
                "log_det_euler": log_abs_det(lambda s: exact.transport(s, steps), s0),
                "log_det_ode": log_abs_det(lambda s: exact.transport(s, None), s0),
            }
        )


def constant_q_table(flow: DiagonalFlow, s0: Tensor, steps: int = 5) -> pd.DataFrame:
    """Return the `density_table` of flows whose Q is held at its value at their one starting point.

    Parameters and columns are those of `density_table`; row b is for the flow with the constant ``Q(s0[b])``.
    """
    tables = [density_table(flow.with_constant_q(point), point[None], steps) for point in s0]
    return pd.concat(tables, ignore_index=True)
