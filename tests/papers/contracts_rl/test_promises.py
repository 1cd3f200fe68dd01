from itertools import product

import numpy as np
import pytest

from papers.contracts_rl.decision_graph import decision_nodes
from papers.contracts_rl.instances import cycling_instance, figure_one
from papers.contracts_rl.mdp import PrincipalAgentMDP
from papers.contracts_rl.promises import promise_frontiers, thin
from papers.contracts_rl.trees import random_binary_tree


def every_pair(nodes):
    """The agent's least utility and the surplus of every action profile, one at a time."""
    pairs = []
    for profile in product(range(2), repeat=len(nodes)):
        frontiers = promise_frontiers(nodes, dict(enumerate(profile)))
        if frontiers is not None:
            pairs.append((frontiers[-1].agent[0], frontiers[-1].surplus[0]))
    return np.array(pairs)


@pytest.mark.parametrize("seed", range(5))
def test_the_frontier_is_what_no_profile_dominates(seed):
    nodes = decision_nodes(random_binary_tree(3, seed), 0)
    pairs = every_pair(nodes)
    assert len(pairs) == 2 ** len(nodes)
    frontier = promise_frontiers(nodes)[-1]
    kept = np.column_stack([frontier.agent, frontier.surplus])
    assert (np.diff(kept, axis=0) > 0).all()
    for agent, surplus in pairs:
        assert ((kept[:, 0] <= agent + 1e-12) & (kept[:, 1] >= surplus - 1e-12)).any()
    for pair in kept:
        assert np.abs(pairs - pair).max(axis=1).min() < 1e-12


@pytest.mark.parametrize("length", [1, 2, 5, 20])
def test_thinning_stays_above(length):
    frontier = promise_frontiers(decision_nodes(random_binary_tree(5, 1), 0))[-1]
    steps = thin(frontier, length)
    assert len(steps.agent) <= length
    assert steps.thinned
    for agent, surplus in zip(frontier.agent, frontier.surplus, strict=True):
        assert ((steps.agent <= agent) & (steps.surplus >= surplus)).any()
    assert thin(frontier, len(frontier.agent)).agent is frontier.agent


def test_what_follows_stands_before():
    forest = random_binary_tree(4, 0, n_trees=2)
    nodes = decision_nodes(forest, 1)
    assert len(nodes) == 15
    assert nodes[-1].state == (0, 1)
    assert all(child < place for place, node in enumerate(nodes) for child in node.children)
    assert all(s // 2**t == 1 for t, s in (node.state for node in nodes))
    assert [node.state[1] for node in decision_nodes(figure_one(), 1)] == [1]


def test_cycles_are_recognised_and_what_cannot_be_reached_is_left_out():
    assert decision_nodes(cycling_instance(), 1) is None
    assert len(decision_nodes(cycling_instance(0.0), 1)) == 1
    loose = PrincipalAgentMDP(np.full((2, 1, 1), 1.0), [[-1], [1]], np.zeros((2, 1)), np.zeros((2, 1)), 0.5)
    assert len(decision_nodes(loose, 0)) == 1


def test_a_state_after_both_outcomes_is_one_child():
    mdp = PrincipalAgentMDP(
        np.full((2, 1, 1, 2), 0.5),
        np.array([[[[0.5], [1.0]]]] * 2).reshape(2, 1, 2, 1),
        np.zeros((2, 1, 1)),
        np.ones((2, 1, 2)),
        0.5,
    )
    *_, root = decision_nodes(mdp, 0)
    assert len(root.children) == 1
    assert root.weights.tolist() == [[0.25, 0.5]]
