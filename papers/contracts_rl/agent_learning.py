"""Selfish deep Q-learners in the Coin Game, with or without incentives: validation and baselines share this.

K pairs of agents learn at once, each pair from its own games; the two agents of a pair share one network, as in the
paper. What they see besides the board and what they are paid for is an `Incentive`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import ClassVar, Protocol

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray
from torch import Tensor

from common.rl.q_learning import choose_device, chosen, epsilon_greedy
from common.rl.replay import Fields
from papers.contracts_rl.coin_learning import CoinQNetworks, learn_by_playing, table_of_states, torch_generator
from papers.contracts_rl.coin_rules import CoinRules
from papers.contracts_rl.learning_config import LearningConfig


class Incentive(Protocol):
    """What K pairs of agents see and earn.

    Attributes
    ----------
    n_learners : int
        Number of pairs K.
    n_signals : int
        How many different signals an agent can see; 0 if none is sent.
    """

    n_learners: int
    n_signals: int

    def signals(self, states: Tensor) -> Tensor | None:
        """Signal (K, B, 2) that each agent sees in states (K, B)."""

    def rewards(self, states: Tensor, actions: Tensor, coins: Tensor) -> Tensor:
        """Pay each agent (K, B, 2) for a pair of actions (K, B, 2) that collected these coins (K, B, 2)."""

    def measure(
        self, policy: Callable[[Tensor], Tensor], episodes: int, rng: np.random.Generator
    ) -> Mapping[str, NDArray[np.float64]]:
        """Measure a policy, from states (K, B) to actions (K, B, 2): each name with shape (K,)."""


@dataclass(frozen=True, eq=False)
class TrainedAgents:
    """K pairs of agents after training.

    Attributes
    ----------
    curves : DataFrame
        Measurements on the way: ``step``, ``learner``, and what the incentive measures.
    policies : ndarray of int, shape (K, S, 2)
        Greedy action of each agent in every absolute state.
    """

    curves: pd.DataFrame
    policies: NDArray[np.int8]

    @property
    def final(self) -> pd.DataFrame:
        """The last measurement, one row a pair."""
        return self.curves[self.curves["step"] == self.curves["step"].max()].set_index("learner")


def train_agents(
    rules: CoinRules,
    config: LearningConfig,
    incentive: Callable[[torch.device], Incentive],
    rng: np.random.Generator,
) -> TrainedAgents:
    """Train K pairs of fresh agents.

    Parameters
    ----------
    rules : CoinRules
        The game.
    config : LearningConfig
        Sizes and schedules.
    incentive : callable
        Builds the incentive on the device where the networks are.
    rng : numpy.random.Generator
        Source of all randomness.

    Returns
    -------
    TrainedAgents
    """
    device = choose_device(config.device)
    school = _AgentSchool(rules, config, incentive(device), torch_generator(rng, device))
    curves = learn_by_playing(school, rules, config, rng)
    return TrainedAgents(curves, table_of_states(school.greedy, rules.grid, school.n_learners, device).astype(np.int8))


class _AgentSchool:
    """K pairs of Q-learners (a `Student`)."""

    fields: ClassVar[Fields] = {}

    def __init__(
        self, rules: CoinRules, config: LearningConfig, incentive: Incentive, generator: torch.Generator
    ) -> None:
        self.incentive, self.config, self.generator = incentive, config, generator
        self.n_learners = incentive.n_learners
        self.agents = CoinQNetworks(self.n_learners, rules.grid, incentive.n_signals, config, generator)

    def values(self, states: Tensor, *, target: bool = False) -> Tensor:
        """Return action values (K, B, 2, 4)."""
        return self.agents(states, self.incentive.signals(states), target=target)

    def greedy(self, states: Tensor) -> Tensor:
        """Best actions (K, B, 2)."""
        return self.values(states).argmax(dim=-1)

    def act(self, states: Tensor, first: Tensor, epsilon: float) -> tuple[Tensor, Mapping[str, Tensor]]:
        """Play one's best, with some exploration."""
        with torch.no_grad():
            return epsilon_greedy(self.values(states), epsilon, self.generator), {}

    def learn(self, batch: Mapping[str, Tensor], step: int) -> Tensor:
        """One gradient step of Q-learning."""
        actions = batch["actions"].long()
        going_on = self.config.discount * (~batch["ends"]).float()
        with torch.no_grad():
            ahead = self.values(batch["next_state"], target=True).amax(dim=-1)
            earned = self.incentive.rewards(batch["state"], actions, batch["coins"])
            targets = earned + going_on[..., None] * ahead
        expected = chosen(self.values(batch["state"]), actions)
        self.agents.fit(expected, targets, step)
        return (expected - targets).detach().abs().mean(dim=-1)

    def measure(self, rng: np.random.Generator) -> Mapping[str, NDArray[np.float64]]:
        """Measure greedy play."""
        return self.incentive.measure(self.greedy, self.config.episodes, rng)
