import numpy as np
import pytest

from papers.bundleflow.playground import menu_playground, two_item_menu, two_item_types, type_grid


def test_the_straight_jacket_menu_earns_what_theory_says():
    people = two_item_types(type_grid(400), "both items")
    revenue = two_item_menu(2 / 3, (4 - 2**0.5) / 3, 9.0).revenue(people)
    assert revenue == pytest.approx((12 + 2 * 2**0.5) / 27, abs=2e-3)  # a grid of 400 moves an edge by up to 1/800
    assert people.grand_values().mean() == pytest.approx(1.0)


def test_unit_demand_buyers_take_the_better_item():
    people = two_item_types(np.array([[0.9, 0.2], [0.3, 0.8], [0.4, 0.5]]), "one item")
    assert two_item_menu(0.6, 0.7, 0.45).choices(people).tolist() == [0, 1, 3]
    revenue = two_item_menu(3**-0.5, 9.0, 9.0).revenue(two_item_types(type_grid(400), "one item"))
    assert revenue == pytest.approx(2 / 3**1.5, abs=2e-3)  # p (1 - p^2) at its maximum


def test_every_type_is_shown_once_whatever_the_prices():
    page = menu_playground([0.5], [0.8, 1.0], [0.3, 2.0], points=4, fine=10)
    assert "Two items" in page.text
    assert "share of full surplus" in page.html
    with pytest.raises(ValueError, match="wants must be one of"):
        two_item_types(type_grid(2), "no item")
