"""The closed form beside the flow itself, and its hand-written gradient beside autograd."""

import pytest
import torch

from common.diffusion.flows import euler
from papers.bundleflow.diagonal_flow import DiagonalFlow
from papers.bundleflow.frozen_flow import FrozenFlow


def a_flow(items, dtype, hidden2=None):
    return DiagonalFlow(items, 16, hidden2, generator=torch.Generator().manual_seed(3), dtype=dtype)


def points(rows, items, dtype):
    return torch.rand(rows, items, generator=torch.Generator().manual_seed(4), dtype=dtype)


@pytest.mark.parametrize(("rows", "items", "hidden2", "steps"), [(1, 1, None, 5), (60, 7, 32, 3), (5000, 4, None, 5)])
def test_bundles_and_term_are_those_of_the_flow(rows, items, hidden2, steps):
    flow, s0 = a_flow(items, torch.float64, hidden2), points(rows, items, torch.float64)
    bundles, term = FrozenFlow(flow, steps).bundles_and_term(s0)
    with torch.no_grad():
        assert torch.equal(bundles, euler(flow, s0, steps)[-1] >= 0.5)
        torch.testing.assert_close(term, flow.liouville_term(s0, steps), rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize(("dtype", "tolerance"), [(torch.float64, 1e-12), (torch.float32, 1e-5)])
def test_the_gradient_is_that_of_autograd(dtype, tolerance):
    flow, s0 = a_flow(6, dtype, 24), points(3000, 6, dtype).requires_grad_()
    toward = torch.randn(3000, generator=torch.Generator().manual_seed(5), dtype=dtype)
    _, term = FrozenFlow(flow).bundles_and_term(s0)
    (ours,) = torch.autograd.grad(term @ toward, s0)
    (expected,) = torch.autograd.grad(flow.liouville_term(s0) @ toward, s0)
    assert (ours - expected).abs().max() <= tolerance * expected.abs().max()


def test_bundles_have_no_gradient():
    bundles, _ = FrozenFlow(a_flow(3, torch.float32)).bundles_and_term(points(4, 3, torch.float32).requires_grad_())
    assert bundles.dtype == torch.bool
    assert not bundles.requires_grad
