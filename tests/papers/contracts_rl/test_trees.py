import numpy as np
import pytest
from scipy.stats import kstest

from papers.contracts_rl.equilibrium import solve_spe
from papers.contracts_rl.trees import random_binary_tree


def test_a_forest_is_laid_out_layer_by_layer():
    forest = random_binary_tree(4, 0, n_trees=3)
    assert (forest.horizon, forest.sizes) == (4, (3, 6, 12, 24))
    for t, size in enumerate(forest.sizes[:-1]):
        children = forest.transitions[t, :size]
        assert children.ravel().tolist() == list(range(2 * size))
        assert (children // 2 ** (t + 1) == np.arange(size)[:, None] // 2**t).all()  # the child's tree is the parent's


def test_rewards_are_as_the_paper_draws_them():
    """u = (c - v) U with v = c V: u / c is the product of two independent uniform numbers, with F(x) = x - x log x."""
    forest = random_binary_tree(10, 1, n_trees=20, noise=0.2, cost_range=3.0, reward_range=0.5)
    last = forest.sizes[-1]
    cost, reward = -forest.agent_reward[-1, :last], forest.principal_reward[-1, :last]
    assert (cost[:, 0] == 0).all()
    assert (reward[:, 0] == 0).all()
    for drawn, bound in ((cost[:, 1], 3.0), (reward[:, 1], 0.5)):
        assert kstest(drawn / bound, lambda x: x * (1 - np.log(x))).pvalue > 1e-3
    assert abs(np.corrcoef(cost[:, 1], reward[:, 1])[0, 1]) < 0.05
    assert (forest.outcome_probs == [[0.8, 0.2], [0.2, 0.8]]).all()
    assert forest.gamma == 1


def test_probabilities_and_next_states_are_stored_once():
    forest = random_binary_tree(12, 0)
    assert forest.outcome_probs.strides[:2] == (0, 0)
    assert forest.transitions.strides[0] == 0


def test_equal_seeds_give_equal_trees():
    first, second = random_binary_tree(3, 7, 2), random_binary_tree(3, np.random.default_rng(7), 2)
    assert (first.agent_reward == second.agent_reward).all()
    assert not (first.agent_reward == random_binary_tree(3, 8, 2).agent_reward).all()


def test_trees_of_a_forest_do_not_touch():
    """Solving a forest solves each tree as if it were alone."""
    forest = random_binary_tree(3, 4, n_trees=2)
    together = solve_spe(forest)
    for tree in range(2):
        alone = random_binary_tree(3, 0)
        agent, principal = np.zeros((3, 4, 2)), np.zeros((3, 4, 2))
        for t in range(3):
            rows = slice(tree * 2**t, (tree + 1) * 2**t)
            agent[t, : 2**t], principal[t, : 2**t] = forest.agent_reward[t, rows], forest.principal_reward[t, rows]
        alone = type(alone)(alone.outcome_probs, alone.transitions, agent, principal, layer_sizes=alone.layer_sizes)
        assert solve_spe(alone).v_principal[0, 0] == together.v_principal[0, tree]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"depth": 0}, "depth must"),
        ({"depth": 2.0}, "depth must"),
        ({"depth": 21}, "depth must"),
        ({"n_trees": 0}, "n_trees must"),
        ({"noise": 0.6}, "noise must"),
        ({"noise": np.nan}, "noise must"),
        ({"cost_range": -1}, "cost_range must"),
        ({"reward_range": np.inf}, "reward_range must"),
    ],
)
def test_bad_arguments_are_refused(options, message):
    with pytest.raises(ValueError, match=message):
        random_binary_tree(**{"depth": 2, "seed": 0, **options})
