"""Worked instances: the paper's Figure 1, and a stationary process on which the meta-algorithm cycles."""

from fractions import Fraction
from numbers import Rational, Real

import numpy as np

from papers.contracts_rl.mdp import PrincipalAgentMDP

FIGURE_ONE_STATES = ("s_0", "s_L", "s_R")  #: names of the states of `figure_one`
FIGURE_ONE_ACTIONS = ("a_L", "a_R")  #: names of its actions; its outcomes are L and R


def figure_one(
    success: Real = Fraction(9, 10),
    cost: Real = Fraction(4, 5),
    reward: Real = Fraction(14, 9),
    gamma: Real = 1,
) -> PrincipalAgentMDP:
    r"""Build the example of the paper's Figure 1: one decision, then another, then the end.

    From :math:`s_0` outcome L leads to :math:`s_L` and outcome R to :math:`s_R`; after those the episode ends. In
    every state action :math:`a_L` costs the agent an effort and leads to L with probability `success`; :math:`a_R` is
    free and leads to R with probability `success`. The principal is paid for L.

    Parameters
    ----------
    success : real
        Probability in [1/2, 1] that an action has its own outcome; 9/10 in the paper.
    cost : real
        Effort :math:`-r(s,a_L)\ge 0`, finite; 4/5 in the paper.
    reward : real
        :math:`r^p(s,L)`, finite; 14/9 in the paper.
    gamma : real
        Discount in [0, 1]; the paper's is unknown, 1 fits.

    Returns
    -------
    PrincipalAgentMDP
        Stationary, with the states :math:`s_0,s_L,s_R` (0, 1, 2), the actions :math:`a_L,a_R` and the outcomes L, R
        (0, 1). Exact if all parameters are whole numbers or fractions.

    Raises
    ------
    ValueError
        If a parameter is out of range.
    """
    if not Fraction(1, 2) <= success <= 1:
        raise ValueError(f"success must be in [1/2, 1], given {success}")
    if not 0 <= cost < np.inf:
        raise ValueError(f"cost must be finite and >= 0, given {cost}")
    numbers = (success, cost, reward, gamma)
    exact = all(isinstance(number, Rational) for number in numbers)
    success, cost, reward, gamma = (Fraction(number) if exact else float(number) for number in numbers)
    probs = np.array([[success, 1 - success], [1 - success, success]])
    return PrincipalAgentMDP(
        outcome_probs=np.broadcast_to(probs, (3, 2, 2)),
        transitions=np.array([[1, 2], [-1, -1], [-1, -1]]),
        agent_reward=np.array([[-cost, 0 * cost]] * 3),
        principal_reward=np.array([[reward, 0 * reward]] * 3),
        gamma=gamma,
    )


def cycling_instance(gamma: float = 0.9) -> PrincipalAgentMDP:
    """Build a stationary process with an infinite horizon on which the meta-algorithm need not converge.

    Instance E5 of the dossier (not the paper's). State 0 is never left. In state 1 the bad outcome leads back to it
    and the good one to state 0. Work (action 1) costs 0.3 in state 0 and 0.5 in state 1 and leads to the good outcome
    with probability 0.9, shirking (action 0) with 0.1. The good outcome is worth 0.25 and 1.5 to the principal. At a
    discount of 0.9 she pays for work, whereupon the agent prefers to stay and shirk at that pay, whereupon she stops
    paying, and so on.

    Parameters
    ----------
    gamma : float
        Discount in [0, 1).

    Returns
    -------
    PrincipalAgentMDP
        Stationary, two states, starting in state 1.

    Raises
    ------
    ValueError
        If the discount is out of range.
    """
    return PrincipalAgentMDP(
        outcome_probs=np.broadcast_to([[0.9, 0.1], [0.1, 0.9]], (2, 2, 2)),
        transitions=np.array([[0, 0], [1, 0]]),
        agent_reward=np.array([[0.0, -0.3], [0.0, -0.5]]),
        principal_reward=np.array([[0.0, 0.25], [0.0, 1.5]]),
        gamma=gamma,
        start=1,
    )
