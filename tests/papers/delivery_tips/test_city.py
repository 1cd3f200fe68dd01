import numpy as np
import pytest

from papers.delivery_tips.city import City, random_city


def test_costs_by_hand():
    # A 3-4-5 triangle: courier at the origin, store four to the east, buyer three to the north of the store.
    city = City(buyers=[[4, 3]], stores=[[4, 0]], couriers=[[0, 0]], V=[[9]], cost_factor=0.5)
    assert city.one_way().K.item() == pytest.approx(0.5 * (4 + 3))
    assert city.round_trip().K.item() == pytest.approx(0.5 * (4 + 3 + 5))


def test_every_entry_is_the_way_of_its_triple():
    city = random_city((2, 3, 4), np.random.default_rng(0), cost_factor=2.0)
    one_way, round_trip = city.one_way(), city.round_trip()
    for c, b, s in np.ndindex(4, 2, 3):
        way = np.linalg.norm(city.couriers[c] - city.stores[s]) + np.linalg.norm(city.stores[s] - city.buyers[b])
        home = np.linalg.norm(city.buyers[b] - city.couriers[c])
        assert one_way.K[c, b, s] == pytest.approx(2 * way)
        assert round_trip.K[c, b, s] == pytest.approx(2 * (way + home))
    assert (one_way.V == round_trip.V).all()


@pytest.mark.parametrize("layout", ["uniform", "centre", "clusters"])
@pytest.mark.parametrize("shape", [(0, 0, 0), (0, 3, 2), (40, 30, 20)])
def test_layouts(layout, shape):
    first, again = (random_city(shape, np.random.default_rng(5), layout=layout) for _ in range(2))
    assert first.one_way().shape == shape
    assert (first.one_way().K == again.one_way().K).all()
    for positions in (first.buyers, first.stores, first.couriers):
        assert ((positions >= 0) & (positions <= 1)).all()
    assert ((first.V >= 0.3) & (first.V < 1.3)).all()
    if layout == "centre":
        assert (np.abs(first.stores - 0.5) <= 0.15).all()


@pytest.mark.parametrize(
    ("change", "names"),
    [
        ({"buyers": [[0, 0, 0]]}, "buyers"),
        ({"stores": [[0, np.nan]]}, "stores"),
        ({"couriers": [0, 0]}, "couriers"),
        ({"V": [[1, 2]]}, "V"),
        ({"V": [[-1]]}, "V"),
        ({"cost_factor": -1.0}, "cost_factor"),
    ],
)
def test_what_is_refused_is_named(change, names):
    point = [[0, 0]]
    with pytest.raises(ValueError, match=names):
        City(**{"buyers": point, "stores": point, "couriers": point, "V": [[1]], **change})


def test_unknown_layouts_are_refused():
    with pytest.raises(ValueError, match="layout"):
        random_city((1, 1, 1), np.random.default_rng(0), layout="rings")
