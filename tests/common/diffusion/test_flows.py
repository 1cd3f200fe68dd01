import pytest
import torch

from common.diffusion.flows import euler

DOUBLE = torch.float64


def points(n=4, m=3):
    return torch.rand(n, m, generator=torch.Generator().manual_seed(0), dtype=DOUBLE)


def test_a_linear_field_has_its_own_powers():
    """For the velocity c s every step multiplies by 1 + c / N, so the end is s0 (1 + c / N) ** N."""
    path = euler(lambda t, s0, s: 0.7 * s, points(), steps=8)
    assert path.shape == (9, 4, 3)
    torch.testing.assert_close(path[0], points(), rtol=0, atol=0)
    torch.testing.assert_close(path[-1], points() * (1 + 0.7 / 8) ** 8)


def test_fields_see_the_time_and_the_starting_point():
    """The velocity t s0 adds s0 (0 + 1 + ... + N - 1) / N ** 2."""
    end = euler(lambda t, s0, s: t * s0, points(), steps=5)[-1]
    torch.testing.assert_close(end, points() * (1 + 10 / 25))


def test_bad_points_and_steps_are_refused():
    with pytest.raises(ValueError, match=r"s0 must have shape \(B, m\), given \(3,\)"):
        euler(lambda t, s0, s: s, points()[0])
    for steps in (0, -5, 2.5, True):
        with pytest.raises(ValueError, match="steps must be an integer >= 1"):
            euler(lambda t, s0, s: s, points(), steps)
