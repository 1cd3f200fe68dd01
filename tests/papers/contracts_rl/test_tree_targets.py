import numpy as np
import pytest
import torch

from common.rl import contracts as exact
from papers.contracts_rl.equilibrium import solve_spe
from papers.contracts_rl.tree_arrays import nodes_of
from papers.contracts_rl.tree_targets import TargetTables, TreeTensors, binary_contracts, next_states
from papers.contracts_rl.trees import random_binary_tree

CPU = torch.device("cpu")


@pytest.mark.parametrize("noise", [0.0, 0.1, 0.45])
def test_closed_form_is_that_of_the_shared_library_and_of_linear_programmes(noise):
    rng = np.random.default_rng(0)
    q, probs = rng.normal(size=(40, 2)), np.array([[1 - noise, noise], [noise, 1 - noise]])
    for margin in (0.0, 0.3):
        payment, cost = binary_contracts(torch.as_tensor(q), torch.as_tensor(probs), margin)
        contract, expected = exact.binary_contracts(q, probs[None], margin)
        np.testing.assert_allclose(torch.diag_embed(payment).numpy(), contract, atol=1e-12)
        np.testing.assert_allclose(cost.numpy(), expected, atol=1e-12)
        for a in (0, 1):
            _, programme = exact.minimal_payment_contracts(q, probs[None], np.full(40, a), margin)
            np.testing.assert_allclose(cost.numpy()[:, a], programme, atol=1e-9)


def test_targets_are_those_of_algorithm_2_written_out():
    rng = np.random.default_rng(1)
    forest, trees = random_binary_tree(4, 5, n_trees=2, noise=0.2), [1, 0, 1]
    q_principal, q_agent, q_online = rng.normal(size=(3, 3, 15, 2))
    margins = np.array([0.0, 0.1, 0.3])
    transitions, then = rng.integers(4 * 15, size=(3, 50)), rng.integers(2, size=(3, 50))
    tables = TargetTables.of(
        TreeTensors.of(forest, trees, CPU), *map(torch.as_tensor, (q_principal, q_agent, q_online, margins))
    )
    found = tables.targets(torch.as_tensor(transitions), torch.as_tensor(then))
    cost, reward = nodes_of(forest.agent_reward, 2)[trees], nodes_of(forest.principal_reward, 2)[trees]
    probs = forest.outcome_probs[0, 0]
    for k in range(3):
        # the shared library's contracts, (S, a, o)
        contract, expected = exact.binary_contracts(q_online[k], probs[None], margins[k])
        for j, code in enumerate(transitions[k]):
            s, a, o = code // 4, code // 2 % 2, code % 2
            y_principal, y_agent = reward[k, s, o] - contract[s, a, o], cost[k, s, a]
            child, b = 2 * s + 1 + o, then[k, j]
            if child < 15:
                y_principal += q_principal[k, child, b]
                y_agent += expected[child, b] + q_agent[k, child, b]
            assert found[0][k, j].item() == pytest.approx(y_principal, abs=1e-6)
            assert found[1][k, j].item() == pytest.approx(y_agent, abs=1e-6)


def test_the_equilibrium_is_a_fixed_point_of_the_targets():
    forest = random_binary_tree(6, 2, n_trees=4)
    spe = solve_spe(forest)
    q_principal, q_agent = (torch.as_tensor(nodes_of(q, 4)) for q in (spe.q_contract, spe.q_trunc))
    trees = TreeTensors.of(forest, range(4), CPU)
    tables = TargetTables.of(trees, q_principal, q_agent, q_agent, torch.zeros(4))
    transitions = torch.arange(4 * 63).expand(4, -1)
    asked = torch.nn.functional.pad(torch.as_tensor(nodes_of(spe.action, 4)), (0, 1))
    then = asked.gather(1, next_states(transitions, 63))
    for target, q in zip(tables.targets(transitions, then), (q_principal, q_agent), strict=True):
        over_outcomes = target.view(4, 63, 2, 2).double() * torch.as_tensor(forest.outcome_probs[0, 0].copy())
        torch.testing.assert_close(over_outcomes.sum(dim=-1), q, atol=1e-5, rtol=0)


def test_outcomes_have_their_probabilities():
    trees = TreeTensors.of(random_binary_tree(2, 0), [0], CPU)
    actions = torch.tensor([0, 1]).repeat_interleave(20_000)
    drawn = trees.outcome(actions, torch.Generator().manual_seed(0)).double().view(2, -1).mean(dim=1)
    # five standard errors
    assert (drawn - torch.tensor([0.1, 0.9])).abs().max() < 5 * (0.09 / 20_000) ** 0.5
