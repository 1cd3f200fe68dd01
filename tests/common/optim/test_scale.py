import numpy as np
import pytest

from common.optim import magnitude


@pytest.mark.parametrize("values", [[1.0], [0.7, -3.9], [1e-300], [1e300, 5.0], [[6, 2], [0, -64]]])
def test_it_is_a_power_of_two_within_a_factor_of_two(values):
    scale = magnitude(values)
    assert np.log2(scale) % 1 == 0
    assert 1 <= np.abs(values).max() / scale < 2
    assert (np.array(values) / scale * scale == values).all()


@pytest.mark.parametrize("values", [[], [0.0, -0.0], np.zeros((0, 3))])
def test_nothing_has_the_magnitude_one(values):
    assert magnitude(values) == 1.0
