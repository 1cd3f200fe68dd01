"""Random instances shared by the tests of exact solvers."""

import numpy as np

from papers.contracts_rl.mdp import PrincipalAgentMDP


def random_layers(rng, horizon, states, actions, outcomes, gamma=1.0, closed=0.0):
    """Draw a layered instance as the arrays of the issue, actions closed at random."""
    agent_reward = -rng.uniform(0, 1, (horizon, states, actions))
    shut = rng.uniform(size=agent_reward.shape) < closed
    shut[..., 0] = False
    agent_reward[shut] = -np.inf
    return PrincipalAgentMDP(
        outcome_probs=rng.dirichlet(np.ones(outcomes), (horizon, states, actions)),
        transitions=rng.dirichlet(np.ones(states), (horizon, states, outcomes)),
        agent_reward=agent_reward,
        principal_reward=rng.uniform(0, 2, (horizon, states, outcomes)),
        gamma=gamma,
    )


def random_stationary(rng, states, actions, outcomes, gamma=0.9):
    """Draw a stationary instance."""
    return PrincipalAgentMDP(
        outcome_probs=rng.dirichlet(np.ones(outcomes), (states, actions)),
        transitions=rng.integers(-1, states, (states, outcomes)),
        agent_reward=-rng.uniform(0, 1, (states, actions)),
        principal_reward=rng.uniform(0, 2, (states, outcomes)),
        gamma=gamma,
    )


def repeated(mdp, horizon):
    """Play a stationary instance for a number of periods."""
    arrays = (mdp.outcome_probs, mdp.transitions, mdp.agent_reward, mdp.principal_reward)
    return PrincipalAgentMDP(*(np.broadcast_to(a, (horizon, *a.shape)) for a in arrays), mdp.gamma)
