from itertools import product

import numpy as np
import pytest
from scipy.optimize import linprog

from common.rl.mdp import (
    FiniteMDP,
    backward_induction,
    evaluate_policy,
    greedy,
    policy_iteration,
    states_that_need_not_end,
    value_iteration,
)


def random_mdp(rng, shape, gamma, ends=0.0):
    P = rng.dirichlet(np.ones(shape[-2]), size=shape) * (1 - ends)
    r = rng.normal(size=shape)
    r[rng.uniform(size=shape) < 0.2] = -np.inf
    r[..., 0] = np.where(np.isinf(r[..., 0]), 0.0, r[..., 0])
    return FiniteMDP(P, r, gamma)


def available_policies(mdp):
    choices = [np.flatnonzero(row > -np.inf) for row in mdp.rewards.reshape(-1, mdp.rewards.shape[-1])]
    return (np.array(policy).reshape(mdp.rewards.shape[:-1]) for policy in product(*choices))


@pytest.mark.parametrize("seed", range(5))
def test_backward_induction_beats_every_policy(seed):
    mdp = random_mdp(np.random.default_rng(seed), (2, 3, 2), 0.8)
    solution = backward_induction(mdp)
    best = np.max([evaluate_policy(mdp, policy) for policy in available_policies(mdp)], axis=0)
    np.testing.assert_allclose(solution.values, best, atol=1e-12)
    np.testing.assert_allclose(evaluate_policy(mdp, solution.policy), best, atol=1e-12)


@pytest.mark.parametrize(("gamma", "ends"), [(0.9, 0.0), (0.0, 0.0), (1.0, 0.1)])
def test_policy_iteration_beats_every_policy(gamma, ends):
    mdp = random_mdp(np.random.default_rng(7), (4, 3), gamma, ends)
    solution = policy_iteration(mdp)
    best = np.max([evaluate_policy(mdp, policy) for policy in available_policies(mdp)], axis=0)
    np.testing.assert_allclose(solution.values, best, atol=1e-12)
    np.testing.assert_allclose(solution.q_values.max(axis=-1), best, atol=1e-12)


def test_three_ways_to_the_optimum():
    mdp = random_mdp(np.random.default_rng(3), (12, 4), 0.95)
    values = policy_iteration(mdp).values
    swept = value_iteration(mdp, tolerance=1e-10)
    assert np.abs(swept.values - values).max() <= swept.error <= 1e-10
    S = len(values)
    state, action = np.nonzero(mdp.rewards > -np.inf)
    programme = linprog(
        np.ones(S),
        A_ub=0.95 * mdp.transitions[state, action] - np.eye(S)[state],
        b_ub=-mdp.rewards[state, action],
        bounds=(None, None),
    )
    np.testing.assert_allclose(programme.x, values, atol=1e-7)


def test_evaluation_is_the_discounted_sum():
    rng = np.random.default_rng(0)
    mdp = random_mdp(rng, (5, 3), 0.7)
    policy = mdp.rewards.argmax(axis=-1)
    P, r = mdp.transitions[np.arange(5), policy], mdp.rewards[np.arange(5), policy]
    total = sum(0.7**k * np.linalg.matrix_power(P, k) @ r for k in range(120))
    np.testing.assert_allclose(evaluate_policy(mdp, policy), total, atol=1e-12)


def test_a_long_horizon_is_stationary():
    mdp = random_mdp(np.random.default_rng(2), (4, 3), 0.5)
    layers = FiniteMDP(np.stack([mdp.transitions] * 60), np.stack([mdp.rewards] * 60), 0.5)
    np.testing.assert_allclose(backward_induction(layers).values[0], policy_iteration(mdp).values, atol=1e-12)


def test_breaking_off_says_how_far():
    mdp = random_mdp(np.random.default_rng(2), (4, 3), 0.9)
    short = value_iteration(mdp, max_iterations=5)
    assert short.iterations == 5
    assert np.abs(short.values - policy_iteration(mdp).values).max() <= short.error


def test_ties_go_to_the_lowest_index():
    assert greedy(np.array([[1.0, 1.0 + 1e-14, 0.0], [-1e9, 0.0, 1e-13]])).tolist() == [0, 1]
    assert greedy(np.array([[1.0, 1.0 + 1e-9]])).tolist() == [1]
    assert greedy(np.array([1.0, 1.1]), tolerance=0.2) == 0


def test_states_that_need_not_end():
    P = np.zeros((4, 2, 4))
    P[0, 0, 1] = P[1, 0, 0] = 1  # 0 and 1 may go round for ever
    P[2, :, 0] = 1  # 2 falls into them
    P[3, 0, 3] = 0.99  # 3 leaves in the end
    feasible = np.ones((4, 2), dtype=bool)
    assert states_that_need_not_end(P, feasible).tolist() == [True, True, True, False]
    feasible[1, 0] = False
    assert not states_that_need_not_end(P, feasible).any()


P, R = np.full((2, 2, 2), 0.5), np.zeros((2, 2))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((P[:1], R, 0.9), r"transitions must have shape \(2, 2, 2\)"),
        ((P, R[0], 0.9), "rewards must have shape"),
        ((P * 1.1, R, 0.9), "transitions must be probabilities"),
        ((-P, R, 0.9), "transitions must be probabilities"),
        ((P * np.nan, R, 0.9), "transitions must be probabilities"),
        ((P, R * np.nan, 0.9), "rewards must be finite"),
        ((P, R - np.inf, 0.9), "with one available in every state"),
        ((P, R, 1.1), r"gamma must be in \[0, 1\], given 1.1"),
        ((P, R, np.nan), r"gamma must be in \[0, 1\]"),
        ((P, R, 1.0), r"gamma must be below 1 .* never leaves the states \[0, 1\]"),
    ],
)
def test_refuses_by_name(arguments, message):
    with pytest.raises(ValueError, match=message):
        FiniteMDP(*arguments)


def test_refuses_the_wrong_kind_and_policies_that_do_not_exist():
    stationary, layers = FiniteMDP(P, [[0.0, -np.inf], [0.0, 0.0]], 0.9), FiniteMDP(P[None], R[None])
    with pytest.raises(ValueError, match="mdp must have layers for backward_induction"):
        backward_induction(stationary)
    for solve in (policy_iteration, value_iteration):
        with pytest.raises(ValueError, match="mdp must be stationary"):
            solve(layers)
    for policy, message in (([0], "of shape"), ([0, 2], "in 0..1"), ([0.0, 1.0], "whole"), ([1, 0], "available")):
        with pytest.raises(ValueError, match=f"policy must .*{message}"):
            evaluate_policy(stationary, policy)
    with pytest.raises(ValueError, match="gamma must be below 1"):
        value_iteration(FiniteMDP(P * 0.5, R, 1.0))
    with pytest.raises(ValueError, match="tolerance must be > 0"):
        value_iteration(stationary, tolerance=0)
