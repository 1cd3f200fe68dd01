"""Notebook 02's pictures: what they say is what the mechanisms do."""

import numpy as np
import pandas as pd
import pytest

from common.auctions.cats import cats_bidders
from common.auctions.menu import Menu
from common.auctions.rochet_net import AdditiveMenu
from common.auctions.straight_jacket_auction import straight_jacket
from common.auctions.tariffs import posted_price, size_linear_tariff
from papers.bundleflow.buyer_pictures import (
    additive_regions,
    additive_shares,
    demand_and_tariff,
    describe,
    menu_regions,
    revenue_of_prices,
)
from papers.bundleflow.buyer_study import additive_table

MENU = Menu.from_elements([([({0}, 0.5), ({1}, 0.5)], 2.0), ([({0}, 1.0)], 4.0), ([({1}, 1.0)], 4.0)], n_items=2)


def test_words_for_elements():
    assert [describe(MENU, j, 2) for j in range(3)] == ["0.5 {1} + 0.5 {2} at 2", "{1} at 4", "{2} at 4"]


def test_the_highest_tip_is_the_best_price():
    values = [1.0, 2.0, 3.0]
    ax = revenue_of_prices(values, posted_price(values))
    x, y = ax.lines[0].get_data()
    assert x[y.argmax()] == 2.0
    assert y.max() == pytest.approx(4 / 3)


def test_each_region_is_named_within_itself():
    figure = menu_regions({"lotteries": MENU}, {"A": (2, 2), "B": (0, 4), "C": (4, 0)}, 6.0)
    ax = figure.axes[0]
    words = {text.get_text(): text.get_position() for text in ax.texts if len(text.get_text()) > 1}
    assert len(words) == 4
    x, y = words["nothing"]
    assert x + y < 4
    x, y = words["{1}\nat 4"]
    assert x - y > 4


def test_learned_points_are_drawn_at_their_shares():
    learned = pd.DataFrame({"items": [2, 3], "share": [0.99, 0.98], "error": [0.001, 0.002]})
    ax = additive_shares(additive_table(4), learned)
    assert any(np.allclose(line.get_ydata(), [0.99, 0.98]) for line in ax.lines if len(line.get_ydata()) == 2)


def test_regions_of_the_auction_as_a_menu_are_its_own():
    auction = straight_jacket(2)
    one, both = auction.prices
    menu = AdditiveMenu(np.array([[1.0, 0.0], [0.0, 1.0], [1.0, 1.0]]), np.array([one, one, both]))
    exact, learned = (ax.images[0].get_array() for ax in additive_regions(auction, menu).axes[:2])
    assert np.array_equal(exact, learned)


def test_everybody_is_in_the_histogram_and_in_the_cloud():
    types = cats_bidders("arbitrary", 12, 200, seed=0)
    price, tariff = posted_price(types.grand_values()), size_linear_tariff(types)
    figure = demand_and_tariff(types, price, tariff)
    clouds = [line for line in figure.axes[1].lines if line.get_marker() == "."]
    assert sum(len(line.get_xdata()) for line in clouds) == 200
    x, y = clouds[1].get_data()  # those who buy
    assert (y >= tariff.entry_fee + tariff.item_price * x - 1e-6).all()
