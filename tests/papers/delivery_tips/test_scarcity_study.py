import numpy as np
import pytest

from papers.delivery_tips import scarcity_study as study
from papers.delivery_tips.city import random_city
from papers.delivery_tips.generators import diagonal_market, uniform_market
from papers.delivery_tips.market import ThreeSidedMarket


def test_rents_of_the_diagonal_market_in_closed_form():
    table = study.rents_by_couriers(diagonal_market, range(1, 6))
    assert table["least rent"].to_numpy() == pytest.approx([3.5, 2.5, 1.5, 0, 0], abs=1e-9)
    assert table["most rent"].to_numpy() == pytest.approx([4.5, 3.5, 2.5, 1.5, 0], abs=1e-9)
    assert table["most tip"].to_numpy() == pytest.approx(table["most rent"] + 1)
    assert list(table["deliveries"]) == [1, 2, 3, 4, 4]


@pytest.mark.parametrize("seed", range(4))
def test_rents_of_couriers_alike_are_what_the_marginal_courier_adds(seed):
    generator = np.random.default_rng(seed)
    V, costs = generator.integers(0, 9, (3, 3)), generator.integers(0, 4, (3, 3))
    table = study.rents_by_couriers(lambda n: ThreeSidedMarket(V, np.broadcast_to(costs, (n, 3, 3))), range(1, 5))
    assert table["least rent"].to_numpy() == pytest.approx(table["one more courier"], abs=1e-7)
    assert table["most rent"].to_numpy() == pytest.approx(table["last courier"], abs=1e-7)


def test_couriers_must_be_alike():
    with pytest.raises(ValueError, match="alike"):
        study.rents_by_couriers(lambda n: uniform_market((2, 2, n), np.random.default_rng(0)), [2])


def test_second_stages_of_the_diagonal_market_in_closed_form():
    # Three rents between 1.5 and 2.5, costs of 1, and 10.5 to divide: buyers get from nothing to all but the rents.
    table = study.second_stages(diagonal_market(3))
    assert table.to_numpy() == pytest.approx(np.array([[7.5, 10.5], [4.5, 7.5], [0, 6]]), abs=1e-7)


def test_division_adds_up_and_is_missing_without_an_equilibrium():
    table = study.division_study(3, [1, 2, 4], 2, seed=1)
    parts = table[["buyers", "stores", "couriers", "platform"]].sum(axis=1, min_count=4)
    there = table["tips"] | (table["couriers_there"] >= 3)
    assert (table["welfare"].notna() == there).all()
    assert parts[there].to_numpy() == pytest.approx(table.loc[there, "welfare"].to_numpy(), abs=1e-6)
    assert table.loc[table["tips"], "platform"].to_numpy() == pytest.approx(0, abs=1e-6)
    with_tips = table[table["tips"]].groupby("draw")["welfare"]
    assert with_tips.apply(lambda welfare: welfare.is_monotonic_increasing).all()


def test_first_couriers_stay_where_they_are():
    city = random_city((2, 2, 5), np.random.default_rng(0))
    assert np.array_equal(study.first_couriers(city, 3).one_way().K, city.one_way().K[:3])
