import numpy as np
import pytest

from papers.delivery_tips.first_best import first_best
from papers.delivery_tips.market import ThreeSidedMarket
from papers.delivery_tips.transactions import all_transactions
from tests.papers.delivery_tips.reference import random_market


def test_the_first_best_is_the_best_of_all_transactions():
    rng = np.random.default_rng(1)
    for _ in range(150):
        market = random_market(rng)
        best = first_best(market)
        assert best.exists
        assert best.welfare == pytest.approx(max(map(market.welfare, all_transactions(market.shape))))
        assert best.welfare == pytest.approx(market.welfare(best.transactions))
        assert (best.status, best.gap) == ("optimal", pytest.approx(0.0, abs=1e-7))
        assert best.linear_gap >= -1e-9


def test_the_duals_prove_the_linear_value():
    rng = np.random.default_rng(2)
    for _ in range(60):
        market = random_market(rng, most=6)
        best = first_best(market)
        u, p, y = best.duals
        assert tuple(side.size for side in best.duals) == market.shape
        assert min(side.min(initial=0.0) for side in best.duals) >= 0
        assert (u[:, None] + p + y[:, None, None] >= market.surplus - 1e-9).all()
        assert u.sum() + p.sum() + y.sum() == pytest.approx(best.linear_value)
        assert best.welfare <= best.bound <= best.linear_value + 1e-9


@pytest.mark.parametrize(
    ("V", "K", "welfare", "linear"),
    [
        ([[1]], [[[2]]], 0, 0),
        ([[5, 1], [1, 4]], [[[1, 1], [1, 1]]], 4, 4),
        ([[6, 6], [0, 5]], [[[4, 0], [0, 6]], [[1, 2], [3, 3]]], 6, 6.5),
        ([[3, 2], [6, 5]], [[[1, 6], [3, 0]], [[5, 2], [0, 6]]], 6, 6.5),
        ([[2, 2], [2, 1]], [[[0, 4], [3, 1]], [[3, 0], [1, 4]]], 2, 2.5),
    ],
    ids=["E1", "E2", "E3", "E3c", "E6"],
)
def test_the_worked_instances(V, K, welfare, linear):
    best = first_best(ThreeSidedMarket(V, K))
    assert (best.welfare, best.linear_value) == (pytest.approx(welfare), pytest.approx(linear))
    assert best.linear_gap == pytest.approx((linear - welfare) / (welfare or 1))


def test_when_the_time_is_up_the_bound_still_holds():
    rng = np.random.default_rng(3)
    market = ThreeSidedMarket(rng.random((14, 14)), 2 * rng.random((14, 14, 14)))
    stopped, best = first_best(market, time_limit=1e-3), first_best(market)
    assert stopped.status == "time limit"
    assert stopped.welfare <= best.welfare + 1e-9
    assert best.welfare <= stopped.bound * (1 + 1e-9) <= stopped.linear_value * (1 + 1e-8)


@pytest.mark.parametrize("option", [{"time_limit": 0.0}, {"gap": -1.0}, {"threads": 0}])
def test_bad_options_are_named(option):
    with pytest.raises(ValueError, match=f"{next(iter(option))}.*given"):
        first_best(ThreeSidedMarket([[1]], [[[1]]]), **option)
