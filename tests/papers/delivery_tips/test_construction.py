import numpy as np
import pytest

from papers.delivery_tips.construction import construct_equilibrium
from papers.delivery_tips.market import ThreeSidedMarket
from papers.delivery_tips.verification import check_equilibrium
from papers.delivery_tips.without_tips import fewest_orders
from tests.papers.delivery_tips.reference import random_market


def test_the_construction_passes_the_verifier_on_two_thousand_markets():
    """C3 of the abstract: every shape 0..5, integer and real, with zeros and ties."""
    rng = np.random.default_rng(41)
    shapes = set()
    for _ in range(2000):
        market = random_market(rng, 5)
        shapes.add(market.shape)
        outcome = construct_equilibrium(market)
        assert check_equilibrium(market, outcome) == ()
        assert outcome.welfare == market.welfare(outcome.transactions)
    assert len(shapes) == 6**3


@pytest.mark.parametrize("shape", [(0, 0, 0), (0, 3, 2), (3, 0, 2), (3, 2, 0), (0, 0, 3), (4, 4, 1)])
def test_edges(shape):
    n_buyers, n_stores, n_couriers = shape
    for value in (0.0, 1.0):
        market = ThreeSidedMarket(np.full((n_buyers, n_stores), value), np.ones((n_couriers, n_buyers, n_stores)))
        outcome = construct_equilibrium(market)
        assert check_equilibrium(market, outcome, tol=1e-9) == ()
        assert len(outcome.transactions) == (min(shape) if value else 0)


def test_nobody_tips_if_there_are_couriers_enough():
    rng = np.random.default_rng(42)
    for _ in range(200):
        market = random_market(rng, 5)
        outcome = construct_equilibrium(market)
        enough = market.n_couriers >= fewest_orders(market.V)
        assert (check_equilibrium(market, outcome, tips=False) == ()) == enough
        if not enough:
            assert len(outcome.transactions) == market.n_couriers
