"""Random Markov games, and their values by plain recursion."""

import numpy as np

from common.games.markov import MarkovGame


def random_game(rng, n_states=2, n_actions=(2, 2), horizon=2):
    """A dense game whose rows of transitions sum to 1 or less."""
    rewards = rng.normal(size=(n_states, *n_actions, 2))
    transitions = rng.dirichlet(np.ones(n_states + 1), size=(n_states, *n_actions))[..., :-1]
    return MarkovGame.from_transitions(rewards, transitions, horizon), transitions


def value_by_recursion(game, transitions, first, second, gamma, step=0, state=0):
    """Both players' payoffs of pure time-dependent policies from a step and state on."""
    if step == game.horizon:
        return np.zeros(2)
    move = (state, first[step][state], second[step][state])
    later = [
        value_by_recursion(game, transitions, first, second, gamma, step + 1, following)
        for following in range(game.n_states)
    ]
    return game.rewards[move] + gamma * transitions[move] @ np.array(later)
