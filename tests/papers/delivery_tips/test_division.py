import numpy as np
import pytest

from papers.delivery_tips.census import enumerate_equilibria
from papers.delivery_tips.construction import construct_equilibrium
from papers.delivery_tips.division import division_of_surplus
from papers.delivery_tips.instances import scarce_courier_equilibrium, worked_instances
from papers.delivery_tips.market import DeliveryEquilibrium, DeliveryOutcome
from tests.papers.delivery_tips.reference import random_market

E2 = worked_instances()["E2"].market


def test_the_division_of_e2_is_that_of_the_dossier():
    division = division_of_surplus(E2, scarce_courier_equilibrium())
    assert division.buyers.tolist() == [0.5, 0.0]
    assert division.stores.tolist() == [0.0, 0.0]
    assert division.couriers.tolist() == [3.5]
    assert (division.platform, division.tips_paid, division.compensations_paid) == (0.0, 4.5, 0.0)
    assert (division.welfare, division.balance) == (4.0, 0.0)


def test_everybody_together_gets_the_welfare_and_nobody_loses_but_the_platform():
    rng = np.random.default_rng(61)
    for _ in range(150):
        market = random_market(rng, 4)
        outcome = construct_equilibrium(market)
        division = division_of_surplus(market, outcome)
        sides = division.buyers, division.stores, division.couriers
        assert tuple(side.size for side in sides) == market.shape
        assert sum(side.sum() for side in sides) + division.platform == pytest.approx(division.welfare)
        assert all((side >= -1e-9).all() for side in sides)
        assert division.platform == -division.compensations_paid <= 0
        equilibrium = outcome.equilibrium
        assert division.balance == pytest.approx(equilibrium.prices.sum() - equilibrium.compensations.sum())


def test_a_balanced_platform_keeps_something():
    for outcome in enumerate_equilibria(worked_instances()["E3"].market, budget_balanced=True):
        assert division_of_surplus(worked_instances()["E3"].market, outcome).balance >= -1e-6


def test_only_what_is_traded_is_paid():
    quoted = DeliveryEquilibrium([1, 2], np.ones((2, 2)), np.ones((2, 2)), [(0, 0, 0)])
    division = division_of_surplus(E2, quoted)
    assert division.stores.tolist() == [1, 0]
    assert (division.tips_paid, division.compensations_paid) == (1.0, 1.0)


def test_what_does_not_fit_is_refused():
    with pytest.raises(ValueError, match="equilibrium must carry payments"):
        division_of_surplus(E2, DeliveryOutcome.missing("none"))
    with pytest.raises(ValueError, match="transactions must be disjoint"):
        division_of_surplus(E2, DeliveryEquilibrium([0, 0], [[0, 0]] * 2, [[0, 0]] * 2, [(0, 0, 0), (1, 1, 0)]))
