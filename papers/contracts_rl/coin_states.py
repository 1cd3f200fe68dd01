"""Numbering of the absolute states of the Coin Game: what learned networks, tables and the exact oracle share.

A state is where both players and the coin are, and the coin's colour: ``2 * N**6`` of them on an N x N torus (1,458 on
3 x 3; 235,298 on 7 x 7). Learned networks know nothing of the torus' symmetry, so nothing smaller will do for them.
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray


def n_states(grid: int) -> int:
    """Return the number of absolute states on a ``grid x grid`` torus."""
    return 2 * grid**6


def state_index(states: ArrayLike, grid: int) -> NDArray[np.int64]:
    """Return numbers ``((cell_0 * C + cell_1) * C + coin) * 2 + colour`` of states, ``C = grid**2``.

    Parameters
    ----------
    states : array_like of int, shape (..., 4) or (..., 5)
        Compact states; a fifth number (the step) is ignored.
    grid : int
        Side of the torus.

    Returns
    -------
    ndarray of int64, shape (...)
    """
    first, second, coin, colour = np.moveaxis(np.asarray(states)[..., :4].astype(np.int64), -1, 0)
    cells = grid**2
    return ((first * cells + second) * cells + coin) * 2 + colour


def all_states(grid: int) -> NDArray[np.int64]:
    """List all compact states in the order of their numbers, shape (n_states, 4)."""
    cells = grid**2
    return np.stack(np.unravel_index(np.arange(n_states(grid)), (cells, cells, cells, 2)), axis=-1)
