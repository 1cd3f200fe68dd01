"""Exact play of Markov games against enumeration of all policies, recursion and the minimax theorem."""

from dataclasses import replace
from itertools import product

import numpy as np
import pytest
from scipy.optimize import linprog

from common.games.backward_induction import best_response, evaluate, first_maximum, joint_optimum, markov_perfect
from tests.common.games.markov_cases import random_game, value_by_recursion

GAMMA = 0.9


def _all_policies(game, n_actions):
    """Every pure time-dependent policy of one player, (H, S) each."""
    size = game.horizon * game.n_states
    return [np.reshape(p, (game.horizon, game.n_states)) for p in product(range(n_actions), repeat=size)]


@pytest.mark.parametrize("seed", range(3))
def test_optimum_and_best_responses_beat_every_policy(seed):
    game, transitions = random_game(np.random.default_rng(seed), n_actions=(2, 2))
    firsts, seconds = _all_policies(game, 2), _all_policies(game, 2)
    table = np.array([[value_by_recursion(game, transitions, p, q, GAMMA) for q in seconds] for p in firsts])
    assert joint_optimum(game, GAMMA).values[0, 0].sum() == pytest.approx(table.sum(axis=-1).max())
    for k in (0, 7, 15):
        assert best_response(game, seconds[k], 0, GAMMA).values[0, 0] == pytest.approx(table[:, k, 0].max())
        assert best_response(game, firsts[k], 1, GAMMA).values[0, 0] == pytest.approx(table[k, :, 1].max())
        assert evaluate(game, (firsts[k], seconds[3]), GAMMA)[0] == pytest.approx(table[k, 3])


@pytest.mark.parametrize("seed", range(4))
def test_markov_perfect_play_leaves_nothing_to_gain(seed):
    game, _ = random_game(np.random.default_rng(seed), n_states=4, n_actions=(3, 2), horizon=5)
    play = markov_perfect(game, GAMMA)
    for player in range(2):
        response = best_response(game, play.policies[1 - player], player, GAMMA)
        assert response.values == pytest.approx(play.values[..., player], abs=1e-7)
    assert evaluate(game, play.policies, GAMMA) == pytest.approx(play.values[0], abs=1e-9)


def test_zero_sum_games_have_shapleys_value():
    game, transitions = random_game(np.random.default_rng(1), n_states=3, n_actions=(3, 3), horizon=4)
    game = replace(game, rewards=game.rewards[..., :1] * np.array([1, -1]))
    value = np.zeros(3)
    for _ in range(game.horizon):
        stage = game.rewards[..., 0] + GAMMA * transitions @ value
        value = np.array([_minimax(matrix) for matrix in stage])
    play = markov_perfect(game, GAMMA)
    assert play.mixed > 0
    assert play.values[0, :, 0] == pytest.approx(value, abs=1e-8)
    assert play.values[0].sum(axis=-1) == pytest.approx(0, abs=1e-8)


def _minimax(matrix):
    """Value of a matrix game by linear programming."""
    rows, columns = matrix.shape
    return -linprog(
        [*[0] * rows, -1],
        np.c_[-matrix.T, np.ones(columns)],
        np.zeros(columns),
        [[1] * rows + [0]],
        [1],
        [(0, None)] * rows + [(None, None)],
    ).fun


def test_mixed_policies_are_averages_of_pure_ones():
    rng = np.random.default_rng(5)
    game, _ = random_game(rng, n_states=3, n_actions=(2, 3), horizon=1)
    x, y = rng.dirichlet(np.ones(2), 3), rng.dirichlet(np.ones(3), 3)
    paid = rng.normal(size=(3, 2, 3, 4))
    expected = sum(
        x[:, a, None] * y[:, b, None] * evaluate(game, (np.full(3, a), np.full(3, b)), rewards=paid)
        for a in range(2)
        for b in range(3)
    )
    assert evaluate(game, (x, y), rewards=paid) == pytest.approx(expected)
    response = best_response(game, y, 0)
    assert response.values[0] == pytest.approx((game.rewards[..., 0] * y[:, None]).sum(axis=-1).max(axis=1))


@pytest.mark.parametrize("player", [0, 1])
def test_pure_policies_written_as_probabilities_are_the_same(player):
    rng = np.random.default_rng(6)
    game, _ = random_game(rng, n_states=3, n_actions=(3, 3), horizon=3)
    pure = rng.integers(0, 3, (3, 3))
    one_hot = (pure[..., None] == np.arange(3)).astype(float)
    for policies in ((pure, one_hot), (one_hot, pure), (one_hot, one_hot)):
        assert evaluate(game, policies, GAMMA) == pytest.approx(evaluate(game, (pure, pure), GAMMA))
    left, right = (best_response(game, policy, player, GAMMA) for policy in (pure, one_hot))
    assert np.array_equal(left.actions, right.actions)
    stationary = best_response(game, pure[0], player, GAMMA)
    assert stationary.values == pytest.approx(best_response(game, np.tile(pure[0], (3, 1)), player, GAMMA).values)


def test_preferred_actions_are_taken_within_the_tolerance():
    game, _ = random_game(np.random.default_rng(7), n_states=1, n_actions=(2, 1), horizon=1)
    game = replace(game, rewards=np.array([[[[1.0, 0]], [[0.9, 0]]]]))
    wish = np.array([1])
    other = np.array([0])
    strict = best_response(game, other, 0, preferred=wish)
    tolerant = best_response(game, other, 0, preferred=wish, tolerance=0.2)
    assert (strict.actions[0, 0], strict.values[0, 0]) == (0, 1.0)
    assert (tolerant.actions[0, 0], tolerant.values[0, 0]) == (1, 0.9)


def test_first_maximum_ignores_rounding():
    assert first_maximum(np.array([[1.0, 1.0 + 1e-12, 0.0]]).T, 1e-9).tolist() == [0]
    with pytest.raises(ValueError, match="tolerance"):
        first_maximum(np.zeros((1, 2)), -1)


def test_bad_arguments_are_refused():
    game, _ = random_game(np.random.default_rng(0))
    still = np.zeros(2, int)
    for call in (joint_optimum, markov_perfect, lambda g, x: evaluate(g, (still, still), x)):
        for gamma in (-0.1, 1.1, np.nan):
            with pytest.raises(ValueError, match="gamma"):
                call(game, gamma)
    with pytest.raises(ValueError, match="player"):
        best_response(game, still, 2)
    with pytest.raises(ValueError, match="rewards"):
        evaluate(game, (still, still), rewards=np.zeros((2, 2, 2)))
