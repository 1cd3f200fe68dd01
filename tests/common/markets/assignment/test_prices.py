"""Prices against three independent computations: removals or duplications, linear programmes, reachability."""

import numpy as np
import pytest
from hypothesis import given

from common.markets.assignment import (
    competitive_prices,
    is_competitive_equilibrium,
    matching_welfare,
    max_weight_matching,
    opportunity_paths,
    owners,
    price_lattice_bounds,
)
from common.optim import solve_milp
from tests.market_cases import best_value, markets, random_market


def by_removal(V, mask):
    """Largest prices as losses of welfare when a good is taken away."""
    keep = 1 - np.eye(V.shape[1])
    return np.array([best_value(V, mask) - best_value(V, mask & (keep[j] > 0)) for j in range(V.shape[1])])


def by_duplication(V, mask):
    """Smallest prices as gains of welfare when there is a second unit of a good."""
    twice = [(np.hstack([V, V[:, [j]]]), np.hstack([mask, mask[:, [j]]])) for j in range(V.shape[1])]
    return np.array([best_value(*market) - best_value(V, mask) for market in twice])


def by_linear_programme(V, mask, which):
    """Ends of the set of dual solutions: u_i + p_j >= v_ij on the mask, sum u + sum p = W."""
    n, m = V.shape
    pairs = np.argwhere(mask)
    rows = np.zeros((len(pairs) + 1, n + m))
    rows[np.arange(len(pairs)), pairs[:, 0]] = rows[np.arange(len(pairs)), n + pairs[:, 1]] = 1
    rows[-1] = 1
    W = matching_welfare(V, max_weight_matching(V, mask))
    lower = np.r_[V[pairs[:, 0], pairs[:, 1]], W]
    upper = np.r_[np.full(len(pairs), np.inf), W]
    prices = np.r_[np.zeros(n), np.ones(m)]
    return solve_milp(prices, rows, lower, upper, maximise=which == "max").x[n:]


@given(markets(largest=3))
def test_extreme_prices_are_the_welfare_differences_of_the_definition(market):
    V, mask = market
    np.testing.assert_allclose(competitive_prices(V, mask, "max"), by_removal(V, mask), atol=1e-12)
    np.testing.assert_allclose(competitive_prices(V, mask, "min"), by_duplication(V, mask), atol=1e-12)


def test_extreme_prices_are_the_ends_of_the_dual_polytope():
    rng = np.random.default_rng(1)
    for _ in range(60):
        V, mask = random_market(rng, largest=9)
        low, high = price_lattice_bounds(V, mask)
        np.testing.assert_allclose(high, by_linear_programme(V, mask, "max"), atol=1e-6)
        np.testing.assert_allclose(low, by_linear_programme(V, mask, "min"), atol=1e-6)


@given(markets())
def test_the_lattice_is_ordered_and_its_meets_joins_and_middle_are_equilibria(market):
    V, mask = market
    low, high = price_lattice_bounds(V, mask)
    x = max_weight_matching(V, mask)
    assert (low <= high + 1e-12).all()
    for prices in (low, high, competitive_prices(V, mask, "midpoint")):
        assert is_competitive_equilibrium(V, mask, x, prices)


def test_meet_and_join_of_equilibrium_prices_are_equilibrium_prices():
    rng = np.random.default_rng(2)
    for _ in range(100):
        V, mask = random_market(rng, largest=6)
        x = max_weight_matching(V, mask)
        # Two prices from the polytope that are no ends of it: random objectives reach its corners.
        p, q = (dual_corner(V, mask, rng.standard_normal(V.shape[1])) for _ in range(2))
        for prices in (p, q, np.minimum(p, q), np.maximum(p, q)):
            assert is_competitive_equilibrium(V, mask, x, prices, tol=1e-6)


def dual_corner(V, mask, direction):
    """Equilibrium prices that go farthest in a direction."""
    m = V.shape[1]
    x = max_weight_matching(V, mask)
    owner = owners(x, m)
    low, high = price_lattice_bounds(V, mask)
    # In prices alone: buyer i does not envy, v_ix - p_x >= v_ij - p_j and p_j >= v_ij if she is unmatched.
    rows, lower = [], []
    for i, j in np.argwhere(mask):
        row = np.zeros(m)
        row[j] += 1
        if x[i] >= 0:
            row[x[i]] -= 1
        rows.append(row)
        lower.append(V[i, j] - (V[i, x[i]] if x[i] >= 0 else 0.0))
    upper = [V[owner[j], j] if owner[j] >= 0 else 0.0 for j in range(m)]
    answer = solve_milp(direction, np.array(rows).reshape(-1, m), lower, np.inf, 0.0, upper)
    assert (answer.x >= low - 1e-6).all()
    assert (answer.x <= high + 1e-6).all()
    return answer.x


@given(markets())
def test_an_opportunity_path_alternates_and_its_values_add_up_to_the_price(market):
    V, mask = market
    x = max_weight_matching(V, mask)
    owner = owners(x, V.shape[1])
    low, high = price_lattice_bounds(V, mask)
    for which, prices, leaves in (("max", high, 0), ("min", low, 1)):
        paths = opportunity_paths(V, mask, x, which)
        assert [path.good for path in paths] == np.flatnonzero(owner >= 0).tolist()
        for path in paths:
            assert path.goods[0] == path.good
            assert path.price == prices[path.good]
            gains = losses = 0.0
            for k, buyer in enumerate(path.buyers):
                if k + leaves < len(path.goods):
                    assert x[buyer] == path.goods[k + leaves]
                    losses += V[buyer, path.goods[k + leaves]]
                else:
                    assert x[buyer] < 0
                if k + 1 - leaves < len(path.goods):
                    taken = path.goods[k + 1 - leaves]
                    assert mask[buyer, taken]
                    gains += V[buyer, taken]
            assert prices[path.good] == pytest.approx(losses - gains if which == "max" else gains - losses, abs=1e-12)


def homogeneous_by_reachability(V, mask, x):
    """Kranton and Minehart's rule for homogeneous goods: who and what can be reached along the network."""
    m = V.shape[1]
    owner, v = owners(x, m), V[:, 0]
    low, high = np.zeros(m), np.zeros(m)
    for j in np.flatnonzero(owner >= 0):
        reached, front = {int(owner[j])}, [int(owner[j])]
        unsold = False
        while front:
            for good in np.flatnonzero(mask[front.pop()]):
                if owner[good] < 0:
                    unsold = True
                elif owner[good] not in reached:
                    reached.add(int(owner[good]))
                    front.append(int(owner[good]))
        high[j] = 0.0 if unsold else min(v[i] for i in reached)
        goods, front = {int(j)}, [int(j)]
        while front:
            good = front.pop()
            for i in np.flatnonzero(mask[:, good]):
                if x[i] < 0:
                    low[j] = max(low[j], v[i])
                elif int(x[i]) not in goods:
                    goods.add(int(x[i]))
                    front.append(int(x[i]))
    return low, high


def test_homogeneous_prices_follow_from_reachability():
    rng = np.random.default_rng(3)
    for _ in range(300):
        n, m = rng.integers(1, 7, 2)
        V = np.repeat(rng.permutation(np.arange(1.0, 8.0))[:n, None], m, axis=1)
        mask = rng.random((n, m)) < rng.random()
        low, high = homogeneous_by_reachability(V, mask, max_weight_matching(V, mask))
        np.testing.assert_allclose(competitive_prices(V, mask, "max"), high, atol=1e-12)
        np.testing.assert_allclose(competitive_prices(V, mask, "min"), low, atol=1e-12)


def test_bad_input_is_named():
    with pytest.raises(ValueError, match="which must be 'max', 'min' or 'midpoint', given 'mean'"):
        competitive_prices([[1.0]], None, "mean")
    with pytest.raises(ValueError, match="which must be 'max' or 'min', given 'midpoint'"):
        opportunity_paths([[1.0]], None, [0], "midpoint")
    with pytest.raises(ValueError, match="x must be efficient"):
        opportunity_paths([[1.0]], None, [-1])
    with pytest.raises(ValueError, match="x must be efficient"):
        opportunity_paths([[1.0, 1.0]], [[1, 0]], [1])
    with pytest.raises(ValueError, match="V must be finite"):
        price_lattice_bounds([[-1.0]])
