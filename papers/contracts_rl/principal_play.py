r"""The principal's subgame-perfect play with two agents whose actions she sees (dossier sections 3.5 and 6.1).

In every state and step the principal recommends a pair of actions and pays an agent who follows just enough that, if
the other follows, no deviation is better. With :math:`Q_i(s,t,\mathbf a)` the value of agent i from a pair of actions
on, later payments included,

.. math:: W_i=\max_{a_i}Q_i(s,t,(a_i,a^p_{-i})),\qquad b_i=W_i-Q_i(s,t,\mathbf a^p),\qquad
   \mathbf a^p=\arg\max_{\mathbf a}\sum_i(r_i-\alpha b_i)+\gamma V^p,

and the agent is worth :math:`W_i` to herself. Paying on a deviation of the other too
(`common.games.implementation.implementation_payments` on the stage game) makes the recommendation dominant without
changing what is ever paid.
"""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from common.games.backward_induction import first_maximum
from common.games.bimatrix import pairs_first
from common.games.markov import MarkovGame


@dataclass(frozen=True, eq=False)
class PrincipalPlay:
    """Recommendations, payments and what they come to.

    Attributes
    ----------
    recommendation : ndarray of int, shape (H, S, 2)
        Action recommended to each agent.
    payments : ndarray of float, shape (H, S, 2)
        Paid to each agent who follows while the other follows, at least 0.
    agent_values : ndarray of float, shape (H, S, 2)
        :math:`W_i`: each agent's discounted value, payments included.
    welfare : ndarray of float, shape (S,)
        Expected undiscounted sum of both agents' own rewards from the first step on, when both follow.
    total_payments : ndarray of float, shape (S,)
        Expected undiscounted sum of payments from the first step on.
    """

    recommendation: NDArray[np.int64] = field(repr=False)
    payments: NDArray[np.float64] = field(repr=False)
    agent_values: NDArray[np.float64] = field(repr=False)
    welfare: NDArray[np.float64]
    total_payments: NDArray[np.float64]


def principal_play(game: MarkovGame, alpha: float = 0.1, gamma: float = 0.99, tolerance: float = 1e-9) -> PrincipalPlay:
    """Solve for the principal's subgame-perfect recommendations and payments.

    Parameters
    ----------
    game : MarkovGame
        The agents' game without a principal.
    alpha : float
        What a paid coin costs the principal, relative to a coin of welfare; at least 0 and finite.
    gamma : float
        Everybody's discount factor, in [0, 1].
    tolerance : float
        Objectives closer than this are ties; the first pair of actions in lexicographic order wins.

    Returns
    -------
    PrincipalPlay

    Raises
    ------
    ValueError
        If alpha, gamma or the tolerance is out of range.
    """
    if not 0 <= alpha < np.inf:
        raise ValueError(f"alpha must be finite and at least 0, given {alpha}")
    if not 0 <= gamma <= 1:
        raise ValueError(f"gamma must be in [0, 1], given {gamma}")
    n_states, n_columns, states = game.n_states, game.n_actions[1], np.arange(game.n_states)
    recommendation = np.empty((game.horizon, n_states, 2), np.int64)
    payments, agent_values = (np.empty((game.horizon, n_states, 2)) for _ in range(2))
    # Carried backwards: the agents' values, the principal's (a part for each agent), undiscounted welfare and payments.
    agents, parts, sums = (np.zeros((n_states, 2)) for _ in range(3))
    for step in reversed(range(game.horizon)):
        q = game.action_values(agents, gamma)
        owed = deviation_gains(q)
        objective = game.action_values(parts, gamma) - alpha * owed
        best = first_maximum(pairs_first(objective.sum(axis=-1)), tolerance)
        row, column = np.divmod(best, n_columns)
        pair = (states, row, column)
        recommendation[step], payments[step] = np.stack((row, column), axis=-1), owed[pair]
        agents = agent_values[step] = q[pair] + owed[pair]
        parts = objective[pair]
        now = np.stack((game.rewards[pair].sum(axis=-1), owed[pair].sum(axis=-1)), axis=-1)
        sums = now + game.nodes(sums)[game.successors[pair]]
    return PrincipalPlay(recommendation, payments, agent_values, *sums.T.copy())


def deviation_gains(q: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return what each player would gain by the best change of her own action alone.

    Parameters
    ----------
    q : ndarray of float, shape (..., A1, A2, 2)
        Both players' values of pairs of actions.

    Returns
    -------
    ndarray of float, shape (..., A1, A2, 2)
        At least 0; 0 for both players exactly at a pure equilibrium.
    """
    gains = np.empty_like(q)  # keeps the order in memory, which the searches over actions need
    gains[..., 0] = q[..., 0].max(axis=-2, keepdims=True) - q[..., 0]
    gains[..., 1] = q[..., 1].max(axis=-1, keepdims=True) - q[..., 1]
    return gains
