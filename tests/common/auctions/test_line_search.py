"""One price moved at best, against all places where it could be put."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from common.auctions.choices import choose
from common.auctions.line_search import Choice, PriceAscent, best_shift, check_search


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 10**6), integer=st.booleans(), limit=st.booleans())
def test_the_best_move_is_the_best_of_all_thresholds(seed, integer, limit):
    rng = np.random.default_rng(seed)
    size, places = 6, 4
    draw = (
        (lambda: rng.integers(1, 8, (size, places)).astype(float))
        if integer
        else lambda: 8 * rng.random((size, places))
    )
    bids, costs, group = draw(), draw(), rng.random((size, places)) < 0.5
    chances = rng.dirichlet(np.ones(size))
    lowest, highest = -float(costs.min()), 1.0 if limit else np.inf
    ascent = PriceAscent(bids, costs, chances)
    before = ascent.revenue
    shift = ascent.move(group, lowest, highest)

    def revenue(delta):
        moved = np.where(group, costs + delta, costs)
        return chances @ choose(bids - moved, moved)[2]

    nothing = np.zeros((size, 1))
    inside = np.where(group, bids - costs, -np.inf).max(axis=1)
    outside = np.hstack([np.where(group, -np.inf, bids - costs), nothing]).max(axis=1)
    places_to_try = [d for d in [*(inside - outside), lowest, highest] if np.isfinite(d) and lowest <= d <= highest]
    assert ascent.revenue == pytest.approx(max([before, *map(revenue, places_to_try)]))
    assert lowest - 1e-12 <= shift <= highest
    assert ascent.revenue == pytest.approx(revenue(shift))


def test_a_promise_is_kept_and_nobody_else_moves():
    moving = Choice(np.array([3.0, 1.0, -np.inf]), np.array([0.0, 0.0, -np.inf]))
    rest = Choice(np.array([0.0, 0.0, 2.0]), np.array([0.0, 0.0, 5.0]))
    shift, revenue = best_shift(moving, rest, np.full(3, 1 / 3), 0.0, np.inf)
    assert (shift, revenue) == pytest.approx((3.0, (3 + 0 + 5) / 3))


def test_an_indifferent_type_takes_the_dearer_of_the_two():
    """At a move of 2 the first type is indifferent between paying 2 and 6: the sale to the second comes on top."""
    moving = Choice(np.array([3.0, 3.0]), np.array([0.0, 0.0]))
    rest = Choice(np.array([1.0, 0.0]), np.array([6.0, 0.0]))
    assert best_shift(moving, rest, np.full(2, 0.5), 0.0, 2.5) == pytest.approx((2.5, (6 + 2.5) / 2))
    assert best_shift(moving, rest, np.full(2, 0.5), 0.0, 2.0) == pytest.approx((2.0, (6 + 2) / 2))


@pytest.mark.parametrize("scale", [2.0**-50, 2.0**50])
def test_tolerances_are_relative(scale):
    for seed in range(10):
        rng = np.random.default_rng(seed)
        bids, costs, group = 8 * rng.random((6, 4)), 8 * rng.random((6, 4)), rng.random((6, 4)) < 0.5
        plain, scaled = (PriceAscent(bids * c, costs * c, np.full(6, 1 / 6)) for c in (1.0, scale))
        assert scaled.move(group, -scale, np.inf) / scale == pytest.approx(plain.move(group, -1.0, np.inf))
        assert scaled.revenue / scale == pytest.approx(plain.revenue)


@pytest.mark.parametrize(("sweeps", "tolerance"), [(-1, 0.1), (1, -0.1), (1, np.nan)])
def test_bad_options_are_refused(sweeps, tolerance):
    with pytest.raises(ValueError, match="sweeps and tolerance"):
        check_search(sweeps, tolerance)
