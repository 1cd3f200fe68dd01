from typing import ClassVar

import numpy as np
import pytest
import torch

from common.games.backward_induction import evaluate
from papers.contracts_rl.coin_learning import CoinQNetworks, greedy_episodes, learn_by_playing, table_of_states
from papers.contracts_rl.coin_rules import CoinRules
from papers.contracts_rl.coin_states import all_states, n_states, state_index
from papers.contracts_rl.exact_coin_game import exact_coin_game
from papers.contracts_rl.learning_config import LearningConfig

CPU = torch.device("cpu")


def networks(network="mlp", n_signals=0, learners=2, grid=3, **changes):
    config = LearningConfig.fast(grid, 10, network=network, hidden=(16, 8), **changes)
    return CoinQNetworks(learners, grid, n_signals, config, torch.Generator().manual_seed(0))


@pytest.mark.parametrize("network", ["mlp", "conv"])
@pytest.mark.parametrize("grid", [3, 4])
def test_agents_are_mirror_images(network, grid):
    ask, states = networks(network, grid=grid), all_states(grid)
    states = states[np.random.default_rng(0).choice(len(states), 100)]
    mirrored = np.column_stack((states[:, 1], states[:, 0], states[:, 2], 1 - states[:, 3]))
    here, there = (torch.from_numpy(state_index(s, grid)).expand(2, -1) for s in (states, mirrored))
    values = ask(here)
    assert values.shape == (2, 100, 2, 4)
    torch.testing.assert_close(values, ask(there).flip(2))
    assert not torch.allclose(values[0], values[1])  # learners differ


def test_a_signal_is_seen_by_the_agent_it_is_for():
    ask = networks(n_signals=2)
    states = torch.arange(50).expand(2, -1)
    plain, told = torch.zeros(2, 50, 2, dtype=torch.int64), torch.zeros(2, 50, 2, dtype=torch.int64)
    told[..., 1] = 1
    before, after = ask(states, plain), ask(states, told)
    torch.testing.assert_close(before[:, :, 0], after[:, :, 0])
    assert (before[:, :, 1] - after[:, :, 1]).abs().min() > 0


def test_fit_approaches_targets_and_copies_on_time():
    ask = networks(target_every=3, learning_rate=(1e-2, 1e-2))
    states, targets = torch.arange(200).expand(2, -1), torch.full((2, 200, 2, 4), 0.7)
    first, errors = ask(states, target=True), []
    for step in range(60):
        values = ask(states)
        errors.append(float((values - targets).detach().abs().mean()))
        ask.fit(values, targets, step)
        assert torch.equal(ask(states, target=True), first) == (step < 2)
        assert torch.equal(ask(states, target=True), ask(states)) == (step % 3 == 2)
    assert errors[-1] < 0.1 * errors[0]


def test_table_asks_every_state_in_order():
    ask = networks()
    table = table_of_states(ask, 3, 2, CPU)
    some = torch.tensor([[0, 77, 1457], [5, 6, 7]])
    with torch.no_grad():
        np.testing.assert_allclose(table[[[0], [1]], some.numpy()], ask(some).numpy(), rtol=1e-5, atol=1e-6)


def test_greedy_episodes_agree_with_exact_values():
    rules = CoinRules(grid=3, horizon=10)
    exact = exact_coin_game(rules, "absolute")
    policy = np.random.default_rng(1).integers(0, 4, (n_states(3), 2))
    table = torch.from_numpy(policy)

    def play(states):
        actions = table[states]
        return actions, {"up": (actions == 0).float()}

    shape = (4, 2000)
    played = greedy_episodes(play, rules, shape, np.random.default_rng(2), CPU)
    coins = exact.start @ evaluate(exact.game, (policy[:, 0], policy[:, 1]))
    ups = (np.arange(4) == 0)[None, :, None, None] | np.zeros((n_states(3), 4, 4, 1), bool)
    up = float(exact.start @ evaluate(exact.game, (policy[:, 0], policy[:, 1]), 1.0, ups.astype(float))[:, 0])
    # an episode's coins have a standard deviation below 2; four learners of 2000 episodes each
    np.testing.assert_allclose(played["coins"].mean(axis=0), coins, atol=4 * 2 / 8000**0.5)
    assert played["up"].shape == (4, 2)
    assert played["up"][:, 0].mean() == pytest.approx(up, abs=4 * 3 / 8000**0.5)


class Witness:
    """A student who plays at random and checks every transition that it is given."""

    n_learners = 2
    fields: ClassVar = {"mark": ((), torch.int32)}

    def __init__(self, exact):
        self.generator, self.exact = torch.Generator().manual_seed(0), exact
        self.batches, self.firsts = [], []

    def act(self, states, first, epsilon):
        self.firsts.append(first)
        actions = torch.randint(4, (*states.shape, 2), generator=self.generator)
        return actions, {"mark": states}

    def learn(self, batch, step):
        self.batches.append(batch)
        return torch.ones(batch["state"].shape)

    def measure(self, rng):
        return {"draw": rng.random(self.n_learners)}


@pytest.mark.parametrize("mask_horizon", [True, False])
def test_transitions_are_those_of_the_game(mask_horizon):
    rules = CoinRules(grid=2, horizon=3)
    exact = exact_coin_game(rules, "absolute")
    config = LearningConfig.fast(
        2, 20, environments=4, warm_up=40, batch=32, replay=100, evaluate_every=8, mask_horizon=mask_horizon
    )
    witness = Witness(exact)
    curves = learn_by_playing(witness, rules, config, np.random.default_rng(0))
    assert curves["step"].tolist() == [8, 8, 16, 16, 20, 20]
    assert curves["learner"].tolist() == [0, 1] * 3
    # first steps of episodes: all games begin together, every third step
    assert [bool(first.all()) for first in witness.firsts] == [step % 3 == 0 for step in range(30)]
    batch = {name: torch.cat([b[name] for b in witness.batches], dim=1) for name in witness.batches[0]}
    assert torch.equal(batch["mark"], batch["state"])
    assert batch["ends"].float().mean() == pytest.approx(1 / 3 if mask_horizon else 0, abs=0.08)
    state, after, actions = (batch[n].flatten(0, 1).long().numpy() for n in ("state", "next_state", "actions"))
    node = exact.game.successors[state, actions[:, 0], actions[:, 1]]
    lottery = np.vstack([np.eye(exact.game.n_states), exact.game.chance.toarray()])
    assert (lottery[node, after] > 0).all()
    rewards = exact.game.rewards[state, actions[:, 0], actions[:, 1]]
    tied = (rewards > 0).all(axis=1)
    np.testing.assert_allclose(batch["coins"].flatten(0, 1).numpy()[~tied], rewards[~tied], atol=1e-6)
