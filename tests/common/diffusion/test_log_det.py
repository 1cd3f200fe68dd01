import numpy as np
import pytest
import torch

from common.diffusion.log_det import jacobians, log_abs_det

DOUBLE = torch.float64


def points(n=7, n_items=4):
    return torch.rand(n, n_items, generator=torch.Generator().manual_seed(1), dtype=DOUBLE)


def test_a_linear_map_has_its_own_determinant():
    matrix = torch.randn(4, 4, generator=torch.Generator().manual_seed(2), dtype=DOUBLE)
    expected = np.log(abs(np.linalg.det(matrix.numpy())))
    np.testing.assert_allclose(log_abs_det(lambda s: s @ matrix.T, points()).numpy(), expected, rtol=1e-12)
    torch.testing.assert_close(jacobians(lambda s: s @ matrix.T, points(2))[1], matrix)


def test_against_finite_differences():
    def bent(s):  # no coordinate is moved on its own
        return s + 0.3 * torch.sin(s @ torch.arange(16.0, dtype=DOUBLE).view(4, 4))

    s0, h = points(), 1e-6
    by_differences = np.empty(len(s0))
    for b, point in enumerate(s0):
        moved = torch.cat([point + h * torch.eye(4, dtype=DOUBLE), point - h * torch.eye(4, dtype=DOUBLE)])
        above, below = bent(moved).numpy().reshape(2, 4, 4)
        by_differences[b] = np.linalg.slogdet((above - below).T / (2 * h))[1]
    np.testing.assert_allclose(log_abs_det(bent, s0, chunk=3).numpy(), by_differences, atol=1e-7)


def test_a_map_that_forgets_a_coordinate_has_no_density():
    assert log_abs_det(lambda s: s * torch.tensor([1.0, 0, 1, 1], dtype=DOUBLE), points(1)).item() == -np.inf


def test_bad_points_are_refused():
    for bad in (points().float(), points()[0]):
        with pytest.raises(ValueError, match="points must be float64"):
            log_abs_det(lambda s: s, bad)
    with pytest.raises(ValueError, match="chunk"):
        log_abs_det(lambda s: s, points(), chunk=0)
