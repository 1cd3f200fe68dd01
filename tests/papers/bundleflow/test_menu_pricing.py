"""Learnt prices against posted prices, exact optima and invariances."""

import numpy as np
import pytest
import torch

from common.auctions.bitsets import pack_items
from common.auctions.optimal import optimal_mechanism
from common.auctions.tariffs import posted_price
from common.auctions.xor import XORValuations
from papers.bundleflow import menu_pricing
from papers.bundleflow.config import BundleFlowConfig
from papers.bundleflow.menu_pricing import fit_prices, fixed_values
from tests.xor_cases import every_bundle, random_types


def settings(types, iterations=400, **changes):
    scale = float(types.grand_values().mean())
    return BundleFlowConfig(n_items=types.n_items, iterations=iterations, value_scale=scale, **changes)


def test_one_bundle_gets_its_posted_price():
    values = np.random.default_rng(0).random(2000) * 100
    types = XORValuations.from_atoms([[({0}, value)] for value in values], n_items=1)
    fitted = fit_prices(np.array([[1]], dtype=np.uint64), types, settings(types, 800))
    best = posted_price(values)
    assert 0.98 * best.revenue <= fitted.menu.revenue(types) <= best.revenue + 1e-9
    assert fitted.menu.prices[0] == pytest.approx(best.price, rel=0.2)


def test_a_menu_that_extracts_everything_is_learnt():
    types = XORValuations.from_atoms([[({0}, 6.0)], [({0, 1}, 10.0)]], n_items=2)
    fitted = fit_prices(np.array([[1], [3]], dtype=np.uint64), types, settings(types, 1000))
    assert 7.5 < fitted.menu.revenue(types) <= 8.0


@pytest.mark.parametrize("seed", range(3))
def test_no_menu_of_bundles_earns_more_than_the_optimum(seed):
    types = random_types(np.random.default_rng(seed), 25, 4)
    fitted = fit_prices(every_bundle(4)[1:], types, settings(types, 200), seed)
    best = optimal_mechanism(types).revenue
    assert 0 < fitted.menu.revenue(types) <= best + 1e-6
    assert fitted.history["hard_revenue"].max() <= best + 1e-6


def test_bids_in_another_unit_give_prices_in_it():
    types = random_types(np.random.default_rng(0), 300, 6)
    large = types.scaled(64.0)  # a power of two: nothing is rounded otherwise
    bundles = every_bundle(6)[1:]
    ours, theirs = (fit_prices(bundles, some, settings(some, 60), 3).menu.prices for some in (types, large))
    np.testing.assert_allclose(theirs, 64 * ours, rtol=1e-3, atol=1e-2)


def test_the_same_seed_gives_the_same_prices_and_histories_end_where_they_should():
    types = random_types(np.random.default_rng(0), 300, 6)
    bundles, config = every_bundle(6)[1:], settings(types, 45, evaluate_every=20)
    first, second = (fit_prices(bundles, types, config, 5) for _ in range(2))
    np.testing.assert_array_equal(first.menu.prices, second.menu.prices)
    assert first.history["iteration"].tolist() == [0, 20, 40, 45]
    assert first.history["hard_revenue"].iloc[-1] == first.menu.revenue(types)
    assert first.history["inverse_temperature"].is_monotonic_increasing
    assert first.history["seconds"].is_monotonic_increasing


def test_history_is_measured_on_the_types_given_for_it():
    rng = np.random.default_rng(0)
    types, others = random_types(rng, 200, 5), random_types(rng, 80, 5)
    fitted = fit_prices(every_bundle(5)[1:], types, settings(types, 20), validation=others)
    assert fitted.history["hard_revenue"].iloc[-1] == fitted.menu.revenue(others)


def test_values_batch_by_batch_are_those_of_the_table(monkeypatch):
    types = random_types(np.random.default_rng(0), 40, 70)
    bundles = pack_items(np.random.default_rng(1).random((30, 70)) < 0.7)
    index = torch.tensor([3, 3, 0, 39])
    table = fixed_values(bundles, types)(index)
    monkeypatch.setattr(menu_pricing, "_KEPT", 0)
    np.testing.assert_array_equal(fixed_values(bundles, types)(index), table)
    np.testing.assert_allclose(table, types.values(bundles)[index.numpy()], rtol=1e-6)


def test_what_is_refused():
    types = random_types(np.random.default_rng(0), 10, 3)
    with pytest.raises(ValueError, match="start must have shape"):
        fit_prices(every_bundle(3), types, settings(types), start=[1.0])
    with pytest.raises(ValueError, match="n_types must be"):
        fit_prices(every_bundle(3), types.take(slice(0, 0)), settings(types), start=np.zeros(8))
