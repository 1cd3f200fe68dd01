from fractions import Fraction

import numpy as np
import pytest

from papers.contracts_rl.contract_study import (
    payments_of_one_state,
    profile_table,
    programme_against_cvxpy,
    programme_against_formula,
)
from papers.contracts_rl.equilibrium import solve_spe
from papers.contracts_rl.instances import cycling_instance, figure_one
from tests.papers.contracts_rl.commitment_reference import by_enumeration


@pytest.mark.parametrize("seed", range(5))
def test_programme_and_formula_agree(seed):
    assert programme_against_formula(200, np.random.default_rng(seed)).max() < 1e-9


@pytest.mark.parametrize(("actions", "outcomes"), [(2, 2), (3, 3), (4, 2)])
def test_a_second_solver_agrees(actions, outcomes):
    table = programme_against_cvxpy(5, actions, outcomes, np.random.default_rng(1))
    assert len(table) == 5 * actions
    assert table["gap"].max() < 1e-6
    if actions > outcomes:
        assert np.isinf(table["highs"]).any()  # with few outcomes some actions are mixtures of others


def test_the_cliff_of_figure_one():
    """E1: 7/45 without pay, a jump at a payment of 1 to 1/2, and everything given away at 14/9."""
    game = figure_one()
    table = payments_of_one_state(game, solve_spe(game), 1, np.array([0.0, 0.99, 1.0, 14 / 9]))
    assert table["action"].tolist() == [1, 1, 0, 0]
    assert table["principal"].to_numpy() == pytest.approx([7 / 45, 7 / 45 - 0.099, 0.5, 0])
    assert table["agent"].to_numpy() == pytest.approx([0, 0.099, 0.1, 0.9 * 14 / 9 - 0.8])


def test_all_profiles_of_figure_one():
    table = profile_table(figure_one())
    assert len(table) == 8
    assert table.loc[0, [0, 1, 2, "principal", "agent"]].tolist() == [0, 0, 1, Fraction(19, 18), Fraction(1, 10)]
    assert table.loc[1, "principal"] == 1
    assert float(table.loc[0, "principal"]) == pytest.approx(by_enumeration(figure_one(), 0)[0])
    assert (table["surplus"] == table["principal"] + table["agent"]).all()
    with pytest.raises(ValueError, match="cycles"):
        profile_table(cycling_instance())
