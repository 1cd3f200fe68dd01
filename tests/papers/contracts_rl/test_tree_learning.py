import dataclasses

import numpy as np
import pytest
import torch

from papers.contracts_rl.tree_learning import TreeLearningConfig, _Learners, learn_trees
from papers.contracts_rl.tree_targets import TreeTensors
from papers.contracts_rl.tree_validation import validate_trees
from papers.contracts_rl.trees import random_binary_tree

SHORT = TreeLearningConfig(
    steps=40, hidden=(16, 16), batch=16, replay=500, warm_up=100, target_every=10, record_every=15, device="cpu"
)
FOREST = random_binary_tree(3, 0, n_trees=2)


def same(one, other):
    return all(np.array_equal(a, b) for a, b in zip(vars(one).values(), vars(other).values(), strict=True))


def test_learning_finds_the_equilibrium_of_small_trees():
    config = dataclasses.replace(SHORT, steps=800, hidden=(64, 64), batch=64, warm_up=500, replay=10_000)
    forest = random_binary_tree(3, 1, n_trees=4)
    learning = learn_trees(forest, range(4), [0.01] * 4, config, seed=0)
    report = validate_trees(forest, learning)
    assert np.median(report.accuracy[-1]) == 1
    assert np.median(report.principal[-1] / report.principal_spe) > 0.95
    assert np.median(report.mean_error[-1]) < 0.02 < np.median(report.mean_error[0])


def test_a_seed_decides_everything():
    runs = [learn_trees(FOREST, [0, 1], [0, 0.01], SHORT, seed=seed) for seed in (0, 0, 1)]
    assert same(runs[0], runs[1])
    assert not np.array_equal(runs[0].q_agent, runs[2].q_agent)


def test_records_are_kept_at_the_start_in_between_and_at_the_end():
    learning = learn_trees(FOREST, [1, 0, 1], [0, 0, 0.01], SHORT, seed=0)
    assert learning.step.tolist() == [0, 15, 30, 40]
    assert learning.q_principal.shape == learning.q_agent.shape == (4, 3, 7, 2)
    assert (learning.q_agent[1:] != learning.q_agent[:-1]).any(axis=(1, 2, 3)).all()


def test_without_delay_both_networks_give_the_same_contracts():
    online = dataclasses.replace(SHORT, target_every=1, contracts_from="online")
    runs = [
        learn_trees(FOREST, [0, 1], [0, 0.01], config, seed=0)
        for config in (online, dataclasses.replace(online, contracts_from="target"))
    ]
    assert same(*runs)


def test_with_delay_they_do_not():
    runs = [
        learn_trees(FOREST, [0], [0], dataclasses.replace(SHORT, contracts_from=which), seed=0)
        for which in ("online", "target")
    ]
    assert not same(*runs)


def test_clipping_beyond_every_gradient_changes_nothing():
    runs = [
        learn_trees(FOREST, [0], [0], dataclasses.replace(SHORT, largest_gradient=size), seed=0)
        for size in (None, 1e9, 1e-3)
    ]
    np.testing.assert_allclose(runs[0].q_agent, runs[1].q_agent, rtol=1e-5, atol=1e-6)
    assert not np.allclose(runs[0].q_agent, runs[2].q_agent, rtol=1e-5, atol=1e-6)


def test_small_trees_are_looked_up_and_large_ones_valued_directly():
    forest = random_binary_tree(4, 0)
    learners = _Learners(TreeTensors.of(forest, [0], torch.device("cpu")), np.zeros(1), SHORT, torch.Generator())
    states = torch.arange(15).repeat(2)[None]
    whole, directly = learners._at(learners.agent, states), learners._at(learners.agent, states[:, :14])
    torch.testing.assert_close(whole[:, :14], directly)
    torch.testing.assert_close(whole[:, 15:29], directly)


def test_walks_stay_in_the_tree_and_visit_all_of_it():
    learners = _Learners(TreeTensors.of(FOREST, [0, 1], torch.device("cpu")), np.zeros(2), SHORT, torch.Generator())
    drawn = learners.replay.sample(2000)[0]["transition"] // 4
    assert set(drawn.unique().tolist()) == set(range(7))
    # every third interaction of a learner is at the root
    assert (drawn == 0).double().mean().item() == pytest.approx(1 / 3, abs=0.1)


@pytest.mark.parametrize(
    "wrong",
    [
        {"steps": 0},
        {"batch": 2.5},
        {"hidden": ()},
        {"hidden": (0,)},
        {"warm_up": 1000},
        {"learning_rate": (1e-3, 0.0)},
        {"exploration": (1.0, 1.5)},
        {"loss": "absolute"},
        {"contracts_from": "both"},
        {"largest_gradient": 0.0},
        {"record_every": True},
    ],
)
def test_malformed_configurations_are_refused(wrong):
    name = "replay" if "warm_up" in wrong else next(iter(wrong))
    with pytest.raises(ValueError, match=f"^{name} must"):
        dataclasses.replace(SHORT, **wrong)


def test_malformed_arguments_are_refused():
    for trees, margins, seed, name in (
        ([2], [0.0], 0, "trees"),
        ([0], [-0.1], 0, "margins"),
        ([0], [np.nan], 0, "margins"),
        ([0, 1], [0.0], 0, "margins"),
        ([0], [0.0], -1, "seed"),
        ([0], [0.0], 0.5, "seed"),
    ):
        with pytest.raises(ValueError, match=f"^{name} must"):
            learn_trees(FOREST, trees, margins, SHORT, seed=seed)
