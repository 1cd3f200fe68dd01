from fractions import Fraction

import numpy as np
import pytest

from papers.contracts_rl.equilibrium import solve_spe
from papers.contracts_rl.instances import cycling_instance, figure_one


def test_figure_one_in_fractions():
    """E1 by hand: pay 1 for L everywhere; inducing the free action at the root would give 59/90."""
    spe = solve_spe(figure_one())
    assert (spe.v_principal[0], spe.v_agent[0]) == (1, Fraction(1, 5))
    assert spe.contract.tolist() == [[1, 0]] * 3
    assert (spe.action == 0).all()
    assert spe.q_contract[0, 1] == Fraction(59, 90)
    assert (spe.v_principal[1], spe.v_agent[1]) == (Fraction(1, 2), Fraction(1, 10))


@pytest.mark.parametrize("success", [0.6, 0.75, 1.0])
@pytest.mark.parametrize("gamma", [0.0, 0.5, 1.0])
def test_figure_one_by_formula(success, gamma):
    """In s_L and s_R work pays if p (r - c / (2p - 1)) > (1 - p) r; so it does at the root: both subtrees are alike."""
    cost, reward = 0.3, 2.0
    spe = solve_spe(figure_one(success, cost, reward, gamma))
    works = success * (reward - cost / (2 * success - 1)), (1 - success) * reward
    leaf = max(works)
    assert np.allclose(spe.v_principal, [leaf * (1 + gamma), leaf, leaf])
    assert (spe.action == int(works[1] > works[0])).all()


def test_mixed_numbers_become_floats():
    mdp = figure_one(0.9, Fraction(4, 5))
    assert not mdp.exact
    assert solve_spe(mdp).v_principal[0] == pytest.approx(1)


def test_nothing_can_be_inferred_at_one_half():
    spe = solve_spe(figure_one(Fraction(1, 2)))
    assert not spe.inducible[:, 0].any()
    assert (spe.action == 1).all()


def test_the_cycling_instance_is_that_of_the_dossier():
    """E5: at a low discount one contract is a fixed point, at 0.9 nothing is."""
    settled = solve_spe(cycling_instance(0.5))
    assert settled.converged
    assert settled.contract[1].tolist() == pytest.approx([0, 0.6875])
    assert not solve_spe(cycling_instance()).converged


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"success": 0.4}, "success must"),
        ({"success": 2}, "success must"),
        ({"cost": -1}, "cost must"),
        ({"cost": np.inf}, "cost must"),
        ({"reward": np.nan}, "principal_reward must"),
        ({"gamma": 1.5}, "gamma must"),
    ],
)
def test_bad_parameters_are_refused(options, message):
    with pytest.raises(ValueError, match=message):
        figure_one(**options)


def test_an_endless_instance_needs_a_discount():
    with pytest.raises(ValueError, match="gamma must"):
        cycling_instance(1.0)
