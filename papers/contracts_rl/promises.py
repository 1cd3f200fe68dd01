r"""What can be promised: the frontier of the agent's utility and the surplus of every state.

Let the principal commit to a contract for every state below some state. What matters above is only what the agent may
expect there, :math:`u`, and the surplus :math:`w` (what both earn together). After outcome ``o`` the agent gets
:math:`x(o)=b(o)+\gamma\,\mathbb E[u(s')\mid o]`, and a payment now is as good as a larger promise. So, with the pairs
:math:`(u,w)` of the next states chosen, action ``a`` is best made attractive by the least payment, as in equilibrium:

.. math:: u=\bar Q(a)+\kappa(a),\quad \bar Q(a)=r(a)+\gamma\,\mathbb E[u(s')\mid a],\qquad
    w=r(a)+\mathbb E[r^p(o)+\gamma w(s')\mid a],

:math:`\kappa` being the least expected payment of the contract programme. Both are monotone in the pairs of the next
states, :math:`u` also because larger promises only shrink the set of feasible :math:`x`. Hence only pairs matter that
no other pair dominates, and the principal's optimum at a state is the largest :math:`w-u` on its frontier. (This is
the promised utility of Spear and Srivastava 1987, under limited liability.)

A state that several others lead to may be promised differently on each way; the frontier then allows contracts that
depend on the way, and its optimum is a bound. Frontiers that get too long are thinned to steps above them, again a
bound.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from common.rl.contracts import contracts_for_all_actions
from papers.contracts_rl.decision_graph import Node


@dataclass(frozen=True, eq=False)
class Frontier:
    """Undominated pairs of one state, ``n`` of them, the agent's utility and the surplus both increasing.

    Attributes
    ----------
    agent, surplus : ndarray, shape (n,)
        Utility of the agent and sum of both utilities from this state on, with the least payments.
    action : ndarray of int, shape (n,)
        Action asked for in this state.
    choices : ndarray of int, shape (n, k)
        Which pair of each next state belongs to it.
    thinned : bool
        Whether pairs are better than can be had, here or below.
    """

    agent: NDArray[Any]
    surplus: NDArray[Any]
    action: NDArray[np.intp]
    choices: NDArray[np.intp]
    thinned: bool

    def best(self) -> int:
        """Return the pair with the largest utility of the principal, the agent's least among ties."""
        return int((self.surplus - self.agent).argmax())


def promise_frontiers(
    nodes: Sequence[Node], fixed: Mapping[int, int] | None = None, combinations: int = 2_000_000
) -> list[Frontier] | None:
    """Compute the frontiers of all states.

    Parameters
    ----------
    nodes : sequence of Node
        States, those that can follow first.
    fixed : mapping from int to int, optional
        The action to ask for in some of the nodes; in the others any.
    combinations : int
        How many combinations of pairs of the next states may be looked at in one state, ``>= 1``; longer frontiers are
        thinned.

    Returns
    -------
    list of Frontier, or None
        One for each node; None if a fixed action cannot be had.
    """
    frontiers: list[Frontier] = []
    for index, node in enumerate(nodes):
        length = max(int(combinations ** (1 / max(len(node.children), 1)) + 1e-9), 1)
        below = [thin(frontiers[child], length) for child in node.children]
        frontier = _frontier(node, below, (fixed or {}).get(index))
        if frontier is None:
            return None
        frontiers.append(frontier)
    return frontiers


def least_payments(node: Node, promised: NDArray[Any]) -> tuple[NDArray[Any], NDArray[Any], NDArray[Any]]:
    """Find the least payments for every action of a state, given what the agent may expect in the next ones.

    Parameters
    ----------
    node : Node
        The state.
    promised : ndarray, shape (N, k)
        Utility of the agent in each of the next states, for ``N`` cases.

    Returns
    -------
    q_trunc : ndarray, shape (N, A)
        The agent's utility of every action without the payment.
    contract : ndarray, shape (N, A, M)
        Payments; NaN where an action cannot be had.
    cost : ndarray, shape (N, A)
        Expected payment; infinite where an action cannot be had.
    """
    q_trunc = node.agent_reward + promised @ node.weights @ node.outcome_probs.T
    return q_trunc, *contracts_for_all_actions(q_trunc, node.outcome_probs[None])


def thin(frontier: Frontier, length: int) -> "Steps":
    """Replace runs of neighbouring pairs by the agent's least utility and the largest surplus among them.

    Parameters
    ----------
    frontier : Frontier
        Undominated pairs.
    length : int
        Number of pairs allowed, ``>= 1``.

    Returns
    -------
    Steps
        At most that many pairs, nowhere below the frontier.
    """
    agent, surplus = frontier.agent, frontier.surplus
    if len(agent) <= length:
        return Steps(agent, surplus, np.arange(len(agent)), frontier.thinned)
    steps = sum(np.diff(values) / (values[-1] - values[0]) for values in (agent, surplus))
    way = np.concatenate([[0.0], np.cumsum(steps.astype(float))])
    run = np.minimum((way / way[-1] * length).astype(int), length - 1)
    first = np.flatnonzero(np.diff(run, prepend=-1))
    last = np.append(first[1:], len(run)) - 1
    gain = (surplus - agent).astype(float)
    best = np.array([a + int(gain[a : z + 1].argmax()) for a, z in zip(first, last, strict=True)])
    return Steps(agent[first], surplus[last], best, True)


@dataclass(frozen=True, eq=False)
class Steps:
    """Pairs that stand for a frontier.

    Attributes
    ----------
    agent, surplus : ndarray, shape (n,)
        The pairs.
    pair : ndarray of int, shape (n,)
        For each the pair of the frontier that it stands for; of several, the best for the principal.
    thinned : bool
        Whether pairs are better than can be had, here or below.
    """

    agent: NDArray[Any]
    surplus: NDArray[Any]
    pair: NDArray[np.intp]
    thinned: bool


def _frontier(node: Node, below: Sequence[Steps], action: int | None) -> Frontier | None:
    """Combine the pairs of the next states; None if the action asked for cannot be had."""
    sizes = [len(part.agent) for part in below]
    combined = np.indices(sizes).reshape(len(sizes), -1).T if sizes else np.zeros((1, 0), dtype=np.intp)
    number = node.principal_reward.dtype
    promised, surplus = (np.empty(combined.shape, dtype=number) for _ in range(2))
    for k, part in enumerate(below):
        promised[:, k], surplus[:, k] = part.agent[combined[:, k]], part.surplus[combined[:, k]]
        combined[:, k] = part.pair[combined[:, k]]
    q_trunc, _, cost = least_payments(node, promised)
    earned = (node.principal_reward + surplus @ node.weights) @ node.outcome_probs.T
    possible = (cost < np.inf).astype(bool)
    if action is not None:
        possible &= np.arange(possible.shape[1]) == action
    row, column = np.nonzero(possible)
    if not len(row):
        return None
    agent = q_trunc[row, column] + cost[row, column]
    total = node.agent_reward[column] + earned[row, column]
    kept = _undominated(agent, total)
    return Frontier(agent[kept], total[kept], column[kept], combined[row[kept]], any(part.thinned for part in below))


def _undominated(agent: NDArray[Any], surplus: NDArray[Any]) -> NDArray[np.intp]:
    """Return the places of the pairs with less for the agent or more surplus than any other, by the agent's utility."""
    if agent.dtype == object:
        order = np.array(sorted(range(len(agent)), key=lambda i: (agent[i], -surplus[i])))
    else:
        order = np.lexsort((-surplus, agent))
    best = np.maximum.accumulate(surplus[order])
    kept = np.ones(len(order), dtype=bool)
    kept[1:] = surplus[order][1:] > best[:-1]
    return order[kept]
