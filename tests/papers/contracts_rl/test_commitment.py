from fractions import Fraction

import numpy as np
import pytest

from papers.contracts_rl.commitment import optimal_commitment
from papers.contracts_rl.commitment_cycles import CyclicRelaxation
from papers.contracts_rl.commitment_search import branch_and_bound
from papers.contracts_rl.equilibrium import solve_spe
from papers.contracts_rl.instances import cycling_instance, figure_one
from papers.contracts_rl.mdp import PrincipalAgentMDP
from papers.contracts_rl.response import best_response
from papers.contracts_rl.trees import random_binary_tree
from tests.papers.contracts_rl.commitment_reference import by_enumeration, by_milp, random_game


def layered_figure_one():
    """Figure 1 with two layers of up to two states."""
    p, q = Fraction(9, 10), Fraction(1, 10)
    agent = np.array([[[-Fraction(4, 5), Fraction(0)]] * 2] * 2)
    principal = np.array([[[Fraction(14, 9), Fraction(0)]] * 2] * 2)
    probs = np.broadcast_to(np.array([[p, q], [q, p]]), (2, 2, 2, 2))
    return PrincipalAgentMDP(probs, np.array([[[0, 1]] * 2] * 2), agent, principal, layer_sizes=(1, 2))


def stationary_form(tree):
    """The same tree with its states in one row; it ends by itself."""
    places = np.concatenate([[0], np.cumsum(tree.sizes)])
    n = places[-1]
    agent, principal, follow = np.zeros((n, 2)), np.zeros((n, 2)), np.full((n, 2), -1)
    for t, size in enumerate(tree.sizes):
        rows = slice(places[t], places[t + 1])
        agent[rows], principal[rows] = tree.agent_reward[t, :size], tree.principal_reward[t, :size]
        if t + 1 < tree.horizon:
            follow[rows] = places[t + 1] + tree.transitions[t, :size]
    return PrincipalAgentMDP(np.broadcast_to(tree.outcome_probs[0, 0], (n, 2, 2)), follow, agent, principal)


def check_plan(mdp, plan, start=0, tolerance=1e-7):
    """The agent follows everywhere, and both earn what the plan says."""
    answer = best_response(mdp, plan.contract, plan.action, tie_tolerance=tolerance)
    assert answer.follows[mdp.feasible.any(axis=-1)].all()
    at = (0, start) if mdp.horizon else start
    assert abs(answer.v_principal[at] - plan.v_principal) <= tolerance
    assert abs(answer.v_agent[at] - plan.v_agent) <= tolerance


def test_figure_one_is_exact():
    plan = optimal_commitment(figure_one())
    assert (plan.v_principal, plan.v_agent, plan.bound) == (Fraction(19, 18), Fraction(1, 10), Fraction(19, 18))
    assert isinstance(plan.v_principal, Fraction)
    assert (plan.gap, plan.status) == (0.0, "optimal")
    assert plan.contract.tolist() == [[Fraction(9, 10), 0], [1, 0], [0, 0]]
    assert plan.action.tolist() == [0, 0, 1]


def test_layers_and_fractions_agree_with_the_stationary_form():
    mdp = layered_figure_one()
    plan = optimal_commitment(mdp)
    assert (plan.v_principal, plan.v_agent) == (Fraction(19, 18), Fraction(1, 10))
    check_plan(mdp, plan, tolerance=0)


def test_another_plan_of_figure_one_is_worth_the_same():
    """Pay 2 for L in s_L and nothing elsewhere (the dossier's E2 says 1.95, for which nobody works at the root)."""
    contracts = np.full((2, 2, 2), Fraction(0))
    values = {}
    for paid in (Fraction(2), Fraction(39, 20)):
        contracts[1, 0, 0] = paid
        answer = best_response(layered_figure_one(), contracts, tie_tolerance=0)
        values[paid] = answer.v_principal[0, 0], answer.v_agent[0, 0], answer.action[0, 0]
    assert values[2] == (Fraction(19, 18), Fraction(1, 10), 0)
    assert values[Fraction(39, 20)][2] == 1
    assert values[Fraction(39, 20)][0] < 1


@pytest.mark.parametrize("depth", [1, 2, 3])
@pytest.mark.parametrize("seed", range(2))
def test_trees_against_all_profiles(depth, seed):
    mdp = stationary_form(random_binary_tree(depth, seed))
    plan = optimal_commitment(mdp)
    assert plan.status == "optimal"
    assert plan.v_principal == pytest.approx(by_enumeration(mdp, 0)[0], abs=1e-8)
    check_plan(mdp, plan)


GAMES = {
    "layers that meet": {"horizon": 3, "ends": True},
    "layers, discounted, random next states": {"horizon": 2, "states": 3, "gamma": 0.8},
    "three actions and outcomes": {"horizon": 2, "actions": 3, "outcomes": 3, "gamma": 0.9},
    "more actions than outcomes": {"horizon": 2, "actions": 3, "gamma": 0.9},
    "unavailable actions": {"horizon": 2, "actions": 3, "outcomes": 3, "dead": True, "ends": True},
    "cycles": {"states": 3, "gamma": 0.8},
    "cycles, three actions": {"states": 2, "actions": 3, "outcomes": 3, "gamma": 0.6, "dead": True},
    "cycles, more actions than outcomes": {"states": 2, "actions": 4, "gamma": 0.7},
    "cycles and ends": {"states": 4, "gamma": 0.95, "ends": True},
}


@pytest.mark.parametrize("kind", GAMES)
@pytest.mark.parametrize("seed", range(3))
def test_games_against_all_profiles(kind, seed):
    mdp = random_game(np.random.default_rng(seed), **GAMES[kind])
    plan = optimal_commitment(mdp)
    assert plan.status == "optimal"
    assert plan.v_principal == pytest.approx(by_enumeration(mdp, 0)[0], abs=1e-6)
    check_plan(mdp, plan, tolerance=1e-6)
    equilibrium = solve_spe(mdp)
    if equilibrium.converged:
        assert plan.v_principal >= equilibrium.v_principal[(0, 0) if mdp.horizon else 0] - 1e-9


@pytest.mark.parametrize("seed", range(3))
def test_a_search_may_begin_without_a_plan(seed):
    """As it must where no stationary equilibrium is found; here the suggested actions often cannot be had."""
    mdp = random_game(np.random.default_rng(seed), **GAMES["cycles, more actions than outcomes"])
    found = branch_and_bound(CyclicRelaxation(mdp, 0), None, 0.0, 1e-9)
    assert found.plan.v_principal <= by_enumeration(mdp, 0)[0] + 1e-7 <= found.bound + 2e-7


@pytest.mark.parametrize("seed", range(3))
def test_trees_against_a_mixed_integer_programme(seed):
    mdp = stationary_form(random_binary_tree(3, 100 + seed))
    assert optimal_commitment(mdp).v_principal == pytest.approx(by_milp(mdp, 0, 20.0), abs=1e-6)


@pytest.mark.parametrize("seed", range(2))
def test_deep_trees_are_proven_optimal(seed):
    mdp = random_binary_tree(5, seed)
    plan = optimal_commitment(mdp)
    assert (plan.gap, plan.status, plan.subproblems) == (0.0, "optimal", 1)
    check_plan(mdp, plan)


def test_coarse_promises_still_end_in_the_optimum():
    mdp = random_binary_tree(5, 0)
    fine, coarse = optimal_commitment(mdp), optimal_commitment(mdp, combinations=25)
    assert coarse.subproblems > 1
    assert coarse.v_principal == pytest.approx(fine.v_principal, abs=1e-8)


def test_bounds_hold_when_the_search_stops_early():
    mdp = random_binary_tree(6, 1)
    best = optimal_commitment(mdp).v_principal
    for options in ({"gap": 0.01, "combinations": 2_000}, {"time_limit": 1e-9, "combinations": 100}):
        plan = optimal_commitment(mdp, **options)
        assert plan.status in ("gap", "time limit")
        assert plan.v_principal - 1e-9 <= best <= plan.bound + 1e-9
        assert plan.gap == pytest.approx((plan.bound - plan.v_principal) / plan.v_principal)
        check_plan(mdp, plan)


def test_each_tree_of_a_forest_has_its_own_start():
    forest = random_binary_tree(3, 5, n_trees=3)
    spe = solve_spe(forest)
    for root in range(3):
        plan = optimal_commitment(forest, root)
        assert plan.v_principal >= spe.v_principal[0, root] - 1e-12
        check_plan(forest, plan, root)
    others = np.delete(np.arange(forest.sizes[2]), np.s_[4 * 2 : 4 * 3])
    assert (plan.contract[2, others] == spe.contract[2, others]).all()


def test_small_trees_give_the_numbers_of_the_dossier():
    """Its 300 trees of depth 2 are those of the seeds 0..299."""
    ratios = np.empty(300)
    for seed in range(300):
        mdp = random_binary_tree(2, seed)
        ratios[seed] = optimal_commitment(mdp).v_principal / solve_spe(mdp).v_principal[0, 0]
    assert np.mean(ratios > 1 + 1e-9) == pytest.approx(0.13, abs=0.005)
    assert ratios.mean() == pytest.approx(1.0045, abs=1e-4)
    assert ratios.max() == pytest.approx(1.277, abs=1e-3)


def test_a_cycling_instance_has_an_optimal_commitment():
    mdp = cycling_instance()
    plan = optimal_commitment(mdp)
    assert plan.v_principal == pytest.approx(by_enumeration(mdp, 1)[0], abs=1e-8)
    assert plan.status == "optimal"


def test_fractions_beyond_two_outcomes_are_solved_in_floats():
    probs = np.array(
        [[[Fraction(1, 2), Fraction(1, 4), Fraction(1, 4)], [Fraction(1, 4), Fraction(1, 2), Fraction(1, 4)]]]
    )
    mdp = PrincipalAgentMDP(
        probs,
        np.full((1, 3), -1),
        np.array([[0, Fraction(-1, 4)]]),
        np.array([[Fraction(0), Fraction(2), Fraction(0)]]),
    )
    plan = optimal_commitment(mdp)
    assert plan.v_principal == pytest.approx(by_enumeration(mdp, 0)[0], abs=1e-9)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"start": 3}, "start must be"),
        ({"start": True}, "start must be"),
        ({"gap": -1.0}, "gap must be"),
        ({"gap": np.nan}, "gap must be"),
        ({"combinations": 0}, "combinations >= 1"),
        ({"time_limit": 0}, "time_limit > 0"),
    ],
)
def test_bad_options_are_refused(options, message):
    with pytest.raises(ValueError, match=message):
        optimal_commitment(figure_one(), **options)
