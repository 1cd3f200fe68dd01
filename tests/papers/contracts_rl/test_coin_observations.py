"""Pictures of compact states, cell by cell."""

import numpy as np
import pytest

from papers.contracts_rl.coin_observations import active_inputs, observations


def test_pictures_show_what_the_state_says():
    rng = np.random.default_rng(0)
    grid = 4
    states = np.column_stack((rng.integers(0, 16, (50, 3)), rng.integers(0, 2, 50), rng.integers(0, 9, 50)))
    views = observations(states, grid)
    assert views.shape == (50, 2, 4, 4, 4)
    assert views.dtype == np.float32
    for (*cells, coin, colour, _), seen in zip(states.tolist(), views, strict=True):
        for player in (0, 1):
            expected = np.zeros((4, 16))
            expected[0, cells[player]] = expected[1, cells[1 - player]] = 1
            expected[2 if colour == player else 3, coin] = 1
            assert np.array_equal(seen[player].reshape(4, 16), expected)


def test_active_inputs_are_the_ones_of_the_pictures():
    states = np.array([[[0, 3, 3, 1], [2, 2, 0, 0]]])
    pictures = observations(states, 2, np.uint8).reshape(1, 2, 2, -1)
    flat = np.zeros_like(pictures)
    np.put_along_axis(flat, active_inputs(states, 2), 1, axis=-1)
    assert np.array_equal(flat, pictures)


@pytest.mark.parametrize("states", [5, [1, 2, 3], [[1] * 6]])
def test_other_shapes_are_refused(states):
    with pytest.raises(ValueError, match="states"):
        observations(states, 3)
