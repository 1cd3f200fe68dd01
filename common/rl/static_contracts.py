r"""The static hidden-action problem: one agent, one action, one payment (dossier section 3.1).

The principal offers a contract :math:`b\ge 0`, the agent takes :math:`\arg\max_a\mathbb E_{\mathcal O(a)}[b]+r(a)`,
ties broken for the principal, who earns :math:`\mathbb E[r^p(o)-b(o)]`. The best contract is the best of the minimal
payments for every action (Grossman and Hart 1983). The best *linear* contract :math:`b=\alpha r^p` lies where the agent
is indifferent between two actions: between such shares her action stays and the principal only loses by a larger share
(Dütting, Roughgarden and Talgam-Cohen 2019).
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from common.rl.contracts import Method, contracts_for_all_actions
from common.rl.mdp import TIE, greedy


@dataclass(frozen=True, eq=False)
class StaticContract:
    """A contract, and what comes of it.

    Attributes
    ----------
    action : int
        The agent's action.
    contract : ndarray, shape (M,)
        Payment for every outcome, ``>= 0``.
    v_principal, v_agent : float
        Expected earnings of both.
    share : float or None
        The agent's share of the principal's reward if the contract is linear.
    """

    action: int
    contract: NDArray[Any]
    v_principal: Any
    v_agent: Any
    share: Any = None


def optimal_static_contract(
    agent_reward: ArrayLike,
    principal_reward: ArrayLike,
    outcome_probs: ArrayLike,
    margin: Any = 0,
    *,
    method: Method = "auto",
) -> StaticContract:
    """Find the principal's best contract.

    Parameters
    ----------
    agent_reward : array_like, shape (A,)
        The agent's reward (minus the cost) of every action; minus infinity where not available.
    principal_reward : array_like, shape (M,)
        The principal's reward for every outcome.
    outcome_probs : array_like, shape (A, M)
        Outcome distribution of every action.
    margin : float
        By how much the agent must prefer what is asked for, ``>= 0``.
    method : {"auto", "closed form", "lp"}
        How contracts are found; the closed form (two actions and outcomes) keeps fractions exact.

    Returns
    -------
    StaticContract
        The lowest action among ties.

    Raises
    ------
    ValueError
        If shapes do not fit, numbers are not finite, or no action can be had with the margin.
    """
    r, reward, probs = _checked(agent_reward, principal_reward, outcome_probs)
    contracts, cost = contracts_for_all_actions(r[None], probs[None], margin, method=method)
    if (cost == np.inf).all():
        raise ValueError(f"margin must leave an action that can be had, given {margin}")
    value = np.where(r > -np.inf, probs @ reward, -np.inf) - cost[0]
    action = int(greedy(value))
    return StaticContract(action, contracts[0, action], value[action], r[action] + cost[0, action])


def linear_contract(agent_reward: ArrayLike, principal_reward: ArrayLike, outcome_probs: ArrayLike) -> StaticContract:
    """Find the principal's best linear contract, exactly.

    Parameters
    ----------
    agent_reward : array_like, shape (A,)
        The agent's reward (minus the cost) of every action; minus infinity where not available.
    principal_reward : array_like, shape (M,)
        The principal's reward for every outcome, ``>= 0`` so that a share of it is no negative payment.
    outcome_probs : array_like, shape (A, M)
        Outcome distribution of every action.

    Returns
    -------
    StaticContract
        The smallest share among ties. Fractions are kept exact.

    Raises
    ------
    ValueError
        If shapes do not fit, numbers are not finite, or a reward of the principal is negative.
    """
    r, reward, probs = _checked(agent_reward, principal_reward, outcome_probs)
    if not (reward >= 0).all():
        raise ValueError(f"principal_reward must be >= 0 for a linear contract, given {reward.min()}")
    open_to = np.flatnonzero(r > -np.inf)
    gain, own = probs[open_to] @ reward, r[open_to]
    rise, fall = gain[:, None] - gain, own - own[:, None]
    shares = fall[rise > 0] / rise[rise > 0]
    shares = np.concatenate(([0 * gain[0]], np.sort(shares[(shares > 0) & (shares <= 1)])))
    utility = shares[:, None] * gain + own
    best = utility.max(axis=1, keepdims=True)
    tied = utility >= best - (0 if utility.dtype == object else TIE * np.maximum(1.0, abs(best)))
    value = np.where(tied, (1 - shares[:, None]) * gain, -np.inf)
    at = int(greedy(value.max(axis=1)))
    a = int(greedy(value[at]))
    return StaticContract(int(open_to[a]), shares[at] * reward, value[at, a], utility[at, a], shares[at])


def _checked(
    agent_reward: ArrayLike, principal_reward: ArrayLike, outcome_probs: ArrayLike
) -> tuple[NDArray[Any], NDArray[Any], NDArray[Any]]:
    """Refuse what is no problem; fractions stay fractions if all three arrays hold objects."""
    arrays = [np.asarray(array) for array in (agent_reward, principal_reward, outcome_probs)]
    if not all(array.dtype == object for array in arrays):
        arrays = [array.astype(float) for array in arrays]
    r, reward, probs = arrays
    if r.ndim != 1 or reward.ndim != 1 or probs.shape != (len(r), len(reward)) or not probs.size:
        raise ValueError(
            "agent_reward, principal_reward and outcome_probs must have shapes (A,), (M,) and (A, M),"
            f" given {r.shape}, {reward.shape} and {probs.shape}"
        )
    if not ((reward > -np.inf) & (reward < np.inf)).all():
        raise ValueError("principal_reward must be finite")
    if not (r < np.inf).all() or not (r > -np.inf).any():
        raise ValueError("agent_reward must be finite, or -inf where not available, with one available action")
    used = r > -np.inf
    fine = (probs >= 0).all(axis=1) & (abs(probs.sum(axis=1) - 1) <= 1e-9)
    if not (fine | ~used).all():
        raise ValueError(f"outcome_probs must be distributions, given outcome_probs[{int((fine | ~used).argmin())}]")
    return r, reward, probs
