r"""All pure stationary equilibria of a small discounted process with two actions and two outcomes.

In such an equilibrium the principal asks for :math:`a(s)` in state ``s`` whatever the past, and pays the minimum. Write
:math:`d(s)=\bar Q(s,a')-\bar Q(s,a)` for what the other action :math:`a'` is better for the agent. Either
:math:`d\le 0` and nothing is paid, or :math:`d\ge 0` and the expected payment is :math:`c_ad`, where
:math:`c_a=P(o\mid a)/(P(o\mid a)-P(o\mid a'))` for the outcome that speaks for ``a``. In both cases the agent's values
solve a linear system,

.. math:: V(s)=\bar Q(s,a)+[\text{paid}]\,c_a\,d(s),\qquad\bar Q(s,\cdot)=r(s,\cdot)+\gamma P(s,\cdot)V,

so trying all actions and all patterns of payment, :math:`4^S` systems, finds all candidates; those in which the signs
of ``d`` are right and the principal has nothing better are the equilibria. The limits of the meta-algorithm are among
them: where the list is empty it cannot converge, damped or not.
"""

from itertools import product

import numpy as np
from numpy.typing import NDArray

from common.rl.contracts import binary_contracts
from common.rl.mdp import FiniteMDP, evaluate_policy
from papers.contracts_rl.mdp import PrincipalAgentMDP, truncated_values

_TOLERANCE = 1e-9


def pure_stationary_equilibria(
    mdp: PrincipalAgentMDP,
) -> list[tuple[NDArray[np.intp], NDArray[np.float64], NDArray[np.float64]]]:
    """Find them by trying all actions and all patterns of payment.

    Parameters
    ----------
    mdp : PrincipalAgentMDP
        A stationary process with two actions, both available, that the outcomes tell apart, and two outcomes, in
        floating-point numbers. The work grows like ``4 ** S``.

    Returns
    -------
    list of (action, contract, v_principal)
        Arrays of shapes (S,), (S, 2) and (S,); no equilibrium twice.

    Raises
    ------
    ValueError
        If the process is of another kind.
    """
    if mdp.horizon is not None or mdp.exact or mdp.outcome_probs.shape[1:] != (2, 2) or not mdp.feasible.all():
        raise ValueError("mdp must be stationary, in floats, with two available actions and two outcomes")
    n = mdp.n_states
    probs, everyone = mdp.outcome_probs, np.arange(n)
    edge = np.abs(probs[:, 1, 0] - probs[:, 0, 0])
    if not (edge > _TOLERANCE).all():
        raise ValueError(f"mdp must have outcomes that tell the actions apart, state {int(edge.argmin())} does not")
    found: list[tuple[NDArray[np.intp], NDArray[np.float64], NDArray[np.float64]]] = []
    for asked in product((0, 1), repeat=n):
        action = np.array(asked)
        own, other = mdp.kernel[everyone, action], mdp.kernel[everyone, 1 - action]
        reward, tempting = mdp.agent_reward[everyone, action], mdp.agent_reward[everyone, 1 - action]
        speaks = (probs[everyone, action] - probs[everyone, 1 - action]).argmax(axis=1)
        price = probs[everyone, action, speaks] / edge
        for paid in product((0.0, 1.0), repeat=n):
            weight = np.array(paid) * price
            matrix = np.eye(n) - mdp.gamma * (own + weight[:, None] * (other - own))
            try:
                v_agent = np.linalg.solve(matrix, reward + weight * (tempting - reward))
            except np.linalg.LinAlgError:  # the boundary of another pattern
                continue
            gap = tempting - reward + mdp.gamma * (other - own) @ v_agent
            if not np.where(np.array(paid) > 0, gap >= -_TOLERANCE, gap <= _TOLERANCE).all():
                continue
            candidate = _if_best(mdp, action, v_agent)
            if candidate and not any(
                (action == old[0]).all() and np.allclose(candidate[1], old[1], atol=1e-7) for old in found
            ):
                found.append(candidate)
    return found


def _if_best(
    mdp: PrincipalAgentMDP, action: NDArray[np.intp], v_agent: NDArray[np.float64]
) -> tuple[NDArray[np.intp], NDArray[np.float64], NDArray[np.float64]] | None:
    """Return actions, contracts and the principal's values if she cannot do better against this agent."""
    layer = mdp.layer(0)
    contracts, cost = binary_contracts(truncated_values(layer, mdp.gamma, v_agent), layer.outcome_probs)
    principal = FiniteMDP(mdp.kernel, layer.expect(layer.principal_reward) - cost, mdp.gamma)
    values = evaluate_policy(principal, action)
    if (principal.q_values(values).max(axis=1) > values + _TOLERANCE).any():
        return None
    return action, contracts[np.arange(len(action)), action], values
