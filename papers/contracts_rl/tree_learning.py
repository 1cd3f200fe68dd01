r"""Algorithm 2: a principal learns a tree with two Q-networks and the contract in between.

The principal's network :math:`q^\theta(s,a^p)` values what to ask for, the agent's network :math:`\bar Q^\phi(s,a)`
what actions are worth to the agent without the payment for their outcome, and the cheapest contract follows from the
second. In training the agent is compliant: what is asked for is done. Both networks are updated in the same step
(dossier section 4; the paper's Appendix D.1, as reported second-hand).

Any number of learners is trained side by side in one ensemble: instances, repetitions and margins.
"""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Literal

import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray
from torch import Tensor

from common.rl.networks import QNetworks
from common.rl.q_learning import choose_device, chosen, clip_each_learner, epsilon_greedy, regression_loss
from common.rl.replay import ReplayBuffer
from common.rl.schedules import ExponentialSchedule, LinearSchedule
from papers.contracts_rl.mdp import PrincipalAgentMDP
from papers.contracts_rl.tree_targets import TargetTables, TreeTensors, next_states


@dataclass(frozen=True)
class TreeLearningConfig:
    """How a principal learns; the defaults are the paper's, where it is known.

    Attributes
    ----------
    steps : int
        Gradient steps, ``>= 1``.
    environments : int
        Interactions with the environment a gradient step, ``>= 1``.
    batch : int
        Transitions a gradient step, ``>= 1``.
    hidden : tuple of int
        Widths of the hidden layers of both networks, at least one.
    target_every : int
        Gradient steps from one hard copy of the target networks to the next, ``>= 1``.
    learning_rate : tuple of two floats
        Adam's step at the start and at the end, positive; it falls by a constant factor a step.
    exploration : tuple of two floats
        Probability of a random recommendation at the start and at the end, in [0, 1]; it changes linearly.
    replay : int
        Transitions remembered, at least `warm_up`.
    warm_up : int
        Random transitions before the first gradient step, ``>= 1``.
    loss : {"squared", "huber"}
        Loss of both networks.
    contracts_from : {"target", "online"}
        Which of the agent's networks the contracts are computed from (unknown in the paper).
    largest_gradient : float or None
        Norm to which the gradient of each network of each learner is clipped, ``> 0``; None: never.
    record_every : int
        Gradient steps from one record of the networks' values to the next, ``>= 1``.
    device : str
        ``"auto"`` (a GPU where there is one), ``"cpu"``, ``"cuda"``, ...

    Raises
    ------
    ValueError
        If an attribute is out of range.
    """

    steps: int = 20_000
    environments: int = 8
    batch: int = 128
    hidden: tuple[int, ...] = (256, 256)
    target_every: int = 100
    learning_rate: tuple[float, float] = (1e-3, 1e-4)
    exploration: tuple[float, float] = (1.0, 0.0)
    replay: int = 100_000
    warm_up: int = 10_000
    loss: Literal["squared", "huber"] = "squared"
    contracts_from: Literal["target", "online"] = "target"
    largest_gradient: float | None = None
    record_every: int = 500
    device: str = "auto"

    def __post_init__(self) -> None:
        for field in fields(self):
            value = getattr(self, field.name)
            if field.type is int and (isinstance(value, bool) or not isinstance(value, int) or value < 1):
                raise ValueError(f"{field.name} must be a whole number >= 1, given {value!r}")
        if not self.hidden or not all(isinstance(width, int) and width >= 1 for width in self.hidden):
            raise ValueError(f"hidden must be one or more whole numbers >= 1, given {self.hidden!r}")
        if self.replay < max(self.warm_up, self.environments):
            raise ValueError(f"replay must hold the warm-up of {self.warm_up} and every step, given {self.replay}")
        if len(self.learning_rate) != 2 or not all(0 < rate < np.inf for rate in self.learning_rate):
            raise ValueError(f"learning_rate must be two positive numbers, given {self.learning_rate}")
        if len(self.exploration) != 2 or not all(0 <= share <= 1 for share in self.exploration):
            raise ValueError(f"exploration must be two numbers in [0, 1], given {self.exploration}")
        for name, allowed in (("loss", ("squared", "huber")), ("contracts_from", ("target", "online"))):
            if getattr(self, name) not in allowed:
                raise ValueError(f"{name} must be one of {allowed}, given {getattr(self, name)!r}")
        if self.largest_gradient is not None and not self.largest_gradient > 0:
            raise ValueError(f"largest_gradient must be > 0 or None, given {self.largest_gradient}")


@dataclass(frozen=True, eq=False)
class TreeLearning:
    r"""What K learners believed, at C moments.

    Attributes
    ----------
    step : ndarray of int, shape (C,)
        Gradient steps done, from 0 to the last.
    tree : ndarray of int, shape (K,)
        The tree that each learner learnt.
    margin : ndarray, shape (K,)
        The margin with which it learnt.
    q_principal : ndarray of float32, shape (C, K, S, 2)
        :math:`q^\theta`, what asking for an action is worth, in every state of the tree (node by node).
    q_agent : ndarray of float32, shape (C, K, S, 2)
        :math:`\bar Q^\phi`, what an action is worth to the agent without the payment for its outcome.
    """

    step: NDArray[np.int64]
    tree: NDArray[np.intp]
    margin: NDArray[np.float64]
    q_principal: NDArray[np.float32]
    q_agent: NDArray[np.float32]


def learn_trees(
    forest: PrincipalAgentMDP,
    trees: Sequence[int] | NDArray[np.integer],
    margins: ArrayLike,
    config: TreeLearningConfig = TreeLearningConfig(),
    *,
    seed: int,
) -> TreeLearning:
    r"""Train one principal for each entry of `trees`, all at once.

    Parameters
    ----------
    forest : PrincipalAgentMDP
        Binary trees, as `random_binary_tree` gives them.
    trees : sequence of int, length K
        The tree of every learner.
    margins : array_like, shape (K,)
        :math:`\xi\ge 0` of every learner, by how much contracts make the agent prefer what is asked for.
    config : TreeLearningConfig
        How they learn.
    seed : int
        Seed of the one generator behind weights, exploration, outcomes and batches, ``>= 0``.

    Returns
    -------
    TreeLearning

    Raises
    ------
    ValueError
        If an argument is malformed.
    """
    if isinstance(seed, bool) or not isinstance(seed, int | np.integer) or seed < 0:
        raise ValueError(f"seed must be a whole number >= 0, given {seed!r}")
    device = choose_device(config.device)
    tensors = TreeTensors.of(forest, trees, device)
    margin = np.array(margins, dtype=float)
    if margin.shape != (len(trees),) or not ((margin >= 0) & (margin < np.inf)).all():
        raise ValueError(f"margins must be finite and >= 0, one for each of {len(trees)} learners, given {margins}")
    learners = _Learners(tensors, margin, config, torch.Generator(device).manual_seed(int(seed)))
    recorded = {}
    for step in range(config.steps):
        if step % config.record_every == 0:
            recorded[step] = learners.values()
        learners.step(step)
    recorded[config.steps] = learners.values()
    principal, agent = (torch.stack(values).cpu().numpy() for values in zip(*recorded.values(), strict=True))
    return TreeLearning(np.array(list(recorded)), np.array(trees), margin, principal, agent)


class _Learners:
    """K principals in the middle of learning."""

    def __init__(
        self, trees: TreeTensors, margins: NDArray[np.float64], config: TreeLearningConfig, generator: torch.Generator
    ) -> None:
        self.trees, self.config, self.generator = trees, config, generator
        self.margins = torch.as_tensor(margins, dtype=torch.float32, device=generator.device)
        n_learners, n_states = len(margins), trees.n_states
        # first weights as of a linear layer on one-hot states: larger ones would stay where a learner seldom comes
        self.principal, self.agent = (
            QNetworks(n_learners, n_states, n_states, config.hidden, 2, generator) for _ in range(2)
        )
        parameters = [*self.principal.parameters(), *self.agent.parameters()]
        self.optimiser = torch.optim.Adam(parameters, lr=config.learning_rate[0], fused=True)
        self.learning_rate = ExponentialSchedule(*config.learning_rate, config.steps)
        self.exploration = LinearSchedule(*config.exploration, config.steps)
        self.every_state = torch.arange(n_states, device=generator.device).expand(n_learners, -1)
        self.replay = ReplayBuffer(n_learners, config.replay, {"transition": ((), torch.int32)}, generator)
        self.states = torch.zeros((n_learners, config.environments), dtype=torch.int64, device=generator.device)
        while self.replay.size < config.warm_up:
            self._act(torch.randint(2, self.states.shape, generator=generator, device=generator.device))

    @torch.no_grad()
    def values(self) -> tuple[Tensor, Tensor]:
        """Return what both networks say of all states, each (K, S, 2)."""
        return _values(self.principal, self.every_state), _values(self.agent, self.every_state)

    def step(self, step: int) -> None:
        """Take `environments` steps in each learner's tree, and one gradient step."""
        self._refresh(step)
        drawn, _ = self.replay.sample(self.config.batch)
        transitions = drawn["transition"].long()
        ask, then = self._recommend(transitions, self.exploration(step))
        self._act(ask)
        targets = self.tables.targets(transitions, then)
        states, actions = transitions >> 2, (transitions >> 1) & 1
        networks = (self.principal, self.agent)
        loss = sum(
            regression_loss(chosen(self._at(network, states), actions), target, self.config.loss)
            for network, target in zip(networks, targets, strict=True)
        )
        # gradients are kept and zeroed: fresh memory for the large first layer would cost more than the sums in it
        self.optimiser.zero_grad(set_to_none=False)
        loss.backward()
        if self.config.largest_gradient is not None:
            for network in networks:
                clip_each_learner(network.parameters(), len(self.margins), self.config.largest_gradient)
        self.optimiser.param_groups[0]["lr"] = self.learning_rate(step)
        self.optimiser.step()

    def _refresh(self, step: int) -> None:
        """Copy the target networks when it is time, and write down what follows from them."""
        if step % self.config.target_every == 0:
            self.targets = self.values()
        elif self.config.contracts_from == "target":
            return
        principal, agent = self.targets
        online = self.config.contracts_from == "online"
        for_contracts = self.values()[1] if online else agent
        self.tables = TargetTables.of(self.trees, principal, agent, for_contracts, self.margins)

    @torch.no_grad()
    def _recommend(self, transitions: Tensor, exploration: float) -> tuple[Tensor, Tensor]:
        """Choose what to ask for where the learners stand, and the best after each transition, in one pass."""
        after = next_states(transitions, self.trees.n_states).clamp(max=self.trees.n_states - 1)
        here = self.states.shape[1]
        values = self._at(self.principal, torch.cat([self.states, after], dim=1))
        return epsilon_greedy(values[:, :here], exploration, self.generator), values[:, here:].argmax(dim=-1)

    def _act(self, actions: Tensor) -> None:
        """Do what is asked for, remember it and move on; a learner at the end of a tree starts again at the root."""
        transitions = 4 * self.states + 2 * actions + self.trees.outcome(actions, self.generator)
        self.replay.add({"transition": transitions})
        after = next_states(transitions, self.trees.n_states)
        self.states = torch.where(after < self.trees.n_states, after, 0)

    def _at(self, network: QNetworks, states: Tensor) -> Tensor:
        """Value states (K, B); a tree with fewer states than that is valued whole, and looked up."""
        if self.trees.n_states > states.shape[1]:
            return _values(network, states)
        return _values(network, self.every_state).gather(1, states[..., None].expand(-1, -1, 2))


def _values(network: QNetworks, states: Tensor) -> Tensor:
    return network(states[..., None])
