"""What the pictures of cities and of matching problems show."""

import numpy as np
import pandas as pd

from common.plots import panels
from papers.delivery_tips.city import random_city
from papers.delivery_tips.city_pictures import city_state, path_picture, rooks_picture, trip_panel
from papers.delivery_tips.tip_only import tip_only_equilibrium


def test_a_city_shows_its_deliveries_with_prices_and_tips_and_who_is_idle():
    city = random_city((4, 3, 6), np.random.default_rng(0))
    outcome = tip_only_equilibrium(city.one_way())
    state = city_state(city, outcome.transactions, outcome.equilibrium)
    couriers, stores, buyers = state.agents
    to_store, to_buyer = state.arrows
    assert len(outcome.transactions) == len(to_store) == len(to_buyer) > 0
    for index, (b, s, c) in enumerate(outcome.transactions):
        assert to_store.pairs[index].tolist() == [c, s]
        assert to_buyer.pairs[index].tolist() == [s, b]
        assert to_buyer.notes["t"][index] == outcome.equilibrium.tips[b, s]
        assert stores.notes["p"][s] == outcome.equilibrium.prices[s]
    for side in (couriers, stores, buyers):
        assert (~side.idle).sum() == len(outcome.transactions)


def test_a_round_trip_ends_where_it_began():
    city = random_city((3, 3, 3), np.random.default_rng(1))
    state = city_state(city, [(0, 1, 2)], home=True)
    assert [arrows.pairs.tolist() for arrows in state.arrows] == [[[2, 1]], [[1, 0]], [[0, 2]]]


def test_the_cycle_has_one_part_more_than_the_path():
    one_way, round_trip = path_picture().axes
    lines = [
        sum(len(lines.get_segments()) for lines in ax.collections if hasattr(lines, "get_segments"))
        for ax in (one_way, round_trip)
    ]
    assert lines == [2, 3]


def test_rooks_names_every_triple_and_frames_the_chosen():
    triples = [(0, 0, 0), (0, 0, 1), (0, 0, 2), (1, 2, 0), (2, 1, 2), (2, 1, 0)]
    ax = rooks_picture(3, triples, ((0, 0, 1), (1, 2, 0), (2, 2, 2)), panels()[1][0], "board")
    assert sorted(text.get_text() for text in ax.texts) == ["c1", "c1", "c1", "c2", "c3", "c3"]
    assert len({text.get_position() for text in ax.texts}) == len(triples)
    assert sorted((round(frame.get_x()), round(frame.get_y())) for frame in ax.patches) == [(1, 1), (3, 2)]


def test_trip_panel_draws_shares_over_the_column_asked_for():
    trips = pd.DataFrame(
        {
            "cost_factor": [0.7, 0.7, 1.4, 1.4] * 2,
            "trip": ["one-way"] * 4 + ["round"] * 4,
            "has_gap": [False] * 5 + [True] * 3,
        }
    )
    ax = trip_panel(panels()[1][0], trips, "cost_factor", "cost of distance (money)")
    shares = [container.lines[0].get_ydata().tolist() for container in ax.containers]
    assert shares == [[0, 0], [0.5, 1]]
