"""The states that can be reached from one state, each with the states that can follow, those first."""

from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from typing import Any

import numpy as np
from numpy.typing import NDArray

from papers.contracts_rl.mdp import PrincipalAgentMDP

State = tuple[int, int]  #: layer (0 for a stationary process) and state


@dataclass(frozen=True, eq=False)
class Node:
    """One state of a process without cycles, with ``A`` actions, ``M`` outcomes and ``k`` states that can follow.

    Attributes
    ----------
    state : (int, int)
        Layer (0 for a stationary process) and state.
    outcome_probs : ndarray, shape (A, M)
        Outcome distribution of every action; zero where it is not available.
    agent_reward : ndarray, shape (A,)
        The agent's reward, minus infinity where an action is not available.
    principal_reward : ndarray, shape (M,)
        The principal's reward for every outcome.
    children : tuple of int
        Places, in the list of nodes, of the states that can follow.
    weights : ndarray, shape (k, M)
        Discounted probability of each of them after every outcome.
    """

    state: State
    outcome_probs: NDArray[Any]
    agent_reward: NDArray[Any]
    principal_reward: NDArray[Any]
    children: tuple[int, ...]
    weights: NDArray[Any]


def decision_nodes(mdp: PrincipalAgentMDP, start: int) -> list[Node] | None:
    """List the states that some sequence of outcomes leads to.

    Parameters
    ----------
    mdp : PrincipalAgentMDP
        The process.
    start : int
        State of layer 0 to begin in.

    Returns
    -------
    list of Node, or None
        What can follow a state stands before it, so the last node is the start; None if some state can follow itself.
    """
    layers = [mdp.layer(t) for t in range(mdp.horizon or 1)]
    following: dict[State, tuple[list[State], NDArray[Any]]] = {}
    waiting = [(0, start)]
    while waiting:
        t, s = state = waiting.pop()
        if state in following:
            continue
        follow, weights = _follow(layers[t].transitions, s, mdp)
        following[state] = [(t + (mdp.horizon is not None), s) for s in follow], weights
        waiting += following[state][0]
    try:
        order = list(TopologicalSorter({state: follow for state, (follow, _) in following.items()}).static_order())
    except CycleError:
        return None
    place = {state: index for index, state in enumerate(order)}
    nodes = []
    for state in order:
        layer, s = layers[state[0]], state[1]
        follow, weights = following[state]
        probs = layer.outcome_probs[s if len(layer.outcome_probs) > 1 else 0]
        children = tuple(place[child] for child in follow)
        nodes.append(Node(state, probs, layer.agent_reward[s], layer.principal_reward[s], children, weights))
    return nodes


def _follow(transitions: NDArray[Any] | None, s: int, mdp: PrincipalAgentMDP) -> tuple[list[int], NDArray[Any]]:
    """Return the next states of a state and the discounted probability of each after every outcome."""
    number = mdp.principal_reward.dtype
    if transitions is None or mdp.gamma == 0:
        return [], np.zeros((0, mdp.n_outcomes), dtype=number)
    row = transitions[s]
    if row.ndim == 1:
        follow = np.unique(row[row >= 0])
        return follow.tolist(), mdp.gamma * (row == follow[:, None]).astype(int).astype(number)
    follow = np.flatnonzero((row != 0).any(axis=0))
    return follow.tolist(), mdp.gamma * row[:, follow].T
