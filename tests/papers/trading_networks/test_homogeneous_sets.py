from itertools import pairwise, product

import numpy as np
from hypothesis import given, settings

from papers.trading_networks.homogeneous import homogeneous_values
from papers.trading_networks.homogeneous_sets import good_sets, optimistic_revenue, tight_sets, trading_side
from tests.papers.trading_networks.homogeneous_cases import market, markets

NEVER = float("inf")


def members(word, size):
    return frozenset(j for j in range(size) if int(word) >> j & 1)


def space(net):
    side = trading_side(homogeneous_values(net), net.n_sellers)
    sets = good_sets(net.world, side)
    return side, sets, tight_sets(sets, side, net.n_sellers)


@settings(max_examples=200)
@given(markets(largest=5))
def test_who_can_trade(net):
    v = homogeneous_values(net)
    side = trading_side(v, net.n_sellers)
    assert side.above.size <= net.size
    assert side.above.size + side.marginal.size >= min(net.size, (v > 0).sum())
    assert (v[side.above] > side.prices[0]).all()
    assert (v[side.marginal] == side.prices[0]).all()
    assert (np.diff(side.prices) > 0).all()
    assert set(np.flatnonzero(v > side.prices[0])) == set(side.above) or net.n_sellers == 0


@settings(max_examples=200)
@given(markets(largest=5))
def test_tight_sets_are_those_of_the_definition(net):
    """Every set of goods is tried; twins may stand for each other, so neighbourhoods are compared."""
    side, _, layers = space(net)
    if not net.n_sellers:
        return
    v = homogeneous_values(net)
    spare = net.n_sellers - side.above.size
    relevant = np.append(side.above, side.marginal)

    def kinds(goods):
        return tuple(sorted(tuple(net.world[relevant, j]) for j in goods))

    for price, layer in zip(np.append(side.prices[1:], np.inf), layers[1:], strict=True):
        expected = set()
        for chosen in product((False, True), repeat=net.n_sellers):
            goods = np.flatnonzero(chosen)
            cheap = (v[side.above] < price) | net.world[np.ix_(side.above, goods)].any(axis=1)
            if goods.size == cheap.sum() + spare:
                expected.add(kinds(goods))
        found = [kinds(members(word, net.n_sellers)) for word in layer.goods]
        assert len(found) == len(set(found))
        assert set(found) == expected


@settings(max_examples=100)
@given(markets(largest=5))
def test_the_optimistic_completion_is_the_best_chain_without_world_trades(net):
    """All pairs of neighbouring layers are compared as Python sets."""
    side, sets, layers = space(net)
    optimistic = optimistic_revenue(layers, sets, side, NEVER)
    steps = pairwise(zip(layers, optimistic, strict=True))
    for (low, low_bound), (high, high_bound), price in (
        (a, b, p) for (a, b), p in zip(steps, side.prices, strict=True)
    ):
        for word, bound in zip(low.goods, low_bound, strict=True):
            goods = members(word, 64)
            above = [(members(w, 64), h) for w, h in zip(high.goods, high_bound, strict=True)]
            best = max((price * len(g - goods) + h for g, h in above if goods <= g), default=-np.inf)
            assert bound == best or abs(bound - best) < 1e-9


def test_twins_are_counted_not_listed():
    """Five goods that nobody knows, two known to buyer 0 alone, one to buyer 1: 6 * 3 * 2 sets instead of 256."""
    world = np.zeros((2, 8), dtype=bool)
    world[0, :2] = world[1, 2] = True
    side, sets, layers = space(market([2, 1], world))
    assert sorted(sets.shape) == [2, 3, 6]
    assert sets.goods.size == len(set(sets.goods.tolist())) == 36
    assert optimistic_revenue(layers, sets, side, deadline=-1.0) is None
