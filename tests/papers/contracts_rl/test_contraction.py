from fractions import Fraction

import numpy as np
import pytest

from papers.contracts_rl.contraction import (
    composite_map,
    contraction_study,
    counter_example,
    counter_example_table,
    principal_operator,
)
from papers.contracts_rl.equilibrium import solve_spe
from papers.contracts_rl.instances import figure_one
from papers.contracts_rl.response import best_response


def test_operator_by_hand():
    mdp = figure_one()
    grid = np.array([[0, 0], [1, 0]], dtype=object)
    F = np.array([[0, 0], [Fraction(1, 2), 0], [0, 3]], dtype=object)
    worked = principal_operator(mdp, grid, np.zeros((3, 2), dtype=int), F)
    tenth = Fraction(1, 10)
    assert worked[0, 1] == 9 * tenth * (Fraction(5, 9) + Fraction(1, 2)) + tenth * 3
    assert worked[1, 0] == 9 * tenth * Fraction(14, 9)  # nothing comes after it


def test_equilibrium_is_a_fixed_point_of_the_composite_map():
    mdp, spe = figure_one(), solve_spe(figure_one())
    grid = np.array([[1, 0], [0, 0], [Fraction(1, 3), Fraction(1, 2)]], dtype=object)
    F = spe.v_principal[:, None] - np.array([0, 1, 1])
    offered, policy, output = composite_map(mdp, grid, F)
    assert offered.tolist() == [0, 0, 0]
    assert policy[:, 0].tolist() == [0, 0, 0]
    assert output[:, 0].tolist() == spe.v_principal.tolist()
    again = composite_map(mdp, grid, output)
    assert (again[2] == output).all()


def test_the_agent_answers_best_to_every_contract():
    mdp, grid, F, _ = counter_example(Fraction(1, 100))
    offered, policy, _ = composite_map(mdp, grid, F)
    for index, contract in enumerate(grid):  # what she would do if it were offered in the first state only
        contracts = grid[offered].copy()
        contracts[0] = contract
        assert best_response(mdp, contracts, tie_tolerance=0).action[0] == policy[0, index]


@pytest.mark.parametrize("digits", [1, 5, 12])
def test_close_inputs_have_distant_outputs(digits):
    epsilon = Fraction(1, 10**digits)
    _, _, F, G = counter_example(epsilon)
    assert abs(F - G).max() == epsilon
    row = counter_example_table([epsilon]).iloc[0]
    assert row["first output"] == pytest.approx(1009 / 1800)
    assert row["second output"] == pytest.approx(1881 / 1800 + float(epsilon) / 20)
    assert row["gap, agent answers anew"] >= 0.484
    assert row["gap, agent fixed"] <= row["input gap"]


def test_the_operator_contracts_and_a_shift_is_as_bad_as_it_gets():
    study = contraction_study(30, np.random.default_rng(0))
    assert len(study) == 90
    assert study["ratio"].max() <= 1 + 1e-9
    np.testing.assert_allclose(study.loc[study["kind"] == "shift", "ratio"], 1, atol=1e-9)


def test_refuses_no_distance():
    with pytest.raises(ValueError, match="epsilon must be > 0, given 0"):
        counter_example(Fraction(0))
