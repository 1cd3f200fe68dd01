import numpy as np
import pytest

from papers.contracts_rl.meta import meta_algorithm
from papers.contracts_rl.meta_study import (
    cycling_study,
    iterations_on_trees,
    limit_gap,
    random_stationary_instances,
    settled_from,
)
from papers.contracts_rl.trees import random_binary_tree


def test_trees_keep_the_bound():
    study = iterations_on_trees([2, 4], 6, 0)
    assert study["depth"].tolist() == [2] * 6 + [4] * 6
    assert (study["excess"] == study["iterations"] - study["depth"] - 1).all()
    assert study["excess"].max() <= 0
    assert study["limit_gap"].max() < 1e-9


def test_an_unfinished_run_is_infinitely_far():
    mdp = random_binary_tree(5, 0)
    assert limit_gap(mdp, meta_algorithm(mdp, max_iterations=1)) == np.inf


def test_layers_settle_from_the_last():
    for seed in range(5):
        history = meta_algorithm(random_binary_tree(5, seed))
        settled = settled_from(history)
        assert (settled <= 5 - np.arange(5)).all()
        for layer, first in enumerate(settled):
            later = history.contracts[first:, layer] - history.contracts[-1, layer]
            assert np.nanmax(np.abs(later)) <= 1e-9
            if first:
                assert np.nanmax(np.abs(history.contracts[first - 1, layer] - history.contracts[-1, layer])) > 1e-9


def test_instances_are_as_described():
    for mdp in random_stationary_instances(3, 20, np.random.default_rng(0), 0.7):
        assert (mdp.transitions[:, 0] != mdp.transitions[:, 1]).all()
        assert ((mdp.agent_reward[:, 1] <= 0) & (mdp.agent_reward[:, 1] >= -1)).all()
        assert ((mdp.principal_reward[:, 1] >= 0) & (mdp.principal_reward[:, 1] <= 2)).all()
        assert not mdp.agent_reward[:, 0].any()
        assert not mdp.principal_reward[:, 0].any()
    with pytest.raises(ValueError, match="n_states must be >= 2"):
        random_stationary_instances(1, 1, np.random.default_rng(0), 0.5)


def test_what_does_not_converge_without_an_equilibrium_does_not_with_damping_either():
    study = cycling_study([2, 3], [0.2, 0.9], 40, 1)
    assert len(study) == 160
    restless = study[~study["converged"]]
    assert len(restless) > 0
    assert restless["equilibria"].notna().all()
    assert (restless.loc[restless["equilibria"] == 0, "damped"] == 0).all()
    assert study.loc[study["converged"], ["period", "equilibria", "damped"]].isna().all(axis=None)
    assert (restless["period"].dropna() >= 2).all()


def test_the_same_instances_at_every_discount_and_in_a_longer_study():
    short, long = cycling_study([2], [0.9], 10, 3), cycling_study([2, 3], [0.5, 0.9], 20, 3)
    same = long[(long["states"] == 2) & (long["gamma"] == 0.9)].head(10)
    assert same["converged"].tolist() == short["converged"].tolist()
