r"""Algorithm 3, training: a principal learns what to recommend to two agents, and what following costs.

Two Q-functions are learned together (Ivanov et al. 2024, Algorithm 3, second-hand). The *agents'* :math:`Q^\phi_i`
says what an agent earns in coins if it plays its best from here on, given whether the other one follows
(:math:`f_{-i}`). The *principal's* :math:`q^\theta` is a sum of one value an agent (value decomposition) and is
regressed on coins less :math:`\alpha` times the payments,

.. math:: b_i^*(s,a_i)=\max_aQ^\phi_i((s,1),a)-Q^\phi_i((s,1),a_i),\quad
    y^p=\sum_i r_i-\alpha b_i^*(s,a_i)+\gamma\max_{a'}q^{\theta'}_i(s',a'),\quad
    y^a_i=r_i+\gamma\max_{a'}Q^{\phi'}_i((s',f_{-i}),a').

In every episode a coin flip for each agent decides whether it follows the principal (:math:`f_i=1`) or plays its own
best, both with some exploration. The paper does not say which temporal difference sets a transition's priority: here
it is the principal's plus the mean of the agents'.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import ClassVar, Self

import numpy as np
import pandas as pd
import torch
from numpy.typing import ArrayLike, NDArray
from torch import Tensor

from common.rl.q_learning import choose_device, chosen, epsilon_greedy
from common.rl.replay import Fields
from papers.contracts_rl.coin_learning import (
    CoinQNetworks,
    greedy_episodes,
    learn_by_playing,
    table_of_states,
    torch_generator,
)
from papers.contracts_rl.coin_rules import CoinRules
from papers.contracts_rl.learning_config import LearningConfig
from papers.contracts_rl.principal_tables import PrincipalTables


@dataclass(frozen=True, eq=False)
class TrainedPrincipals:
    """K principals after training.

    Attributes
    ----------
    rules : CoinRules
        The game.
    alphas : ndarray of float, shape (K,)
        Weight of payments in each principal's aim.
    tables : PrincipalTables
        What they recommend and pay in every state.
    curves : DataFrame
        Measurements on the way, all agents following: ``step``, ``learner``, ``welfare`` (coins an episode),
        ``payments`` and ``share`` (payments / welfare).
    """

    rules: CoinRules
    alphas: NDArray[np.float64]
    tables: PrincipalTables
    curves: pd.DataFrame

    @property
    def welfare(self) -> NDArray[np.float64]:
        """Coins an episode of each principal's followers at the last measurement, shape (K,)."""
        return self.curves[self.curves["step"] == self.curves["step"].max()]["welfare"].to_numpy()

    def with_alpha(self, alpha: float) -> Self:
        """Keep the principals with one weight of payments, numbered anew.

        Raises
        ------
        ValueError
            If there is none.
        """
        kept = np.flatnonzero(self.alphas == alpha)
        if kept.size == 0:
            raise ValueError(f"alpha must be one of {sorted(set(self.alphas))}, given {alpha}")
        tables = PrincipalTables(self.tables.grid, self.tables.recommended[kept], self.tables.payments[kept])
        curves = self.curves[self.curves["learner"].isin(kept)]
        curves = curves.assign(learner=np.searchsorted(kept, curves["learner"]))
        return replace(self, alphas=self.alphas[kept], tables=tables, curves=curves)


def train_principals(
    rules: CoinRules, config: LearningConfig, alphas: ArrayLike, rng: np.random.Generator
) -> TrainedPrincipals:
    """Train K principals at once.

    Parameters
    ----------
    rules : CoinRules
        The game.
    config : LearningConfig
        Sizes and schedules.
    alphas : array_like of float, shape (K,)
        Weight of payments against coins for each principal, ``>= 0``; the paper has 0.1. Repeat one for repeats.
    rng : numpy.random.Generator
        Source of all randomness.

    Returns
    -------
    TrainedPrincipals

    Raises
    ------
    ValueError
        If `alphas` is empty, or one is negative or not finite.
    """
    weights = np.asarray(alphas, dtype=float)
    if weights.ndim != 1 or weights.size == 0 or not ((weights >= 0) & (weights < np.inf)).all():
        raise ValueError(f"alphas must be a list of finite numbers >= 0, given {alphas!r}")
    school = _PrincipalSchool(rules, config, weights, rng)
    curves = learn_by_playing(school, rules, config, rng)
    return TrainedPrincipals(rules, weights, school.tables(), curves)


class _PrincipalSchool:
    """K principals and the agents they imagine (a `Student`)."""

    fields: ClassVar[Fields] = {"follows": ((2,), torch.uint8)}

    def __init__(
        self, rules: CoinRules, config: LearningConfig, alphas: NDArray[np.float64], rng: np.random.Generator
    ) -> None:
        self.rules, self.config, self.n_learners = rules, config, len(alphas)
        self.generator = torch_generator(rng, choose_device(config.device))
        self.device = self.generator.device
        self.principal = CoinQNetworks(self.n_learners, rules.grid, 0, config, self.generator)
        self.agents = CoinQNetworks(self.n_learners, rules.grid, 2, config, self.generator)
        self.alphas = torch.tensor(alphas, dtype=torch.float32, device=self.device)[:, None]
        self.follows = torch.zeros(self.n_learners, config.environments, 2, dtype=torch.int64, device=self.device)

    def act(self, states: Tensor, first: Tensor, epsilon: float) -> tuple[Tensor, Mapping[str, Tensor]]:
        """Follow the principal or play one's own best, as drawn for this episode."""
        flips = torch.randint(2, self.follows.shape, generator=self.generator, device=self.device)
        self.follows = torch.where(first[..., None], flips, self.follows)
        with torch.no_grad():
            own = self.agents(states, self.follows.flip(-1))
            values = torch.where(self.follows[..., None] == 1, self.principal(states), own)
        return epsilon_greedy(values, epsilon, self.generator), {"follows": self.follows}

    def payments(self, states: Tensor, actions: Tensor, others_follow: Tensor | None = None) -> Tensor:
        """Return the least payments (K, B, 2) that make actions as good as an agent's best, others following or not."""
        signals = torch.ones_like(actions) if others_follow is None else others_follow
        values = self.agents(states, signals)
        return values.amax(dim=-1) - chosen(values, actions)

    def learn(self, batch: Mapping[str, Tensor], step: int) -> Tensor:
        """One step of the principal and one of the agents on the same transitions."""
        states, after = batch["state"], batch["next_state"]
        actions, others = batch["actions"].long(), batch["follows"].flip(-1)
        going_on = self.config.discount * (~batch["ends"]).float()
        with torch.no_grad():
            payments = self.payments(states, actions)
            ahead = self.principal(after, target=True).amax(dim=-1).sum(dim=-1)
            welfare_less_payments = (batch["coins"] - self.alphas[..., None] * payments).sum(dim=-1)
            principal_targets = welfare_less_payments + going_on * ahead
            own_ahead = self.agents(after, others, target=True).amax(dim=-1)
            agent_targets = batch["coins"] + going_on[..., None] * own_ahead
        planned = chosen(self.principal(states), actions).sum(dim=-1)
        self.principal.fit(planned, principal_targets, step)
        expected = chosen(self.agents(states, others), actions)
        self.agents.fit(expected, agent_targets, step)
        surprise = (planned - principal_targets).abs() + (expected - agent_targets).abs().mean(dim=-1)
        return surprise.detach()

    def measure(self, rng: np.random.Generator) -> dict[str, NDArray[np.float64]]:
        """Welfare and payments of greedy episodes in which everybody follows."""

        def play(states: Tensor) -> tuple[Tensor, dict[str, Tensor]]:
            actions = self.principal(states).argmax(dim=-1)
            return actions, {"payments": self.payments(states, actions)}

        shape = (self.n_learners, self.config.episodes)
        sums = {
            name: both.sum(axis=1) for name, both in greedy_episodes(play, self.rules, shape, rng, self.device).items()
        }
        welfare, paid = sums["coins"], sums["payments"]
        return {"welfare": welfare, "payments": paid, "share": paid / np.where(welfare > 0, welfare, np.nan)}

    def tables(self) -> PrincipalTables:
        """Ask the networks about every state once."""

        def pay(states: Tensor) -> Tensor:
            actions = self.principal(states).argmax(dim=-1)
            both = [self.payments(states, actions, torch.full_like(actions, follow)) for follow in (0, 1)]
            return torch.stack(both, dim=-1)

        grid, learners = self.rules.grid, self.n_learners
        best = table_of_states(lambda states: self.principal(states).argmax(dim=-1), grid, learners, self.device)
        return PrincipalTables(grid, best.astype(np.int8), table_of_states(pay, grid, learners, self.device))
