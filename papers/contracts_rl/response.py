r"""The agent's exact best response to contracts: the oracle against which a principal's policy is validated.

Contracts :math:`\rho` fixed, the agent solves her own decision process (dossier sections 3.3 and 3.4),

.. math:: \bar Q(s,a\mid\rho)=r(s,a)+\gamma\,\mathbb E[V(s')\mid s,a],\qquad
    Q(s,a\mid\rho)=\mathbb E_{\mathcal O(s,a)}[\rho(s)(o)]+\bar Q(s,a\mid\rho).

She does what is recommended wherever that is within a tolerance of the best; otherwise what is best for her. The values
are what both really earn then.
"""

from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from common.rl.mdp import FiniteMDP, evaluate_policy, greedy, policy_iteration
from papers.contracts_rl.mdp import PrincipalAgentMDP, truncated_values


@dataclass(frozen=True, eq=False)
class Response:
    """What the agent does, and what both earn; a stationary process lacks the first axis, padding holds NaN or -1.

    Attributes
    ----------
    action : ndarray of int, shape (H, S)
        The agent's action.
    follows : ndarray of bool, shape (H, S), or None
        Whether it is the recommended one; None without recommendations.
    v_agent, v_principal : ndarray, shape (H, S)
        What both earn from there on.
    q_trunc : ndarray, shape (H, S, A)
        The agent's value of every action without the payment for its outcome, if she goes on like this.
    """

    action: NDArray[np.intp]
    follows: NDArray[np.bool_] | None
    v_agent: NDArray[Any]
    v_principal: NDArray[Any]
    q_trunc: NDArray[Any] = field(repr=False)


def best_response(
    mdp: PrincipalAgentMDP, contracts: ArrayLike, recommended: ArrayLike | None = None, *, tie_tolerance: float = 1e-9
) -> Response:
    """Let the agent respond to contracts in the best way for her.

    Parameters
    ----------
    mdp : PrincipalAgentMDP
        The game.
    contracts : array_like, shape (H, S, M) or (S, M)
        Payments ``>= 0`` offered in every state; the padding is not read.
    recommended : array_like of int, shape (H, S) or (S,), optional
        What the principal asks for. The agent does it where it is within `tie_tolerance` of the best, given what she
        does later (stationary: given that she goes on optimally); elsewhere she takes the best, the lowest index among
        ties. Without recommendations, she takes among the actions within `tie_tolerance` the best for the principal.
    tie_tolerance : float
        What the agent forgoes in a state, in units of reward, ``>= 0``; a tolerant agent has a large one.

    Returns
    -------
    Response

    Raises
    ------
    ValueError
        If contracts are negative, not finite or of the wrong shape, a recommended action is not available, the
        tolerance is negative, or a stationary process of fractions can go on for more steps than it has states.
    """
    offered = check_contracts(mdp, contracts)
    asked = None if recommended is None else _check_actions(mdp, recommended)
    if not 0 <= tie_tolerance < np.inf:
        raise ValueError(f"tie_tolerance must be finite and >= 0, given {tie_tolerance}")
    if mdp.horizon is None and mdp.exact:
        return _unrolled(mdp, offered, asked, tie_tolerance)
    if mdp.horizon is None:
        return _stationary(mdp, offered, asked, tie_tolerance)
    shape, dtype = mdp.agent_reward.shape, offered.dtype
    tolerance = Fraction(tie_tolerance) if mdp.exact else tie_tolerance
    action = np.full(shape[:2], -1)
    v_agent, v_principal, q_trunc = (np.full(s, np.nan, dtype=dtype) for s in (shape[:2], shape[:2], shape))
    ahead = np.zeros((2, 0), dtype=dtype)
    for t in reversed(range(mdp.horizon)):
        n, layer = mdp.sizes[t], mdp.layer(t)
        b = offered[t, :n]
        bar = truncated_values(layer, mdp.gamma, ahead[0])
        own = bar + layer.expect(b)
        earned = layer.expect(layer.principal_reward - b + mdp.gamma * layer.next_value(ahead[1]))
        chosen = _choose(own, earned, None if asked is None else asked[t, :n], tolerance)
        at = np.arange(n), chosen
        ahead = np.stack([own[at], earned[at]])
        action[t, :n], q_trunc[t, :n] = chosen, bar
        v_agent[t, :n], v_principal[t, :n] = ahead
    follows = None if asked is None else (action == asked) & (action >= 0)
    return Response(action, follows, v_agent, v_principal, q_trunc)


def agent_optimum(mdp: PrincipalAgentMDP, contracts: NDArray[Any]) -> tuple[NDArray[Any], NDArray[Any]]:
    r"""Solve the agent's process under given contracts.

    Parameters
    ----------
    mdp : PrincipalAgentMDP
        The game.
    contracts : ndarray, shape (H, S, M) or (S, M)
        Payments ``>= 0`` offered in every state.

    Returns
    -------
    v_agent : ndarray, shape (H, S) or (S,)
        The agent's optimal values.
    q_trunc : ndarray, shape (H, S, A) or (S, A)
        :math:`\bar Q(s,a\mid\rho)`, her optimal values of every action without the payment for its outcome.

    Raises
    ------
    ValueError
        If a stationary process of fractions can go on for more steps than it has states.
    """
    if mdp.horizon is None and mdp.exact:
        unrolled = mdp.unrolled()
        v_agent, q_trunc = agent_optimum(unrolled, np.broadcast_to(contracts, unrolled.principal_reward.shape))
        return v_agent[0], q_trunc[0]
    if mdp.horizon is None:
        layer, agent = mdp.layer(0), _agent_process(mdp, contracts)
        values = policy_iteration(agent).values
        return values, truncated_values(layer, mdp.gamma, values)
    shape = mdp.agent_reward.shape
    v_agent, q_trunc = (np.full(s, np.nan, dtype=contracts.dtype) for s in (shape[:2], shape))
    ahead = v_agent[0, :0]
    for t in reversed(range(mdp.horizon)):
        n, layer = mdp.sizes[t], mdp.layer(t)
        q_trunc[t, :n] = truncated_values(layer, mdp.gamma, ahead)
        v_agent[t, :n] = ahead = (q_trunc[t, :n] + layer.expect(contracts[t, :n])).max(axis=-1)
    return v_agent, q_trunc


def check_contracts(mdp: PrincipalAgentMDP, contracts: ArrayLike) -> NDArray[Any]:
    """Refuse what is no contract for every state.

    Parameters
    ----------
    mdp : PrincipalAgentMDP
        The game.
    contracts : array_like, shape (H, S, M) or (S, M)
        Payments ``>= 0``; the padding is not read.

    Returns
    -------
    ndarray
        The contracts: in floats, or in a game of fractions the numbers as they were given.

    Raises
    ------
    ValueError
        If a payment is no number, negative or not finite, or the shape does not fit.
    """
    try:
        offered = np.asarray(contracts, dtype=object if mdp.exact else float)
    except (TypeError, ValueError) as error:
        raise ValueError(f"contracts must be a rectangular array of numbers: {error}") from error
    if offered.shape != mdp.principal_reward.shape:
        raise ValueError(f"contracts must have shape {mdp.principal_reward.shape}, given {offered.shape}")
    for t, n in enumerate(mdp.sizes):
        part = offered if mdp.horizon is None else offered[t, :n]
        if not ((part >= 0) & (part < np.inf)).all():
            place = (np.argwhere(~((part >= 0) & (part < np.inf)).astype(bool))[0]).tolist()
            where = ([] if mdp.horizon is None else [t]) + place
            raise ValueError(f"contracts must be finite and >= 0, given contracts{where} = {part[tuple(place)]}")
    return offered


def _check_actions(mdp: PrincipalAgentMDP, recommended: ArrayLike) -> NDArray[np.intp]:
    asked, used = np.asarray(recommended), mdp.feasible.any(axis=-1)
    if asked.shape != used.shape or asked.dtype.kind not in "iu":
        raise ValueError(f"recommended must be whole numbers of shape {used.shape}, given {asked.dtype} {asked.shape}")
    inside = (asked >= 0) & (asked < mdp.n_actions)
    available = np.take_along_axis(mdp.feasible, np.where(inside, asked, 0)[..., None], axis=-1)[..., 0]
    bad = used & ~(inside & available)
    if bad.any():
        place = np.argwhere(bad)[0].tolist()
        raise ValueError(f"recommended must be an available action, given recommended{place} = {asked[tuple(place)]}")
    return asked.astype(np.intp)


def _choose(
    own: NDArray[Any], earned: NDArray[Any], asked: NDArray[np.intp] | None, tolerance: Any
) -> NDArray[np.intp]:
    """Choose among the agent's values of all actions: what is asked for, or what is best for the principal."""
    good = own >= own.max(axis=-1, keepdims=True) - tolerance
    if asked is None:
        return greedy(np.where(good, earned, -np.inf))
    follows = good[np.arange(len(asked)), asked].astype(bool, copy=False)
    return np.where(follows, asked, greedy(own))


def _agent_process(mdp: PrincipalAgentMDP, offered: NDArray[np.float64]) -> FiniteMDP:
    layer = mdp.layer(0)
    return FiniteMDP(mdp.kernel, layer.agent_reward + layer.expect(offered), mdp.gamma)


def _unrolled(
    mdp: PrincipalAgentMDP, offered: NDArray[Any], asked: NDArray[np.intp] | None, tolerance: float
) -> Response:
    unrolled, n = mdp.unrolled(), mdp.n_states
    layers = best_response(
        unrolled,
        np.broadcast_to(offered, unrolled.principal_reward.shape),
        None if asked is None else np.broadcast_to(asked, (n, n)),
        tie_tolerance=tolerance,
    )
    return Response(**{name: None if array is None else array[0] for name, array in vars(layers).items()})


def _stationary(
    mdp: PrincipalAgentMDP, offered: NDArray[np.float64], asked: NDArray[np.intp] | None, tolerance: float
) -> Response:
    layer, agent = mdp.layer(0), _agent_process(mdp, offered)
    own = policy_iteration(agent).q_values
    earned = np.where(mdp.feasible, layer.expect(layer.principal_reward - offered), -np.inf)
    if asked is None:
        good = own >= own.max(axis=-1, keepdims=True) - tolerance
        action = policy_iteration(FiniteMDP(mdp.kernel, np.where(good, earned, -np.inf), mdp.gamma)).policy
    else:
        action = _choose(own, earned, asked, tolerance)
    v_agent = evaluate_policy(agent, action)
    v_principal = evaluate_policy(FiniteMDP(mdp.kernel, earned, mdp.gamma), action)
    q_trunc = truncated_values(layer, mdp.gamma, v_agent)
    return Response(action, None if asked is None else action == asked, v_agent, v_principal, q_trunc)
