import numpy as np
import pytest
import torch

from common.diffusion.flows import DiagonalFlow
from common.diffusion.log_det import constant_q_log_abs_det, jacobians, log_abs_det

DOUBLE = torch.float64


def flow(n_items=4, scale=2.0):
    field = DiagonalFlow(n_items, 16, generator=torch.Generator().manual_seed(0), dtype=DOUBLE)
    with torch.no_grad():
        for parameter in field.parameters():
            parameter.mul_(scale)
    return field.requires_grad_(False)


def points(n=7, n_items=4):
    return torch.rand(n, n_items, generator=torch.Generator().manual_seed(1), dtype=DOUBLE)


def test_a_linear_map_has_its_own_determinant():
    matrix = torch.randn(4, 4, generator=torch.Generator().manual_seed(2), dtype=DOUBLE)
    expected = np.log(abs(np.linalg.det(matrix.numpy())))
    np.testing.assert_allclose(log_abs_det(lambda s: s @ matrix.T, points()).numpy(), expected, rtol=1e-12)
    torch.testing.assert_close(jacobians(lambda s: s @ matrix.T, points(2))[1], matrix)


@pytest.mark.parametrize("steps", [5, None])
def test_against_finite_differences(steps):
    field, s0, h = flow(), points(), 1e-6
    by_differences = np.empty(len(s0))
    for b, point in enumerate(s0):
        moved = torch.cat([point + h * torch.eye(4, dtype=DOUBLE), point - h * torch.eye(4, dtype=DOUBLE)])
        above, below = field.transport(moved, steps).numpy().reshape(2, 4, 4)
        by_differences[b] = np.linalg.slogdet((above - below).T / (2 * h))[1]
    exact = log_abs_det(lambda s: field.transport(s, steps), s0, chunk=3)
    np.testing.assert_allclose(exact.numpy(), by_differences, atol=1e-7)


def test_the_liouville_term_is_exact_for_a_constant_q_and_not_for_another():
    field, s0 = flow(), points()
    constant = field.with_constant_q(s0[0])
    exact = log_abs_det(lambda s: constant.transport(s, None), s0)
    np.testing.assert_allclose(exact.numpy(), constant.liouville_term(s0, None).numpy(), atol=1e-12)
    varying = log_abs_det(lambda s: field.transport(s, None), s0)
    assert (varying - field.liouville_term(s0, None)).abs().min() > 1e-3


def test_euler_steps_with_a_constant_q_have_a_closed_form():
    field, s0 = flow(), points()
    constant = field.with_constant_q(s0[0])
    exact = log_abs_det(constant.transport, s0)
    closed = constant_q_log_abs_det(constant.q(s0), constant.euler_etas())
    np.testing.assert_allclose(exact.numpy(), closed.numpy(), atol=1e-12)
    limit = constant_q_log_abs_det(constant.q(s0[:1]), constant.euler_etas(100_000))
    np.testing.assert_allclose(limit.numpy(), constant.liouville_term(s0[:1], None).numpy(), atol=1e-3)


def test_a_map_that_forgets_a_coordinate_has_no_density():
    assert log_abs_det(lambda s: s * torch.tensor([1.0, 0, 1, 1], dtype=DOUBLE), points(1)).item() == -np.inf


def test_bad_points_are_refused():
    for bad in (points().float(), points()[0]):
        with pytest.raises(ValueError, match="points must be float64"):
            log_abs_det(lambda s: s, bad)
    with pytest.raises(ValueError, match="chunk"):
        log_abs_det(lambda s: s, points(), chunk=0)
