"""Tariffs against brute force over the points where some type is indifferent."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from common.auctions.optimal import optimal_mechanism
from common.auctions.tariffs import posted_price, size_linear_tariff
from common.auctions.xor import XORValuations
from tests.xor_cases import drawn_types


def revenue(types, chances, fee, price):
    return chances @ types.demand(max(price, 0.0), fee)[2]


def every_corner(types, has_fee=True):
    """Fees and prices where two of the lines a + b s = bid, of choices between sizes, or of the limits meet."""
    lines = [(1.0, s, bid) for s, bid in zip(types.atom_sizes().ravel(), types.bids.ravel(), strict=True) if bid > 0]
    for sizes, bids in zip(types.atom_sizes(), types.bids, strict=True):
        lines += [(0.0, sizes[k] - sizes[i], bids[k] - bids[i]) for i in range(len(bids)) for k in range(i)]
    lines += [(1.0, 1.0, 0.0), (0.0, 1.0, 0.0)]
    lines = np.array([line for line in lines if line[1] != 0 or line[0] != 0])
    if not has_fee:
        return [(0.0, line[2] / line[1]) for line in lines]
    found = []
    for i in range(len(lines)):
        for j in range(i):
            matrix = lines[[i, j], :2]
            if abs(np.linalg.det(matrix)) > 1e-9:
                found.append(tuple(np.linalg.solve(matrix, lines[[i, j], 2])))
    return found


def test_posted_price_of_the_worked_example():
    answer = posted_price([1.0, 2.0, 3.0])
    assert (answer.price, answer.revenue) == (2.0, pytest.approx(4 / 3))


def test_posted_price_takes_the_lowest_of_the_best():
    assert posted_price([1.0, 2.0]).price == 1.0
    assert posted_price([4.0, 2.0, 0.0], [0.25, 0.25, 0.5]).price == 2.0


@given(st.lists(st.tuples(st.floats(-5, 5), st.floats(0.01, 1)), min_size=1, max_size=30))
def test_posted_price_is_the_best_of_all_values(pairs):
    values, weights = np.array(pairs).T
    chances = weights / weights.sum()
    answer = posted_price(values, chances)
    each = [max(v, 0.0) * chances[values >= v].sum() for v in values]
    assert answer.revenue == pytest.approx(max(each), abs=1e-12)
    assert answer.revenue == pytest.approx(answer.price * chances[values >= answer.price].sum(), abs=1e-12)


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 10**6), size=st.integers(1, 5), has_fee=st.booleans(), integer=st.booleans())
def test_size_linear_tariff_is_the_best_corner(seed, size, has_fee, integer):
    rng = np.random.default_rng(seed)
    types, chances = drawn_types(rng, size, integer=integer), rng.dirichlet(np.ones(size))
    corners = [(a, b) for a, b in every_corner(types, has_fee) if b >= -1e-9 and a + b >= -1e-9]
    best = max([0.0] + [revenue(types, chances, a, b) for a, b in corners])
    answer = size_linear_tariff(types, chances, entry_fee=has_fee)
    assert answer.revenue == pytest.approx(best, rel=2e-6, abs=1e-9)
    assert best <= answer.bound * (1 + 1e-9) + 1e-12
    assert answer.bound <= answer.revenue * 1.01 + 1e-9
    assert answer.entry_fee >= -answer.item_price - 1e-9
    assert has_fee or answer.entry_fee == 0


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 10**6), factor=st.sampled_from([1e-15, 1e-5, 0.3, 1e5, 1e15]))
def test_tariffs_scale_and_ignore_the_names_of_items(seed, factor):
    rng = np.random.default_rng(seed)
    types = drawn_types(rng, 30)
    base = size_linear_tariff(types)
    assert size_linear_tariff(types.scaled(factor)).revenue / factor == pytest.approx(base.revenue, rel=3e-6)
    assert size_linear_tariff(types.relabelled(rng.permutation(4))).revenue == pytest.approx(base.revenue, rel=3e-6)
    assert base.revenue <= optimal_mechanism(types).revenue * (1 + 1e-9)


def test_full_extraction_by_a_tariff():
    types = XORValuations.from_atoms([[({0}, 6)], [({0, 1}, 10)]], n_items=2)
    tariff = size_linear_tariff(types)
    assert (tariff.entry_fee, tariff.item_price) == pytest.approx((2, 4))
    assert tariff.payments(types) == pytest.approx([6, 10])
    others = XORValuations.from_atoms([[({1}, 6.5)], [({0, 1}, 9)]], n_items=2)
    assert tariff.revenue_on(others, [0.25, 0.75]) == pytest.approx(1.5)


def test_a_tariff_loses_to_a_price_of_everything_where_sizes_say_the_wrong_thing():
    """The one who wants more pays less: a price per item is then no better than none."""
    types = XORValuations.from_atoms([[({0, 1, 2}, 5)], [({0}, 5)]], n_items=3)
    tariff = size_linear_tariff(types)
    assert (tariff.entry_fee, tariff.item_price, tariff.revenue) == pytest.approx((5, 0, 5))


def test_nobody_wants_anything():
    types = XORValuations.from_atoms([[], []], n_items=3)
    assert size_linear_tariff(types).revenue == 0
    assert posted_price(types.grand_values()).revenue == 0


@pytest.mark.parametrize("bad", [{"gap": 0.0}, {"gap": np.nan}, {"probabilities": [1.0]}])
def test_bad_arguments_are_refused(bad):
    with pytest.raises(ValueError, match=next(iter(bad))):
        size_linear_tariff(XORValuations.from_atoms([[({0}, 6)], [({0, 1}, 10)]], n_items=2), **bad)


@pytest.mark.parametrize("values", [[], [np.nan], [[1.0]]])
def test_bad_values_are_refused(values):
    with pytest.raises(ValueError, match="values"):
        posted_price(values)
