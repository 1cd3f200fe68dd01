"""The kernels against a plain Python bidder that follows the definition line by line."""

from collections import Counter

import numpy as np
import pytest
from scipy import stats

from common.auctions.cats import cats_bidders
from common.auctions.cats_maps import draw_market

MORE, JUMP, GOODS = 0.7, 0.2, 6


def next_good(bundle, interest, market, rng):
    outside = [good for good in range(GOODS) if good not in bundle]
    if not outside:
        return bundle
    if market.environment == "regions" and rng.random() < JUMP:
        return bundle | {int(rng.choice(outside))}
    weights = np.array([interest[good] * sum(market.affinities[j, good] for j in bundle) for good in outside])
    if weights.sum() == 0:
        return bundle
    return bundle | {int(rng.choice(outside, p=weights / weights.sum()))}


def plain_bidder(environment, market, private, rng):
    """Return a list of (bundle, value), the first bundle first."""
    market = market or draw_market(environment, GOODS, rng)
    common, lowest = market.common_values, np.inf

    def value(bundle):
        return sum(common[g] + tastes[g] for g in bundle) + len(bundle) ** 1.2

    while True:
        tastes = rng.uniform(-50, 50, GOODS) if private == "upv" else rng.normal(0, 30, GOODS)
        lowest = min(lowest, tastes.min())
        interest = tastes - (-50 if private == "upv" else lowest)
        first = frozenset({int(rng.choice(GOODS, p=interest / interest.sum()))})
        while rng.random() < MORE:
            first = next_good(first, interest, market, rng)
        if value(first) > 0:
            break
    grown = set()
    for good in first:
        bundle = frozenset({good})
        while len(bundle) < len(first):
            bundle = next_good(bundle, interest, market, rng)
        fits = 0 <= value(bundle) <= 1.5 * value(first)
        if fits and bundle != first and sum(common[list(bundle)]) >= 0.5 * sum(common[list(first)]):
            grown.add(bundle)
    best = sorted(grown, key=value, reverse=True)[:2]
    return [(sum(1 << g for g in bundle), value(bundle)) for bundle in [first, *best]]


LEAST = 1e-3 / 36
"""Least p-value of one comparison: of all 36 (six kinds of bidder, six each) one fails by luck in a thousand runs."""


def agree(ours, theirs):
    """Whether two samples of categories may come from one law; rare categories are pooled."""
    counts = [Counter(ours), Counter(theirs)]
    often = [key for key in counts[0] | counts[1] if counts[0][key] + counts[1][key] >= 20]
    table = np.array([[c[key] for key in often] + [sum(c.values()) - sum(c[key] for key in often)] for c in counts])
    return stats.chi2_contingency(table[:, table.sum(axis=0) > 0]).pvalue > LEAST


@pytest.mark.parametrize("environment", ["arbitrary", "regions"])
@pytest.mark.parametrize(("private", "fresh"), [("upv", True), ("upv", False), ("npv", True)])
def test_bidders_have_the_law_of_the_definition(environment, private, fresh):
    """Of npv in a shared market, later bidders depend on earlier ones; test_cats.py looks at that."""
    rng = np.random.default_rng(11)
    market = None if fresh else draw_market(environment, GOODS, np.random.default_rng(12))
    n = 2000
    theirs = [plain_bidder(environment, market, private, rng) for _ in range(n)]
    law = {"additional_location": MORE, "jump": JUMP, "max_substitutes": 2}
    types = cats_bidders(environment, GOODS, 10 * n, market or "fresh", private, seed=13, **law)
    assert agree(types.atoms[:, 0, 0].tolist(), [atoms[0][0] for atoms in theirs])
    assert agree(types.n_atoms().tolist(), [len(atoms) for atoms in theirs])
    for k in range(3):
        mine, plain = types.bids[:, k][types.bids[:, k] > 0], [atoms[k][1] for atoms in theirs if len(atoms) > k]
        assert stats.ks_2samp(mine, plain).pvalue > LEAST
    pairs = [tuple([mask for mask, _ in atoms[:2]] + [0] * (2 - len(atoms))) for atoms in theirs]
    assert agree(map(tuple, types.atoms[:, :2, 0].tolist()), pairs)
