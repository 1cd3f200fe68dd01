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
from papers.delivery_tips.lowest_study import ratio_to_first_best, search_lowest, tempting_market


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


def test_the_search_finds_what_it_says():
    found = search_lowest((2, 2, 3), 10, 1500, np.random.default_rng(0))
    market = found.market
    assert (market.K <= market.V).all()
    assert max(market.V.max(), market.K.max()) <= 10
    assert found.ratio < 1
    assert with_tip_optimum(market).welfare / first_best(market).welfare == pytest.approx(found.ratio)
    assert found.looked_at == 1500


def test_bad_input_is_named():
    with pytest.raises(ValueError, match="K must be"):
        tempting_market(-1)
