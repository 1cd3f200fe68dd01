r"""Trees as tensors, the contract in closed form, and the tables from which Algorithm 2 takes its targets.

A target network is constant between two copies, and a tree has few states: what it says about all of them is written
down once, contracts included, and looked up afterwards. That gives the targets of the paper at the price of one sweep
over the states for every copy, instead of three forward passes a step.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from papers.contracts_rl.mdp import PrincipalAgentMDP
from papers.contracts_rl.tree_arrays import check_forest, check_trees, nodes_of


def binary_contracts(q_trunc: Tensor, outcome_probs: Tensor, margin: Tensor | float) -> tuple[Tensor, Tensor]:
    r"""Give the cheapest contracts for both of two actions, in closed form.

    Action ``a`` makes outcome ``a`` likelier, so that is paid for:
    :math:`b(a)=(\bar Q(a')-\bar Q(a)+\xi)^+/(P(a\mid a)-P(a\mid a'))`. The counterpart in tensors of
    `common.rl.contracts.binary_contracts`.

    Parameters
    ----------
    q_trunc : Tensor, shape (..., 2)
        The agent's value of both actions without the payment for the outcome.
    outcome_probs : Tensor, shape (2, 2)
        Outcome distributions of both actions; ``outcome_probs[1, 1] > outcome_probs[0, 1]``.
    margin : Tensor or float
        :math:`\xi\ge 0`, of a shape that broadcasts against ``q_trunc``.

    Returns
    -------
    payment : Tensor, shape (..., 2)
        What is paid for outcome ``a`` if action ``a`` is asked for.
    cost : Tensor, shape (..., 2)
        What it costs on average if the agent does as asked.
    """
    needed = torch.relu(q_trunc.flip(-1) - q_trunc + margin)
    payment = needed / (outcome_probs[1, 1] - outcome_probs[0, 1])
    return payment, payment * outcome_probs.diagonal()


@dataclass(frozen=True, eq=False)
class TreeTensors:
    """One tree for each of K learners, on a device.

    Attributes
    ----------
    agent_reward : Tensor, shape (K, S, 2)
        The agent's reward of every action.
    principal_reward : Tensor, shape (K, S, 2)
        The principal's reward for every outcome.
    outcome_probs : Tensor, shape (2, 2)
        Outcome distributions of both actions.
    gamma : float
        Discount.
    """

    agent_reward: Tensor
    principal_reward: Tensor
    outcome_probs: Tensor
    gamma: float

    @classmethod
    def of(
        cls, forest: PrincipalAgentMDP, trees: Sequence[int] | NDArray[np.integer], device: torch.device
    ) -> "TreeTensors":
        """Take trees out of a forest.

        Parameters
        ----------
        forest : PrincipalAgentMDP
            Binary trees, as `random_binary_tree` gives them.
        trees : sequence of int, length K
            The tree of every learner.
        device : torch.device
            Where the tensors go.

        Returns
        -------
        TreeTensors

        Raises
        ------
        ValueError
            If the forest consists of something else than binary trees, or there is no such tree.
        """
        probs, chosen, n_trees = check_forest(forest), check_trees(forest, trees), forest.sizes[0]
        rewards = (nodes_of(values, n_trees)[chosen] for values in (forest.agent_reward, forest.principal_reward))
        arrays = (torch.as_tensor(a.astype(np.float32), device=device) for a in (*rewards, probs))
        return cls(*arrays, gamma=forest.gamma)

    @property
    def n_states(self) -> int:
        """Number of states ``S = 2**T - 1`` of a tree."""
        return self.agent_reward.shape[1]

    def outcome(self, actions: Tensor, generator: torch.Generator) -> Tensor:
        """Draw outcomes of actions (int64, any shape)."""
        draws = torch.rand(actions.shape, generator=generator, device=generator.device)
        return (draws < self.outcome_probs[actions, 1]).long()


@dataclass(frozen=True, eq=False)
class TargetTables:
    r"""What both targets of Algorithm 2 are made of, for all states at once.

    With :math:`b^*` the contract and :math:`a'` the action asked for in the next state,

    .. math::
        y^p &= [r^p(s,o)-b^*(s,a)(o)]+\gamma\,[q^{\theta'}(s',a')],\\
        y^a &= [r(s,a)]+\gamma\,[\mathbb E_{\mathcal O(s',a')}b^*(s',a')+\bar Q^{\phi'}(s',a')];

    the tables hold what stands in brackets. After the last layer the next values are 0: that is the last row.

    Attributes
    ----------
    principal_now : Tensor, shape (K, 4 S)
        The first bracket, at place ``4 s + 2 a + o``, which names a transition.
    agent_now : Tensor, shape (K, 2 S)
        The agent's reward, at place ``2 s + a``.
    principal_next, agent_next : Tensor, shape (K, 2 (S + 1))
        The second brackets, at place ``2 s' + a'``.
    gamma : float
        Discount.
    """

    principal_now: Tensor
    agent_now: Tensor
    principal_next: Tensor
    agent_next: Tensor
    gamma: float

    @classmethod
    def of(
        cls, trees: TreeTensors, principal: Tensor, agent: Tensor, for_contracts: Tensor, margins: Tensor
    ) -> "TargetTables":
        r"""Write the tables down.

        Parameters
        ----------
        trees : TreeTensors
            The trees.
        principal, agent : Tensor, shape (K, S, 2)
            :math:`q^{\theta'}` and :math:`\bar Q^{\phi'}` of the target networks.
        for_contracts : Tensor, shape (K, S, 2)
            The agent's values from which contracts are computed: those of the target network, or of the network itself.
        margins : Tensor, shape (K,)
            The margin of every learner.

        Returns
        -------
        TargetTables
        """
        payment, cost = binary_contracts(for_contracts, trees.outcome_probs, margins[:, None, None])
        now = trees.principal_reward[:, :, None, :] - torch.diag_embed(payment)
        return cls(
            principal_now=now.flatten(1),
            agent_now=trees.agent_reward.flatten(1),
            principal_next=_with_end(principal),
            agent_next=_with_end(cost + agent),
            gamma=trees.gamma,
        )

    def targets(self, transitions: Tensor, then: Tensor) -> tuple[Tensor, Tensor]:
        """Look up the targets of transitions.

        Parameters
        ----------
        transitions : Tensor of int64, shape (K, B)
            Transitions ``4 s + 2 a + o``.
        then : Tensor of int64, shape (K, B)
            Action asked for in the next state; any where there is none.

        Returns
        -------
        principal, agent : Tensor, shape (K, B)
        """
        after = 2 * next_states(transitions, self.principal_next.shape[1] // 2 - 1) + then
        principal = self.principal_now.gather(1, transitions) + self.gamma * self.principal_next.gather(1, after)
        agent = self.agent_now.gather(1, transitions >> 1) + self.gamma * self.agent_next.gather(1, after)
        return principal, agent


def next_states(transitions: Tensor, n_states: int) -> Tensor:
    """Return where transitions ``4 s + 2 a + o`` lead: to a child of ``s``, or to `n_states`, the end.

    Parameters
    ----------
    transitions : Tensor of int64
        Transitions.
    n_states : int
        Number of states of a tree.

    Returns
    -------
    Tensor of int64, of the same shape
    """
    child = 2 * (transitions >> 2) + 1 + (transitions & 1)
    return child.clamp(max=n_states)


def _with_end(values: Tensor) -> Tensor:
    """Add a state worth nothing, and flatten."""
    return torch.nn.functional.pad(values, (0, 0, 0, 1)).flatten(1)
