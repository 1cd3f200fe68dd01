import numpy as np
import pytest

from papers.trading_networks.extensions import noise_study, surplus_study


def test_what_everybody_gets_adds_up_to_the_welfare_and_more_commission_moves_it_to_the_platform():
    study = surplus_study("heterogeneous", 3, [0.0, 0.5], [0.25, 1.0], 3, seed=4)
    assert len(study) == 12
    total = study["buyers_after"] + study["sellers_after"] + study["platform"]
    np.testing.assert_allclose(total, study["welfare"])
    assert (study["welfare"] <= 1 + 1e-9).all()
    low, high = (study[study["commission"] == c].reset_index() for c in (0.25, 1.0))
    np.testing.assert_allclose(low["platform"], high["platform"] / 4)
    np.testing.assert_allclose(low["buyers_after"], high["buyers_after"])
    assert (low["worse_off"] <= high["worse_off"]).all()
    np.testing.assert_allclose(study["worse_off"], (study["buyers_worse_off"] + study["sellers_worse_off"]) / 2)


def test_without_a_world_nobody_can_lose_and_the_platform_takes_all():
    study = surplus_study("heterogeneous", 3, [0.0], [1.0], 4, seed=0)
    assert (study[["worse_off", "buyers_before", "sellers_before"]] == 0).all(axis=None)
    np.testing.assert_allclose(study["platform"], 1.0)


def test_who_knows_the_values_has_no_regret_and_nobody_beats_the_optimum():
    study = noise_study("heterogeneous", 3, 0.3, [0.0, 0.5], 4, seed=2)
    exact = study[study["spread"] == 0]
    np.testing.assert_allclose(exact["regret"], 0, atol=1e-5)
    np.testing.assert_allclose(exact["expected"], 1)
    assert (study["realised"] <= 1 + 1e-5).all()
    np.testing.assert_allclose(study["realised"] + study["regret"], 1)


def test_markets_without_revenue_are_left_out():
    assert noise_study("homogeneous", 2, 1.0, [0.1], 3, seed=0).empty


def test_bad_arguments_are_named():
    with pytest.raises(ValueError, match="commission must be in"):
        surplus_study("heterogeneous", 2, [0.5], [1.5], 1, 0)
    with pytest.raises(ValueError, match="spread must be finite"):
        noise_study("heterogeneous", 2, 0.5, [-1.0], 1, 0)
