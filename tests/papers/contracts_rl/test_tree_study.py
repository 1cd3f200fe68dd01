import numpy as np
import pytest

from papers.contracts_rl.commitment import optimal_commitment
from papers.contracts_rl.equilibrium import solve_spe
from papers.contracts_rl.response import best_response
from papers.contracts_rl.tree_study import (
    commitment_study,
    effort_by_layer,
    effort_in_last_layer,
    largest_surplus,
    linear_utilities,
    sensitivity,
    tree_statistics,
    yardsticks,
)
from papers.contracts_rl.trees import random_binary_tree


def test_the_statistics_of_the_dossier():
    """2,000 trees of depth 10 there, 600 here: within four standard errors of both."""
    table = tree_statistics(10, 600, 0)
    assert len(table) == 600
    assert table["effort_share"].mean() == pytest.approx(0.5758, abs=0.003)
    assert table["effort_share"].std() == pytest.approx(0.0154, abs=0.002)
    assert table["principal"].mean() == pytest.approx(3.94, abs=0.12)
    assert table["agent"].mean() == pytest.approx(0.153, abs=0.01)


def test_batches_are_all_there(monkeypatch):
    monkeypatch.setattr("papers.contracts_rl.tree_study._STATES", 2**5)
    table = tree_statistics(3, 10, 0)  # batches of 4, 4 and 2
    assert len(table) == 10
    assert len(table.drop_duplicates()) == 10


def test_observed_actions_leave_the_agent_what_she_has_unpaid():
    """Pay for the action itself: outcomes are the actions, next states are drawn from them."""
    mdp = random_binary_tree(4, 1, n_trees=3)
    follow = np.zeros((4, mdp.n_states, 2, mdp.n_states))
    for t, size in enumerate(mdp.sizes[:-1]):
        for s, a, o in np.ndindex(size, 2, 2):
            follow[t, s, a, mdp.transitions[t, s, o]] = mdp.outcome_probs[t, s, a, o]
    rewards = np.einsum("tsao,tso->tsa", mdp.outcome_probs, mdp.principal_reward)
    seen = type(mdp)(
        np.broadcast_to(np.eye(2), mdp.outcome_probs.shape),
        follow,
        mdp.agent_reward,
        rewards,
        layer_sizes=mdp.layer_sizes,
    )
    observed = solve_spe(seen)
    assert np.allclose(observed.v_principal[0, :3], largest_surplus(mdp))
    assert np.allclose(observed.v_agent[0, :3], 0)
    assert (solve_spe(mdp).v_principal[0, :3] <= observed.v_principal[0, :3] + 1e-12).all()


def test_the_largest_surplus_is_that_of_an_agent_who_owns_everything():
    """With all rewards paid out to her, she maximises the surplus."""
    mdp = random_binary_tree(6, 2)
    owner = best_response(mdp, mdp.principal_reward)
    assert largest_surplus(mdp)[0] == pytest.approx(owner.v_agent[0, 0])
    assert linear_utilities(mdp, 1.0)[0] == pytest.approx(0)
    with pytest.raises(ValueError, match="layers"):
        largest_surplus(type(mdp)([[[1.0]]], [[-1]], [[0.0]], [[0.0]]))


def test_yardsticks_are_ordered():
    table = yardsticks(5, 30, 0, shares=21)
    assert (table["no agent"] >= table["hidden action"] - 1e-12).all()
    assert (table["observed action"] <= table["no agent"] + 1e-12).all()
    assert table["best share"].between(0, 1).all()
    mdp = random_binary_tree(3, 0)
    best = optimal_commitment(mdp).v_principal
    assert all(linear_utilities(mdp, share)[0] <= best + 1e-9 for share in np.linspace(0, 1, 21))


def test_without_noise_nothing_is_hidden():
    table = yardsticks(6, 5, 0, noise=0.0)
    assert np.allclose(table["hidden action"], table["no agent"])
    assert np.allclose(commitment_study([4], [0.0], 3, 0)["ratio"], 1)


def test_commitment_is_never_worse():
    table = commitment_study([2, 7], [0.1], 2, 0)
    assert (table["ratio"] >= 1 - 1e-9).all()
    assert (table["most"] >= table["ratio"] - 1e-9).all()
    assert (table["most"] - table["ratio"] <= 1.1e-3 * table["ratio"]).all()
    assert table["changed"].between(0, 1).all()


def test_sensitivity_uses_the_same_trees_at_every_noise():
    table = sensitivity([3], [0.1, 0.5], 4, 0)
    assert len(table) == 8
    blind = table[table["noise"] == 0.5]
    assert (blind["effort_share"] == 0).all()
    assert (blind["agent"] == 0).all()


@pytest.mark.parametrize(
    ("noise", "cost_range", "reward_range"), [(0.1, 1.0, 2.0), (0.25, 1.0, 2.0), (0.0, 3.0, 0.5), (0.3, 1.0, 1.0)]
)
def test_the_last_layer_follows_its_formula(noise, cost_range, reward_range):
    forest = random_binary_tree(14, 1, n_trees=2, noise=noise, cost_range=cost_range, reward_range=reward_range)
    simulated = (solve_spe(forest).action[-1] == 1).mean()
    share = effort_in_last_layer(noise, cost_range, reward_range)
    assert abs(simulated - share) < 4 * np.sqrt(share * (1 - share) / forest.sizes[-1])
    for wrong in (0.5, np.nan):
        with pytest.raises(ValueError, match="noise must"):
            effort_in_last_layer(wrong)


def test_layers_and_trees_count_the_same_work():
    layers, table = effort_by_layer(4, 6, 0), tree_statistics(4, 6, 0)
    assert np.allclose(layers @ (2 ** np.arange(4)) / 15, table["effort_share"])
