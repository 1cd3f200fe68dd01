r"""Algorithm 3, validation: whether agents whom the principal has never met follow what she recommends.

The principal is frozen. Fresh Q-learners :math:`Q^\psi_i((s,a^p_i),a_i)` see the board and their recommendation, and
earn :math:`r_i+\mathbf 1[a_i=a_i^p](b_i+\text{nudge})`. The payment :math:`b_i` is the principal's at whether the other
agent followed in that step. What "a nudge of 10 % of social welfare" means was not read; both readings are here.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Literal

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from papers.contracts_rl.agent_learning import TrainedAgents, train_agents
from papers.contracts_rl.coin_learning import greedy_episodes
from papers.contracts_rl.coin_rules import N_ACTIONS
from papers.contracts_rl.learning_config import LearningConfig
from papers.contracts_rl.principal_learning import TrainedPrincipals


@dataclass(frozen=True)
class Nudge:
    """A bonus for every followed recommendation, on top of the payment.

    Attributes
    ----------
    rate : float
        Share of social welfare, ``>= 0``.
    reading : {"total", "each"}
        Whether both agents' bonuses together are this share of welfare if all follow, or each agent's alone.

    Raises
    ------
    ValueError
        If a field is out of its range.
    """

    rate: float
    reading: Literal["total", "each"] = "total"

    def __post_init__(self) -> None:
        if not 0 <= self.rate < np.inf:
            raise ValueError(f"rate must be finite and >= 0, given {self.rate}")
        if self.reading not in ("total", "each"):
            raise ValueError(f"reading must be 'total' or 'each', given {self.reading!r}")

    def bonus(self, welfare: float, horizon: int) -> float:
        """Coins for an agent's followed recommendation, where episodes of `horizon` steps have this welfare."""
        return self.rate * welfare / horizon / (2 if self.reading == "total" else 1)


def validate(
    principals: TrainedPrincipals, config: LearningConfig, nudges: Sequence[Nudge], rng: np.random.Generator
) -> TrainedAgents:
    """Train fresh agents under every principal and every nudge, all at once, and measure whether they follow.

    Parameters
    ----------
    principals : TrainedPrincipals
        P frozen principals.
    config : LearningConfig
        Sizes and schedules of the agents' learning.
    nudges : sequence of Nudge
        J bonuses; learner ``p * J + j`` is the pair of agents of principal p with nudge j.
    rng : numpy.random.Generator
        Source of all randomness.

    Returns
    -------
    TrainedAgents
        Measured by pair and step, with ``principal``, ``nudge`` and ``reading`` beside: ``welfare`` (coins of both in
        an episode), ``payments`` and ``nudges`` (coins), ``share`` (payments and nudges / welfare), ``nudge_share``
        (nudges / welfare), ``accuracy`` (share of recommendations followed), ``spe_ratio`` and ``ic_ratio`` (what an
        agent earns by following / by her own learned policy, while the other follows / plays her own learned
        policy; of the sums over both agents, where the paper shows Blue's).

    Raises
    ------
    ValueError
        If there is no nudge.
    """
    if not nudges:
        raise ValueError("nudges must name at least one Nudge (Nudge(0.0) for none)")
    pairs = list(product(range(len(principals.tables)), nudges))
    trained = train_agents(principals.rules, config, lambda device: _Contracts(principals, pairs, device), rng)
    about = [
        {"principal": principal, "nudge": nudge.rate, "reading": nudge.reading, "alpha": principals.alphas[principal]}
        for principal, nudge in pairs
    ]
    labels = {name: [entry[name] for entry in about] for name in about[0]}
    chosen = trained.curves["learner"]
    curves = trained.curves.assign(**{name: np.asarray(values)[chosen] for name, values in labels.items()})
    return TrainedAgents(curves, trained.policies)


class _Contracts:
    """Frozen principals who recommend and pay (an `Incentive`)."""

    n_signals = N_ACTIONS

    def __init__(self, principals: TrainedPrincipals, pairs: Sequence[tuple[int, Nudge]], device: torch.device) -> None:
        self.rules, self.device, self.n_learners = principals.rules, device, len(pairs)
        tables = principals.tables
        self._recommended = torch.from_numpy(tables.recommended).to(device)
        self._payments = torch.from_numpy(tables.payments).to(device)
        self._principal = torch.tensor([principal for principal, _ in pairs], device=device)[:, None]
        self._agent = torch.arange(2, device=device)
        bonuses = [nudge.bonus(principals.welfare[principal], self.rules.horizon) for principal, nudge in pairs]
        self._bonus = torch.tensor(bonuses, dtype=torch.float32, device=device)[:, None, None]

    def signals(self, states: Tensor) -> Tensor:
        """Recommended actions."""
        return self._recommended[self._principal, states].long()

    def _paid(self, states: Tensor, actions: Tensor) -> tuple[Tensor, Tensor]:
        """Whether each agent followed (K, B, 2), and the payment if so."""
        followed = actions == self.signals(states)
        of = (self._principal[..., None], states[..., None], self._agent, followed.flip(-1).long())
        return followed.float(), self._payments[of]

    def rewards(self, states: Tensor, actions: Tensor, coins: Tensor) -> Tensor:
        """Coins, and payment and bonus for following."""
        followed, payments = self._paid(states, actions)
        return coins + followed * (payments + self._bonus)

    def measure(
        self, policy: Callable[[Tensor], Tensor], episodes: int, rng: np.random.Generator
    ) -> dict[str, NDArray[np.float64]]:
        """Play with all four choices of who follows and who plays her own policy, from the same first states."""
        seed, shape = int(rng.integers(2**63 - 1)), (self.n_learners, episodes)
        utility, played = {}, {}
        for own in product((False, True), repeat=2):
            choice = torch.tensor(own, device=self.device)

            def play(states: Tensor, choice: Tensor = choice) -> tuple[Tensor, dict[str, Tensor]]:
                actions = torch.where(choice, policy(states), self.signals(states))
                followed, payments = self._paid(states, actions)
                return actions, {
                    "payments": followed * payments,
                    "nudges": followed * self._bonus,
                    "accuracy": followed,
                }

            played = greedy_episodes(play, self.rules, shape, np.random.default_rng(seed), self.device)
            utility[own] = played["coins"] + played["payments"] + played["nudges"]
        welfare, payments, nudges = (played[name].sum(axis=1) for name in ("coins", "payments", "nudges"))
        apart = utility[True, False][:, 0] + utility[False, True][:, 1]
        together = utility[False, True][:, 0] + utility[True, False][:, 1]
        return {
            "welfare": welfare,
            "payments": payments,
            "nudges": nudges,
            "share": _ratio(payments + nudges, welfare),
            "nudge_share": _ratio(nudges, welfare),
            "accuracy": played["accuracy"].mean(axis=1) / self.rules.horizon,
            "spe_ratio": _ratio(utility[False, False].sum(axis=1), apart),
            "ic_ratio": _ratio(together, utility[True, True].sum(axis=1)),
        }


def _ratio(amounts: NDArray[np.float64], of: NDArray[np.float64]) -> NDArray[np.float64]:
    """Divide, with NaN where there is nothing to divide by."""
    return amounts / np.where(of > 0, of, np.nan)
