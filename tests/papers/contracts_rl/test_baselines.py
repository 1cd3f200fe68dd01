import numpy as np
import pytest
import torch

from papers.contracts_rl.baselines import _Proportions, train_with_proportion
from papers.contracts_rl.coin_rules import CoinRules
from papers.contracts_rl.learning_config import LearningConfig
from papers.contracts_rl.yardsticks import coin_game_yardsticks

RULES = CoinRules(grid=2, horizon=6)


def test_sharing_moves_coins_but_keeps_their_sum():
    sharing = _Proportions(RULES, np.array([0.0, 0.3, 1.0]), torch.device("cpu"))
    coins = torch.rand(3, 20, 2, generator=torch.Generator().manual_seed(0))
    shared = sharing.rewards(torch.zeros(3, 20), torch.zeros(3, 20, 2), coins)
    torch.testing.assert_close(shared.sum(-1), coins.sum(-1))
    torch.testing.assert_close(shared[0], coins[0])
    torch.testing.assert_close(shared[2, :, 0], shared[2, :, 1])
    torch.testing.assert_close(shared[1, :, 0] - shared[1, :, 1], 0.7 * (coins[1, :, 0] - coins[1, :, 1]))


def test_welfare_maximisers_reach_the_optimum_of_a_small_game():
    config = LearningConfig.fast(2, 500, hidden=(32, 32), batch=64, learning_rate=(3e-3, 1e-3), warm_up=500)
    trained = train_with_proportion(RULES, config, [0.0, 1.0], np.random.default_rng(2))
    solved = coin_game_yardsticks(2, 6)
    assert trained.policies.shape == (2, 128, 2)
    assert trained.final["welfare"][1] > 0.9 * solved.optimum
    assert (trained.curves["welfare"] <= solved.optimum + 4 / 80**0.5).all()


@pytest.mark.parametrize("proportions", [[], [1.2], [-0.1], [np.nan], [[0.5]]])
def test_refuses_proportions(proportions):
    with pytest.raises(ValueError, match=r"proportions must be a list of numbers in \[0, 1\]"):
        train_with_proportion(RULES, LearningConfig.fast(2, 10), proportions, np.random.default_rng(0))
