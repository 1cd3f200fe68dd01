"""The principal's play: its equilibrium conditions state by state, and a plain recursion."""

from dataclasses import replace
from fractions import Fraction
from itertools import product

import numpy as np
import pytest

from common.games.backward_induction import best_response, evaluate, joint_optimum
from common.games.bimatrix import pure_equilibria
from common.games.implementation import implementation_payments
from common.games.markov import MarkovGame
from papers.contracts_rl.coin_rules import CoinRules
from papers.contracts_rl.exact_coin_game import exact_coin_game
from papers.contracts_rl.principal_play import deviation_gains, principal_play
from tests.common.games.markov_cases import random_game
from tests.papers.contracts_rl.coin_cases import outcomes, starts


@pytest.mark.parametrize("alpha", [0.1, 0.5])
def test_plain_recursion_over_absolute_states_finds_the_same_play(alpha):
    rules, gamma, weight = CoinRules(2, 3), Fraction(9, 10), Fraction(str(alpha))
    solved = {}

    def solve(state, left):
        """Agents' values, the principal's, and undiscounted welfare, by the definition."""
        if left == 0:
            return (0, 0, 0, 0)
        if (state, left) in solved:
            return solved[state, left]
        q, rest = {}, {}
        for moves in product(range(4), repeat=2):
            after = [(c, r, solve(s, left - 1)) for c, r, s in outcomes(state, moves, rules)]
            q[moves] = [sum(c * (r[i] + gamma * v[i]) for c, r, v in after) for i in (0, 1)]
            rest[moves] = (
                sum(c * (sum(r) + gamma * v[2]) for c, r, v in after),
                sum(c * (sum(r) + v[3]) for c, r, v in after),
            )
        best = None
        for a, b in product(range(4), repeat=2):
            wants = (max(q[k, b][0] for k in range(4)), max(q[a, k][1] for k in range(4)))
            owed = wants[0] - q[a, b][0] + wants[1] - q[a, b][1]
            value = rest[a, b][0] - weight * owed
            if best is None or value > best[2]:
                best = (*wants, value, rest[a, b][1])
        solved[state, left] = best
        return best

    welfare = float(sum(chance * solve(state, 3)[3] for chance, state in starts(rules)))
    exact = exact_coin_game(rules)
    play = principal_play(exact.game, alpha, float(gamma))
    assert exact.start @ play.welfare == pytest.approx(welfare, abs=1e-12)


def _timed(game, play):
    """The game with time in its state, agents paid for following, and what is recommended."""
    horizon, n = play.recommendation.shape[:2]
    n_nodes, steps = n + game.chance.shape[0], np.arange(horizon)
    lottery = np.concatenate([np.eye(n), game.chance.toarray()])
    chance = np.zeros((horizon * n_nodes, horizon * n))
    for step in steps[:-1]:  # after the last step the lottery has no mass: the game is over
        chance[step * n_nodes : (step + 1) * n_nodes, (step + 1) * n : (step + 2) * n] = lottery
    successors = horizon * n + steps[:, None, None, None] * n_nodes + game.successors
    advice = play.recommendation.reshape(-1, 2)
    follows = [np.arange(k) == advice[:, i, None] for i, k in enumerate(game.n_actions)]
    both = follows[0][:, :, None] & follows[1][:, None, :]
    # Paid by the other's following alone here: enough for a best response to a follower.
    paid = np.stack([both * play.payments.reshape(-1, 2)[:, i, None, None] for i in (0, 1)], axis=-1)
    rewards = np.tile(game.rewards, (horizon, 1, 1, 1)) + paid
    return MarkovGame(rewards, successors.reshape(-1, *game.n_actions), horizon, chance), advice


@pytest.mark.parametrize("seed", range(3))
def test_nobody_gains_by_deviating_from_the_whole_plan(seed):
    game, _ = random_game(np.random.default_rng(seed), n_states=4, n_actions=(3, 2), horizon=4)
    play = principal_play(game, 0.3, 0.9)
    timed, advice = _timed(game, play)
    following = evaluate(timed, (advice[:, 0], advice[:, 1]), 0.9)[:4]
    assert following == pytest.approx(play.agent_values[0])
    for player in (0, 1):
        response = best_response(timed, advice[:, 1 - player], player, 0.9)
        assert response.values[0, :4] == pytest.approx(following[:, player])


def test_payments_are_those_of_implementation_on_the_path():
    game, _ = random_game(np.random.default_rng(4), n_states=5, n_actions=(3, 3), horizon=1)
    play = principal_play(game, 0.2, 1.0)
    for state in range(5):
        target, tables = play.recommendation[0, state], game.rewards[state]
        least = implementation_payments([tables[..., 0], tables[..., 1]], target)
        assert play.payments[0, state] == pytest.approx([table[tuple(target)] for table in least])


def test_free_payments_buy_the_optimum_and_dear_ones_an_equilibrium():
    game, _ = random_game(np.random.default_rng(5), n_states=4, n_actions=(3, 3), horizon=5)
    optimum = joint_optimum(game).values[0].sum(axis=-1)
    free = principal_play(game, 0.0, 1.0)
    assert free.welfare == pytest.approx(optimum)
    assert (free.payments >= 0).all()
    stage = replace(game, horizon=1)
    dear = principal_play(stage, 1e6, 1.0)
    stable = pure_equilibria(game.rewards[..., 0], game.rewards[..., 1])
    has_one = stable.any(axis=(1, 2))
    assert has_one.any()
    assert (dear.total_payments[has_one] == 0).all()
    assert (dear.welfare <= optimum + 1e-9).all()


def test_deviation_gains_vanish_exactly_at_pure_equilibria():
    q = np.random.default_rng(6).integers(0, 4, (30, 3, 4, 2)).astype(float)
    assert np.array_equal((deviation_gains(q) == 0).all(axis=-1), pure_equilibria(q[..., 0], q[..., 1]))


@pytest.mark.parametrize(("name", "value"), [("alpha", -1), ("alpha", np.nan), ("gamma", 2), ("tolerance", -1)])
def test_bad_arguments_are_refused(name, value):
    game, _ = random_game(np.random.default_rng(0))
    with pytest.raises(ValueError, match=name):
        principal_play(game, **{name: value})
