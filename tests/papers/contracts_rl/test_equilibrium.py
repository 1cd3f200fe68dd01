from fractions import Fraction

import numpy as np
import pytest
from scipy.optimize import linprog

from papers.contracts_rl.equilibrium import cycle_period, solve_spe
from papers.contracts_rl.instances import cycling_instance, figure_one
from papers.contracts_rl.mdp import PrincipalAgentMDP
from papers.contracts_rl.response import best_response
from tests.papers.contracts_rl.cases import random_layers, random_stationary, repeated


def least_payment(q, probs, action, margin=0.0):
    """The plain programme for one state and action."""
    others = [a for a in range(len(q)) if a != action and np.isfinite(q[a])]
    if not np.isfinite(q[action]):
        return np.inf
    rows = probs[others] - probs[action]
    answer = linprog(probs[action], A_ub=rows, b_ub=q[action] - q[others] - margin, method="highs-ds")
    return answer.fun if answer.status == 0 else np.inf


def values_by_hand(mdp):
    """Backward induction written out state by state, action by action."""
    v_p, v_a = np.zeros(mdp.n_states), np.zeros(mdp.n_states)
    for t in reversed(range(mdp.horizon)):
        new = []
        for s in range(mdp.n_states):
            T, probs = mdp.transitions[t, s] * (t < mdp.horizon - 1), mdp.outcome_probs[t, s]
            q = mdp.agent_reward[t, s] + mdp.gamma * probs @ T @ v_a
            cost = np.array([least_payment(q, probs, a) for a in range(mdp.n_actions)])
            gain = probs @ (mdp.principal_reward[t, s] + mdp.gamma * T @ v_p) - cost
            a = gain.argmax()
            new.append((gain[a], q[a] + cost[a]))
        v_p, v_a = np.array(new).T
    return v_p, v_a


@pytest.mark.parametrize("seed", range(4))
def test_three_actions_four_outcomes_by_hand(seed):
    mdp = random_layers(np.random.default_rng(seed), 3, 3, 3, 4, gamma=0.9, closed=0.2)
    solution = solve_spe(mdp)
    by_hand = values_by_hand(mdp)
    np.testing.assert_allclose(solution.v_principal[0], by_hand[0], atol=1e-8)
    np.testing.assert_allclose(solution.v_agent[0], by_hand[1], atol=1e-8)


@pytest.mark.parametrize("seed", range(4))
def test_nobody_gains_by_a_deviation(seed):
    rng = np.random.default_rng(seed)
    mdp = random_layers(rng, 3, 3, 3, 4, closed=0.2)
    spe = solve_spe(mdp)
    response = best_response(mdp, spe.contract, spe.action)
    assert response.follows.all()  # the agent
    np.testing.assert_allclose(response.v_agent, spe.v_agent, atol=1e-9)
    np.testing.assert_allclose(response.v_principal, spe.v_principal, atol=1e-9)
    ahead = np.concatenate([spe.v_principal[1:], np.zeros((1, 3))])
    gain = np.einsum("htao,hto->hta", mdp.outcome_probs, mdp.principal_reward) + np.einsum(
        "htao,htos,hs->hta", mdp.outcome_probs, mdp.transitions, ahead
    )
    for _ in range(300):  # the principal: any contract now, to which the agent responds, equilibrium afterwards
        b = spe.contract * rng.uniform(0.8, 1.2, spe.contract.shape) + rng.exponential(rng.choice([0.01, 0.1, 1])) * (
            rng.uniform(size=spe.contract.shape) < 0.5
        )
        paid = np.einsum("htao,hto->hta", mdp.outcome_probs, b)
        utility = spe.q_trunc + paid
        for_her = np.where(utility >= utility.max(axis=-1, keepdims=True) - 1e-12, gain - paid, -np.inf)
        assert (for_her.max(axis=-1) <= spe.v_principal + 1e-9).all()


def test_closed_form_and_programme_agree_on_layers():
    mdp = random_layers(np.random.default_rng(1), 5, 4, 2, 2)
    closed, programme = solve_spe(mdp, method="closed form"), solve_spe(mdp, method="lp")
    for name in ("v_principal", "v_agent", "contract", "cost"):
        np.testing.assert_allclose(getattr(closed, name), getattr(programme, name), atol=1e-9)
    np.testing.assert_array_equal(closed.action, programme.action)


def test_many_instances_are_one():
    rng = np.random.default_rng(2)
    parts = [random_layers(rng, 3, 2, 2, 2) for _ in range(3)]
    joint = np.zeros((3, 6, 2, 6))
    for i, part in enumerate(parts):
        joint[:, 2 * i : 2 * i + 2, :, 2 * i : 2 * i + 2] = part.transitions
    arrays = (
        np.concatenate([getattr(p, name) for p in parts], axis=1) for name in ("agent_reward", "principal_reward")
    )
    probs = np.concatenate([part.outcome_probs for part in parts], axis=1)
    union = solve_spe(PrincipalAgentMDP(probs, joint, *arrays))
    for i, part in enumerate(parts):
        np.testing.assert_allclose(union.contract[:, 2 * i : 2 * i + 2], solve_spe(part).contract, atol=1e-12)


@pytest.mark.parametrize("layered", [False, True])
def test_figure_one_in_fractions(layered):
    mdp = figure_one()
    solution = solve_spe(mdp.unrolled() if layered else mdp)
    v_principal, v_agent, action, contract = (
        getattr(solution, name)[0] if layered else getattr(solution, name)
        for name in ("v_principal", "v_agent", "action", "contract")
    )
    assert v_principal.tolist() == [1, Fraction(1, 2), Fraction(1, 2)]
    assert v_agent.tolist() == [Fraction(1, 5), Fraction(1, 10), Fraction(1, 10)]
    assert action.tolist() == [0, 0, 0]
    assert contract.tolist() == [[1, 0]] * 3
    root = solution.q_contract[0, 0] if layered else solution.q_contract[0]
    assert root.tolist() == [1, Fraction(59, 90)]
    assert solution.converged


def test_figure_one_in_floats():
    exact, floats = solve_spe(figure_one()), solve_spe(figure_one(0.9, 0.8, 14 / 9, 1.0))
    assert floats.converged
    assert floats.sweeps == 3
    np.testing.assert_allclose(floats.v_principal, exact.v_principal.astype(float), atol=1e-15)


def test_stationary_is_the_limit_of_long_horizons():
    mdp = random_stationary(np.random.default_rng(4), 3, 3, 3, gamma=0.5)
    solution = solve_spe(mdp)
    assert solution.converged
    np.testing.assert_allclose(solution.v_principal, solve_spe(repeated(mdp, 60)).v_principal[0], atol=1e-11)


def test_a_cycle_is_reported_as_one():
    solution = solve_spe(cycling_instance(0.9))
    assert not solution.converged
    assert solution.period == 2
    late = solve_spe(repeated(cycling_instance(0.9), 400))
    np.testing.assert_array_equal(late.action[0], late.action[2])
    assert late.action[0, 1] != late.action[1, 1]
    assert solve_spe(cycling_instance(0.5)).contract[1].tolist() == pytest.approx([0, 0.6875], abs=1e-10)


def test_breaking_off_is_not_convergence():
    solution = solve_spe(cycling_instance(0.5), max_sweeps=3)
    assert (solution.converged, solution.period, solution.sweeps) == (False, None, 3)


def test_a_slow_alternation_is_no_cycle():
    slow = [np.array([(-0.9) ** k]) for k in range(66)]  # the last steps are longer than 1e-3, two together shorter
    assert cycle_period(slow[-1], slow[:-1], 1e-3) is None
    assert cycle_period(np.array([1.0]), [np.array([x]) for x in (1.0, 2.0, 3.0)], 1e-9) == 3


def test_a_margin_makes_the_agent_prefer_what_is_asked():
    mdp = random_layers(np.random.default_rng(6), 3, 3, 2, 3)
    solution = solve_spe(mdp, margin=0.05)
    own = solution.q_trunc + np.einsum("htao,hto->hta", mdp.outcome_probs, solution.contract)
    chosen = np.take_along_axis(own, solution.action[..., None], axis=-1)
    others = np.where(np.arange(2) == solution.action[..., None], -np.inf, own)
    assert (chosen[..., 0] >= others.max(axis=-1) + 0.05 - 1e-9).all()
    assert (solution.v_principal <= solve_spe(mdp).v_principal + 1e-12).all()


def test_a_margin_that_nothing_can_keep_is_left_out():
    alike = np.full((1, 1, 2, 2), 0.5)
    mdp = PrincipalAgentMDP(alike, np.full((1, 1, 2), -1), [[[0.0, 0.0]]], [[[0.0, 1.0]]])
    solution = solve_spe(mdp, margin=0.1)
    assert solution.v_principal[0, 0] == 0.5
    assert solution.action[0, 0] == 0


def test_what_cannot_be_had_is_reported():
    alike = np.full((1, 1, 3, 2), 0.5)
    mdp = PrincipalAgentMDP(alike, np.full((1, 1, 2), -1), [[[-1.0, 0.0, -np.inf]]], [[[0.0, 1.0]]])
    solution = solve_spe(mdp)
    assert solution.inducible.tolist() == [[[False, True, False]]]
    assert solution.cost.tolist() == [[[np.inf, 0.0, np.inf]]]
    assert solution.q_contract.tolist() == [[[-np.inf, 0.5, -np.inf]]]
    assert solution.action.tolist() == [[1]]


def test_ties_of_the_principal_go_to_the_lowest_action():
    mdp = PrincipalAgentMDP(np.full((1, 1, 2, 2), 0.5), np.full((1, 1, 2), -1), [[[0.0, 0.0]]], [[[1.0, 1.0]]])
    assert solve_spe(mdp).action.tolist() == [[0]]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"margin": -1.0}, "margin must be finite and >= 0"),
        ({"tolerance": -1.0}, "tolerance must be >= 0"),
        ({"max_sweeps": 0}, "max_sweeps >= 1"),
        ({"method": "lp"}, 'method must be "auto" or "closed form" for exact numbers'),
        ({"method": "grid"}, "method must be"),
    ],
)
def test_refuses_by_name(options, message):
    with pytest.raises(ValueError, match=message):
        solve_spe(figure_one(), **options)


@pytest.mark.parametrize("number", [Fraction, float])
def test_a_state_at_rest_is_an_end(number):
    figure = figure_one()
    sizes = {"outcome_probs": (1, 2, 2), "agent_reward": (1, 2), "principal_reward": (1, 2)}
    arrays = {name: np.concatenate([getattr(figure, name), np.zeros(size, int)]) for name, size in sizes.items()}
    arrays["outcome_probs"][3] = figure.outcome_probs[0]
    arrays = {name: np.vectorize(number, otypes=[object])(array) for name, array in arrays.items()}
    arrays["agent_reward"][3, 0] = number(-1)  # work there is possible, and pointless
    mdp = PrincipalAgentMDP(transitions=[[1, 2], [3, 3], [3, 3], [3, 3]], gamma=1, **arrays)
    solution, ended = solve_spe(mdp), solve_spe(figure)
    assert solution.v_principal.astype(float)[:3] == pytest.approx(ended.v_principal.astype(float))
    assert solution.v_principal[3] == solution.v_agent[3] == 0
    kernel = np.eye(4)[[[1, 2], [3, 3], [3, 3], [3, 3]]]
    assert solve_spe(PrincipalAgentMDP(transitions=kernel, gamma=1, **arrays)).v_agent[0] == pytest.approx(0.2)
