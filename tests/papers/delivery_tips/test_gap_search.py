import numpy as np
import pytest

from papers.delivery_tips.city import random_city
from papers.delivery_tips.gap_search import find_gap_city
from papers.delivery_tips.tip_only import tip_only_equilibrium
from papers.delivery_tips.transactions import all_transactions


def test_it_finds_the_first_city_with_a_gap():
    found = find_gap_city((3, 3, 3), 0.03)
    market = found.city.round_trip()
    assert found.gap >= 0.03
    assert found.welfare == pytest.approx(max(market.welfare(tau) for tau in all_transactions(market.shape)))
    assert not tip_only_equilibrium(market).exists
    # A start at its seed finds it at once; the cities before it have no such gap.
    again = find_gap_city((3, 3, 3), 0.03, seed=found.looked_at - 1, most=1)
    assert (again.city.V == found.city.V).all()
    assert find_gap_city((3, 3, 3), 0.03, most=found.looked_at - 1) is None
    assert (found.city.V == random_city((3, 3, 3), np.random.default_rng(found.looked_at - 1)).V).all()


def test_a_single_courier_leaves_no_gap():
    assert find_gap_city((3, 3, 1), 1e-5, most=20) is None


@pytest.mark.parametrize(
    ("options", "names"),
    [
        ({"least_gap": 0.0}, "least_gap"),
        ({"least_gap": 0.1, "most": 0}, "most"),
        ({"least_gap": 0.1, "seed": -1}, "seed"),
    ],
)
def test_what_is_refused_is_named(options, names):
    with pytest.raises(ValueError, match=names):
        find_gap_city((1, 1, 1), **options)
