from fractions import Fraction
from itertools import product

import numpy as np
import pytest

from common.rl.static_contracts import linear_contract, optimal_static_contract


def earned(r, reward, probs, contract):
    """What the principal earns if the agent responds, ties broken for her."""
    utility = r + probs @ contract
    return max((probs @ (reward - contract))[utility >= utility.max() - 1e-12])


@pytest.fixture(params=range(8))
def problem(request):
    rng = np.random.default_rng(request.param)
    actions, outcomes = rng.integers(2, 5, size=2)
    r = -np.append(0, rng.uniform(0, 1, actions - 1))
    return r, rng.uniform(0, 2, outcomes), rng.dirichlet(np.ones(outcomes), size=actions)


def test_no_contract_on_a_grid_is_better(problem):
    r, reward, probs = problem
    best = optimal_static_contract(*problem)
    assert earned(r, reward, probs, best.contract + 0) <= best.v_principal + 1e-9
    grid = product(np.linspace(0, 2, 9), repeat=len(reward))
    assert max(earned(r, reward, probs, np.array(b)) for b in grid) <= best.v_principal + 1e-9
    assert (probs @ (reward - best.contract))[best.action] == pytest.approx(best.v_principal, abs=1e-9)
    utility = r + probs @ best.contract
    assert utility[best.action] == pytest.approx(utility.max(), abs=1e-9)
    assert utility[best.action] == pytest.approx(best.v_agent, abs=1e-9)


def test_no_other_share_is_better(problem):
    r, reward, probs = problem
    best = linear_contract(*problem)
    np.testing.assert_allclose(best.contract, best.share * reward)
    others = [earned(r, reward, probs, share * reward) for share in np.linspace(0, 1, 2001)]
    assert max(others) <= best.v_principal + 1e-9
    assert max(others) >= best.v_principal - 1e-3 * reward.max()
    assert best.v_principal <= optimal_static_contract(*problem).v_principal + 1e-9
    assert (r + probs @ best.contract).max() == pytest.approx(best.v_agent, abs=1e-12)


def test_observed_actions_leave_the_agent_nothing():
    r, reward = np.array([0.0, -0.3, -0.9]), np.array([0.1, 0.7, 1.2])
    best = optimal_static_contract(r, reward, np.eye(3))
    assert best.v_principal == pytest.approx((reward + r).max(), abs=1e-12)  # the whole surplus
    assert best.v_agent == pytest.approx(0, abs=1e-12)


def test_figure_one_in_fractions():
    tenth = Fraction(1, 10)
    arrays = [[Fraction(-4, 5), 0], [Fraction(14, 9), 0], [[1 - tenth, tenth], [tenth, 1 - tenth]]]
    arrays = [np.array(array, dtype=object) for array in arrays]
    best = optimal_static_contract(*arrays)
    assert (best.action, best.v_principal, best.v_agent) == (0, Fraction(1, 2), tenth)
    linear = linear_contract(*arrays)  # with one rewarded outcome nothing is lost
    assert (linear.share, linear.v_principal) == (Fraction(9, 14), Fraction(1, 2))


def test_unavailable_actions_are_left_out():
    probs = [[0.5, 0.5], [0.0, 1.0], [0.3, 0.3]]
    for solve in (optimal_static_contract, linear_contract):
        best = solve([0.0, -0.1, -np.inf], [0.0, 1.0], probs)
        assert best.action == 1
        assert best.v_principal == pytest.approx(0.8)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"agent_reward": [np.nan, 0.0]}, "agent_reward must be finite"),
        ({"agent_reward": [-np.inf, -np.inf]}, "with one available action"),
        ({"agent_reward": [0.0]}, "must have shapes"),
        ({"principal_reward": [np.inf, 0.0]}, "principal_reward must be finite"),
        ({"outcome_probs": [[0.5, 0.5], [0.5, 0.6]]}, r"distributions, given outcome_probs\[1\]"),
    ],
)
def test_refuses_by_name(change, message):
    problem = {"agent_reward": [0.0, -1.0], "principal_reward": [0.0, 1.0], "outcome_probs": np.eye(2)} | change
    for solve in (optimal_static_contract, linear_contract):
        with pytest.raises(ValueError, match=message):
            solve(**problem)


def test_refuses_a_negative_share_and_an_unreachable_margin():
    with pytest.raises(ValueError, match="principal_reward must be >= 0"):
        linear_contract([0.0, 0.0], [-1.0, 1.0], np.eye(2))
    with pytest.raises(ValueError, match="margin must leave an action"):
        optimal_static_contract([0.0, 0.0], [0.0, 1.0], np.full((2, 2), 0.5), 0.1)
