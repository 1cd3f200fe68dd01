import dataclasses

import numpy as np
import pytest

from papers.contracts_rl.equilibrium import solve_spe
from papers.contracts_rl.tree_arrays import nodes_of
from papers.contracts_rl.tree_learning import TreeLearning
from papers.contracts_rl.tree_validation import offered_contracts, validate_trees
from papers.contracts_rl.trees import random_binary_tree

FOREST = random_binary_tree(6, 4, n_trees=5)
SPE = solve_spe(FOREST)


def learnt(error=0.0, margin=0.0, seed=0, moments=2, equilibrium=SPE):
    """Principals who know what to ask for, and the agent's values in equilibrium up to an error."""
    principal, agent = (np.stack([nodes_of(q, 5)] * moments) for q in (equilibrium.q_contract, equilibrium.q_trunc))
    agent = agent + np.random.default_rng(seed).uniform(-error, error, agent.shape)
    # float64 in place of a network's float32, so that what is exact can be seen to be exact
    return TreeLearning(np.arange(moments), np.arange(5), np.full(5, margin), principal, agent)


def test_a_principal_who_knows_everything_earns_the_equilibrium():
    report = validate_trees(FOREST, learnt())
    assert (report.accuracy == 1).all()
    assert (report.deviating == 0).all()
    assert report.largest_error.max() < 1e-12
    np.testing.assert_allclose(report.principal, np.broadcast_to(SPE.v_principal[0, :5], (2, 5)))
    np.testing.assert_allclose(report.agent, np.broadcast_to(SPE.v_agent[0, :5], (2, 5)))


@pytest.mark.parametrize("seed", range(5))
def test_a_margin_of_twice_the_error_keeps_the_agent_in_line_and_only_moves_money(seed):
    # Proposition 4.1 as the dossier proves it; the error is that against the true values under the contracts offered
    nudged = solve_spe(FOREST, margin=0.05)
    learning = learnt(error=0.003, seed=seed, equilibrium=nudged)
    report = validate_trees(FOREST, learning, margins=0.05)
    assert 0.003 < 2 * report.largest_error.max() <= 0.05
    assert (report.deviating == 0).all()
    surplus = nudged.v_principal[0, :5] + nudged.v_agent[0, :5]
    np.testing.assert_allclose(report.principal + report.agent, np.broadcast_to(surplus, (2, 5)))


def test_a_tolerant_agent_follows_where_a_strict_one_does_not():
    learning = learnt(error=0.02)
    strict, tolerant = (validate_trees(FOREST, learning, tolerance=size) for size in (1e-9, 1.0))
    assert (strict.deviating > 0).all()
    assert (tolerant.deviating == 0).all()
    assert (tolerant.principal > strict.principal).all()


def test_margins_default_to_those_of_training_and_can_be_others():
    learning = learnt(error=0.02, margin=0.05)
    own, others = validate_trees(FOREST, learning), validate_trees(FOREST, learning, margins=[0, 0.05, 0, 0, 0])
    np.testing.assert_array_equal(own.margin, 0.05)
    np.testing.assert_array_equal(own.principal[:, 1], others.principal[:, 1])
    assert (own.principal[:, [0, 2, 3, 4]] != others.principal[:, [0, 2, 3, 4]]).all()


def test_accuracy_counts_states_and_not_visits():
    learning = learnt()
    learning.q_principal[1, 0] = learning.q_principal[1, 0, :, ::-1]
    learning.q_principal[1, 1, 0] = learning.q_principal[1, 1, 0, ::-1]
    accuracy = validate_trees(FOREST, learning).accuracy
    np.testing.assert_allclose(accuracy, [[1] * 5, [0, 62 / 63, 1, 1, 1]])


def test_contracts_keep_their_promise_to_the_agent_in_the_network():
    rng = np.random.default_rng(0)
    q, asked, margins = rng.normal(size=(3, 20, 2)), rng.integers(2, size=(3, 20)), np.array([0, 0.1, 1])
    probs = np.array([[0.8, 0.2], [0.3, 0.7]])
    contracts = offered_contracts(q, asked, probs, margins)
    utility = q + contracts @ probs.T
    k, s = np.ogrid[:3, :20]
    assert (contracts >= 0).all()
    assert (utility[k, s, asked] >= utility[k, s, 1 - asked] + margins[:, None] - 1e-12).all()
    # and no more than that where something is paid
    paid = contracts.sum(axis=-1) > 0
    np.testing.assert_allclose(
        (utility[k, s, asked] - utility[k, s, 1 - asked] - margins[:, None])[paid], 0, atol=1e-12
    )


def test_a_network_gone_wild_is_reported_as_no_number():
    learning = learnt()
    learning.q_agent[1, 2, 5] = np.nan
    report = validate_trees(FOREST, learning)
    for name in ("principal", "agent", "accuracy", "deviating", "largest_error", "mean_error"):
        broken = np.isnan(getattr(report, name))
        assert broken[1, 2]
        assert broken.sum() == 1


def test_frames_have_a_row_for_each_moment_and_learner():
    report = validate_trees(FOREST, learnt(error=0.02, margin=0.01))
    frame = report.to_frame()
    assert len(frame) == 10
    assert frame["step"].tolist() == [0] * 5 + [1] * 5
    assert frame["learner"].tolist() == [*range(5)] * 2
    np.testing.assert_allclose(frame["principal_share"], (report.principal / report.principal_spe).ravel())
    np.testing.assert_allclose(frame["agent_share"], (report.agent / report.agent_spe).ravel())


def test_malformed_arguments_are_refused():
    for wrong in ({"margins": -0.1}, {"margins": [0.1, 0.1]}, {"margins": np.nan}):
        with pytest.raises(ValueError, match=r"^margins must"):
            validate_trees(FOREST, learnt(), **wrong)
    with pytest.raises(ValueError, match="tolerance must"):
        validate_trees(FOREST, learnt(), tolerance=-1.0)
    with pytest.raises(ValueError, match="trees must"):
        validate_trees(FOREST, dataclasses.replace(learnt(), tree=np.array([0, 1, 2, 3, 5])))
