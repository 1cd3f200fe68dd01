"""What is measured of a menu in training."""

import numpy as np
import pytest
import torch

from common.auctions.menu import Menu
from common.auctions.xor import XORValuations
from papers.bundleflow.menu_history import effective_support, measure
from papers.bundleflow.menu_stage import FrozenMenu


class Stage:
    """A stage that is at a menu written by hand."""

    def __init__(self, menu, inverse_temperature):
        self.inverse_temperature = type("Temperature", (), {"value": inverse_temperature})()
        self.frozen = lambda: FrozenMenu(menu, 1)


TYPES = XORValuations.from_atoms([[({0}, 6.0)], [({0, 1}, 10.0)], [({1}, 1.0)]], n_items=2)
MENU = Menu.from_elements([([({0}, 1.0)], 6.0), ([({0, 1}, 0.5), ({1}, 0.5)], 4.0), ([({0, 1}, 1.0)], 20.0)], 2)


def test_a_row_by_hand():
    """Type 1 takes {0} at 6 (a tie with nothing), type 2 the lottery worth 5 at 4, type 3 nothing."""
    row, menu = measure(Stage(MENU, 0.5), TYPES)
    assert menu is MENU
    assert row["hard_revenue"] == pytest.approx(10 / 3)
    assert row["nothing_bought"] == pytest.approx(1 / 3)
    assert (row["elements_bought"], row["bundles_bought"], row["negative_prices"]) == (2, 2, 1)
    assert row["bundle_size"] == pytest.approx((1 + 1.5) / 2)
    assert row["price_50"] == 6
    values = np.array([[6, 3, 6], [0, 5, 10], [0, 1, 1]])
    logits = np.concatenate([0.5 * (values - MENU.prices), np.zeros((3, 1))], axis=1)
    shares = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    assert row["soft_revenue"] == pytest.approx((shares[:, :3] @ MENU.prices).mean())


def test_effective_support_of_even_and_certain_lotteries():
    bundles = np.zeros((2, 4, 1), dtype=np.uint64)
    assert effective_support(Menu(bundles, np.full((2, 4), 0.25), np.ones(2))) == pytest.approx(4)
    assert effective_support(Menu(bundles, np.eye(4)[:2], np.ones(2))) == 1
    assert effective_support(Menu(bundles, np.stack([np.eye(4)[0], np.full(4, 0.25)]), np.ones(2))) == 2.5


def test_a_menu_that_sells_nothing():
    dear = Menu(MENU.bundles, MENU.weights, np.full(3, 1e3))
    row, _ = measure(Stage(dear, 0.5), TYPES)
    assert (row["hard_revenue"], row["nothing_bought"], row["bundles_bought"], row["bundle_size"]) == (0, 1, 0, 0)
    assert isinstance(torch.tensor(row["soft_revenue"]).item(), float)
