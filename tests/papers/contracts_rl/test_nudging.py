import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from papers.contracts_rl.equilibrium import solve_spe
from papers.contracts_rl.instances import figure_one
from papers.contracts_rl.nudging import nudged_contracts, nudging_curve, nudging_table, share_by_tree
from papers.contracts_rl.response import best_response
from papers.contracts_rl.trees import random_binary_tree
from tests.papers.contracts_rl.commitment_reference import random_game


@settings(max_examples=40)
@given(
    depth=st.integers(1, 6),
    seed=st.integers(0, 10**6),
    error=st.floats(1e-6, 0.2),
    factor=st.floats(2, 6),
    noise=st.floats(0, 0.45),
)
def test_a_margin_of_twice_the_error_is_enough(depth, seed, error, factor, noise):
    """She follows everywhere; what the principal loses the agent gains, between 0 and the bound."""
    mdp = random_binary_tree(depth, seed, noise=noise)
    spe = solve_spe(mdp)
    contracts = nudged_contracts(mdp, spe, error, factor * error, np.random.default_rng(seed))
    answer = best_response(mdp, contracts, spe.action)
    assert answer.follows[mdp.feasible.any(axis=-1)].all()
    loss = spe.v_principal[0, 0] - answer.v_principal[0, 0]
    assert loss == pytest.approx(answer.v_agent[0, 0] - spe.v_agent[0, 0], abs=1e-9)
    assert -1e-9 <= loss <= (2 + factor) * error * depth * (1 - noise) / (1 - 2 * noise) + 1e-9


@pytest.mark.parametrize("seed", range(4))
def test_it_holds_beyond_trees(seed):
    mdp = random_game(np.random.default_rng(seed), horizon=3, states=3, actions=3, outcomes=3, gamma=0.9)
    spe = solve_spe(mdp)
    contracts = nudged_contracts(mdp, spe, 0.01, 0.02, np.random.default_rng(seed))
    answer = best_response(mdp, contracts, spe.action)
    assert answer.follows.all()
    surplus = spe.v_principal + spe.v_agent
    assert np.allclose(answer.v_principal + answer.v_agent, surplus)
    assert (answer.v_principal[0] <= spe.v_principal[0] + 1e-9).all()


@pytest.mark.parametrize("around", ["realised", "idealised", "equilibrium"])
def test_without_errors_and_margin_it_is_the_equilibrium(around):
    mdp = random_binary_tree(5, 3)
    spe = solve_spe(mdp)
    contracts = nudged_contracts(mdp, spe, 0.0, 0.0, np.random.default_rng(0), around=around)
    assert np.allclose(contracts, spe.contract, equal_nan=True)


def test_the_cliff():
    """However small the error, a strict agent leaves; a tolerant one stays, and so does one who is paid a margin."""
    strict = nudging_table(nudging_curve([1e-6], [0.0, 2.0], depth=8, n_trees=20))
    tolerant = nudging_table(nudging_curve([1e-6], [0.0], depth=8, n_trees=20, tolerance=2.0))
    assert strict.loc[(1e-6, 0.0), "utility"] < 0.7
    assert strict.loc[(1e-6, 0.0), "deviates"] > 0.2
    assert strict.loc[(1e-6, 2.0), "utility"] > 0.9999
    assert tolerant.loc[(1e-6, 0.0), "utility"] > 0.9999
    assert tolerant.loc[(1e-6, 0.0), "deviates"] == 0


def test_the_table_of_the_dossier():
    """Its 50 trees are not ours: at margins of 0 and 1 errors both means have standard errors of 0.02."""
    table = nudging_table(nudging_curve())
    expected = np.array(
        [[0.495, 0.834, 0.9968, 0.9936], [0.492, 0.818, 0.9666, 0.9324], [0.494, 0.792, 0.8933, 0.7797]]
    )
    leaving = np.array([[0.279, 0.071, 0, 0], [0.278, 0.070, 0, 0], [0.276, 0.069, 0, 0]])
    difference = np.abs(table["utility"].to_numpy().reshape(3, 4) - expected)
    assert (difference <= [0.07, 0.07, 0.02, 0.02]).all()
    assert np.abs(table["deviates"].to_numpy().reshape(3, 4) - leaving).max() < 0.005
    assert (table.xs(2.0, level="margin")["deviates"] == 0).all()
    assert (table["worst"][table.index.get_level_values("margin") >= 2] <= 1).all()


def test_errors_around_a_programme_that_is_not_played_need_more():
    """The dossier: deviations survive at twice the error (2 %) and vanish, nearly, at four times."""
    table = nudging_table(nudging_curve([0.01], [2.0, 4.0], around="idealised"))
    assert table["deviates"].to_numpy() == pytest.approx([0.02, 0.0], abs=0.005)
    assert table.loc[(0.01, 2.0), "deviates"] > 0


def test_a_share_is_counted_tree_by_tree():
    flags = np.zeros((3, 8), dtype=bool)
    flags[1, 2:4] = flags[2, 4] = True
    flags[0, 5] = True  # padding
    assert share_by_tree(flags, 2).tolist() == pytest.approx([0, 3 / 7])


def test_bad_arguments_are_refused():
    mdp = random_binary_tree(2, 0)
    spe, rng = solve_spe(mdp), np.random.default_rng(0)
    for error, margin, options, message in (
        (-1, 0, {}, "error must"),
        (0, np.nan, {}, "margin must"),
        (0, 0, {"tie_tolerance": -1}, "tie_tolerance must"),
        (0, 0, {"around": "nothing"}, "around must"),
    ):
        with pytest.raises(ValueError, match=message):
            nudged_contracts(mdp, spe, error, margin, rng, **options)
    with pytest.raises(ValueError, match="layers"):
        nudged_contracts(figure_one(), spe, 0, 0, rng)
    blind = random_binary_tree(2, 0, noise=0.5)
    with pytest.raises(ValueError, match="cannot be had"):
        nudged_contracts(blind, solve_spe(blind), 0.0, 10.0, rng)
    with pytest.raises(ValueError, match="noise must be below 1/2"):
        nudging_curve(noise=0.5)
