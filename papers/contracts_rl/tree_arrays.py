"""Binary trees node by node: the root is node 0, and the children of node ``s`` are ``2 s + 1`` and ``2 s + 2``.

`PrincipalAgentMDP` keeps a forest layer by layer, which is what dynamic programming wants. A learner wants one number
for a state. Both orders run through a layer from left to right, so each is the other cut differently.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from papers.contracts_rl.mdp import PrincipalAgentMDP


def nodes_of(layers: ArrayLike, n_trees: int) -> NDArray[Any]:
    """Reorder what is given layer by layer, as `PrincipalAgentMDP` and its solutions do.

    Parameters
    ----------
    layers : array_like, shape (T, S, ...)
        Something for every state of a forest of binary trees; the padding is dropped.
    n_trees : int
        Number of trees.

    Returns
    -------
    ndarray, shape (n_trees, 2**T - 1, ...)
        The same for every node of every tree.
    """
    layers = np.asarray(layers)
    rows = [layers[t, : n_trees << t].reshape(n_trees, 1 << t, *layers.shape[2:]) for t in range(len(layers))]
    return np.concatenate(rows, axis=1)


def layers_of(nodes: ArrayLike) -> NDArray[Any]:
    """Reorder what is given node by node; the inverse of `nodes_of`, with zeros as padding.

    Parameters
    ----------
    nodes : array_like, shape (n_trees, 2**T - 1, ...)
        Something for every node of every tree.

    Returns
    -------
    ndarray, shape (T, n_trees * 2**(T - 1), ...)
    """
    nodes = np.asarray(nodes)
    n_trees, depth = len(nodes), nodes.shape[1].bit_length()
    layers = np.zeros((depth, n_trees << (depth - 1), *nodes.shape[2:]), dtype=nodes.dtype)
    for t in range(depth):
        layers[t, : n_trees << t] = nodes[:, (1 << t) - 1 : (2 << t) - 1].reshape(n_trees << t, *nodes.shape[2:])
    return layers


def check_forest(forest: PrincipalAgentMDP) -> NDArray[np.float64]:
    """Refuse what is no forest of binary trees as `random_binary_tree` draws them.

    Parameters
    ----------
    forest : PrincipalAgentMDP
        The game.

    Returns
    -------
    ndarray, shape (2, 2)
        Outcome probabilities, the same in every state; the second outcome is likelier after the second action.

    Raises
    ------
    ValueError
        If the states do not form complete binary trees, an action is not available somewhere, or the probabilities of
        outcomes are not the same everywhere, or not those of outcomes that tell the actions apart.
    """
    depth, n_trees = forest.horizon, forest.sizes[0]
    shaped = depth is not None and forest.n_actions == forest.n_outcomes == 2
    shaped = shaped and forest.sizes == tuple(n_trees << t for t in range(depth)) and forest.transitions.ndim == 3
    if shaped:
        sons = np.arange(n_trees << depth).reshape(-1, 2)
        shaped = all((forest.transitions[t, :n] == sons[:n]).all() for t, n in enumerate(forest.sizes[:-1]))
    if not shaped:
        raise ValueError("forest must consist of complete binary trees with two actions, as random_binary_tree gives")
    if not nodes_of(forest.feasible, n_trees).all():
        raise ValueError("forest must have both actions available in every state")
    probs = forest.outcome_probs[0, 0].astype(float)
    if not (nodes_of(forest.outcome_probs, n_trees) == probs).all() or not probs[1, 1] > probs[0, 1]:
        raise ValueError(
            "forest must have the same outcome probabilities in every state, those of the second outcome larger after"
            f" the second action, given {probs.tolist()} in the first state"
        )
    return probs


def check_trees(forest: PrincipalAgentMDP, trees: Sequence[int] | NDArray[np.integer]) -> NDArray[np.intp]:
    """Refuse numbers that are no trees of the forest.

    Parameters
    ----------
    forest : PrincipalAgentMDP
        Binary trees.
    trees : sequence of int, length K
        Numbers of trees, with repetitions if wanted.

    Returns
    -------
    ndarray of int, shape (K,)

    Raises
    ------
    ValueError
        If there are none, or one is not in 0 .. number of trees - 1.
    """
    chosen, n_trees = np.asarray(trees), forest.sizes[0]
    inside = chosen.dtype.kind in "iu" and chosen.ndim == 1 and chosen.size
    if not inside or not ((chosen >= 0) & (chosen < n_trees)).all():
        raise ValueError(f"trees must be one or more whole numbers in 0..{n_trees - 1}, given {chosen.tolist()}")
    return chosen.astype(np.intp)


def select_trees(forest: PrincipalAgentMDP, trees: Sequence[int] | NDArray[np.integer]) -> PrincipalAgentMDP:
    """Make a forest of some trees of another, with repetitions if wanted.

    Parameters
    ----------
    forest : PrincipalAgentMDP
        Binary trees, as `random_binary_tree` gives them.
    trees : sequence of int, length K
        Which of them, in 0 .. number of trees - 1.

    Returns
    -------
    PrincipalAgentMDP
        K trees.

    Raises
    ------
    ValueError
        If the forest consists of something else than binary trees, or there is no such tree.
    """
    probs, chosen, n_trees = check_forest(forest), check_trees(forest, trees), forest.sizes[0]
    reward, principal_reward = (
        layers_of(nodes_of(values, n_trees)[chosen]) for values in (forest.agent_reward, forest.principal_reward)
    )
    depth, width = reward.shape[:2]
    sons = np.arange(2 * width).reshape(width, 2)
    return PrincipalAgentMDP(
        outcome_probs=np.broadcast_to(probs, (depth, width, 2, 2)),
        transitions=np.broadcast_to(sons, (depth, width, 2)),
        agent_reward=reward,
        principal_reward=principal_reward,
        gamma=forest.gamma,
        layer_sizes=tuple(len(chosen) << t for t in range(depth)),
    )
