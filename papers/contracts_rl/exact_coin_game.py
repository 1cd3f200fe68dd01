"""The Coin Game as a finite Markov game: every state, every move, and every lottery of a new coin.

The torus has no edge, so nothing changes if both players and the coin are shifted together. Counting positions from
player 0 leaves ``2 N^4`` states instead of ``2 N^6``: 4,802 at 7 x 7, where exact play takes a second. Learned networks
do not know of the symmetry; to evaluate them exactly there is the absolute frame (235,298 states at 7 x 7).
"""

from dataclasses import dataclass, field
from typing import Literal, get_args

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import sparse

from common.games.markov import MarkovGame
from papers.contracts_rl.coin_rules import CoinRules

Frame = Literal["relative", "absolute"]


@dataclass(frozen=True, eq=False)
class ExactCoinGame:
    """A variant of the Coin Game, with all its states.

    Attributes
    ----------
    rules : CoinRules
        The variant.
    frame : {"relative", "absolute"}
        Whether positions are counted from player 0.
    game : MarkovGame
        Expected rewards (ties are drawn fairly), moves, and chance nodes where a coin was collected.
    start : ndarray of float, shape (S,)
        Probabilities of the first state.
    states : ndarray of int, shape (S, 4)
        Cells of both players, cell and colour of the coin; in the relative frame player 0 stands in cell 0. Rows are
        what `observations` takes.
    """

    rules: CoinRules
    frame: Frame
    game: MarkovGame = field(repr=False)
    start: NDArray[np.float64] = field(repr=False)
    states: NDArray[np.int64] = field(repr=False)

    def index(self, states: ArrayLike) -> NDArray[np.int64]:
        """Index of compact states.

        Parameters
        ----------
        states : array_like of int, shape (..., 4) or (..., 5)
            Compact states of a `BatchCoinGame`, or of another frame's `states`.

        Returns
        -------
        ndarray of int, shape (...)
        """
        first, second, coin, colour = (np.asarray(states)[..., k].astype(np.int64) for k in range(4))
        n = self.rules.n_cells
        return (_pair(first, second, self.rules.grid, self.frame) * n + self._coin(coin, first)) * 2 + colour

    def _coin(self, coin: NDArray[np.int64], first: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return the coin's cell in this frame."""
        return coin if self.frame == "absolute" else cell_difference(coin, first, self.rules.grid)


def exact_coin_game(rules: CoinRules, frame: Frame = "relative") -> ExactCoinGame:
    """List all states of a variant and what every pair of moves does in them.

    Parameters
    ----------
    rules : CoinRules
        The variant.
    frame : {"relative", "absolute"}
        ``2 N^4`` states counted from player 0, or all ``2 N^6``.

    Returns
    -------
    ExactCoinGame

    Raises
    ------
    ValueError
        If the frame is another word, or the game would have more than a million states.
    """
    if frame not in get_args(Frame):
        raise ValueError(f"frame must be one of {get_args(Frame)}, given {frame!r}")
    n, grid = rules.n_cells, rules.grid
    pairs = n if frame == "relative" else n * n
    if 2 * n * pairs > 1_000_000:
        raise ValueError(f"grid must leave at most a million states, given {2 * n * pairs} ({grid} x {grid}, {frame})")
    pair, coin, colour = np.unravel_index(np.arange(2 * n * pairs), (pairs, n, 2))
    first, second = np.divmod(pair, n)  # in the relative frame player 0 stands in cell 0
    moved = np.broadcast_arrays(rules.next_cell[first][:, :, None], rules.next_cell[second][:, None, :])
    here = np.stack([cells == coin[:, None, None] for cells in moved], axis=-1)
    collected = here.any(axis=-1)
    new_pair, old_coin = _pair(*moved, grid, frame), coin[:, None, None]
    if frame == "relative":
        old_coin = cell_difference(old_coin, moved[0], grid)
    colours = colour[:, None, None]
    moves_on, collects = (new_pair * n + old_coin) * 2 + colours, len(pair) + new_pair * 2 + colours
    pays = here / (1 if rules.both_collect else np.maximum(here.sum(axis=-1, keepdims=True), 1))
    allowed = _coin_cells(rules, frame)
    game = MarkovGame(
        pays * rules.worth[colour][:, None, None],
        np.where(collected, collects, moves_on),
        rules.horizon,
        _new_coins(allowed, rules.colour),
    )
    start = (allowed * (np.arange(pairs) // n != np.arange(pairs) % n)[:, None]).repeat(2)
    return ExactCoinGame(rules, frame, game, start / start.sum(), np.column_stack((first, second, coin, colour)))


def cell_difference(cells: ArrayLike, origin: ArrayLike, grid: int) -> NDArray[np.int64]:
    """Cells as they are seen from another cell of the torus.

    Parameters
    ----------
    cells, origin : array_like of int
        Cells ``row * N + column``; shapes broadcast.
    grid : int
        Side N of the torus.

    Returns
    -------
    ndarray of int
        ``origin`` itself is seen as cell 0.
    """
    rows, columns = (a - b for a, b in zip(np.divmod(cells, grid), np.divmod(origin, grid), strict=True))
    return rows % grid * grid + columns % grid


def _pair(first: NDArray[np.int64], second: NDArray[np.int64], grid: int, frame: Frame) -> NDArray[np.int64]:
    """Index of the players' positions in a frame."""
    return cell_difference(second, first, grid) if frame == "relative" else first * grid**2 + second


def _coin_cells(rules: CoinRules, frame: Frame) -> NDArray[np.float64]:
    """Probabilities of a new coin's cell for each pair of positions, shape (pairs, N*N)."""
    n = rules.n_cells
    pairs = np.arange(n if frame == "relative" else n * n)
    allowed = np.ones((len(pairs), n))
    if rules.respawn == "free":
        allowed[pairs, pairs // n] = allowed[pairs, pairs % n] = 0
    return allowed / allowed.sum(axis=1, keepdims=True)


def _new_coins(cells: NDArray[np.float64], colour: str) -> sparse.csr_array:
    """Lotteries after a coin of each colour was collected, shape (2 * pairs, S)."""
    pairs, n = cells.shape
    pair, coin = np.nonzero(cells)
    drawn = np.full((2, 2), 0.5) if colour == "random" else np.eye(2)[::-1]
    old, new = np.nonzero(drawn)
    nodes = pair[:, None] * 2 + old
    states = (pair * n + coin)[:, None] * 2 + new
    chances = cells[pair, coin][:, None] * drawn[old, new]
    return sparse.csr_array((chances.ravel(), (nodes.ravel(), states.ravel())), shape=(2 * pairs, 2 * pairs * n))
