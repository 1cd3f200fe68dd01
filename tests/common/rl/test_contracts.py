from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

from common.rl.contracts import binary_contracts, contracts_for_all_actions, minimal_payment_contracts


def random_problems(rng, n, actions, outcomes):
    return rng.normal(size=(n, actions)), rng.dirichlet(np.ones(outcomes), size=(n, actions))


def incentives(q, probs, action, contract):
    """How much the action asked for is better than the best other one."""
    total = q + probs @ contract
    return total[action] - np.delete(total, action).max()


@pytest.mark.parametrize("margin", [0.0, 0.3])
def test_closed_form_is_the_linear_programme(margin):
    rng = np.random.default_rng(1)
    q, probs = random_problems(rng, 200, 2, 2)  # either outcome may be the likelier one
    probs[:20, 1] = probs[:20, 0]  # and some actions look the same
    assert_same(binary_contracts(q, probs, margin), contracts_for_all_actions(q, probs, margin, method="lp"))


def assert_same(ours, theirs):
    np.testing.assert_array_equal(np.isinf(ours[1]), np.isinf(theirs[1]))
    known = np.isfinite(ours[1])
    np.testing.assert_allclose(ours[1][known], theirs[1][known], rtol=0, atol=1e-9 * max(1, ours[1][known].max()))
    assert np.isnan(ours[0][~known]).all()
    assert np.isnan(theirs[0][~known]).all()


@pytest.mark.parametrize(("actions", "outcomes"), [(2, 2), (3, 4), (5, 3), (4, 1)])
def test_second_solver_agrees(actions, outcomes):
    import cvxpy as cp

    rng = np.random.default_rng(actions * 10 + outcomes)
    q, probs = random_problems(rng, 12, actions, outcomes)
    contract, cost = contracts_for_all_actions(q, probs, 0.05, method="lp")
    for n, a in np.argwhere(np.isfinite(cost)):
        b = cp.Variable(outcomes, nonneg=True)
        kept = [
            (probs[n, a] - probs[n, other]) @ b >= q[n, other] - q[n, a] + 0.05
            for other in range(actions)
            if other != a
        ]
        problem = cp.Problem(cp.Minimize(probs[n, a] @ b), kept)
        problem.solve(solver=cp.CLARABEL)
        assert cost[n, a] == pytest.approx(problem.value, abs=1e-6 * max(1, problem.value))
        assert (contract[n, a] >= 0).all()
        assert incentives(q[n], probs[n], a, contract[n, a]) >= 0.05 - 1e-9


def covered(q, probs, action, margin):
    """Farkas: the largest utility of a mixture of other actions that has the same outcome distribution."""
    others = [a for a in range(len(q)) if a != action]
    mixture = linprog(
        -q[others],
        A_eq=np.vstack([probs[others].T, np.ones(len(others))]),
        b_eq=np.append(probs[action], 1.0),
        method="highs-ds",
    )
    return mixture.status == 0 and -mixture.fun > q[action] - margin


@pytest.mark.parametrize("margin", [0.0, 0.2])
def test_cannot_be_had_if_and_only_if_covered_by_a_better_mixture(margin):
    rng = np.random.default_rng(5)
    q, probs = random_problems(rng, 60, 4, 3)
    probs[:, 3] = np.einsum("na,nam->nm", rng.dirichlet(np.ones(3), size=60), probs[:, :3])
    _, cost = contracts_for_all_actions(q, probs, margin)
    expected = [[covered(q[n], probs[n], a, margin) for a in range(4)] for n in range(60)]
    np.testing.assert_array_equal(np.isinf(cost), expected)
    assert 10 < np.isinf(cost[:, 3]).sum() < 50


def test_a_problem_without_solution_leaves_its_neighbours_alone():
    rng = np.random.default_rng(2)
    q, probs = random_problems(rng, 5, 3, 4)
    probs[2] = probs[2, 0]
    together = minimal_payment_contracts(q, probs, np.zeros(5, dtype=int))
    for n in range(5):
        alone = minimal_payment_contracts(q[n : n + 1], probs[n : n + 1], np.array([0]))
        assert together[1][n] == pytest.approx(alone[1][0], abs=1e-9)
    assert np.isinf(together[1][2]) == (q[2, 0] < q[2].max())


def test_indistinguishable_actions_of_equal_worth_cost_nothing():
    contract, cost = contracts_for_all_actions([[1.0, 1.0, 1.0]], np.full((1, 3, 4), 0.25))
    np.testing.assert_array_equal(cost, 0)
    np.testing.assert_array_equal(contract, 0)
    assert np.isinf(contracts_for_all_actions([[1.0, 1.0, 1.0]], np.full((1, 3, 4), 0.25), 0.1)[1]).all()


@pytest.mark.parametrize("method", ["closed form", "lp"])
def test_actions_that_are_not_available_neither_cost_nor_tempt(method):
    q = np.array([[0.0, -np.inf], [-np.inf, -5.0], [0.0, 9.0]])
    probs = np.broadcast_to([[0.9, 0.1], [0.1, 0.9]], (1, 2, 2))
    contract, cost = contracts_for_all_actions(q, probs, 0.1, np.array([[1, 0], [0, 1], [1, 0]], bool), method=method)
    np.testing.assert_array_equal(cost, [[0, np.inf], [np.inf, 0], [0, np.inf]])
    np.testing.assert_array_equal(contract[[0, 1, 2], [0, 1, 0]], 0)


fractions = st.fractions(min_value=-3, max_value=3, max_denominator=12)
chances = st.fractions(min_value=0, max_value=1, max_denominator=12)


@settings(max_examples=100)
@given(st.tuples(fractions, fractions), st.tuples(chances, chances), st.fractions(0, 1, max_denominator=6))
def test_closed_form_is_exact_in_fractions(q, chance, margin):
    q = np.array([q], dtype=object)
    probs = np.array([[[1 - p, p] for p in chance]], dtype=object)
    contract, cost = binary_contracts(q, probs, margin)
    for a in (0, 1):
        gap = q[0, 1 - a] - q[0, a] + margin
        if chance[0] == chance[1] and gap > 0:
            assert cost[0, a] == np.inf
            continue
        b = contract[0, a]
        assert cost[0, a] == probs[0, a] @ b
        assert isinstance(cost[0, a], Fraction | int)
        assert min(b) == 0
        if gap <= 0:
            assert max(b) == 0
        else:  # binding, and any contract that pays for the other outcome too costs more
            assert probs[0, a] @ b + q[0, a] == probs[0, 1 - a] @ b + q[0, 1 - a] + margin


def test_figure_one_leaf():
    tenth = Fraction(1, 10)
    probs = np.array([[[1 - tenth, tenth], [tenth, 1 - tenth]]], dtype=object)
    contract, cost = binary_contracts(np.array([[Fraction(-4, 5), 0]], dtype=object), probs)
    assert contract[0, 0].tolist() == [1, 0]
    assert cost.tolist() == [[Fraction(9, 10), 0]]
    _, cost = binary_contracts(np.array([[Fraction(-4, 5), 0]], dtype=object), probs, 0.5)
    assert all(isinstance(number, Fraction) for number in cost.flat)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (([[np.nan, 0.0]], np.full((1, 2, 2), 0.5)), "q_trunc must be finite"),
        (([[np.inf, 0.0]], np.full((1, 2, 2), 0.5)), "q_trunc must be finite"),
        (([0.0, 0.0], np.full((1, 2, 2), 0.5)), "q_trunc must have shape"),
        (([[0.0, 0.0]], np.full((1, 2, 2), 0.4)), r"outcome_probs must be distributions, given outcome_probs\[0, 0\]"),
        (([[0.0, 0.0]], [[[1.5, -0.5], [0.5, 0.5]]]), "outcome_probs must be distributions"),
        (([[0.0, 0.0]], np.full((3, 2, 2), 0.5)), "outcome_probs must have shape"),
        (([[0.0, 0.0]], np.full((1, 2, 2), 0.5), -0.1), "margin must be finite and >= 0"),
        (([[0.0, 0.0]], np.full((1, 2, 2), 0.5), np.nan), "margin must be finite and >= 0"),
        (([[0.0, 0.0]], np.full((1, 2, 2), 0.5), 0.0, [True, False]), "feasible must be Booleans"),
    ],
)
def test_refuses_by_name(arguments, message):
    for solve in (contracts_for_all_actions, binary_contracts):
        with pytest.raises(ValueError, match=message):
            solve(*arguments)


def test_no_problem_has_no_contract():
    contract, cost = minimal_payment_contracts(np.zeros((0, 3)), np.zeros((0, 3, 4)), np.zeros(0, int))
    assert contract.shape == (0, 4)
    assert cost.shape == (0,)


def test_refuses_actions_and_methods_that_do_not_exist():
    q, probs = [[0.0, 0.0]], np.full((1, 2, 2), 0.5)
    with pytest.raises(ValueError, match=r"action must be in 0..1, given 2"):
        minimal_payment_contracts(q, probs, [2])
    with pytest.raises(ValueError, match="action must hold 1 whole numbers"):
        minimal_payment_contracts(q, probs, [0.0])
    with pytest.raises(ValueError, match="method must be"):
        contracts_for_all_actions(q, probs, method="grid")
    with pytest.raises(ValueError, match=r"outcome_probs must have shape \(N, 2, 2\)"):
        contracts_for_all_actions([[0.0] * 3], np.full((1, 3, 2), 0.5), method="closed form")
