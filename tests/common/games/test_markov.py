"""The container of finite Markov games: what it accepts, and its chance nodes."""

import numpy as np
import pytest

from common.games.markov import MarkovGame, policy_layers

REWARDS = np.zeros((2, 1, 3, 2))


def test_chance_nodes_take_the_mean_over_states():
    game = MarkovGame(REWARDS, np.full((2, 1, 3), 2), 4, [[0.25, 0.5]])
    assert game.nodes(np.array([4.0, 2.0])).tolist() == [4.0, 2.0, 2.0]
    assert game.nodes(np.array([[4.0, 0], [2.0, 1]])).tolist() == [[4.0, 0], [2.0, 1], [2.0, 0.5]]
    assert (game.n_states, game.n_actions) == (2, (1, 3))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((np.zeros((2, 3)), np.zeros((2, 1, 3), int), 1), "rewards"),
        ((REWARDS * np.nan, np.zeros((2, 1, 3), int), 1), "rewards"),
        ((REWARDS, np.zeros((2, 3), int), 1), "successors"),
        ((REWARDS, np.zeros((2, 1, 3)), 1), "successors"),
        ((REWARDS, np.full((2, 1, 3), 2), 1), "successors"),
        ((REWARDS, np.full((2, 1, 3), -1), 1), "successors"),
        ((REWARDS, np.zeros((2, 1, 3), int), 0), "horizon"),
        ((REWARDS, np.zeros((2, 1, 3), int), 1.5), "horizon"),
        ((REWARDS, np.zeros((2, 1, 3), int), 1, [[0.7, 0.7]]), "chance"),
        ((REWARDS, np.zeros((2, 1, 3), int), 1, [[-0.1, 0.7]]), "chance"),
        ((REWARDS, np.zeros((2, 1, 3), int), 1, [[np.nan, 0.7]]), "chance"),
        ((REWARDS, np.zeros((2, 1, 3), int), 1, [[0.7]]), "chance"),
    ],
)
def test_malformed_games_are_refused(arguments, message):
    with pytest.raises(ValueError, match=message):
        MarkovGame(*arguments)


def test_policies_of_every_shape_are_spelled_out():
    game = MarkovGame(REWARDS, np.zeros((2, 1, 3), int), 4)
    stationary, mixed = np.array([0, 2]), np.full((2, 3), 1 / 3)
    assert policy_layers(game, stationary, 1).tolist() == [[0, 2]] * 4
    assert policy_layers(game, np.tile(stationary, (4, 1)), 1).tolist() == [[0, 2]] * 4
    assert policy_layers(game, mixed, 1).shape == policy_layers(game, np.tile(mixed, (4, 1, 1)), 1).shape == (4, 2, 3)


@pytest.mark.parametrize(
    "policy", [[0, 3], [-1, 0], [0], [True, False], [[1.0, 0.5, 0], [1, 0, 0]], [[-1.0, 2, 0], [1, 0, 0]], ["a", "b"]]
)
def test_malformed_policies_are_refused(policy):
    game = MarkovGame(REWARDS, np.zeros((2, 1, 3), int), 4)
    with pytest.raises(ValueError, match="policy of player 1"):
        policy_layers(game, policy, 1)
