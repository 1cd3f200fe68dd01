import dataclasses

import numpy as np
import pytest

from papers.contracts_rl.equilibrium import solve_spe
from papers.contracts_rl.mdp import PrincipalAgentMDP
from papers.contracts_rl.tree_arrays import check_forest, layers_of, nodes_of, select_trees
from papers.contracts_rl.trees import random_binary_tree


def test_nodes_and_layers_are_inverse():
    nodes = np.arange(3 * 15 * 2).reshape(3, 15, 2)
    assert (nodes_of(layers_of(nodes), 3) == nodes).all()


@pytest.mark.parametrize("outcome", [0, 1])
def test_children_of_a_node_are_where_its_outcomes_lead(outcome):
    forest = random_binary_tree(4, 0, n_trees=3)
    # name every state by tree and node, and follow the transitions of the forest
    names = layers_of(np.arange(3)[:, None] * 100 + np.arange(15))
    for t in range(3):
        for state in range(forest.sizes[t]):
            tree, node = divmod(names[t, state], 100)
            assert names[t + 1, forest.transitions[t, state, outcome]] == 100 * tree + 2 * node + 1 + outcome


def test_selected_trees_have_the_equilibria_of_the_originals():
    forest = random_binary_tree(5, 3, n_trees=3, noise=0.2)
    chosen = [2, 0, 2, 2]
    values = solve_spe(select_trees(forest, chosen)).v_principal[0, :4]
    np.testing.assert_array_equal(values, solve_spe(forest).v_principal[0, chosen])


def test_only_what_is_no_forest_is_refused():
    forest = random_binary_tree(3, 0, n_trees=2)
    np.testing.assert_allclose(check_forest(forest), [[0.9, 0.1], [0.1, 0.9]])
    blocked = np.array(forest.agent_reward)
    blocked[1, 1, 0] = -np.inf
    turned = np.array(forest.transitions)
    turned[0, 0] = [1, 0]
    noisy = np.array(forest.outcome_probs)
    noisy[1, 1, 0] = [0.8, 0.2]
    for changed, reason in (
        ({"agent_reward": blocked}, "both actions available"),
        ({"transitions": turned}, "complete binary trees"),
        ({"outcome_probs": noisy}, "same outcome probabilities"),
        ({"outcome_probs": forest.outcome_probs[..., ::-1]}, "larger after the second"),
    ):
        with pytest.raises(ValueError, match=reason):
            check_forest(dataclasses.replace(forest, **changed))
    stationary = PrincipalAgentMDP([[[1, 0], [0, 1]]], [[-1, -1]], [[0, -1]], [[0, 1]], gamma=0.5)
    with pytest.raises(ValueError, match="complete binary trees"):
        check_forest(stationary)
    for trees in ([], [2], [-1], [0.5]):
        with pytest.raises(ValueError, match=r"trees must be .* in 0\.\.1"):
            select_trees(forest, trees)
