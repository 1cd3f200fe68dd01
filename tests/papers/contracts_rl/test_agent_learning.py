from types import SimpleNamespace

import numpy as np
import pytest
import torch

from papers.contracts_rl.agent_learning import _AgentSchool, train_agents
from papers.contracts_rl.coin_rules import CoinRules
from papers.contracts_rl.learning_config import LearningConfig

RULES = CoinRules(grid=2, horizon=6)
CONFIG = LearningConfig.fast(2, 400, hidden=(32, 16), batch=64, discount=0.0, learning_rate=(5e-3, 5e-3), warm_up=400)


def incentive(n_signals):
    """A coin for choosing the number ``state % 4`` (player 0) or the signal (player 1)."""

    def wanted(states):
        return torch.stack((states % 4, (states // 3) % 4), dim=-1).long()

    return SimpleNamespace(
        n_learners=2,
        n_signals=n_signals,
        signals=lambda states: wanted(states) if n_signals else None,
        rewards=lambda states, actions, coins: (actions == wanted(states)).float(),
        measure=lambda policy, episodes, rng: {"right": policy(torch.arange(128).expand(2, -1)).double().mean((1, 2))},
    )


def test_learns_what_is_rewarded_and_what_the_signal_says():
    trained = train_agents(RULES, CONFIG, lambda device: incentive(4), np.random.default_rng(0))
    states = torch.arange(128)
    wanted = np.stack((states % 4, (states // 3) % 4), axis=-1)
    assert (trained.policies == wanted).mean() > 0.95
    assert trained.final.index.tolist() == [0, 1]
    assert trained.final["right"][0] == pytest.approx(trained.policies[0].mean())


@pytest.mark.parametrize("n_signals", [0, 4])
def test_targets_are_those_of_q_learning(monkeypatch, n_signals):
    config = LearningConfig.fast(2, 10, hidden=(16, 8))
    school = _AgentSchool(RULES, config, incentive(n_signals), torch.Generator().manual_seed(0))
    generator, fits = torch.Generator().manual_seed(1), []
    batch = {
        "state": torch.randint(128, (2, 30), generator=generator),
        "next_state": torch.randint(128, (2, 30), generator=generator),
        "actions": torch.randint(4, (2, 30, 2), generator=generator).to(torch.uint8),
        "coins": torch.zeros(2, 30, 2),
        "ends": torch.rand(2, 30, generator=generator) < 0.5,
    }
    for weight in school.agents.target.parameters():
        weight.data *= 0.5
    monkeypatch.setattr(school.agents, "fit", lambda values, targets, step: fits.append((values.detach(), targets)))
    surprise = school.learn(batch, 0)
    values, targets = fits[0]
    with torch.no_grad():
        best = school.values(batch["next_state"], target=True).amax(-1)
    earned = school.incentive.rewards(batch["state"], batch["actions"], batch["coins"])
    torch.testing.assert_close(targets, earned + 0.99 * best * ~batch["ends"][..., None])
    torch.testing.assert_close(surprise, (values - targets).abs().mean(-1))
