r"""Diagonal linear flows: a field whose transport, by any number of Euler steps, has a closed form.

The field is

.. math:: \varphi(t, s_t) = \eta(t)\, Q(s_0) \odot s_t ,

where a network of time gives the scalar :math:`\eta(t)`, and a network of the *starting point* gives the vector
:math:`Q(s_0)`. Along a trajectory Q is a constant. An Euler step therefore multiplies coordinate i by
:math:`1 + \eta(t_k) Q_i(s_0) / N`, and N steps by the product of these; as N grows, by
:math:`\exp(Q_i(s_0) \int_0^1 \eta)`.

Source: Wang, Jiang and Parkes (2025), arXiv:2502.15283, equation 9; the sizes of the two networks and the diagonal Q
are those of its released code (dossier section 4.1).
"""

import copy
from typing import Self

import numpy as np
import torch
from torch import Tensor, nn

from common.diffusion.flows import check_count, check_points

_NODES = 64  # of Gauss-Legendre quadrature: exact to rounding while weights on time stay below 10, to 1e-8 below 30


class DiagonalFlow(nn.Module):
    r"""The field :math:`\eta(t) Q(s_0) \odot s_t` with two small tanh networks.

    Q is ``Linear(m, h) - tanh - Linear(h, h2) - tanh - Linear(h2, m)``, :math:`\eta` is
    ``Linear(1, h) - tanh - Linear(h, 1)``. Calling the module gives the velocity.

    Parameters
    ----------
    n_items : int
        Dimension m, ``>= 1``.
    hidden : int
        Width h, ``>= 1``.
    hidden2 : int, optional
        Width h2 of Q's second hidden layer; `hidden` if not given.
    generator : torch.Generator
        Source of the first weights, uniform on ``±1/sqrt(inputs)`` as in `torch.nn.Linear`. Its device is the flow's.
    dtype : torch.dtype
        Floating type of the weights.

    Raises
    ------
    ValueError
        If a size is not a positive integer, or `dtype` is not a floating type.
    """

    def __init__(
        self,
        n_items: int,
        hidden: int = 128,
        hidden2: int | None = None,
        *,
        generator: torch.Generator,
        dtype: torch.dtype = torch.float32,
    ) -> None:
        super().__init__()
        hidden2 = hidden if hidden2 is None else hidden2
        for name, size in {"n_items": n_items, "hidden": hidden, "hidden2": hidden2}.items():
            check_count(name, size)
        if not dtype.is_floating_point:
            raise ValueError(f"dtype must be a floating type, given {dtype}")
        self.n_items = n_items

        def linear(n_inputs: int, n_outputs: int) -> nn.Linear:
            layer = nn.utils.skip_init(nn.Linear, n_inputs, n_outputs, device=generator.device, dtype=dtype)
            for parameter in layer.parameters():
                nn.init.uniform_(parameter, -(n_inputs**-0.5), n_inputs**-0.5, generator=generator)
            return layer

        self.q_network = nn.Sequential(
            linear(n_items, hidden), nn.Tanh(), linear(hidden, hidden2), nn.Tanh(), linear(hidden2, n_items)
        )
        self.eta_network = nn.Sequential(linear(1, hidden), nn.Tanh(), linear(hidden, 1))

    def q(self, s0: Tensor) -> Tensor:
        """Return the diagonal of Q at starting points (B, m), as (B, m)."""
        return self.q_network(s0)

    def eta(self, times: Tensor) -> Tensor:
        """Return the scalar factor at times (T,) in [0, 1], as (T,)."""
        return self.eta_network(times[:, None])[:, 0]

    def velocity(self, t: Tensor, s0: Tensor, s: Tensor) -> Tensor:
        """Return the field (B, m) at times (B, 1) and points `s` (B, m) of the trajectories from `s0` (B, m)."""
        return self.eta_network(t) * self.q(s0) * s

    forward = velocity

    def euler_etas(self, steps: int = 5) -> Tensor:
        r"""Return :math:`\eta(k / N)` for ``k = 0 .. N-1``, shape (steps,)."""
        check_count("steps", steps)
        return self.eta(torch.arange(steps, **self._kind()) / steps)

    def integral_of_eta(self, steps: int | None = 5) -> Tensor:
        r"""Return the integral of :math:`\eta` over [0, 1], a scalar tensor.

        The sum over N Euler steps, :math:`\frac1N \sum_k \eta(k/N)`; or, where `steps` is None, the integral itself by
        Gauss-Legendre quadrature.
        """
        if steps is not None:
            return self.euler_etas(steps).mean()
        nodes, weights = np.polynomial.legendre.leggauss(_NODES)
        return self.eta(torch.tensor((nodes + 1) / 2, **self._kind())) @ torch.tensor(weights / 2, **self._kind())

    def euler_factors(self, s0: Tensor, steps: int | None = 5) -> Tensor:
        r"""Return by how much the flow multiplies each coordinate of its starting point.

        Parameters
        ----------
        s0 : Tensor, shape (B, m)
            Starting points.
        steps : int, optional
            Number N of Euler steps, ``>= 1``; None for the exact solution of the differential equation.

        Returns
        -------
        Tensor, shape (B, m)
            :math:`\prod_{k<N} (1 + \eta(k/N) Q(s_0) / N)`, or :math:`\exp(Q(s_0) \int_0^1 \eta)`.
        """
        check_points("s0", s0, self.n_items)
        q = self.q(s0)
        if steps is None:
            return torch.exp(q * self.integral_of_eta(None))
        factors = torch.ones_like(q)
        for eta in self.euler_etas(steps):
            factors = factors * (1 + eta * q / steps)
        return factors

    def transport(self, s0: Tensor, steps: int | None = 5) -> Tensor:
        """Return the end points (B, m) of the trajectories from `s0` (B, m): equal to `euler`, up to rounding.

        Q is evaluated once, not once a step. `steps` is as in `euler_factors`.
        """
        return s0 * self.euler_factors(s0, steps)

    def liouville_term(self, s0: Tensor, steps: int | None = 5) -> Tensor:
        r"""Return :math:`\mathrm{Tr}\,Q(s_0) \int_0^1 \eta`, by which the paper lowers the log-weight of a trajectory.

        The paper (equations 10-12) takes it for the log-determinant of the transport. It is that for a constant Q
        alone: the divergence of the field is taken with :math:`s_0` held fixed, so the terms of
        :math:`\partial Q / \partial s_0` are missing (dossier sections 3 and 6.4; `common.diffusion.log_det` has the
        exact one). For a finite number of starting points the exact push-forward leaves weights as they are. Weights
        that use this term are a learnt re-weighting of such points: as good a lottery as any, if normalised.

        Parameters
        ----------
        s0 : Tensor, shape (B, m)
            Starting points.
        steps : int, optional
            Number of Euler steps that the integral is summed over, ``>= 1``; None for the integral itself.

        Returns
        -------
        Tensor, shape (B,)
        """
        check_points("s0", s0, self.n_items)
        return self.q(s0).sum(dim=1) * self.integral_of_eta(steps)

    def with_constant_q(self, s0: Tensor) -> Self:
        """Return a copy whose Q is everywhere what it is here at one starting point, `s0` (m,)."""
        constant = copy.deepcopy(self)
        last = constant.q_network[-1]
        with torch.no_grad():
            last.bias.copy_(self.q(s0[None])[0])
            last.weight.zero_()
        return constant

    def in_double(self) -> Self:
        """Return a copy in double precision."""
        return copy.deepcopy(self).double()

    @property
    def dtype(self) -> torch.dtype:
        """Floating type of the weights."""
        return self.eta_network[0].weight.dtype

    @property
    def device(self) -> torch.device:
        """Where the weights are."""
        return self.eta_network[0].weight.device

    def _kind(self) -> dict[str, torch.dtype | torch.device]:
        return {"dtype": self.dtype, "device": self.device}


def constant_q_log_abs_det(q: Tensor, etas: Tensor) -> Tensor:
    r"""Return the log-determinant of Euler steps through :math:`\eta(t)\, q \odot s` with a constant q.

    Parameters
    ----------
    q : Tensor, shape (..., m)
        Diagonal of Q.
    etas : Tensor, shape (N,)
        Time factor at the start of each of the N steps.

    Returns
    -------
    Tensor, shape (...)
        :math:`\sum_i \sum_k \log \lvert 1 + \eta_k q_i / N \rvert`; as N grows, :math:`\mathrm{Tr}\,Q \int_0^1 \eta`.
    """
    return torch.log(torch.abs(1 + q[..., None] * etas / len(etas))).sum(dim=(-2, -1))
