from fractions import Fraction
from itertools import product

import numpy as np
import pytest

from papers.contracts_rl.equilibrium import solve_spe
from papers.contracts_rl.instances import cycling_instance, figure_one
from papers.contracts_rl.mdp import PrincipalAgentMDP
from papers.contracts_rl.response import agent_optimum, best_response
from tests.papers.contracts_rl.cases import random_layers, random_stationary, repeated


def play(mdp, contracts, policy):
    """What both earn if the agent follows a policy, state by state."""
    both = np.zeros((2, mdp.n_states))
    for t in reversed(range(mdp.horizon)):
        now = np.empty_like(both)
        for s in range(mdp.n_states):
            probs, b = mdp.outcome_probs[t, s, policy[t, s]], contracts[t, s]
            ahead = mdp.transitions[t, s] @ both.T if t < mdp.horizon - 1 else np.zeros((mdp.n_outcomes, 2))
            now[0, s] = mdp.agent_reward[t, s, policy[t, s]] + probs @ (b + mdp.gamma * ahead[:, 0])
            now[1, s] = probs @ (mdp.principal_reward[t, s] - b + mdp.gamma * ahead[:, 1])
        both = now
    return both


@pytest.mark.parametrize("seed", range(4))
def test_beats_every_policy(seed):
    rng = np.random.default_rng(seed)
    mdp = random_layers(rng, 2, 2, 3, 3, gamma=0.9)
    contracts = rng.exponential(0.5, (2, 2, 3))
    every = [play(mdp, contracts, np.reshape(p, (2, 2)))[0] for p in product(range(3), repeat=4)]
    response = best_response(mdp, contracts)
    np.testing.assert_allclose(response.v_agent[0], np.max(every, axis=0), atol=1e-12)
    np.testing.assert_allclose(response.v_agent, agent_optimum(mdp, contracts)[0], atol=1e-12)
    np.testing.assert_allclose(response.v_principal[0], play(mdp, contracts, response.action)[1], atol=1e-12)


def test_values_are_earned_by_whom_follows_and_whom_does_not():
    rng = np.random.default_rng(9)
    mdp = random_layers(rng, 3, 4, 2, 2)
    contracts, asked = rng.exponential(0.5, (3, 4, 2)), rng.integers(2, size=(3, 4))
    for tolerance in (0.0, 0.2, 100.0):
        response = best_response(mdp, contracts, asked, tie_tolerance=tolerance)
        earned = play(mdp, contracts, response.action)
        np.testing.assert_allclose(response.v_agent[0], earned[0], atol=1e-12)
        np.testing.assert_allclose(response.v_principal[0], earned[1], atol=1e-12)
        own = response.q_trunc + np.einsum("htao,hto->hta", mdp.outcome_probs, contracts)
        forgone = own.max(axis=-1) - np.take_along_axis(own, asked[..., None], axis=-1)[..., 0]
        np.testing.assert_array_equal(response.follows, forgone <= tolerance)
        np.testing.assert_array_equal(response.action[~response.follows], own.argmax(axis=-1)[~response.follows])
    assert response.follows.all()


def test_an_indifferent_agent_follows_or_pleases_the_principal():
    mdp = figure_one()
    spe = solve_spe(mdp)
    for asked in (spe.action, None):
        response = best_response(mdp, spe.contract, asked, tie_tolerance=0)
        assert response.action.tolist() == [0, 0, 0]
        assert response.v_principal.tolist() == [1, Fraction(1, 2), Fraction(1, 2)]
    lazy = best_response(mdp, spe.contract, np.ones(3, dtype=int), tie_tolerance=0)
    assert lazy.follows.all()
    assert lazy.v_agent.tolist() == spe.v_agent.tolist()
    unlucky = best_response(mdp, spe.contract * Fraction(99, 100), spe.action)
    assert not unlucky.follows.any()
    assert unlucky.v_principal[0] < Fraction(1, 4)


def test_without_payment_the_agent_shirks():
    response = best_response(figure_one(), np.zeros((3, 2), dtype=int))
    assert response.action.tolist() == [1, 1, 1]
    assert response.follows is None
    assert response.v_agent.tolist() == [0, 0, 0]
    assert response.v_principal[1] == Fraction(7, 45)


@pytest.mark.parametrize("asked", [False, True])
def test_stationary_is_the_limit_of_long_horizons(asked):
    rng = np.random.default_rng(3)
    mdp = random_stationary(rng, 4, 3, 3, gamma=0.6)
    contracts = rng.exponential(0.3, (4, 3))
    actions = rng.integers(3, size=4) if asked else None
    response = best_response(mdp, contracts, actions)
    layers = repeated(mdp, 80)
    long = best_response(
        layers, np.broadcast_to(contracts, (80, 4, 3)), None if actions is None else np.broadcast_to(actions, (80, 4))
    )
    for name in ("v_agent", "v_principal", "q_trunc"):
        np.testing.assert_allclose(getattr(response, name), getattr(long, name)[0], atol=1e-12)
    np.testing.assert_array_equal(response.action, long.action[0])


def test_stationary_ties_please_the_principal():
    mdp = cycling_instance(0.5)
    spe = solve_spe(mdp)
    np.testing.assert_array_equal(best_response(mdp, spe.contract).action, spe.action)
    np.testing.assert_allclose(best_response(mdp, spe.contract).v_principal, spe.v_principal, atol=1e-10)


def test_padding_is_marked():
    probs = np.broadcast_to([[0.9, 0.1], [0.1, 0.9]], (2, 2, 2, 2))
    mdp = PrincipalAgentMDP(probs, np.zeros((2, 2, 2), int), np.zeros((2, 2, 2)), np.ones((2, 2, 2)), 1, (1, 2))
    contracts = np.zeros((2, 2, 2))
    contracts[0, 1] = np.nan
    response = best_response(mdp, contracts, np.array([[0, -1], [0, 1]]))
    assert response.action.tolist() == [[0, -1], [0, 1]]
    assert response.follows.tolist() == [[True, False], [True, True]]
    assert np.isnan(response.v_agent[0, 1])
    assert response.v_principal[0, 0] == 2


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((np.zeros((2, 2)),), r"contracts must have shape \(3, 2\)"),
        (([[0, 0], [0]],), r"contracts must (be a rectangular|have shape)"),
        ((np.full((3, 2), -0.1),), r"contracts must be finite and >= 0, given contracts\[0, 0\]"),
        ((np.full((3, 2), np.nan),), "contracts must be finite and >= 0"),
        ((np.zeros((3, 2)), [0, 0]), r"recommended must be whole numbers of shape \(3,\)"),
        ((np.zeros((3, 2)), [0, 0, 2]), r"recommended must be an available action, given recommended\[2\] = 2"),
        ((np.zeros((3, 2)), [0.0, 0, 1]), "recommended must be whole numbers"),
    ],
)
def test_refuses_by_name(arguments, message):
    with pytest.raises(ValueError, match=message):
        best_response(figure_one(0.9, 0.8, 1.5, 1.0), *arguments)


def test_refuses_a_negative_tolerance_and_fractions_without_end():
    with pytest.raises(ValueError, match="tie_tolerance must be finite and >= 0"):
        best_response(figure_one(), np.zeros((3, 2)), tie_tolerance=-1)
    half = Fraction(1, 2)
    mdp = PrincipalAgentMDP(np.full((1, 2, 2), half), np.zeros((1, 2), int), [[0, -half]], [[0, half]], half)
    with pytest.raises(ValueError, match="mdp must end within as many steps"):
        best_response(mdp, np.zeros((1, 2)))
