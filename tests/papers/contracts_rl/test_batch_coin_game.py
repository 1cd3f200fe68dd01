"""The batched environment against a slow reference step by step, and its draws against the fair ones."""

from itertools import product

import numpy as np
import pytest
from scipy.stats import chisquare

from papers.contracts_rl.batch_coin_game import BatchCoinGame
from papers.contracts_rl.coin_rules import CoinRules
from tests.papers.contracts_rl.coin_cases import outcomes, starts

VARIANTS = [
    CoinRules(grid, 5, both, respawn, colour)
    for grid, both, respawn, colour in product((2, 3), (False, True), ("free", "anywhere"), ("alternate", "random"))
]


def _plain(state, grid):
    """A compact state as the reference writes it."""
    first, second, coin, colour = state[:4]
    return (*(divmod(int(cell), grid) for cell in (first, second, coin)), int(colour))


@pytest.mark.parametrize("rules", VARIANTS, ids=str)
def test_every_step_is_one_of_the_reference(rules):
    game = BatchCoinGame(25, rules, generator=1, images=False)
    actions = np.random.default_rng(2).integers(0, 4, (12, 25, 2))
    possible = {state for _, state in starts(rules)}
    for step, moves in enumerate(actions):
        before = game.states
        after, rewards, done = game.step(moves)
        assert (done == ((step + 1) % rules.horizon == 0)).all()
        assert (game.reached[:, 4] == step % rules.horizon + 1).all()
        for k in range(25):
            allowed = {(r, s) for _, r, s in outcomes(_plain(before[k], rules.grid), moves[k], rules)}
            seen = tuple(map(float, rewards[k])), _plain(game.reached[k], rules.grid)
            assert seen in {(tuple(map(float, r)), s) for r, s in allowed}
        if done.all():
            assert {_plain(state, rules.grid) for state in after} <= possible
            assert (after[:, 4] == 0).all()
        else:
            assert np.array_equal(after, game.reached)


@pytest.mark.parametrize("rules", VARIANTS[8:], ids=str)
def test_draws_have_the_references_probabilities(rules):
    game = BatchCoinGame(15_000, rules, generator=3, images=False)
    first = [_plain(state, rules.grid) for state in game.states.tolist()]
    assert _fits({state: chance for chance, state in starts(rules)}, first)
    # A contested coin: both step right onto it, from the same cell.
    game.positions[:], game.coin[:], game.colour[:] = 0, 1, 1
    _, rewards, _ = game.step(np.full((15_000, 2), 3))
    seen = list(zip(map(tuple, rewards.tolist()), (_plain(s, rules.grid) for s in game.reached.tolist()), strict=True))
    chances = {}
    for chance, paid, state in outcomes(((0, 0), (0, 0), (0, 1), 1), (3, 3), rules):
        key = (tuple(map(float, paid)), state)
        chances[key] = chances.get(key, 0) + chance
    assert _fits(chances, seen)


def _fits(chances, seen):
    """Whether a chi-square test keeps the hypothesis that the sample has these chances."""
    counts = dict.fromkeys(chances, 0)
    for key in seen:
        counts[key] += 1  # anything impossible is a KeyError
    expected = [float(chance) * len(seen) for chance in chances.values()]
    return len(counts) == 1 or chisquare(list(counts.values()), expected).pvalue > 1e-4


def test_one_seed_one_game():
    def play(seed):
        game = BatchCoinGame(8, grid=4, generator=seed, images=False)
        return [game.step(np.full((8, 2), k % 4))[0].tolist() for k in range(30)]

    assert play(5) == play(np.random.default_rng(5)) != play(6)


def test_images_are_those_of_the_states():
    pictures, states = (BatchCoinGame(8, generator=0, images=images) for images in (True, False))
    for _ in range(3):
        views, _, _ = pictures.step(np.ones((8, 2), int))
        states.step(np.ones((8, 2), int))
        assert np.array_equal(views, states.observe())
        assert np.array_equal(pictures.states, states.states)
    assert pictures.reset().shape == (8, 2, 4, 3, 3)


def test_answers_are_not_changed_by_later_steps():
    game = BatchCoinGame(16, horizon=2, generator=0, images=False)
    kept = [game.reset(), *(game.step(np.zeros((16, 2), int))[0] for _ in range(3))]
    copies = [answer.copy() for answer in kept]
    game.step(np.zeros((16, 2), int))
    assert all(np.array_equal(a, b) for a, b in zip(kept, copies, strict=True))


def test_without_autoreset_a_finished_game_must_be_reset():
    game = BatchCoinGame(2, horizon=1, generator=0, autoreset=False)
    game.step(np.zeros((2, 2), int))
    with pytest.raises(ValueError, match="reset"):
        game.step(np.zeros((2, 2), int))
    game.reset()
    game.step(np.zeros((2, 2), int))


@pytest.mark.parametrize(
    "actions", [np.zeros(2, int), np.zeros((3, 2), int), np.zeros((2, 2)), [[0, 4], [0, 0]], [[-1, 0], [0, 0]]]
)
def test_bad_actions_are_refused(actions):
    with pytest.raises(ValueError, match="actions"):
        BatchCoinGame(2, generator=0).step(actions)


@pytest.mark.parametrize("batch", [0, -1, 1.5, True])
def test_bad_batches_are_refused(batch):
    with pytest.raises(ValueError, match="batch"):
        BatchCoinGame(batch, generator=0)
