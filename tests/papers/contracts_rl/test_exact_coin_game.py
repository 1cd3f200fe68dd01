"""The Coin Game as a Markov game: every probability against the reference, frames and symmetries."""

from fractions import Fraction
from itertools import product

import numpy as np
import pytest

from common.games.backward_induction import joint_optimum, markov_perfect
from papers.contracts_rl.coin_rules import MOVES, CoinRules
from papers.contracts_rl.coin_states import all_states, state_index
from papers.contracts_rl.exact_coin_game import cell_difference, exact_coin_game
from tests.papers.contracts_rl.coin_cases import outcomes, starts

VARIANTS = [
    CoinRules(3, 5, both, respawn, colour)
    for both, respawn, colour in product((False, True), ("free", "anywhere"), ("alternate", "random"))
]


def _compact(state, grid):
    """A state of the reference as four numbers."""
    return [*(row * grid + column for row, column in state[:3]), state[3]]


@pytest.mark.parametrize("frame", ["relative", "absolute"])
@pytest.mark.parametrize("grid", [2, 3])
def test_moves_rewards_and_lotteries_are_those_of_the_reference(grid, frame):
    rng = np.random.default_rng(grid)
    for both, respawn, colour in product((False, True), ("free", "anywhere"), ("alternate", "random")):
        rules = CoinRules(grid, 5, both, respawn, colour)
        exact = exact_coin_game(rules, frame)
        game, tokens = exact.game, rng.normal(size=exact.game.n_states)
        nodes = game.nodes(tokens)
        for s in rng.choice(game.n_states, 10, replace=False):
            state = (*(divmod(int(cell), grid) for cell in exact.states[s, :3]), int(exact.states[s, 3]))
            for moves in product(range(4), repeat=2):
                after = outcomes(state, moves, rules)
                paid = [float(sum(chance * pays[i] for chance, pays, _ in after)) for i in (0, 1)]
                assert game.rewards[(s, *moves)] == pytest.approx(paid)
                reached = exact.index([_compact(following, grid) for _, _, following in after])
                mean = float(np.array([chance for chance, _, _ in after], float) @ tokens[reached])
                assert nodes[game.successors[(s, *moves)]] == pytest.approx(mean)
        first = np.zeros(game.n_states)
        for chance, state in starts(rules):
            first[exact.index(_compact(state, grid))] += chance
        assert exact.start == pytest.approx(first)


def test_plain_recursion_over_absolute_states_finds_the_same_optimum():
    rules = CoinRules(2, 3)
    values = {}

    def value(state, left):
        if left == 0:
            return Fraction(0)
        if (state, left) not in values:
            values[state, left] = max(
                sum(c * (sum(r) + Fraction(9, 10) * value(s, left - 1)) for c, r, s in outcomes(state, moves, rules))
                for moves in product(range(4), repeat=2)
            )
        return values[state, left]

    optimum = float(sum(chance * value(state, 3) for chance, state in starts(rules)))
    for frame in ("relative", "absolute"):
        exact = exact_coin_game(rules, frame)
        assert exact.start @ joint_optimum(exact.game, 0.9).values[0].sum(axis=-1) == pytest.approx(optimum, abs=1e-12)


@pytest.mark.parametrize("rules", VARIANTS, ids=str)
def test_relative_and_absolute_play_agree_in_every_state(rules):
    relative, absolute = (exact_coin_game(rules, frame) for frame in ("relative", "absolute"))
    here = relative.index(absolute.states)
    for solve in (joint_optimum, markov_perfect):
        low, high = solve(relative.game, 0.99), solve(absolute.game, 0.99)
        assert high.values == pytest.approx(low.values[:, here], abs=1e-12)
        assert np.array_equal(high.policies[0], low.policies[0][:, here])


def test_states_are_numbered_as_the_learners_number_them():
    exact = exact_coin_game(CoinRules(3), "absolute")
    assert np.array_equal(exact.states, all_states(3))
    assert np.array_equal(exact.index(exact.states), state_index(exact.states, 3))
    relative = exact_coin_game(CoinRules(3))
    assert relative.game.n_states == 162
    assert np.array_equal(relative.index(relative.states), np.arange(162))


def _moved(kind, grid):
    """A symmetry: the new cell of each cell, and the new action of each action."""
    rows, columns = np.divmod(np.arange(grid**2), grid)
    steps = MOVES
    if kind == "shift":
        rows, columns = rows + 1, columns + 2
    elif kind == "transpose":
        rows, columns, steps = columns, rows, steps[:, ::-1]
    elif kind == "mirror":
        columns, steps = -columns, steps * [1, -1]
    actions = [MOVES.tolist().index(step) for step in steps.tolist()]
    return rows % grid * grid + columns % grid, np.array(actions)


@pytest.mark.parametrize("kind", ["shift", "transpose", "mirror", "swap"])
@pytest.mark.parametrize("rules", VARIANTS, ids=str)
def test_the_game_is_the_same_after_every_symmetry(rules, kind):
    exact = exact_coin_game(rules, "absolute")
    game, (cells, actions) = exact.game, _moved(kind, rules.grid)
    image = np.column_stack((cells[exact.states[:, :3]], exact.states[:, 3]))
    if kind == "swap":  # players and colours change places
        image = np.column_stack((image[:, 1], image[:, 0], image[:, 2], 1 - image[:, 3]))
    to = exact.index(image)

    def carried(table):
        table = table[to][:, actions][:, :, actions]
        return table.swapaxes(1, 2) if kind == "swap" else table

    tokens = np.random.default_rng(0).normal(size=game.n_states)
    assert exact.start[to] == pytest.approx(exact.start)
    rewards = carried(game.rewards)
    assert np.array_equal(rewards[..., ::-1] if kind == "swap" else rewards, game.rewards)
    assert game.nodes(tokens)[carried(game.successors)] == pytest.approx(game.nodes(tokens[to])[game.successors])


def test_differences_of_cells():
    assert cell_difference([0, 8, 4], 4, 3).tolist() == [8, 4, 0]


def test_unknown_frames_and_huge_boards_are_refused():
    with pytest.raises(ValueError, match="frame"):
        exact_coin_game(CoinRules(), "moving")
    with pytest.raises(ValueError, match="grid"):
        exact_coin_game(CoinRules(grid=10), "absolute")
