"""Deep Q-learning in the Coin Game for many learners at once: networks, memory, the loop, and greedy episodes.

K independent learners are trained side by side. Learner k plays its own games, keeps its own memory and has its own
weights; every call serves all K. States travel as their numbers (`coin_states`), four bytes each; what a network sees
of a state is looked up in one table.
"""

from collections.abc import Callable, Mapping
from typing import Protocol

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray
from torch import Tensor

from common.rl.networks import ConvolutionalQNetworks, QNetworks
from common.rl.q_learning import clip_each_learner, copy_weights, regression_loss
from common.rl.replay import Fields, PrioritizedReplayBuffer
from common.rl.schedules import ExponentialSchedule, LinearSchedule
from papers.contracts_rl.batch_coin_game import BatchCoinGame
from papers.contracts_rl.coin_observations import active_inputs
from papers.contracts_rl.coin_rules import N_ACTIONS, CoinRules
from papers.contracts_rl.coin_states import all_states, n_states, state_index
from papers.contracts_rl.learning_config import LearningConfig

_CHUNK = 16_384  # states asked about at a time
_FIELDS: Fields = {
    "state": ((), torch.int32),
    "next_state": ((), torch.int32),
    "actions": ((2,), torch.uint8),
    "coins": ((2,), torch.float32),
    "ends": ((), torch.bool),
}


class CoinQNetworks:
    """Q-networks of K learners, each serving both agents, with target networks and an optimiser.

    Parameters
    ----------
    n_learners : int
        Number of independent learners K.
    grid : int
        Side of the torus.
    n_signals : int
        Besides the picture, an agent sees one of so many signals (one-hot); 0 for none.
    config : LearningConfig
        Architecture and optimisation.
    generator : torch.Generator
        Source of the first weights; its device is used throughout.
    """

    def __init__(
        self, n_learners: int, grid: int, n_signals: int, config: LearningConfig, generator: torch.Generator
    ) -> None:
        self.n_learners, self.grid, self.config, self.device = n_learners, grid, config, generator.device
        self._seen = torch.from_numpy(active_inputs(all_states(grid), grid)).to(torch.int32).to(self.device)
        self.online, self.target = (self._build(n_signals, generator) for _ in range(2))
        copy_weights(self.online, self.target)
        self._optimiser = torch.optim.Adam(self.online.parameters(), fused=True)
        self._rate = ExponentialSchedule(*config.learning_rate, steps=config.steps)

    def _build(self, n_signals: int, generator: torch.Generator) -> torch.nn.Module:
        pixels, hidden = 4 * self.grid**2, self.config.hidden
        if self.config.network == "conv":
            return ConvolutionalQNetworks(self.n_learners, self.grid, 4, n_signals, N_ACTIONS, generator, hidden=hidden)
        fan_in = 3 + (n_signals > 0)
        return QNetworks(self.n_learners, pixels + n_signals, fan_in, hidden, N_ACTIONS, generator)

    def __call__(self, states: Tensor, signals: Tensor | None = None, *, target: bool = False) -> Tensor:
        """Return action values of both agents.

        Parameters
        ----------
        states : Tensor of int, shape (K, B)
            Numbers of states.
        signals : Tensor of int, shape (K, B, 2), optional
            The signal that each agent sees.
        target : bool
            Whether to ask the target networks.

        Returns
        -------
        Tensor, shape (K, B, 2, 4)
        """
        learners, batch = states.shape
        seen = self._seen[states]
        if signals is not None:
            seen = torch.cat((seen, (signals + 4 * self.grid**2)[..., None].to(seen.dtype)), dim=-1)
        network = self.target if target else self.online
        return network(seen.view(learners, 2 * batch, -1).long()).view(learners, batch, 2, N_ACTIONS)

    def fit(self, values: Tensor, targets: Tensor, step: int) -> None:
        """Take one gradient step towards the targets, and copy into the target networks when it is time.

        Parameters
        ----------
        values, targets : Tensor, shape (K, ...)
            Predictions of `online`, with their graph, and what they should have been.
        step : int
            Gradient steps taken so far.
        """
        self._optimiser.zero_grad()
        regression_loss(values, targets, self.config.loss).backward()
        clip_each_learner(self.online.parameters(), self.n_learners, self.config.largest_gradient)
        for group in self._optimiser.param_groups:
            group["lr"] = self._rate(step)
        self._optimiser.step()
        if (step + 1) % self.config.target_every == 0:
            copy_weights(self.online, self.target)


class Student(Protocol):
    """Who learns in `learn_by_playing`.

    Attributes
    ----------
    n_learners : int
        Number of learners K.
    generator : torch.Generator
        Source of exploration and of the draws from memory.
    fields : mapping
        What a transition holds besides state, next state, actions, coins and whether the episode ends.
    """

    n_learners: int
    generator: torch.Generator
    fields: Fields

    def act(self, states: Tensor, first: Tensor, epsilon: float) -> tuple[Tensor, Mapping[str, Tensor]]:
        """Choose actions (K, E, 2) in states (K, E), of which `first` begin an episode; and fill `fields`."""

    def learn(self, batch: Mapping[str, Tensor], step: int) -> Tensor:
        """Take one gradient step on transitions (K, B, ...); return their temporal differences (K, B)."""

    def measure(self, rng: np.random.Generator) -> Mapping[str, NDArray[np.float64]]:
        """Measure the learners as they are, each name with shape (K,)."""


def torch_generator(rng: np.random.Generator, device: torch.device) -> torch.Generator:
    """Return a torch generator on a device, seeded by a NumPy generator."""
    return torch.Generator(device).manual_seed(int(rng.integers(2**63 - 1)))


def learn_by_playing(
    student: Student, rules: CoinRules, config: LearningConfig, rng: np.random.Generator
) -> pd.DataFrame:
    """Let K learners play and learn: one gradient step after each step of all their games.

    Parameters
    ----------
    student : Student
        The learners, changed in place.
    rules : CoinRules
        The game.
    config : LearningConfig
        Sizes and schedules.
    rng : numpy.random.Generator
        Source of the games.

    Returns
    -------
    DataFrame
        One row a measurement and learner: ``step``, ``learner`` and what the student measures.
    """
    shape = (student.n_learners, config.environments)
    game = BatchCoinGame(shape[0] * shape[1], rules, generator=rng, images=False)
    memory = PrioritizedReplayBuffer(
        student.n_learners, config.replay, {**_FIELDS, **student.fields}, student.generator, config.priority
    )
    device, measured, measuring = student.generator.device, [], rng.spawn(1)[0]
    warm_up = -(-config.warm_up // config.environments)
    epsilon = LinearSchedule(*config.exploration, steps=config.steps)
    states, first = _numbers(game.states, rules.grid, shape, device), torch.ones(shape, dtype=torch.bool, device=device)
    for step in range(-warm_up, config.steps):
        actions, extra = student.act(states, first, 1.0 if step < 0 else epsilon(step))
        after, coins, done = game.step(actions.reshape(-1, 2).cpu().numpy())
        first = torch.from_numpy(done).view(shape).to(device)
        transition = {
            "state": states,
            "next_state": _numbers(game.reached, rules.grid, shape, device),
            "actions": actions,
            "coins": torch.from_numpy(coins).view(*shape, 2).to(device),
            "ends": first if config.mask_horizon else torch.zeros_like(first),
        }
        memory.add({**transition, **extra})
        states = _numbers(after, rules.grid, shape, device)
        if step < 0:
            continue
        batch, places = memory.sample(config.batch)
        memory.update(places, student.learn(batch, step))
        if (step + 1) % config.evaluate_every == 0 or step + 1 == config.steps:
            measured.append(pd.DataFrame(student.measure(measuring)).assign(step=step + 1).rename_axis("learner"))
    return pd.concat(measured).reset_index()


def greedy_episodes(
    play: Callable[[Tensor], tuple[Tensor, Mapping[str, Tensor]]],
    rules: CoinRules,
    shape: tuple[int, int],
    rng: np.random.Generator,
    device: torch.device,
) -> dict[str, NDArray[np.float64]]:
    """Play whole episodes and average what they bring.

    Parameters
    ----------
    play : callable
        From states (K, G) to actions (K, G, 2) and any amounts (K, G, 2) by name.
    rules : CoinRules
        The game.
    shape : (int, int)
        Learners K and episodes of each G.
    rng : numpy.random.Generator
        Source of the games.
    device : torch.device
        Where `play` works.

    Returns
    -------
    dict of str to ndarray, shape (K, 2)
        Means over episodes, for each agent, of the sums over steps: ``"coins"``, and each amount.
    """
    game = BatchCoinGame(shape[0] * shape[1], rules, generator=rng, autoreset=False, images=False)
    sums: dict[str, NDArray[np.float64]] = {}
    for _ in range(rules.horizon):
        with torch.no_grad():
            actions, amounts = play(_numbers(game.states, rules.grid, shape, device))
        _, coins, _ = game.step(actions.reshape(-1, 2).cpu().numpy())
        means = {name: amount.double().mean(dim=1).cpu().numpy() for name, amount in amounts.items()}
        means["coins"] = coins.reshape(*shape, 2).mean(axis=1)
        sums = {name: sums.get(name, 0.0) + mean for name, mean in means.items()}
    return sums


def table_of_states(
    ask: Callable[[Tensor], Tensor], grid: int, n_learners: int, device: torch.device
) -> NDArray[np.generic]:
    """Ask K networks about every state once, in parts.

    Parameters
    ----------
    ask : callable
        From states (K, B) to answers (K, B, ...).
    grid : int
        Side of the torus.
    n_learners : int
        K.
    device : torch.device
        Where `ask` works.

    Returns
    -------
    ndarray, shape (K, n_states(grid), ...)
    """
    numbers = torch.arange(n_states(grid), device=device).expand(n_learners, -1)
    with torch.no_grad():
        return np.concatenate([ask(part).cpu().numpy() for part in numbers.split(_CHUNK, dim=1)], axis=1)


def _numbers(states: NDArray[np.int32], grid: int, shape: tuple[int, int], device: torch.device) -> Tensor:
    """Numbers of compact states, as a tensor of the given shape."""
    return torch.from_numpy(state_index(states, grid)).view(shape).to(device)
