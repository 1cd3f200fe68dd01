"""Prices by size: examples, limits, brute force over a grid, free disposal."""

from itertools import product

import numpy as np
import pytest

from common.auctions.bitsets import bundle_sizes
from common.auctions.optimal import optimal_mechanism
from common.auctions.size_pricing import SizePricing, size_pricing
from common.auctions.tariffs import size_linear_tariff
from common.auctions.xor import XORValuations
from tests.xor_cases import drawn_types


def test_three_sizes():
    types = XORValuations.from_atoms([[({0}, 1)], [({0, 1}, 5)], [({0, 1, 2}, 6)]], n_items=3)
    answer = size_pricing(types)
    assert answer.prices == pytest.approx([1, 5, 6])
    assert answer.revenue == pytest.approx(4)
    assert answer.payments(types) == pytest.approx([1, 5, 6])


@pytest.mark.parametrize("seed", range(10))
def test_never_below_the_tariff_and_never_above_the_optimum(seed):
    rng = np.random.default_rng(seed)
    types = drawn_types(rng, 30, integer=seed % 2 == 0)
    chances = rng.dirichlet(np.ones(30))
    answer, tariff = size_pricing(types, chances), size_linear_tariff(types, chances)
    assert tariff.revenue * (1 - 2e-4) <= answer.revenue <= optimal_mechanism(types, chances).revenue * (1 + 1e-9)
    assert answer.revenue == pytest.approx(answer.revenue_on(types, chances))
    assert (np.diff(answer.prices) >= 0).all()
    assert (answer.prices >= 0).all()


def test_close_to_the_best_of_all_prices_on_a_grid():
    """Whole bids: some best prices are whole numbers; a local search may stop below, here by less than a tenth."""
    shares = []
    for seed in range(8):
        types = drawn_types(np.random.default_rng(seed), 8, n_items=3, integer=True)
        grid = [
            SizePricing(np.array(q, dtype=float), 0.0) for q in product(range(10), repeat=3) if sorted(q) == list(q)
        ]
        best = max(prices.revenue_on(types) for prices in grid)
        shares.append(size_pricing(types, tolerance=0.0).revenue / best)
    assert min(shares) >= 0.9
    assert max(shares) >= 1 - 1e-9


def test_own_atoms_are_enough():
    """The best of all 2^m bundles at rising prices is worth no more than the best own atom."""
    types = drawn_types(np.random.default_rng(3), 40)
    answer = size_pricing(types)
    bundles = np.arange(1, 16, dtype=np.uint64)[:, None]
    best = (types.values(bundles) - answer.prices[bundle_sizes(bundles) - 1]).max(axis=1)
    own = np.where(types.bids > 0, types.bids - answer.prices[types.atom_sizes() - 1], -np.inf).max(axis=1)
    assert np.maximum(best, 0) == pytest.approx(np.maximum(own, 0))


def test_bad_arguments_are_refused():
    types = drawn_types(np.random.default_rng(0), 3)
    with pytest.raises(ValueError, match="sweeps"):
        size_pricing(types, sweeps=-1)
    with pytest.raises(ValueError, match="types"):
        size_pricing(types).payments(drawn_types(np.random.default_rng(0), 3, n_items=5))
