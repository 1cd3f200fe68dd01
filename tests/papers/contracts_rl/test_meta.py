from fractions import Fraction

import numpy as np
import pytest

from papers.contracts_rl.equilibrium import solve_spe
from papers.contracts_rl.instances import cycling_instance, figure_one
from papers.contracts_rl.meta import meta_algorithm
from papers.contracts_rl.response import best_response
from papers.contracts_rl.trees import random_binary_tree
from tests.papers.contracts_rl.cases import random_layers, random_stationary

SHAPES = [(1, 1, 2, 2), (5, 4, 2, 2), (5, 2, 3, 4), (3, 3, 3, 2), (4, 4, 2, 3)]


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("paid", [False, True])
def test_equilibrium_after_at_most_one_loop_more_than_layers(shape, paid):
    rng = np.random.default_rng(shape)
    mdp = random_layers(rng, *shape, gamma=rng.uniform(0.5, 1), closed=0.1)
    history = meta_algorithm(mdp, rng.exponential(1, mdp.principal_reward.shape) if paid else None)
    spe = solve_spe(mdp)
    assert history.converged
    assert history.period is None
    assert history.iterations <= shape[0] + 1
    np.testing.assert_allclose(history.contracts[-1], spe.contract, atol=1e-9)
    np.testing.assert_allclose(history.v_principal[-1], spe.v_principal, atol=1e-9)
    np.testing.assert_allclose(history.v_agent[-1], spe.v_agent, atol=1e-9)
    np.testing.assert_array_equal(history.actions[-1], spe.action)
    for k in range(1, history.iterations + 1):  # after k loops the last k layers have what they will have
        np.testing.assert_allclose(history.contracts[k][-k:], spe.contract[-k:], atol=1e-9)


@pytest.mark.parametrize("depth", [2, 4, 6])
def test_the_bound_is_attained_on_trees(depth):
    iterations = [meta_algorithm(random_binary_tree(depth, seed)).iterations for seed in range(40)]
    assert max(iterations) == depth + 1


def test_history_is_what_its_loops_say():
    mdp = random_binary_tree(4, 3)
    history = meta_algorithm(mdp)
    assert history.contracts.shape == (history.iterations + 1, *mdp.principal_reward.shape)
    assert np.nanmax(history.contracts[0]) == 0
    for k in range(history.iterations):
        response = best_response(mdp, history.contracts[k])
        np.testing.assert_allclose(history.v_agent[k], response.v_agent, atol=1e-12)
        # nothing that was offered in another loop does better against the response to these contracts
        own = response.q_trunc[-1] + 0.0
        for b in history.contracts:
            taken = own + np.einsum("ao,so->sa", mdp.outcome_probs[-1, 0], b[-1])
            gain = np.einsum("ao,so->sa", mdp.outcome_probs[-1, 0], mdp.principal_reward[-1] - b[-1])
            best = np.where(taken >= taken.max(axis=1, keepdims=True) - 1e-12, gain, -np.inf).max(axis=1)
            assert (best <= history.v_principal[k, -1] + 1e-9).all()


def test_starting_in_equilibrium_takes_one_loop():
    mdp = random_binary_tree(5, 1)
    assert meta_algorithm(mdp, solve_spe(mdp).contract).iterations == 1


@pytest.mark.parametrize("layered", [False, True])
def test_figure_one_in_fractions(layered):
    mdp = figure_one().unrolled() if layered else figure_one()
    history = meta_algorithm(mdp)
    assert history.converged
    final = history.contracts[-1][0] if layered else history.contracts[-1]
    assert final.tolist() == [[1, 0]] * 3
    assert all(isinstance(b, Fraction | int) for b in final.flat)
    assert history.iterations == 2


def test_the_cycling_instance_cycles_with_period_two():
    history = meta_algorithm(cycling_instance(0.9))
    assert not history.converged
    assert (history.period, history.iterations) == (2, 2)
    np.testing.assert_allclose(history.contracts[:, 1, 1], [0, 0.625, 0], atol=1e-12)
    # offering 0.625 against a myopic belief: 0.9 (1.5 - 0.625) + 0.9 (0.1 V + 0.9 V_0) = V with V_0 = 0.025 / 0.1
    paid, unpaid = (0.7875 + 0.81 * 0.25) / 0.91, (0.15 + 0.09 * 0.25) / 0.19
    np.testing.assert_allclose(history.v_principal[:, 1], [paid, unpaid], atol=1e-12)


def test_patience_breaks_the_cycle():
    history = meta_algorithm(cycling_instance(0.5))
    assert history.converged
    np.testing.assert_allclose(history.contracts[-1, 1], [0, 0.6875], atol=1e-9)
    np.testing.assert_allclose(history.v_principal[-1], solve_spe(cycling_instance(0.5)).v_principal, atol=1e-8)


def test_a_limit_is_an_equilibrium_whatever_the_damping():
    mdp = random_stationary(np.random.default_rng(8), 3, 3, 3, gamma=0.6)
    for damping in (0.0, 0.5):
        history = meta_algorithm(mdp, damping=damping, tolerance=1e-12)
        assert history.converged
        response = best_response(mdp, history.contracts[-1], history.actions[-1])
        assert response.follows.all()
        np.testing.assert_allclose(response.v_principal, history.v_principal[-1], atol=1e-9)
        again = meta_algorithm(mdp, history.contracts[-1])
        assert (again.iterations, again.converged) == (1, True)


def test_damping_mixes_old_and_new_payments():
    history = meta_algorithm(cycling_instance(0.9), damping=0.25, max_iterations=1)
    np.testing.assert_allclose(history.contracts[1, 1], [0, 0.75 * 0.625], atol=1e-12)
    exact = meta_algorithm(figure_one(), damping=0.5, max_iterations=1)
    assert exact.contracts[1, 1].tolist() == [Fraction(1, 2), 0]


def test_breaking_off_is_neither_convergence_nor_a_cycle():
    history = meta_algorithm(cycling_instance(0.5), max_iterations=2)
    assert (history.iterations, history.converged, history.period) == (2, False, None)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"damping": 1.0}, r"damping must be in \[0, 1\), given 1.0"),
        ({"damping": np.nan}, "damping must be"),
        ({"max_iterations": 0}, "max_iterations must be >= 1"),
        ({"tolerance": -1.0}, "tolerance >= 0"),
        ({"contracts": -np.ones((2, 2))}, "contracts must be finite and >= 0"),
        ({"contracts": np.ones((3, 2))}, "contracts must have shape"),
    ],
)
def test_refuses_by_name(options, message):
    with pytest.raises(ValueError, match=message):
        meta_algorithm(cycling_instance(), **options)


def test_refuses_a_programme_in_floating_point_for_fractions():
    with pytest.raises(ValueError, match='method must be "auto" or "closed form" for exact numbers'):
        meta_algorithm(figure_one(), method="lp")
