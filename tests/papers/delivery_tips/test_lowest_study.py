import numpy as np
import pytest

from papers.delivery_tips import (
    ThreeSidedMarket,
    enumerate_equilibria,
    first_best,
    integer_market,
    with_tip_optimum,
    without_tip_optimum,
    worked_instances,
)
from papers.delivery_tips.lowest_study import half_market, ratio_to_first_best, search_lowest, tempting_market


@pytest.mark.parametrize("cost", [0.5, 1, 4, 7.25, 100, 1e5])
def test_the_tempting_market_falls_as_fast_as_its_cost(cost):
    market = tempting_market(cost)
    assert first_best(market).welfare == pytest.approx(max(3, 4 - cost))
    assert with_tip_optimum(market).welfare == pytest.approx(4 - cost)
    assert without_tip_optimum(market).welfare == pytest.approx(4 - cost)
    assert enumerate_equilibria(market)[0].welfare == pytest.approx(4 - cost)
    assert ratio_to_first_best(market) == pytest.approx((4 - cost) / max(3, 4 - cost))


def test_worthwhile_deliveries_and_few_couriers_are_efficient():
    generator = np.random.default_rng(1)
    for _ in range(60):
        drawn = integer_market((*generator.integers(2, 4, 2), 2), generator, 6)
        market = ThreeSidedMarket(drawn.V, np.minimum(drawn.K, drawn.V))
        assert with_tip_optimum(market).welfare == pytest.approx(first_best(market).welfare)


def test_ratio_of_the_worked_instances():
    instances = worked_instances()
    assert ratio_to_first_best(instances["E3c"].market) == pytest.approx(1 / 2)
    assert ratio_to_first_best(instances["E2"].market) == 1
    assert np.isnan(ratio_to_first_best(instances["E1"].market))


@pytest.mark.parametrize("m", [1.5, 2, 10, 1000])
def test_half_is_approached_where_every_delivery_is_worth_its_cost(m):
    market = half_market(m)
    assert (market.surplus >= 0).all()
    assert first_best(market).welfare == pytest.approx(2 * m)
    assert with_tip_optimum(market).welfare == pytest.approx(m + 1)
    assert without_tip_optimum(market).welfare == pytest.approx(m + 1)
    assert enumerate_equilibria(market)[0].welfare == pytest.approx(m + 1)


def test_the_search_finds_what_it_says():
    start = half_market(4)
    found = search_lowest(start, 300, np.random.default_rng(0))
    market = found.market
    assert (market.K <= market.V).all()
    assert found.ratio <= ratio_to_first_best(start)
    assert (market.K != start.K).any()
    assert with_tip_optimum(market).welfare / first_best(market).welfare == pytest.approx(found.ratio)
    assert found.looked_at == 300


def test_bad_input_is_named():
    with pytest.raises(ValueError, match="K must be"):
        tempting_market(-1)
    with pytest.raises(ValueError, match="m must be finite and > 1, given 1"):
        half_market(1)
