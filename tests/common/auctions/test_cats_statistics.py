"""The statistics of the dossier of 2502.15283 (section 5.5), of its own simulation and of the official program."""

from functools import cache

import numpy as np
import pytest

from common.auctions.bitsets import bundle_sizes
from common.auctions.cats import cats_bidders

# environment, private, items, draws of the source, atoms, share with one atom, size, v(B), v(M); None: not stated
DOSSIER = [
    ("arbitrary", "upv", 50, 4000, 4.78, 0.117, 9.87, 647, 749),
    ("arbitrary", "upv", 100, 4000, 4.82, 0.109, 10.35, 700, 826),
    ("arbitrary", "upv", 150, 4000, 4.79, 0.117, 10.27, 701, 833),
    ("arbitrary", "npv", 50, 4000, 4.80, 0.111, 10.08, 638, 745),
    ("arbitrary", "npv", 100, 4000, 4.74, 0.117, 9.80, 623, 748),
    ("regions", "upv", 50, 4000, 4.65, 0.143, 9.83, 597, 691),
    ("regions", "upv", 100, 4000, 4.69, 0.131, 9.93, 614, 727),
    ("regions", "npv", 50, 4000, 4.64, 0.143, 10.07, 595, 691),
    ("arbitrary", "upv", 500, 600, 4.71, 0.140, 9.98, 688, 822),
]
OFFICIAL = [
    ("arbitrary", "upv", 50, 2000, 4.73, None, 9.84, 643.8, 748.5),
    ("regions", "upv", 50, 2000, 4.58, None, 9.75, 594.7, 689.8),
    ("arbitrary", "npv", 50, 1500, 4.71, None, 9.97, 626.3, 733.7),
]


@cache
def sample(environment, private, n_items):
    """Several times the draws of the sources: what is left of the error is nearly all theirs."""
    types = cats_bidders(environment, n_items, 2_000_000 // n_items, private=private, seed=0)
    n_atoms = types.n_atoms()
    return n_atoms, n_atoms == 1, bundle_sizes(types.atoms[:, 0]), types.bids[:, 0], types.grand_values()


@pytest.mark.parametrize("row", DOSSIER + OFFICIAL, ids=lambda row: "-".join(map(str, row[:4])))
def test_means_are_within_three_standard_errors(row):
    environment, private, n_items, draws, *expected = row
    for ours, theirs in zip(sample(environment, private, n_items), expected, strict=True):
        if theirs is not None:
            error = ours.std() * np.sqrt(1 / ours.size + 1 / draws)
            assert abs(ours.mean() - theirs) <= 3 * error
