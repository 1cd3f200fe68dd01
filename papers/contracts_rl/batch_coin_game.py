"""Many Coin Games at once: every step is a handful of array operations over the whole batch."""

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, DTypeLike, NDArray

from papers.contracts_rl.coin_observations import pictures, player_inputs
from papers.contracts_rl.coin_rules import N_ACTIONS, CoinRules


class BatchCoinGame:
    """A batch of independent Coin Games (Ivanov et al. 2024, Section 5 and Appendix D.2).

    An episode starts with the players on two different cells and the coin where `CoinRules.respawn` allows, all
    uniformly, and a coin of either colour. Players may later share a cell and pass through each other.

    Parameters
    ----------
    batch : int
        Number of games B, at least 1.
    rules : CoinRules, optional
        The variant; the default rules if left out.
    generator : numpy.random.Generator or int
        Source of all randomness, or its seed.
    autoreset : bool
        Whether a game that reached its horizon starts again within the same step. If not, such a game must be `reset`
        before the next step.
    images : bool
        Whether `step` and `reset` answer with pictures (`observe`) or, for learners that keep compact states and
        build pictures only for the sampled ones, with `states`.
    **changes
        Single fields of `CoinRules`, such as ``grid=7``.

    Attributes
    ----------
    positions : ndarray of int, shape (B, 2)
        Cell ``row * N + column`` of each player.
    coin, colour, steps : ndarray of int, shape (B,)
        Cell of the coin, the player whose colour it has, and the steps played in the episode.

    Raises
    ------
    ValueError
        If `batch` or a rule is out of range.

    Examples
    --------
    >>> game = BatchCoinGame(4, grid=3, horizon=20, generator=0)
    >>> views, rewards, done = game.step(np.zeros((4, 2), dtype=int))
    >>> views.shape, rewards.shape, done.any().item()
    ((4, 2, 4, 3, 3), (4, 2), False)
    """

    def __init__(
        self,
        batch: int,
        rules: CoinRules | None = None,
        *,
        generator: np.random.Generator | int,
        autoreset: bool = True,
        images: bool = True,
        **changes: Any,
    ) -> None:
        if isinstance(batch, bool) or not isinstance(batch, int | np.integer) or batch < 1:
            raise ValueError(f"batch must be an integer of at least 1, given {batch!r}")
        self.batch, self.rules = int(batch), replace(rules or CoinRules(), **changes)
        self.generator = np.random.default_rng(generator)
        self.autoreset, self.images = autoreset, images
        self._ended: NDArray[np.int32] | None = None  # states before games started again in the last step
        self.positions = np.empty((self.batch, 2), np.int64)
        self.coin, self.colour, self.steps = (np.empty(self.batch, np.int64) for _ in range(3))
        self.reset()

    @property
    def states(self) -> NDArray[np.int32]:
        """Compact states, shape (B, 5): both cells, the coin's cell and colour, the step. A copy."""
        return np.column_stack((self.positions, self.coin, self.colour, self.steps)).astype(np.int32)

    @property
    def reached(self) -> NDArray[np.int32]:
        """Compact states that the last step led to, before any game started again (to bootstrap from), shape (B, 5)."""
        return self.states if self._ended is None else self._ended.copy()

    def observe(self, dtype: DTypeLike = np.float32) -> NDArray[np.generic]:
        """Both players' views of all games.

        Parameters
        ----------
        dtype : dtype
            Type of the pictures.

        Returns
        -------
        ndarray, shape (B, 2, 4, N, N)
            Channels: me, other, my coin, other's coin.
        """
        return pictures(
            player_inputs(*self.positions.T, self.coin, self.colour, self.rules.grid), self.rules.grid, dtype
        )

    def reset(self) -> NDArray[np.generic]:
        """Start all games anew.

        Returns
        -------
        ndarray, shape (B, 2, 4, N, N) or (B, 5)
            Pictures or compact states, as `images` says.
        """
        self._restart(np.arange(self.batch))
        self._ended = None
        return self._answer()

    def step(self, actions: ArrayLike) -> tuple[NDArray[np.generic], NDArray[np.float64], NDArray[np.bool_]]:
        """Move all players, pay for collected coins and put new ones.

        Parameters
        ----------
        actions : array_like of int, shape (B, 2)
            Moves in 0..3: up, down, left, right.

        Returns
        -------
        observation : ndarray, shape (B, 2, 4, N, N) or (B, 5)
            Pictures or compact states; of the next episode where one ended and `autoreset` is on.
        rewards : ndarray of float, shape (B, 2)
            Coins collected in this step.
        done : ndarray of bool, shape (B,)
            Which episodes reached their horizon with this step.

        Raises
        ------
        ValueError
            If the actions have another shape, are no integers or outside 0..3, or a game is over.
        """
        actions = self._check_actions(actions)
        self.positions = self.rules.next_cell[self.positions, actions]
        rewards = self._collect()
        self.steps += 1
        done = self.steps >= self.rules.horizon
        self._ended = None
        if self.autoreset and done.any():
            self._ended = self.states
            self._restart(np.flatnonzero(done))
        return self._answer(), rewards, done

    def _check_actions(self, actions: ArrayLike) -> NDArray[np.int64]:
        """Refuse what is no move for each player of each game, and moves after the end."""
        array = np.asarray(actions)
        if array.shape != (self.batch, 2) or array.dtype.kind not in "iu":
            raise ValueError(
                f"actions must be integers of shape ({self.batch}, 2), given {array.dtype} of shape {array.shape}"
            )
        if array.min() < 0 or array.max() >= N_ACTIONS:
            raise ValueError(f"actions must be in 0..{N_ACTIONS - 1}, given {array.min()}..{array.max()}")
        if not self.autoreset and (self.steps >= self.rules.horizon).any():
            raise ValueError(f"steps must stay below the horizon {self.rules.horizon}: reset the finished games first")
        return array

    def _collect(self) -> NDArray[np.float64]:
        """Pay the players who stand on a coin after the move, and replace these coins."""
        rewards = np.zeros((self.batch, 2))
        here = self.positions == self.coin[:, None]
        games = np.flatnonzero(here[:, 0] | here[:, 1])
        if games.size == 0:
            return rewards
        collects = here[games]
        if not self.rules.both_collect:
            ties = np.flatnonzero(collects[:, 0] & collects[:, 1])
            collects[ties, self.generator.integers(0, 2, ties.size)] = False  # the draw names who goes empty
        colour = self.colour[games]
        rewards[games] = collects * self.rules.worth[colour]
        drawn = self.rules.colour == "random"
        self.colour[games] = self.generator.integers(0, 2, games.size) if drawn else 1 - colour
        self.coin[games] = self._draw_coin(games)
        return rewards

    def _draw_coin(self, games: NDArray[np.int64]) -> NDArray[np.int64]:
        """Draw cells for the coins of some games: of the free cells, numbered in order, or of all."""
        if self.rules.respawn == "anywhere":
            return self.generator.integers(0, self.rules.n_cells, games.size)
        first, second = self.positions[games].T
        low, high = np.minimum(first, second), np.maximum(first, second)
        apart = low != high
        cells = self.generator.integers(0, self.rules.n_cells - 1 - apart)
        cells += cells >= low
        cells += apart & (cells >= high)
        return cells

    def _restart(self, games: NDArray[np.int64]) -> None:
        """Put players on different cells of some games, and a first coin."""
        first, second = self.generator.integers(0, [[self.rules.n_cells], [self.rules.n_cells - 1]], (2, games.size))
        self.positions[games, 0] = first
        self.positions[games, 1] = second + (second >= first)
        self.colour[games] = self.generator.integers(0, 2, games.size)
        self.coin[games] = self._draw_coin(games)
        self.steps[games] = 0

    def _answer(self) -> NDArray[np.generic]:
        """Pictures or compact states."""
        return self.observe() if self.images else self.states
