"""What a player of the Coin Game sees: four binary pictures, built from compact states when they are needed."""

import numpy as np
from numpy.typing import ArrayLike, DTypeLike, NDArray

#: Columns of a compact state: cells of the two players, cell and colour of the coin, steps played.
STATE_COLUMNS: tuple[str, ...] = ("cell_0", "cell_1", "coin", "colour", "step")


def active_inputs(states: ArrayLike, grid: int) -> NDArray[np.int64]:
    """Positions of the three ones in each player's flattened observation (for an embedding layer).

    Parameters
    ----------
    states : array_like of int, shape (..., 4) or (..., 5)
        Compact states: both players' cells, the coin's cell and colour, and perhaps the step (which nobody sees).
    grid : int
        Side N of the torus.

    Returns
    -------
    ndarray of int, shape (..., 2, 3)
        For player 0 and player 1: the indices of "me", "other" and the coin in a vector of ``4 * N * N`` entries.

    Raises
    ------
    ValueError
        If a state has fewer than four numbers.
    """
    states = np.asarray(states)
    if states.ndim < 1 or states.shape[-1] not in (4, 5):
        raise ValueError(f"states must have shape (..., 4) or (..., 5), given shape {states.shape}")
    return player_inputs(*(states[..., k].astype(np.int64) for k in range(4)), grid)


def player_inputs(
    first: NDArray[np.int64], second: NDArray[np.int64], coin: NDArray[np.int64], colour: NDArray[np.int64], grid: int
) -> NDArray[np.int64]:
    """Positions of the three ones in each player's flattened observation, from the columns of the states.

    Parameters
    ----------
    first, second, coin, colour : ndarray of int, shape (...)
        Cells of the players and of the coin, and its colour.
    grid : int
        Side N of the torus.

    Returns
    -------
    ndarray of int, shape (..., 2, 3)
    """
    cells = grid * grid
    active = np.empty((*first.shape, 2, 3), np.int64)
    active[..., 0, 0], active[..., 1, 0] = first, second
    active[..., 0, 1], active[..., 1, 1] = second + cells, first + cells
    coin = coin + 2 * cells
    active[..., 0, 2] = coin + cells * colour  # player 0 owns coins of colour 0
    active[..., 1, 2] = coin + cells * (1 - colour)
    return active


def observations(states: ArrayLike, grid: int, dtype: DTypeLike = np.float32) -> NDArray[np.generic]:
    """Each player's view of a batch of compact states.

    The pictures are centred on the agent by the order of their channels, not by shifting the board: me, the other, a
    coin of my colour, a coin of the other's colour. So one network serves both players.

    Parameters
    ----------
    states : array_like of int, shape (..., 4) or (..., 5)
        Compact states (`STATE_COLUMNS`).
    grid : int
        Side N of the torus.
    dtype : dtype
        Type of the pictures.

    Returns
    -------
    ndarray, shape (..., 2, 4, N, N)
        0/1 pictures for player 0 and player 1.

    Raises
    ------
    ValueError
        If a state has fewer than four numbers.

    Examples
    --------
    >>> observations([0, 3, 1, 0], 2)[1].astype(int).tolist()
    [[[0, 0], [0, 1]], [[1, 0], [0, 0]], [[0, 0], [0, 0]], [[0, 1], [0, 0]]]
    """
    return pictures(active_inputs(states, grid), grid, dtype)


def pictures(active: NDArray[np.int64], grid: int, dtype: DTypeLike = np.float32) -> NDArray[np.generic]:
    """Draw the pictures whose ones are given.

    Parameters
    ----------
    active : ndarray of int, shape (..., 3)
        Positions of the ones, as of `active_inputs`.
    grid : int
        Side N of the torus.
    dtype : dtype
        Type of the pictures.

    Returns
    -------
    ndarray, shape (..., 4, N, N)
    """
    size = 4 * grid * grid
    views = active.reshape(-1, 3)
    drawn = np.zeros(len(views) * size, dtype)
    drawn[views + np.arange(0, len(views) * size, size)[:, None]] = 1
    return drawn.reshape(*active.shape[:-1], 4, grid, grid)
