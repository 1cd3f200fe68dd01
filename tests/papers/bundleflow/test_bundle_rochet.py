"""Both forms of Bundle-RochetNet: values, gradients, and what their menus may earn."""

import numpy as np
import pytest
import torch
from torch import nn

from common.auctions.bitsets import pack_items
from common.auctions.menu import Menu
from common.auctions.optimal import optimal_mechanism
from common.auctions.product_lotteries import ProductLotteryMenu
from common.auctions.xor import XORValuations
from papers.bundleflow.bundle_rochet import exact_values, fit_bundle_rochet, straight_through_values
from papers.bundleflow.config import BundleFlowConfig
from tests.xor_cases import random_types


def settings(types, iterations=300, elements=20):
    scale = float(types.grand_values().mean())
    return BundleFlowConfig(n_items=types.n_items, iterations=iterations, value_scale=scale, menu_size=elements)


def test_drawn_values_are_exact_on_average():
    rng = np.random.default_rng(0)
    types = random_types(rng, 12, 6, 4)
    logits = nn.Parameter(torch.from_numpy(rng.normal(size=(5, 6)).astype(np.float32)))
    index, generator = torch.arange(12), torch.Generator().manual_seed(0)
    single = straight_through_values(types, logits, 1, 0.5, generator)
    draws = torch.stack([single(index).detach() for _ in range(4000)])
    error = draws.std(dim=0) / np.sqrt(4000)
    assert ((draws.mean(dim=0) - exact_values(types, logits)(index)).abs() <= 5 * error + 1e-4).all()


def test_a_certain_bundle_is_valued_as_itself():
    rng = np.random.default_rng(0)
    types = random_types(rng, 30, 7, 4)
    inside = rng.random((9, 7)) < 0.8
    logits = nn.Parameter(torch.where(torch.from_numpy(inside), 100.0, -100.0))
    drawn = straight_through_values(types, logits, 3, 0.5, torch.Generator().manual_seed(0))(torch.arange(30))
    np.testing.assert_allclose(drawn.detach(), types.values(pack_items(inside)), rtol=1e-6)


def test_an_item_that_is_missing_is_told_so():
    types = XORValuations.from_atoms([[({0, 1}, 8.0)]], n_items=3)
    logits = nn.Parameter(torch.tensor([[-1.0, -1.0, 1.0]]))
    values = straight_through_values(types, logits, 4, 1.0, torch.Generator().manual_seed(0))(torch.tensor([0]))
    values.sum().backward()
    assert (logits.grad[0, :2] > 0).all()
    assert logits.grad[0, 2] == 0


@pytest.mark.parametrize("form", ["exact", "straight_through"])
@pytest.mark.parametrize("sold", ["lottery", "rounded"])
def test_no_menu_earns_more_than_the_optimum(form, sold):
    types = random_types(np.random.default_rng(1), 25, 4)
    fitted = fit_bundle_rochet(types, settings(types), form, sold)
    assert isinstance(fitted.menu, ProductLotteryMenu if sold == "lottery" else Menu)
    best = optimal_mechanism(types).revenue
    assert 0 < fitted.menu.revenue(types) <= best + 1e-6
    assert fitted.menu.regret(types) <= 1e-8
    assert fitted.history["hard_revenue"].iloc[-1] == fitted.menu.revenue(types)
    assert (fitted.menu.prices >= 0).all()


def test_learning_beats_the_start_and_repeats():
    types = random_types(np.random.default_rng(2), 200, 6)
    first, second = (fit_bundle_rochet(types, settings(types), seed=4) for _ in range(2))
    np.testing.assert_array_equal(first.menu.inclusion, second.menu.inclusion)
    assert first.history["hard_revenue"].iloc[-1] > 1.1 * first.history["hard_revenue"].iloc[0]


def test_what_is_refused():
    types = random_types(np.random.default_rng(0), 5, 3)
    for wrong, message in (
        ({"form": "relaxed"}, "form must be"),
        ({"sold": "no"}, "sold"),
        ({"draws": 0}, "draws must be"),
        ({"relaxation": 0.0}, "relaxation"),
    ):
        with pytest.raises(ValueError, match=message):
            fit_bundle_rochet(types, settings(types), **wrong)
