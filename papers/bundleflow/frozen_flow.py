r"""The flow as Stage 2 needs it: which bundle a support point becomes, and the trace with its gradient.

Bundles are rounded, so no gradient passes through them; all that support points learn from is the Liouville term
:math:`\mathrm{Tr}\,Q(z)\,\bar\eta`. The last layer is linear, so the trace is :math:`\mathbf 1^\top W_3 h_2 + c`, and

.. math:: \nabla_z\mathrm{Tr}\,Q = W_1^\top\big[(1-h_1^2)\odot W_2^\top\big[(1-h_2^2)\odot W_3^\top\mathbf 1\big]\big]:

one backward pass through two layers, for all points, with no graph to be kept. Q is evaluated once, not once an Euler
step (dossier 6.7).
"""

from typing import Any

import torch
from torch import Tensor

from papers.bundleflow.diagonal_flow import DiagonalFlow
from papers.bundleflow.flow_stage import THRESHOLD

_CACHED = 2048  # rows at a time on a CPU: their activations stay in its cache


class FrozenFlow:
    """A trained flow, with its weights laid out for Stage 2.

    Parameters
    ----------
    flow : DiagonalFlow
        Its weights are read once.
    steps : int
        Euler steps N, ``>= 1``.
    """

    def __init__(self, flow: DiagonalFlow, steps: int = 5) -> None:
        with torch.no_grad():
            first, _, second, _, third = flow.q_network
            self._weights = tuple(layer.weight.detach() for layer in (first, second, third))
            self._biases = tuple(layer.bias.detach() for layer in (first, second, third))
            etas = flow.euler_etas(steps)
            self._step_sizes = (etas / steps).tolist()
            self._mean_eta = etas.mean().item()
            self._column_sums = self._weights[2].sum(dim=0)
        self.dtype, self.device = self._column_sums.dtype, self._column_sums.device

    def bundles_and_term(self, points: Tensor) -> tuple[Tensor, Tensor]:
        """Return the bundles that points are carried to, and their Liouville terms.

        Parameters
        ----------
        points : Tensor, shape (A, m)
            The terms are differentiable in these, the bundles are not.

        Returns
        -------
        bundles : Tensor of bool, shape (A, m)
            Equal to ``flow.transport(points, steps) >= 0.5``, up to rounding of the last digit.
        term : Tensor, shape (A,)
            ``flow.liouville_term(points, steps)``.
        """
        return _BundlesAndTerm.apply(points, self)

    def _evaluate(self, points: Tensor, with_gradient: bool) -> tuple[Tensor, Tensor, Tensor | None]:
        bundles = torch.empty(points.shape, dtype=torch.bool, device=points.device)
        term = points.new_empty(len(points))
        gradient = torch.empty_like(points) if with_gradient else None
        rows = _CACHED if points.device.type == "cpu" else max(1, len(points))
        for start in range(0, len(points), rows):
            part = slice(start, start + rows)
            hidden = self._forward(points[part], bundles[part], term[part])
            if gradient is not None:
                self._backward(*hidden, gradient[part])
        return bundles, term, gradient

    def _forward(self, points: Tensor, bundles: Tensor, term: Tensor) -> tuple[Tensor, Tensor]:
        (w1, w2, w3), (b1, b2, b3) = self._weights, self._biases
        first = torch.addmm(b1, points, w1.T).tanh_()
        second = torch.addmm(b2, first, w2.T).tanh_()
        q = torch.addmm(b3, second, w3.T)
        torch.sum(q, dim=1, out=term).mul_(self._mean_eta)
        end = points.clone()
        for size in self._step_sizes:
            end.addcmul_(end, q, value=size)
        torch.ge(end, THRESHOLD, out=bundles)
        return first, second

    def _backward(self, first: Tensor, second: Tensor, gradient: Tensor) -> None:
        w1, w2, _ = self._weights
        back = second.square_().neg_().add_(1).mul_(self._column_sums)
        back = torch.mm(back, w2).mul_(first.square_().neg_().add_(1))
        torch.mm(back, w1, out=gradient).mul_(self._mean_eta)


class _BundlesAndTerm(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, points: Tensor, flow: FrozenFlow) -> tuple[Tensor, Tensor]:
        bundles, term, gradient = flow._evaluate(points.detach(), with_gradient=ctx.needs_input_grad[0])
        if gradient is not None:
            ctx.save_for_backward(gradient)
        ctx.mark_non_differentiable(bundles)
        return bundles, term

    @staticmethod
    def backward(ctx: Any, _: Any, grad_term: Tensor) -> tuple[Tensor, None]:
        (gradient,) = ctx.saved_tensors
        return gradient * grad_term[:, None], None
