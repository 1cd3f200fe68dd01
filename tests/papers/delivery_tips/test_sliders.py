import json
import re

import numpy as np
import pytest
from scipy.spatial.distance import pdist

from papers.delivery_tips.city import random_city
from papers.delivery_tips.first_best import first_best
from papers.delivery_tips.sliders import best_equilibrium, city_explorer, spread_city
from papers.delivery_tips.verification import check_equilibrium
from papers.delivery_tips.without_tips import fewest_orders


@pytest.fixture(scope="module")
def city():
    return spread_city((3, 3, 4), np.random.default_rng(0))


@pytest.fixture(scope="module")
def data(city):
    page = city_explorer(city, [0.2, 0.8]).html
    return json.loads(re.search(r'networkExplorer\("[^"]+",(\{.*\})\);\}\)\(\);', page)[1])


def readouts(data):
    """Readouts of every frame by couriers, cost, trips and rule."""
    last = [data["pool"][frame[-1]] for frame in data["frames"]]
    table = np.array(last, dtype=object).reshape(4, 2, 2, 2, -1)
    return {name: table[..., place] for place, name in enumerate(data["readouts"])}


def test_agents_are_apart(city):
    assert pdist(np.concatenate([city.buyers, city.stores, city.couriers])).min() >= 0.12
    with pytest.raises(ValueError, match="at most 20"):
        spread_city((10, 10, 10), np.random.default_rng(0))


def test_every_stop_has_a_frame(data):
    assert [len(slider["values"]) for slider in data["sliders"]] == [4, 2, 2, 2]
    assert len(data["frames"]) == 32


def test_the_light_is_on_where_there_is_an_equilibrium(city, data):
    on = readouts(data)["equilibrium"] == "yes"
    assert on[..., 0].all()  # P4
    assert (on[..., 1] == (np.arange(1, 5) >= fewest_orders(city.V))[:, None, None]).all()  # P3


def test_the_readouts_obey_the_propositions(data):
    numbers = readouts(data)
    rounding = 0.011
    welfare, best = numbers["welfare"], numbers["first best"].astype(float)
    with_tips = welfare[..., 0].astype(float)
    assert (np.diff(best, axis=0) >= -rounding).all()  # more couriers do no harm
    assert (np.abs(with_tips - best[..., 0])[:, :, 0] <= rounding).all()  # P8: one-way trips
    assert (numbers["compensations"][:, :, 0, 0].astype(float) <= rounding).all()
    there = welfare[..., 1] != "–"
    assert (welfare[..., 1][there].astype(float) <= with_tips[there] + rounding).all()  # P6
    assert (numbers["tips paid"][..., 1][there].astype(float) == 0).all()


@pytest.mark.parametrize("tips", [True, False])
def test_what_is_shown_is_an_equilibrium(tips):
    market = random_city((3, 4, 4), np.random.default_rng(2)).round_trip()
    shown = best_equilibrium(market, tips=tips)
    assert not check_equilibrium(market, shown, tips=tips, tol=1e-6)
    assert market.welfare(shown.transactions) <= first_best(market).welfare + 1e-9


def test_nobody_to_drive_is_an_error():
    with pytest.raises(ValueError, match="courier"):
        city_explorer(random_city((2, 2, 0), np.random.default_rng(0)), [0.5])
