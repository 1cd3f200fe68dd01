import numpy as np
import pytest

from common.plots.spatial import spatial_network
from papers.contracts_rl.commitment import optimal_commitment
from papers.contracts_rl.contract_explorer import contract_explorer, equilibrium_table, follow, two_trees
from papers.contracts_rl.contract_pictures import payment_cliff, profiles_picture
from papers.contracts_rl.contract_study import payments_of_one_state, profile_table
from papers.contracts_rl.equilibrium import solve_spe
from papers.contracts_rl.instances import figure_one


def test_the_explorer_holds_every_combination_and_needs_nothing_else():
    shown = contract_explorer([0.75, 0.9], [0.8], [1.0, 14 / 9], [0.5, 1.0])
    assert "principal, commitment: 1.056" in shown.text  # the paper's numbers come first
    assert "http" not in shown.html.replace("http://www.w3.org/2000/svg", "")
    assert len(shown.html) < 200_000


def test_the_two_trees_show_contracts_and_utilities():
    game = figure_one()
    state = two_trees(game, solve_spe(game), optimal_commitment(game), layout="beside")
    equilibrium, commitment = state.agents
    assert equilibrium.notes["b(L)"] == (1.0, 1.0, 1.0)
    assert commitment.notes["b(L)"] == (0.9, 1.0, "")
    assert commitment.notes["u"] == pytest.approx((0.1, 0.1, 0.0))
    assert commitment.idle.tolist() == [False, False, True]
    assert state.readouts["principal, commitment"] == pytest.approx(19 / 18)
    assert spatial_network(state).figure is not None


def test_following_the_equilibrium_earns_its_utilities():
    game = figure_one(0.8, 0.3, 2.0, 0.7)
    spe = solve_spe(game)
    assert np.allclose(follow(game, spe.action, spe.contract), spe.v_agent)


def test_the_table_keeps_fractions():
    table = equilibrium_table(solve_spe(figure_one()))
    assert table.loc["s_0", "q, a_R"] == "59/90"
    assert table["asked for"].tolist() == ["a_L"] * 3


def test_pictures_mark_the_jump_and_the_profiles():
    game = figure_one()
    spe = solve_spe(game)
    figure = payment_cliff(payments_of_one_state(game, spe, 1, np.linspace(0, 1.5, 31)), 1.0)
    before, after = figure.axes[0].lines[1], figure.axes[0].lines[0]
    assert before.get_ydata()[-1] < after.get_ydata()[0]
    ax = profiles_picture(profile_table(game), {"commitment": 0, "equilibrium": 1})
    assert len(ax.lines[0].get_xdata()) == 8
