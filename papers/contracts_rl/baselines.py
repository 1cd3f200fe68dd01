r"""The constant-proportion baseline with learning agents (after Christoffersen et al. 2023).

Fresh Q-learners share a constant proportion of their coins, :math:`r_i'=(1-p)r_i+p\,\bar r`: selfish at :math:`p=0`,
maximising welfare at :math:`p=1`. `constant_proportion` solves the same game exactly.
"""

from collections.abc import Callable

import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray
from torch import Tensor

from papers.contracts_rl.agent_learning import TrainedAgents, train_agents
from papers.contracts_rl.coin_learning import greedy_episodes
from papers.contracts_rl.coin_rules import CoinRules
from papers.contracts_rl.learning_config import LearningConfig


def train_with_proportion(
    rules: CoinRules, config: LearningConfig, proportions: ArrayLike, rng: np.random.Generator
) -> TrainedAgents:
    """Train K pairs of agents who share constant proportions of their coins.

    Parameters
    ----------
    rules : CoinRules
        The game.
    config : LearningConfig
        Sizes and schedules.
    proportions : array_like of float, shape (K,)
        Proportion p of each pair, in ``[0, 1]``. Repeat one for repeats.
    rng : numpy.random.Generator
        Source of all randomness.

    Returns
    -------
    TrainedAgents
        Measured: ``welfare``, the coins of both in an episode.

    Raises
    ------
    ValueError
        If `proportions` is empty or one is outside ``[0, 1]``.
    """
    shares = np.asarray(proportions, dtype=float)
    if shares.ndim != 1 or shares.size == 0 or not ((shares >= 0) & (shares <= 1)).all():
        raise ValueError(f"proportions must be a list of numbers in [0, 1], given {proportions!r}")
    return train_agents(rules, config, lambda device: _Proportions(rules, shares, device), rng)


class _Proportions:
    """Sharing a constant proportion of all coins (an `Incentive`)."""

    n_signals = 0

    def __init__(self, rules: CoinRules, proportions: NDArray[np.float64], device: torch.device) -> None:
        self.rules, self.device, self.n_learners = rules, device, len(proportions)
        self.shares = torch.tensor(proportions, dtype=torch.float32, device=device)[:, None, None]

    def signals(self, states: Tensor) -> None:
        """Nobody recommends anything."""

    def rewards(self, states: Tensor, actions: Tensor, coins: Tensor) -> Tensor:
        """Own coins, drawn towards the mean."""
        return (1 - self.shares) * coins + self.shares * coins.mean(dim=-1, keepdim=True)

    def measure(
        self, policy: Callable[[Tensor], Tensor], episodes: int, rng: np.random.Generator
    ) -> dict[str, NDArray[np.float64]]:
        """Coins of both agents in an episode."""
        shape = (self.n_learners, episodes)
        sums = greedy_episodes(lambda states: (policy(states), {}), self.rules, shape, rng, self.device)
        return {"welfare": sums["coins"].sum(axis=1)}
