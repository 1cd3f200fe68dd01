import numpy as np
import pytest

from papers.contracts_rl.instances import cycling_instance, figure_one
from papers.contracts_rl.mdp import PrincipalAgentMDP
from papers.contracts_rl.meta import meta_algorithm
from papers.contracts_rl.meta_study import random_stationary_instances
from papers.contracts_rl.response import best_response
from papers.contracts_rl.stationary_equilibria import pure_stationary_equilibria


def test_the_cycling_instance_has_none_until_the_agent_is_impatient():
    assert pure_stationary_equilibria(cycling_instance(0.9)) == []
    ((action, contract, _),) = pure_stationary_equilibria(cycling_instance(0.5))
    assert action.tolist() == [0, 1]
    np.testing.assert_allclose(contract, [[0, 0], [0, 0.6875]], atol=1e-12)


def test_figure_one_has_its_equilibrium():
    ((action, contract, values),) = pure_stationary_equilibria(figure_one(0.9, 0.8, 14 / 9, 1.0))
    assert action.tolist() == [0, 0, 0]
    np.testing.assert_allclose(contract, [[1, 0]] * 3, atol=1e-12)
    np.testing.assert_allclose(values, [1, 0.5, 0.5], atol=1e-12)


@pytest.mark.parametrize("n_states", [2, 3])
def test_limits_of_the_meta_algorithm_are_in_the_list(n_states):
    instances = random_stationary_instances(n_states, 12, np.random.default_rng(0), 0.8)
    for mdp in instances:
        found = pure_stationary_equilibria(mdp)
        run = meta_algorithm(mdp, tolerance=1e-10)
        if run.converged:
            assert any(np.allclose(run.contracts[-1], contract, atol=1e-7) for _, contract, _ in found)
        for action, contract, values in found:
            response = best_response(mdp, contract, action)
            assert response.follows.all()
            np.testing.assert_allclose(response.v_principal, values, atol=1e-9)
            assert meta_algorithm(mdp, contract, tolerance=1e-7).iterations == 1


def test_refuses_other_processes():
    alike = PrincipalAgentMDP(np.full((1, 2, 2), 0.5), np.zeros((1, 2), int), [[0.0, -1.0]], [[0.0, 1.0]], 0.9)
    for mdp, message in (
        (figure_one(), "in floats"),
        (figure_one(0.9, 0.8, 1.5, 1.0).unrolled(), "must be stationary"),
        (alike, "outcomes that tell the actions apart, state 0"),
    ):
        with pytest.raises(ValueError, match=message):
            pure_stationary_equilibria(mdp)
