import numpy as np
import pytest

from papers.delivery_tips.bounded import bounded_first_best
from papers.delivery_tips.city import random_city
from papers.delivery_tips.first_best import first_best
from papers.delivery_tips.generators import family_market, integer_market, uniform_market
from papers.delivery_tips.transactions import disjoint_transactions


@pytest.mark.parametrize("draw", [uniform_market, integer_market])
def test_welfare_first_best_and_bound_are_in_order(draw):
    for seed in range(25):
        rng = np.random.default_rng(seed)
        market = draw(tuple(rng.integers(0, 7, 3)), rng)
        answer, exact = bounded_first_best(market, rng, restarts=5), first_best(market)
        assert disjoint_transactions(market, answer.transactions) == answer.transactions
        assert market.welfare(answer.transactions) == pytest.approx(answer.welfare)
        assert -1e-9 <= answer.welfare <= exact.welfare + 1e-6 <= answer.bound + 2e-6
        assert answer.gap == pytest.approx((answer.bound - answer.welfare) / (answer.welfare or 1.0), abs=1e-8)


def test_chains_meet_their_bound():
    for seed in range(10):
        market = family_market("T3", (6, 7, 8), np.random.default_rng(seed))
        assert bounded_first_best(market, np.random.default_rng(0)).status == "optimal"


@pytest.mark.parametrize("seed", range(2))
def test_round_trips_of_sixty_are_within_a_hundredth_of_the_bound(seed):
    market = random_city((60, 60, 60), np.random.default_rng(seed)).round_trip()
    answer = bounded_first_best(market, np.random.default_rng(seed))
    assert market.welfare(answer.transactions) == pytest.approx(answer.welfare)
    assert 0 <= answer.gap < 0.01


def test_restarts_are_checked():
    with pytest.raises(ValueError, match="restarts"):
        bounded_first_best(uniform_market((1, 1, 1), np.random.default_rng(0)), np.random.default_rng(0), restarts=0)
