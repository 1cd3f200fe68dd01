import numpy as np
import pytest

from papers.trading_networks import TradingNetwork, costly_platform, price_of_revenue_maximisation
from papers.trading_networks.every_optimum import SHAPES, homogeneous_least_welfare_shares, least_welfare_share
from papers.trading_networks.prm_record import tied_market


def test_a_tie_is_not_broken_for_the_platform():
    # The second buyer pays 1 for either good; if for the first, the first buyer loses it and the second good stays.
    net = TradingNetwork([[1.0, 0.0], [1.0, 1.0]], [[1, 0], [0, 0]])
    assert least_welfare_share(net) == pytest.approx(1 / 2)
    assert price_of_revenue_maximisation(net) == pytest.approx(1)


@pytest.mark.parametrize("epsilon", [0.1, 0.5])
def test_without_ties_it_is_the_inverse_of_the_price(epsilon):
    net = costly_platform(epsilon)
    assert least_welfare_share(net) == pytest.approx(1 / price_of_revenue_maximisation(net))


def test_homogeneous_optima_are_all_efficient():
    shares = homogeneous_least_welfare_shares(10, seed=0)
    assert shares.shape == (10, len(SHAPES))
    np.testing.assert_allclose(shares, 1, atol=1e-9)
    np.testing.assert_array_equal(homogeneous_least_welfare_shares(3, seed=0), shares[:3])


def test_a_worthless_market_loses_nothing():
    assert least_welfare_share(TradingNetwork(np.zeros((2, 3)), np.zeros((2, 3), dtype=bool))) == 1


def test_the_tied_market_has_the_share_of_its_best_optimum():
    net = tied_market(20)
    assert least_welfare_share(net) == pytest.approx(1 / price_of_revenue_maximisation(net))
