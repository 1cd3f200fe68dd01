"""Finite two-player Markov games with a finite horizon (Shapley 1953): the game, and policies to play it.

In each of ``H`` steps both players act at once; the pair of actions pays each player and leads to a state, or to a
*chance node* whose successor is drawn. Chance nodes keep big games small: a game in which most moves are deterministic
stores one integer a move, and each lottery once.

A *policy* of one player is an array: integers are actions, floats are probabilities with a last axis over actions; a
leading axis of length ``H`` makes it depend on time. So the shapes are (S,), (H, S), (S, A) and (H, S, A).
"""

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import sparse

from common.games.payoffs import payoff_table

Policy = NDArray[Any]


@dataclass(frozen=True, eq=False)
class MarkovGame:
    """A two-player game over states, the same in each of its steps.

    Parameters
    ----------
    rewards : array_like, shape (S, A1, A2, 2)
        Expected payoff of each player for a pair of actions.
    successors : array_like of int, shape (S, A1, A2)
        ``0..S-1`` is the next state, ``S..S+R-1`` a chance node.
    horizon : int
        Number of steps H, at least 1. After the last one nothing is paid.
    chance : sparse matrix or array_like, shape (R, S), optional
        Probabilities of the states that follow each chance node. Rows sum to at most 1: the missing mass ends the game.

    Raises
    ------
    ValueError
        If shapes disagree, a successor does not exist, or a row of `chance` is no (sub)distribution.
    """

    rewards: NDArray[np.float64] = field(repr=False)
    successors: NDArray[np.int64] = field(repr=False)
    horizon: int
    chance: Any = field(default=None, repr=False)

    def __post_init__(self) -> None:
        rewards = payoff_table(self.rewards, "rewards").astype(float, copy=False)
        if rewards.ndim != 4 or rewards.shape[-1] != 2:
            raise ValueError(f"rewards must have shape (S, A1, A2, 2), given shape {rewards.shape}")
        n_states = len(rewards)
        chance = sparse.csr_array((0, n_states) if self.chance is None else self.chance, dtype=float)
        if chance.shape[1] != n_states:
            raise ValueError(f"chance must have shape (R, {n_states}) to fit rewards, given shape {chance.shape}")
        sums = chance.sum(axis=1)
        if not np.all(chance.data >= 0) or not np.all(sums <= 1 + 1e-9):
            raise ValueError("chance must hold probabilities >= 0 whose rows sum to at most 1")
        successors = np.asarray(self.successors)
        if successors.shape != rewards.shape[:3] or successors.dtype.kind not in "iu":
            raise ValueError(
                f"successors must be integers of shape {rewards.shape[:3]}, given {successors.dtype} {successors.shape}"
            )
        nodes = n_states + chance.shape[0]
        if successors.min() < 0 or successors.max() >= nodes:
            raise ValueError(f"successors must be in 0..{nodes - 1}, given {successors.min()}..{successors.max()}")
        if isinstance(self.horizon, bool) or not isinstance(self.horizon, int | np.integer) or self.horizon < 1:
            raise ValueError(f"horizon must be an integer of at least 1, given {self.horizon!r}")
        for name, value in (("rewards", rewards), ("successors", successors), ("chance", chance)):
            object.__setattr__(self, name, value)

    @classmethod
    def from_transitions(cls, rewards: ArrayLike, transitions: ArrayLike, horizon: int) -> "MarkovGame":
        """Build a game from a dense table of transition probabilities (one chance node a pair of actions).

        Parameters
        ----------
        rewards : array_like, shape (S, A1, A2, 2)
            Payoffs.
        transitions : array_like, shape (S, A1, A2, S)
            Probabilities of the next state; rows sum to at most 1.
        horizon : int
            Number of steps.

        Returns
        -------
        MarkovGame

        Raises
        ------
        ValueError
            As the constructor does.
        """
        table = np.asarray(transitions, dtype=float)
        if table.ndim != 4:
            raise ValueError(f"transitions must have shape (S, A1, A2, S), given shape {table.shape}")
        n_states, pairs = table.shape[-1], int(np.prod(table.shape[:3]))
        successors = n_states + np.arange(pairs).reshape(table.shape[:3])
        return cls(np.asarray(rewards), successors, horizon, table.reshape(pairs, n_states))

    @property
    def n_states(self) -> int:
        """Number of states S."""
        return self.rewards.shape[0]

    @property
    def n_actions(self) -> tuple[int, int]:
        """Numbers of actions of the two players."""
        return self.rewards.shape[1], self.rewards.shape[2]

    @cached_property
    def _states_last(self) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
        """Rewards and successors with the states along the last axis of memory."""
        return np.ascontiguousarray(self.rewards.T), np.ascontiguousarray(self.successors.T)

    def action_values(self, values: NDArray[np.float64], gamma: float) -> NDArray[np.float64]:
        """Both players' values of every pair of actions, given what the next state is worth.

        Parameters
        ----------
        values : ndarray of float, shape (S, 2)
            Value of each state in the next step.
        gamma : float
            Discount factor.

        Returns
        -------
        ndarray of float, shape (S, A1, A2, 2)
            In memory the states come last: sums and maxima over the short axes are then several times faster.
        """
        rewards, successors = self._states_last
        later = gamma * self.nodes(values).T
        return np.stack([paid + worth[successors] for paid, worth in zip(rewards, later, strict=True)]).T

    def nodes(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """Extend values of states to chance nodes, ready to be indexed by `successors`.

        Parameters
        ----------
        values : ndarray, shape (S, ...)
            Something known of each state.

        Returns
        -------
        ndarray, shape (S + R, ...)
            The same, followed by its mean at each chance node.
        """
        flat = values.reshape(len(values), -1)
        return np.concatenate([flat, self.chance @ flat]).reshape(-1, *values.shape[1:])


def policy_layers(game: MarkovGame, policy: ArrayLike, player: int) -> NDArray[Any]:
    """Spell a policy out over time.

    Parameters
    ----------
    game : MarkovGame
        The game.
    policy : array_like of int (S,) or (H, S), or of float (S, A) or (H, S, A)
        Actions, or probabilities of actions.
    player : {0, 1}
        Whose policy it is.

    Returns
    -------
    ndarray, shape (H, S) or (H, S, A)
        A read-only view.

    Raises
    ------
    ValueError
        If the shape is another one, an action does not exist, or probabilities do not sum to 1.
    """
    array, n_actions = np.asarray(policy), game.n_actions[player]
    kind = array.dtype.kind
    layer = (game.n_states,) if kind in "iu" else (game.n_states, n_actions)
    if kind not in "iuf" or array.shape not in (layer, (game.horizon, *layer)):
        raise ValueError(
            f"policy of player {player} must hold actions (S,) or (H, S), or probabilities (S, A) or (H, S, A), with "
            f"S = {game.n_states}, H = {game.horizon}, A = {n_actions}; given {array.dtype} of shape {array.shape}"
        )
    if kind in "iu":
        if array.min() < 0 or array.max() >= n_actions:
            raise ValueError(f"policy of player {player} must hold actions in 0..{n_actions - 1}")
    elif not (np.all(array >= 0) and np.allclose(array.sum(axis=-1), 1, rtol=0, atol=1e-9)):
        raise ValueError(f"policy of player {player} must hold probabilities >= 0 that sum to 1")
    return np.broadcast_to(array, (game.horizon, *layer))
