r"""Subgame-perfect equilibrium by backward induction with minimal-payment contracts (dossier section 3.4).

From the last layer to the first, with the values :math:`V^p` and :math:`V` of the next states known,

.. math::
    \bar Q(s,a) &= r(s,a)+\gamma\,\mathbb E[V(s')\mid s,a],\\
    \kappa(s,a) &= \text{least expected payment that makes the agent take } a\text{ given }\bar Q(s,\cdot),\\
    q(s,a) &= \mathbb E[r^p(s,o)+\gamma V^p(s')\mid s,a]-\kappa(s,a),

the principal asks for :math:`a^*\in\arg\max q(s,\cdot)`, the lowest index among ties, and the agent, who is indifferent
or better, does it: :math:`V^p(s)=q(s,a^*)` and :math:`V(s)=\bar Q(s,a^*)+\kappa(s,a^*)`.
"""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from common.rl.contracts import Method, contracts_for_all_actions
from common.rl.mdp import greedy
from papers.contracts_rl.mdp import Layer, PrincipalAgentMDP, truncated_values

_LONGEST_CYCLE = 60  # sweeps remembered while looking for a cycle of a stationary process
_PADDING = {"b": False, "i": -1}


@dataclass(frozen=True, eq=False)
class SPESolution:
    """A subgame-perfect equilibrium; arrays of a stationary process lack the first axis.

    Padding holds NaN, -1 or False.

    Attributes
    ----------
    v_principal, v_agent : ndarray, shape (H, S)
        Values of both.
    action : ndarray of int, shape (H, S)
        Action that the principal asks for and the agent takes.
    contract : ndarray, shape (H, S, M)
        The contract offered: payment for every outcome.
    q_contract : ndarray, shape (H, S, A)
        The principal's value of asking for every action; minus infinity where it cannot be had.
    q_trunc : ndarray, shape (H, S, A)
        The agent's value of every action without the payment for its outcome.
    cost : ndarray, shape (H, S, A)
        Least expected payment that makes the agent take an action; infinite where it cannot be had.
    inducible : ndarray of bool, shape (H, S, A)
        Whether an action can be had.
    converged : bool
        True for layers; for a stationary process, whether backward induction stopped changing.
    period : int or None
        Period of the cycle into which a stationary process fell, if one was found.
    sweeps : int
        Number of times that all states were solved: 1 for layers.
    """

    v_principal: NDArray[Any]
    v_agent: NDArray[Any]
    action: NDArray[np.intp]
    contract: NDArray[Any]
    q_contract: NDArray[Any] = field(repr=False)
    q_trunc: NDArray[Any] = field(repr=False)
    cost: NDArray[Any] = field(repr=False)
    inducible: NDArray[np.bool_] = field(repr=False)
    converged: bool = True
    period: int | None = None
    sweeps: int = 1


def solve_spe(
    mdp: PrincipalAgentMDP,
    *,
    margin: Any = 0,
    method: Method = "auto",
    tolerance: float = 1e-12,
    max_sweeps: int = 100_000,
) -> SPESolution:
    """Solve the game exactly by backward induction.

    Parameters
    ----------
    mdp : PrincipalAgentMDP
        The game. With layers the answer is the subgame-perfect equilibrium (of the finite game); for a stationary
        process, backward induction is repeated until it stops changing: a fixed point is a stationary equilibrium.
    margin : float
        By how much the agent must prefer what is asked for, ``>= 0`` (nudging). In a state where no action can be had
        with the margin, it is left out.
    method : {"auto", "closed form", "lp"}
        How contracts are found; the closed form needs two actions and two outcomes.
    tolerance : float
        Stationary: largest change of a value at which it counts as unchanged, ``>= 0``.
    max_sweeps : int
        Stationary: sweeps after which it is broken off.

    Returns
    -------
    SPESolution

    Raises
    ------
    ValueError
        If an option is out of range, the method does not fit, or fractions do not end (exact numbers are solved for
        layers, and for stationary processes that end within as many steps as there are states).

    Notes
    -----
    Ties of the principal, within ``1e-12`` of the best relative to the larger of 1 and the best, go to the action with
    the lowest index (fractions are compared exactly); ties of the agent, to the action asked for.
    """
    if not tolerance >= 0 or not max_sweeps >= 1:
        raise ValueError(f"tolerance must be >= 0 and max_sweeps >= 1, given {tolerance} and {max_sweeps}")
    if mdp.horizon is None and mdp.exact:
        layers = solve_layers(mdp.unrolled(), None, margin, method)
        return SPESolution(**{k: v[0] if isinstance(v, np.ndarray) else v for k, v in vars(layers).items()})
    if mdp.horizon is None:
        return _stationary(mdp, margin, method, tolerance, max_sweeps)
    return solve_layers(mdp, None, margin, method)


def solve_layers(mdp: PrincipalAgentMDP, q_trunc: NDArray[Any] | None, margin: Any, method: Method) -> SPESolution:
    """Solve all layers, from the last to the first.

    Parameters
    ----------
    mdp : PrincipalAgentMDP
        A process with layers.
    q_trunc : ndarray, shape (H, S, A), or None
        The agent's value of every action without the payment for its outcome, if it is given; None if it follows from
        what the principal will offer (equilibrium).
    margin : float
        By how much the agent must prefer what is asked for.
    method : {"auto", "closed form", "lp"}
        How contracts are found.

    Returns
    -------
    SPESolution
        An equilibrium; with `q_trunc`, the principal's optimum against an agent who expects just that (``v_agent`` is
        then what she expects from the contract offered now).
    """
    shape = mdp.agent_reward.shape[:2]
    fields: dict[str, NDArray[Any]] = {}
    v_principal = v_agent = np.zeros(0, dtype=mdp.principal_reward.dtype)
    for t in reversed(range(mdp.horizon)):
        n, layer = mdp.sizes[t], mdp.layer(t)
        expected = truncated_values(layer, mdp.gamma, v_agent) if q_trunc is None else q_trunc[t, :n]
        stage = _solve_stage(layer, mdp.gamma, expected, v_principal, margin, method)
        v_principal, v_agent = stage["v_principal"], stage["v_agent"]
        for name, part in stage.items():
            if name not in fields:
                fields[name] = np.full(shape + part.shape[1:], _PADDING.get(part.dtype.kind, np.nan), dtype=part.dtype)
            fields[name][t, :n] = part
    return SPESolution(**fields)


def stage_contracts(
    layer: Layer, q_trunc: NDArray[Any], margin: Any = 0, method: Method = "auto"
) -> tuple[NDArray[Any], NDArray[Any]]:
    """Find the cheapest contracts of a layer; where no action can be had with the margin, without it.

    Parameters
    ----------
    layer : Layer
        The states.
    q_trunc : ndarray, shape (S, A)
        The agent's value of every action without the payment for its outcome.
    margin : float
        By how much the agent must prefer what is asked for.
    method : {"auto", "closed form", "lp"}
        How contracts are found.

    Returns
    -------
    contracts : ndarray, shape (S, A, M)
        Payments; NaN where an action cannot be had.
    cost : ndarray, shape (S, A)
        Their expected cost; infinite where an action cannot be had.

    Raises
    ------
    ValueError
        If the margin is out of range or the method does not fit.
    """
    probs = layer.outcome_probs
    if probs.dtype == object and method == "lp":
        raise ValueError('method must be "auto" or "closed form" for exact numbers, given "lp"')
    contracts, cost = contracts_for_all_actions(q_trunc, probs, margin, method=method)
    lost = np.flatnonzero((cost == np.inf).all(axis=1))
    if len(lost):
        some = probs if len(probs) == 1 else probs[lost]
        contracts[lost], cost[lost] = contracts_for_all_actions(q_trunc[lost], some, 0, method=method)
    return contracts, cost


def _solve_stage(
    layer: Layer, gamma: Any, q_trunc: NDArray[Any], v_principal: NDArray[Any], margin: Any, method: Method
) -> dict[str, NDArray[Any]]:
    """Solve all states of a layer: the fields of `SPESolution` without the axis of layers."""
    contracts, cost = stage_contracts(layer, q_trunc, margin, method)
    gain = layer.expect(layer.principal_reward + gamma * layer.next_value(v_principal))
    inducible = (cost < np.inf).astype(bool, copy=False)
    q_contract = gain - cost
    action = greedy(q_contract)
    at = np.arange(len(action)), action
    return {
        "v_principal": q_contract[at],
        "v_agent": q_trunc[at] + cost[at],
        "action": action,
        "contract": contracts[at],
        "q_contract": q_contract,
        "q_trunc": q_trunc,
        "cost": cost,
        "inducible": inducible,
    }


def _stationary(mdp: PrincipalAgentMDP, margin: Any, method: Method, tolerance: float, max_sweeps: int) -> SPESolution:
    layer = mdp.layer(0)
    v_principal = v_agent = np.zeros(mdp.n_states, dtype=mdp.principal_reward.dtype)
    recent: deque[NDArray[Any]] = deque(maxlen=_LONGEST_CYCLE)
    for sweep in range(1, max_sweeps + 1):
        before = np.stack([v_principal, v_agent])
        q_trunc = truncated_values(layer, mdp.gamma, v_agent)
        stage = _solve_stage(layer, mdp.gamma, q_trunc, v_principal, margin, method)
        v_principal, v_agent = stage["v_principal"], stage["v_agent"]
        values = np.stack([v_principal, v_agent])
        converged = bool(abs(values - before).max() <= tolerance)
        recent.append(before)
        period = None if converged else cycle_period(values, recent, tolerance)
        if converged or period is not None:
            return SPESolution(**stage, converged=converged, period=period, sweeps=sweep)
    return SPESolution(**stage, converged=False, sweeps=sweep)


def cycle_period(iterate: NDArray[Any], earlier: Sequence[NDArray[Any]], tolerance: float) -> int | None:
    """Say after how many steps an iteration has come back to where it was.

    It must be closer to an earlier iterate than `tolerance`, and closer by that factor than it is to the last one: a
    slow convergence from alternating sides is not taken for a cycle.

    Parameters
    ----------
    iterate : ndarray
        The newest iterate.
    earlier : sequence of ndarray
        Those before it, the newest last.
    tolerance : float
        Largest distance at which two iterates count as the same.

    Returns
    -------
    int or None
        The shortest period, at least 2; None if there is none.
    """
    distances = abs(np.stack(earlier) - iterate).reshape(len(earlier), -1).max(axis=1)[::-1]
    back = (distances <= tolerance * min(1.0, float(distances[0]))).astype(bool)
    back[0] = False
    return int(back.argmax()) + 1 if back.any() else None
