import numpy as np
import pytest

from papers.contracts_rl.batch_coin_game import BatchCoinGame
from papers.contracts_rl.coin_rules import CoinRules
from papers.contracts_rl.coin_states import all_states, n_states, state_index
from papers.contracts_rl.exact_coin_game import exact_coin_game


@pytest.mark.parametrize("grid", [2, 3])
def test_same_numbers_as_the_exact_game(grid):
    exact = exact_coin_game(CoinRules(grid=grid), "absolute")
    assert n_states(grid) == exact.game.n_states
    np.testing.assert_array_equal(all_states(grid), exact.states)
    np.testing.assert_array_equal(state_index(exact.states, grid), np.arange(n_states(grid)))


def test_numbers_of_played_states():
    game = BatchCoinGame(50, CoinRules(grid=4), generator=0, images=False)
    states = game.states
    numbers = state_index(states, 4)
    np.testing.assert_array_equal(all_states(4)[numbers], states[:, :4])
