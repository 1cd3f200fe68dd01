import numpy as np
import pytest

from common.auctions.bitsets import bundle_sizes, pack_items
from papers.bundleflow.fixed_menus import fixed_bundles
from tests.xor_cases import random_types


@pytest.mark.parametrize(("kind", "low", "high"), [("small", 0.1, 0.2), ("half", 0.5, 0.5), ("big", 0.9, 0.9)])
def test_sizes_are_as_drawn(kind, low, high):
    rng = np.random.default_rng(0)
    bundles = fixed_bundles(kind, 4001, random_types(rng, 5, 80), rng)
    assert bundles.shape == (4001, 2)
    assert bundle_sizes(bundles[0]) == 80
    shares = bundle_sizes(bundles[1:]) / 80
    deviation = np.sqrt((high - low) ** 2 / 12 + 0.25 / 80)  # of a uniform probability and of the coins
    assert abs(shares.mean() - (low + high) / 2) < 4 * deviation / np.sqrt(4000)


def test_diverse_sizes_are_uniform():
    rng = np.random.default_rng(0)
    sizes = bundle_sizes(fixed_bundles("diverse", 9001, random_types(rng, 5, 8), rng)[1:])
    # the number of heads of 8 coins of a uniform probability is uniform on 0 to 8
    counts = np.bincount(sizes, minlength=9)
    assert (abs(counts - 1000) < 4 * np.sqrt(1000)).all()


def test_atoms_are_those_of_the_types_each_once():
    rng = np.random.default_rng(0)
    types = random_types(rng, 30, 70)
    known = np.sort(types.atoms[types.bids > 0], axis=0)
    drawn = fixed_bundles("atoms", 10_000, types, rng)
    np.testing.assert_array_equal(drawn[:1], pack_items(np.ones((1, 70), dtype=bool)))
    np.testing.assert_array_equal(np.sort(drawn[1:], axis=0), known)
    assert len(fixed_bundles("atoms", 10, types, rng)) == 10


def test_what_is_refused():
    rng = np.random.default_rng(0)
    types = random_types(rng, 3, 4)
    with pytest.raises(ValueError, match="kind must be"):
        fixed_bundles("tiny", 5, types, rng)
    with pytest.raises(ValueError, match="menu_size"):
        fixed_bundles("big", 0, types, rng)
