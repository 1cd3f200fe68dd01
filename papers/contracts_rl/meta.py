r"""The meta-algorithm (Algorithm 1 of the paper): solve the agent's process and the principal's in turn.

.. math:: \pi:=\pi^*(\rho)\ \text{(inner)},\qquad\rho:=\rho^*(\pi)\ \text{(outer)},\qquad\text{until }\rho\text{ stays.}

Inner: the agent's truncated values :math:`\bar Q(\cdot\mid\rho)` under the contracts offered so far. They fix her
response to *any* contract ``b`` in a state, :math:`\arg\max_a\mathbb E_a[b]+\bar Q(s,a\mid\rho)`, ties being broken
for the principal. Outer: the exact optimum of the principal's process against that response. To make the agent take
action ``a`` costs the minimal payment :math:`\kappa(s,a)` given :math:`\bar Q(\cdot\mid\rho)`, so finitely many
contracts a state matter, and no grid leaves one out.

**Theorem 3.3 of the paper** (as reported; the proof is this companion's). With ``H`` layers at most ``H + 1``
iterations are made, the last of which confirms. *Proof.* In the last layer :math:`\bar Q=r` whatever the contracts, so
its contracts are those of equilibrium from iteration 1 on. If those of the last ``k`` layers are from iteration ``k``
on, the layer before them sees, from iteration ``k + 1`` on, the equilibrium values of both after it. ∎
"""

from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from common.rl.contracts import Method
from common.rl.mdp import FiniteMDP, policy_iteration
from papers.contracts_rl.equilibrium import cycle_period, solve_layers, stage_contracts
from papers.contracts_rl.mdp import PrincipalAgentMDP
from papers.contracts_rl.response import agent_optimum, check_contracts


@dataclass(frozen=True, eq=False)
class MetaHistory:
    """Everything the meta-algorithm went through in ``I`` iterations; padding holds NaN or -1.

    Attributes
    ----------
    contracts : ndarray, shape (I + 1, H, S, M) or (I + 1, S, M)
        ``contracts[k]`` enters iteration ``k``, ``contracts[k + 1]`` leaves it; ``contracts[0]`` is the start.
    actions : ndarray of int, shape (I, H, S) or (I, S)
        What the contracts found in iteration ``k`` ask for.
    v_principal : ndarray, shape (I, H, S) or (I, S)
        The principal's optimum in iteration ``k``, against the agent's response to ``contracts[k]``.
    v_agent : ndarray, shape (I, H, S) or (I, S)
        The agent's optimum in iteration ``k``, under ``contracts[k]``.
    iterations : int
        Number of inner and outer steps made, the one that confirms included: contracts that are right from the start
        take one iteration.
    converged : bool
        Whether the last iteration changed nothing: contracts and actions are a subgame-perfect equilibrium.
    period : int or None
        Number of iterations after which contracts come back, at least 2, if they were found to go round in a cycle.
    """

    contracts: NDArray[Any] = field(repr=False)
    actions: NDArray[np.intp] = field(repr=False)
    v_principal: NDArray[Any] = field(repr=False)
    v_agent: NDArray[Any] = field(repr=False)
    iterations: int
    converged: bool
    period: int | None


def meta_algorithm(
    mdp: PrincipalAgentMDP,
    contracts: ArrayLike | None = None,
    *,
    damping: float = 0.0,
    max_iterations: int = 1000,
    tolerance: float = 1e-9,
    method: Method = "auto",
) -> MetaHistory:
    r"""Solve the agent's and the principal's process in turn until the contracts stay as they are.

    Parameters
    ----------
    mdp : PrincipalAgentMDP
        The game. With layers it converges in at most ``H + 1`` iterations (undamped); a stationary one may cycle.
    contracts : array_like, shape (H, S, M) or (S, M), optional
        Payments ``>= 0`` to begin with; by default nothing is paid.
    damping : float
        Weight :math:`w` of the old contracts in :math:`\rho_{k+1}=w\rho_k+(1-w)\rho^*(\pi^*(\rho_k))`, in [0, 1).
    max_iterations : int
        Iterations after which it is broken off, neither converged nor cycling.
    tolerance : float
        Payments that differ by no more are the same, ``>= 0``. Convergence is
        :math:`\rho^*(\pi^*(\rho_k))=\rho_k`, whatever the damping; a cycle, that contracts come back to earlier
        ones that are not the last.
    method : {"auto", "closed form", "lp"}
        How contracts are found; the closed form needs two actions and two outcomes.

    Returns
    -------
    MetaHistory

    Raises
    ------
    ValueError
        If an argument is malformed or out of range, or a stationary process of fractions can go on for more steps than
        it has states.
    """
    if not 0 <= damping < 1:
        raise ValueError(f"damping must be in [0, 1), given {damping}")
    if not max_iterations >= 1 or not tolerance >= 0:
        raise ValueError(f"max_iterations must be >= 1, tolerance >= 0, given {max_iterations} and {tolerance}")
    used, weight = mdp.feasible.any(axis=-1), Fraction(damping) if mdp.exact else damping
    start = np.zeros_like(mdp.principal_reward) if contracts is None else contracts
    offered = [np.where(used[..., None], check_contracts(mdp, start), np.nan)]
    rows: list[tuple[NDArray[Any], ...]] = []
    converged, period = False, None
    while len(rows) < max_iterations and not converged and period is None:
        v_agent, q_trunc = agent_optimum(mdp, offered[-1])
        found, action, v_principal = principal_optimum(mdp, q_trunc, method)
        rows.append((action, v_principal, v_agent))
        converged = bool(abs(found - offered[-1])[used].max() <= tolerance)
        offered.append(weight * offered[-1] + (1 - weight) * found if weight else found)
        if not converged and mdp.horizon is None:
            period = cycle_period(offered[-1], offered[:-1], tolerance)
    actions, v_principal, v_agent = (np.stack(column) for column in zip(*rows, strict=True))
    return MetaHistory(np.stack(offered), actions, v_principal, v_agent, len(rows), converged, period)


def principal_optimum(
    mdp: PrincipalAgentMDP, q_trunc: NDArray[Any], method: Method = "auto"
) -> tuple[NDArray[Any], NDArray[np.intp], NDArray[Any]]:
    r"""Solve the principal's process against an agent with given truncated values: the outer step.

    Parameters
    ----------
    mdp : PrincipalAgentMDP
        The game.
    q_trunc : ndarray, shape (H, S, A) or (S, A)
        :math:`\bar Q`: the agent takes :math:`\arg\max_a\mathbb E_a[b]+\bar Q(s,a)` under any contract ``b``.
    method : {"auto", "closed form", "lp"}
        How contracts are found.

    Returns
    -------
    contract : ndarray, shape (H, S, M) or (S, M)
        Optimal contracts.
    action : ndarray of int, shape (H, S) or (S,)
        What they make the agent do.
    v_principal : ndarray, shape (H, S) or (S,)
        What the principal expects.

    Raises
    ------
    ValueError
        If the method does not fit.
    """
    if mdp.horizon is not None:
        optimum = solve_layers(mdp, q_trunc, 0, method)
        return optimum.contract, optimum.action, optimum.v_principal
    if mdp.exact:
        unrolled = mdp.unrolled()
        layers = principal_optimum(unrolled, np.broadcast_to(q_trunc, unrolled.agent_reward.shape), method)
        return tuple(array[0] for array in layers)
    layer = mdp.layer(0)
    contracts, cost = stage_contracts(layer, q_trunc, 0, method)
    principal = FiniteMDP(mdp.kernel, layer.expect(layer.principal_reward) - cost, mdp.gamma)
    optimum = policy_iteration(principal)
    return contracts[np.arange(mdp.n_states), optimum.policy], optimum.policy, optimum.values
