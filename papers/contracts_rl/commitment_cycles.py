r"""Commitment in a discounted process with cycles: two separate programmes bound what some fixed actions allow.

The surplus is at most the optimum :math:`w` of a decision process. The agent gets at least the least solution
:math:`u` of

.. math:: u(s)\ge r(s,a)+\mathbb E_{\mathcal O(s,a)}[b(s,o)]+\gamma\,\mathbb E[u(s')\mid s,a]\quad\forall s,a,
    \qquad b\ge0,

with equality for the action asked for where one is fixed; elsewhere, at best, the principal pays nothing. All
utilities are least at once (:mod:`~papers.contracts_rl.commitment`), so one linear programme, the sum of all
:math:`u(s)`, finds them.
"""

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from common.optim.milp import solve_milp
from common.rl.mdp import FiniteMDP, policy_iteration
from papers.contracts_rl.commitment_search import Fixed, Plan, Relaxed
from papers.contracts_rl.mdp import PrincipalAgentMDP


class CyclicRelaxation:
    """Bounds and plans of a stationary process; the nodes of the search are its states.

    Parameters
    ----------
    mdp : PrincipalAgentMDP
        A stationary process, in floating-point numbers.
    start : int
        State whose utility counts.

    Raises
    ------
    ValueError
        If the discount is 1.
    """

    def __init__(self, mdp: PrincipalAgentMDP, start: int) -> None:
        if mdp.gamma == 1:
            raise ValueError("gamma must be below 1 for commitment in a process with cycles, given 1")
        self.mdp, self.start, self.n_actions = mdp, start, mdp.n_actions
        layer = mdp.layer(0)
        self.probs = np.broadcast_to(layer.outcome_probs, (mdp.n_states, mdp.n_actions, mdp.n_outcomes))
        self.surplus = mdp.agent_reward + layer.expect(mdp.principal_reward)
        self.reachable = _reachable(mdp.kernel, start)

    def relax(self, fixed: Fixed) -> Relaxed | None:
        """Bound what can be had with some actions fixed.

        Parameters
        ----------
        fixed : dict from int to int
            The action to ask for in some states.

        Returns
        -------
        Relaxed, or None
            None if a fixed action cannot be had.
        """
        found = self._least_utilities(fixed)
        if found is None:
            return None
        u, _ = found
        best = policy_iteration(self._surplus_process(fixed))
        own = np.where(self.mdp.feasible, self.mdp.agent_reward + self.mdp.gamma * (self.mdp.kernel @ u), -np.inf)
        favourite = own.argmax(axis=1)  # what she does unpaid
        lost = best.values - best.q_values[np.arange(len(u)), favourite]
        free = [s for s in self.reachable if s not in fixed]
        profile = {s: fixed.get(s, int(best.policy[s] if lost[s] > 1e-12 else favourite[s])) for s in self.reachable}
        split = max(free, key=lambda s: lost[s]) if free else None
        return Relaxed(best.values[self.start] - u[self.start], profile, split)

    def evaluate(self, profile: Fixed) -> Plan | None:
        """Pay for a profile as little as possible.

        Parameters
        ----------
        profile : dict from int to int
            The action to ask for in every state that the start leads to.

        Returns
        -------
        Plan, or None
            None if the profile cannot be had.
        """
        found = self._least_utilities(profile)
        if found is None:
            return None
        u, contract = found
        surplus = policy_iteration(self._surplus_process(profile)).values[self.start]
        action, payments = ({(0, s): values[s] for s in profile} for values in (profile, contract))
        return Plan(float(surplus - u[self.start]), float(u[self.start]), action, payments)

    def _surplus_process(self, fixed: Fixed) -> FiniteMDP:
        rewards = self.surplus.copy()
        for s, a in fixed.items():
            rewards[s, np.arange(self.n_actions) != a] = -np.inf
        return FiniteMDP(self.mdp.kernel, rewards, self.mdp.gamma)

    def _least_utilities(self, fixed: Fixed) -> tuple[NDArray[np.float64], NDArray[np.float64]] | None:
        """Return the agent's least utilities and the payments, or None if a fixed action cannot be had."""
        mdp = self.mdp
        n, outcomes = mdp.n_states, mdp.n_outcomes
        state, action = np.nonzero(mdp.feasible)
        rows = np.arange(len(state))
        values = sparse.csr_array((np.ones(len(state)), (rows, state)), shape=(len(state), n))
        values = values - mdp.gamma * sparse.csr_array(mdp.kernel[state, action])
        paid = np.isin(state, list(fixed))
        columns = state[paid, None] * outcomes + np.arange(outcomes)
        payments = sparse.csr_array(
            (-self.probs[state[paid], action[paid]].ravel(), (np.repeat(rows[paid], outcomes), columns.ravel())),
            shape=(len(state), n * outcomes),
        )
        asked = np.array([fixed.get(int(s)) == a for s, a in zip(state, action, strict=True)])
        reward = mdp.agent_reward[state, action]
        answer = solve_milp(
            np.repeat([1.0, 0.0], [n, n * outcomes]),
            sparse.hstack([values, payments]),
            reward,
            np.where(asked, reward, np.inf),
            np.repeat([-np.inf, 0.0], [n, n * outcomes]),
        )
        if answer.x is None:
            return None
        return answer.x[:n], np.maximum(answer.x[n:], 0.0).reshape(n, outcomes)


def _reachable(kernel: NDArray[np.float64], start: int) -> list[int]:
    """Return the states that some actions lead to."""
    seen, waiting = {start}, [start]
    while waiting:
        for s in np.flatnonzero((kernel[waiting.pop()] > 0).any(axis=0)).tolist():
            if s not in seen:
                seen.add(s)
                waiting.append(s)
    return sorted(seen)
