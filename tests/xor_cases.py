"""Random XOR types, menus, and the value of a bundle by the definition."""

import numpy as np

from common.auctions.bitsets import pack_items
from common.auctions.menu import Menu
from common.auctions.xor import XORValuations


def random_types(rng, n_types, n_items, n_atoms=3):
    """Types with up to ``n_atoms`` atoms of any size; about one place in five is padding."""
    inside = rng.random((n_types, n_atoms, n_items)) < rng.random((n_types, n_atoms, 1))
    inside &= rng.random((n_types, n_atoms, 1)) < 0.8
    bids = rng.integers(1, 20, (n_types, n_atoms)) / 2 * inside.any(axis=-1)
    return XORValuations(pack_items(inside), bids, n_items)


def drawn_types(rng, n_types, n_items=4, n_atoms=3, integer=False):
    """Types with so many atoms of about half of the items each; bids are up to 10, whole numbers or not."""
    bids = rng.integers(1, 10, (n_types, n_atoms)) if integer else rng.random((n_types, n_atoms)) * 10
    inside = rng.random((n_types, n_atoms, n_items)) < 0.5
    return XORValuations(pack_items(inside), bids * inside.any(axis=-1), n_items)


def random_menu(rng, n_elements, n_items, support=2, dearest=10.0):
    """A menu of lotteries whose rows sum to at most 1."""
    bundles = pack_items(rng.random((n_elements, support, n_items)) < 0.5)
    weights = rng.dirichlet(np.ones(support + 1), n_elements)[:, :support]
    return Menu(bundles, weights, rng.random(n_elements) * dearest)


def every_bundle(n_items):
    return pack_items(np.arange(2**n_items)[:, None] >> np.arange(n_items) & 1)


def value(types, n, bundle):
    """The value of a set of items to type n, by the definition."""
    dense = types.to_dense()[n]
    wanted = [set(np.flatnonzero(row[:-1])) for row in dense]
    return max([0.0, *(row[-1] for row, items in zip(dense, wanted, strict=True) if items <= set(bundle))])
