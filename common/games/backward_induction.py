"""Exact play of finite two-player Markov games by backward induction (Shapley 1953).

The joint optimum, Markov-perfect equilibrium, one player's best response to the other's policy, and the value of a
given pair of policies; every layer of time is a handful of array operations over all states.
"""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike, NDArray

from common.games.bimatrix import Selection, pairs_first, stage_equilibria
from common.games.markov import MarkovGame, Policy, policy_layers


@dataclass(frozen=True, eq=False)
class Play:
    """A policy of each player and what it is worth.

    Attributes
    ----------
    policies : tuple of two ndarray
        One policy a player, as in `common.games.markov`: actions (H, S) where every stage is played in pure actions,
        probabilities (H, S, A) otherwise.
    values : ndarray of float, shape (H, S, 2)
        Each player's expected discounted payoff from each step on.
    mixed : float
        Share of all stage games without a pure equilibrium (0 where none was looked for).
    """

    policies: tuple[Policy, Policy] = field(repr=False)
    values: NDArray[np.float64] = field(repr=False)
    mixed: float = 0.0


@dataclass(frozen=True, eq=False)
class BestResponse:
    """The best one player can do against a given policy.

    Attributes
    ----------
    actions : ndarray of int, shape (H, S)
        Best actions.
    values : ndarray of float, shape (H, S)
        Expected discounted payoff from each step on.
    """

    actions: NDArray[np.int16]
    values: NDArray[np.float64]


def joint_optimum(game: MarkovGame, gamma: float = 1.0, tolerance: float = 1e-9) -> Play:
    """Maximise the sum of both players' payoffs.

    Parameters
    ----------
    game : MarkovGame
        The game.
    gamma : float
        Discount factor in [0, 1].
    tolerance : float
        Sums closer than this are ties; the first pair of actions in lexicographic order wins.

    Returns
    -------
    Play
        Its policies are actions.

    Raises
    ------
    ValueError
        If the discount or the tolerance is out of range.
    """
    _check_discount(gamma)
    n_columns, states = game.n_actions[1], np.arange(game.n_states)
    actions = np.empty((2, game.horizon, game.n_states), np.int16)
    values = np.zeros((game.horizon + 1, game.n_states, 2))
    for step in reversed(range(game.horizon)):
        q = game.action_values(values[step + 1], gamma)
        best = first_maximum(pairs_first(q.sum(axis=-1)), tolerance)
        actions[:, step] = np.divmod(best, n_columns)
        values[step] = q[states, actions[0, step], actions[1, step]]
    return Play((actions[0], actions[1]), values[:-1])


def markov_perfect(
    game: MarkovGame, gamma: float = 1.0, selection: Selection = "first", tolerance: float = 1e-9
) -> Play:
    """Play a Nash equilibrium of every stage game, from the last step back: Markov-perfect equilibrium.

    Parameters
    ----------
    game : MarkovGame
        The game.
    gamma : float
        Discount factor in [0, 1].
    selection, tolerance
        Which of several pure equilibria of a stage game is played; see `common.games.bimatrix.select_pure`. Where there
        is none, Nashpy's mixed one is.

    Returns
    -------
    Play
        Its policies are actions unless some stage game had no pure equilibrium.

    Raises
    ------
    ValueError
        If the discount, the rule or the tolerance is not allowed.
    """
    _check_discount(gamma)
    policies = tuple(np.empty((game.horizon, game.n_states, n)) for n in game.n_actions)
    values = np.zeros((game.horizon + 1, game.n_states, 2))
    mixed = 0
    for step in reversed(range(game.horizon)):
        q = game.action_values(values[step + 1], gamma)
        stage = stage_equilibria(q[..., 0], q[..., 1], selection, tolerance)
        policies[0][step], policies[1][step], values[step] = stage.row, stage.column, stage.values
        mixed += np.count_nonzero(~stage.pure)
    if not mixed:
        policies = tuple(policy.argmax(axis=-1).astype(np.int16) for policy in policies)
    return Play(policies, values[:-1], float(mixed / (game.horizon * game.n_states)))


def best_response(
    game: MarkovGame,
    policy: Policy,
    player: int,
    gamma: float = 1.0,
    preferred: ArrayLike | None = None,
    tolerance: float = 1e-9,
) -> BestResponse:
    """Find a player's best policy while the other keeps to hers.

    Parameters
    ----------
    game : MarkovGame
        The game.
    policy : ndarray
        The other player's policy, pure or mixed, stationary or not.
    player : {0, 1}
        Who responds.
    gamma : float
        Discount factor in [0, 1].
    preferred : array_like of int, shape (S,) or (H, S), optional
        Actions that the player takes wherever they are within `tolerance` of the best; without it, and elsewhere, the
        first best action. The values are then what is really earned.
    tolerance : float
        At least 0.

    Returns
    -------
    BestResponse

    Raises
    ------
    ValueError
        If the player, a policy, the discount or the tolerance is not allowed.
    """
    _check_discount(gamma)
    if player not in (0, 1):
        raise ValueError(f"player must be 0 or 1, given {player!r}")
    layers = policy_layers(game, policy, 1 - player)
    wishes = None if preferred is None else policy_layers(game, np.asarray(preferred), player)
    rewards, successors = game.rewards[..., player], game.successors
    if player == 1:  # the responder's actions come first
        rewards, successors = rewards.swapaxes(1, 2), successors.swapaxes(1, 2)
    states = np.arange(game.n_states)
    actions = np.empty((game.horizon, game.n_states), np.int16)
    values = np.zeros((game.horizon + 1, game.n_states))
    for step in reversed(range(game.horizon)):
        nodes, other = gamma * game.nodes(values[step + 1]), layers[step]
        if other.ndim == 2:
            q = np.einsum("sab,sb->sa", rewards + nodes[successors], other)
        else:
            if step == game.horizon - 1 or layers.strides[0]:  # what a stationary policy leaves is cut out once
                paid, moves = rewards[states, :, other], successors[states, :, other]
            q = paid + nodes[moves]
        actions[step] = first_maximum(q.T, tolerance)
        if wishes is not None:
            kept = q[states, wishes[step]] >= q.max(axis=1) - tolerance
            actions[step] = np.where(kept, wishes[step], actions[step])
        values[step] = q[states, actions[step]]
    return BestResponse(actions, values[:-1])


def evaluate(
    game: MarkovGame, policies: tuple[Policy, Policy], gamma: float = 1.0, rewards: ArrayLike | None = None
) -> NDArray[np.float64]:
    """Return the expected discounted payoffs of a pair of policies from the first step on.

    Parameters
    ----------
    game : MarkovGame
        The game.
    policies : tuple of two ndarray
        One policy a player, pure or mixed, stationary or not; mixed ones are independent.
    gamma : float
        Discount factor in [0, 1].
    rewards : array_like, shape (S, A1, A2, K), optional
        What is added up instead of the game's payoffs, for instance payments or visits.

    Returns
    -------
    ndarray of float, shape (S, K)
        By the state in the first step; K is 2 for the game's own payoffs.

    Raises
    ------
    ValueError
        If a policy, the rewards or the discount is not allowed.
    """
    _check_discount(gamma)
    paid = game.rewards if rewards is None else np.asarray(rewards, dtype=float)
    if paid.ndim != 4 or paid.shape[:3] != game.rewards.shape[:3]:
        raise ValueError(f"rewards must have shape {game.rewards.shape[:3]} + (K,), given shape {paid.shape}")
    rows, columns = (policy_layers(game, policy, player) for player, policy in enumerate(policies))
    states = np.arange(game.n_states)
    values = np.zeros((game.n_states, paid.shape[-1]))
    for step in reversed(range(game.horizon)):
        nodes, row, column = gamma * game.nodes(values), rows[step], columns[step]
        if row.ndim == column.ndim == 1:
            if step == game.horizon - 1 or rows.strides[0] or columns.strides[0]:  # stationary policies: cut out once
                pays, moves = paid[states, row, column], game.successors[states, row, column]
            values = pays + nodes[moves]
        else:
            x, y = (_probabilities(z, n) for z, n in zip((row, column), game.n_actions, strict=True))
            values = np.einsum("sabk,sab->sk", paid + nodes[game.successors], x[:, :, None] * y[:, None])
    return values


def first_maximum(values: NDArray[np.float64], tolerance: float) -> NDArray[np.int64]:
    """Index of the first entry of each column that is within a tolerance of the column's largest.

    Parameters
    ----------
    values : ndarray of float, shape (A, ...)
        What is maximised, over the first axis.
    tolerance : float
        At least 0. Rounding then does not decide between ties, so that results do not hang on the machine.

    Returns
    -------
    ndarray of int, shape (...)

    Raises
    ------
    ValueError
        If the tolerance is negative.
    """
    if not tolerance >= 0:
        raise ValueError(f"tolerance must be at least 0, given {tolerance}")
    return (values >= values.max(axis=0) - tolerance).argmax(axis=0)


def _probabilities(layer: NDArray, n_actions: int) -> NDArray[np.float64]:
    """One layer of a policy as probabilities (S, A)."""
    return layer if layer.ndim == 2 else (layer[:, None] == np.arange(n_actions)).astype(float)


def _check_discount(gamma: float) -> None:
    """Refuse what is no discount factor."""
    if not 0 <= gamma <= 1:
        raise ValueError(f"gamma must be in [0, 1], given {gamma}")
