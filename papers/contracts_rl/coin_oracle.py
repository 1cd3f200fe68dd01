"""Exact verdict on a principal of the Coin Game: what agents earn by following her, and what by their best deviation.

The paper measures deviations with fresh learners and skips the exact answer as too large. It is not: payments turn the
Coin Game into another Markov game with the same moves, 235,298 states on 7 x 7 in the absolute frame, and an agent's
best response to a given policy of the other is one backward induction. Learned principals are stationary; agents who
best-respond know the time, so they are judged by the strongest opponent there is.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from common.games.backward_induction import best_response, evaluate
from common.games.markov import MarkovGame, Policy


@dataclass(frozen=True, eq=False)
class OracleReport:
    """Exact values of a principal's recommendations and payments, in coins an episode.

    Attributes
    ----------
    welfare : float
        Coins of both agents if both follow.
    payments, nudges : float
        What the principal then pays for following, without nudges, and as nudges.
    following, best : ndarray of float, shape (A,)
        What each judged agent earns, payments and nudges included, if she follows, and if she plays her best
        response, while the other follows.
    followed : ndarray of float, shape (A,)
        Share of recommendations that an agent follows who plays her best response and follows where that costs at most
        the tolerance, while the other follows.
    following_apart, best_apart : ndarray of float, shape (A,), or None
        As `following` and `best`, while the other plays another policy; None if none was given.
    """

    welfare: float
    payments: float
    nudges: float
    following: NDArray[np.float64]
    best: NDArray[np.float64]
    followed: NDArray[np.float64]
    following_apart: NDArray[np.float64] | None
    best_apart: NDArray[np.float64] | None

    @property
    def share(self) -> float:
        """Payments and nudges as a share of welfare."""
        return (self.payments + self.nudges) / self.welfare

    @property
    def gains(self) -> NDArray[np.float64]:
        """What each agent gains by deviating while the other follows, shape (A,)."""
        return self.best - self.following

    @property
    def spe_ratio(self) -> float:
        """Utility of following over that of the best response while the other follows, of the sums; at most 1."""
        return float(self.following.sum() / self.best.sum())

    @property
    def ic_ratio(self) -> float:
        """Return the same while the other plays the other policy; NaN if none was given."""
        if self.following_apart is None:
            return float("nan")
        return float(self.following_apart.sum() / self.best_apart.sum())


def judge_principal(
    game: MarkovGame,
    start: NDArray[np.float64],
    recommended: NDArray[np.integer],
    payments: NDArray[np.floating],
    *,
    nudge: float = 0.0,
    others: tuple[Policy, Policy] | None = None,
    gamma: float = 1.0,
    tolerance: float = 1e-9,
    agents: Sequence[int] = (0, 1),
) -> OracleReport:
    """Compute what following is worth, exactly, against every possible deviation.

    Parameters
    ----------
    game : MarkovGame
        The agents' game without a principal, such as ``exact_coin_game(rules, "absolute").game``.
    start : ndarray of float, shape (S,)
        Probabilities of the first state.
    recommended : ndarray of int, shape (S, 2)
        Action recommended to each agent.
    payments : ndarray of float, shape (S, 2, 2)
        What each agent is paid for following, ``[..., f]`` with f = 1 where the other follows too.
    nudge : float
        Paid to each agent for each followed recommendation besides, in coins, ``>= 0``.
    others : tuple of two policies, optional
        What each agent plays when the other asks whether following is best even then: for instance selfish play.
    gamma : float
        Discount factor in ``[0, 1]``; 1 for the coins of an episode.
    tolerance : float
        What an agent gives up, at most, in a single step to follow a recommendation, ``>= 0``.
    agents : sequence of int
        Whose incentives are judged. One is enough for learned networks that both agents share: they see the board with
        themselves in the first place, so the two are mirror images.

    Returns
    -------
    OracleReport

    Raises
    ------
    ValueError
        If shapes do not fit, an action does not exist, or the nudge, the discount or the tolerance is out of range.
    """
    if not 0 <= nudge < np.inf:
        raise ValueError(f"nudge must be finite and >= 0, given {nudge}")
    plan = tuple(np.asarray(recommended, dtype=np.int64).T)
    follows, paid = followed_and_paid(game, recommended, payments)
    contracted = replace(game, rewards=game.rewards + paid + nudge * follows)
    # one pass for all that happens if both follow
    counted = evaluate(game, plan, gamma, np.concatenate([game.rewards, paid, follows], axis=-1))
    coins, pay, bonus = (start @ counted).reshape(3, 2) * [[1.0], [1.0], [nudge]]

    def best(agent: int, other: Policy) -> float:
        return float(start @ best_response(contracted, other, agent, gamma, tolerance=0.0).values[0])

    def followed(agent: int) -> float:
        kept = best_response(contracted, plan[1 - agent], agent, gamma, plan[agent], tolerance).actions
        visits = evaluate(game, _pair(agent, kept, plan[1 - agent]), 1.0, follows[..., agent : agent + 1])
        return float(start @ visits[:, 0]) / game.horizon

    def following(agent: int, other: Policy) -> float:
        return float(start @ evaluate(contracted, _pair(agent, plan[agent], other), gamma)[:, agent])

    return OracleReport(
        welfare=float(coins.sum()),
        payments=float(pay.sum()),
        nudges=float(bonus.sum()),
        following=(coins + pay + bonus)[list(agents)],
        best=np.array([best(agent, plan[1 - agent]) for agent in agents]),
        followed=np.array([followed(agent) for agent in agents]),
        following_apart=others and np.array([following(agent, others[1 - agent]) for agent in agents]),
        best_apart=others and np.array([best(agent, others[1 - agent]) for agent in agents]),
    )


def _pair(agent: int, own: Policy, other: Policy) -> tuple[Policy, Policy]:
    """Order an agent's policy and the other's by player."""
    return (own, other) if agent == 0 else (other, own)


def followed_and_paid(
    game: MarkovGame, recommended: NDArray[np.integer], payments: NDArray[np.floating]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Spell out who follows, and what is paid for it, for every pair of actions.

    Parameters
    ----------
    game : MarkovGame
        The agents' game.
    recommended : ndarray of int, shape (S, 2)
        Action recommended to each agent.
    payments : ndarray of float, shape (S, 2, 2)
        What each agent is paid for following, ``[..., f]`` with f = 1 where the other follows too.

    Returns
    -------
    followed, paid : ndarray of float, shape (S, A1, A2, 2)
        1 where an agent follows, and her payment.

    Raises
    ------
    ValueError
        If shapes do not fit, an action does not exist, or a payment is negative or not finite.
    """
    recommended, payments = np.asarray(recommended), np.asarray(payments, dtype=float)
    if recommended.shape != (game.n_states, 2) or payments.shape != (game.n_states, 2, 2):
        raise ValueError(
            f"recommended and payments must have shapes {(game.n_states, 2)} and {(game.n_states, 2, 2)}, "
            f"given {recommended.shape} and {payments.shape}"
        )
    if (recommended < 0).any() or (recommended >= game.n_actions).any():
        raise ValueError(f"recommended must hold actions below {game.n_actions}")
    if not ((payments >= 0) & (payments < np.inf)).all():
        raise ValueError("payments must be finite and >= 0")
    row = recommended[:, :1] == np.arange(game.n_actions[0])
    column = recommended[:, 1:] == np.arange(game.n_actions[1])
    follows = np.stack(np.broadcast_arrays(row[:, :, None], column[:, None, :]), axis=-1)
    offered = np.where(follows[..., ::-1], payments[:, None, None, :, 1], payments[:, None, None, :, 0])
    return follows.astype(float), follows * offered
