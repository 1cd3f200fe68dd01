import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.markets.three_dimensional import linear_relaxation, three_dimensional_assignment
from common.markets.three_dimensional.triples import as_columns
from tests.triple_cases import assert_disjoint, best_total, round_trips, tables


def assert_consistent(answer, values):
    """The triples are disjoint and worth what is said, within what is proven."""
    assert_disjoint(answer.triples)
    assert answer.triples == tuple(sorted(answer.triples))
    assert answer.value == pytest.approx(sum(values[triple] for triple in answer.triples))
    assert answer.bound >= answer.value
    assert answer.gap == pytest.approx((answer.bound - answer.value) / (abs(answer.value) or 1.0))


@given(tables(), st.booleans())
def test_every_small_table_against_brute_force(values, start_in_the_corner):
    start = [(0, 0, 0)] if start_in_the_corner and values.size else []
    for count in (None, *range(min(values.shape) + 1)):
        answer = three_dimensional_assignment(values, count=count, start=start if count in (None, 1) else ())
        assert_consistent(answer, values)
        assert answer.status == "optimal"
        assert answer.value == best_total(values, count)
        assert answer.bound == pytest.approx(answer.value, abs=1e-6)
        if count is None:
            assert all(values[triple] > 0 for triple in answer.triples)
        else:
            assert len(answer.triples) == count


@pytest.mark.parametrize("seed", range(6))
def test_tables_with_a_gap_against_brute_force(seed):
    # Three-dimensional matching: the relaxation is fractional, and the integer programmes have to close the gap.
    values = 1.0 + (np.random.default_rng(seed).random((6, 6, 6)) < 0.06)
    assert three_dimensional_assignment(values).value == best_total(values)
    assert three_dimensional_assignment(values, count=5).value == best_total(values, 5)


def test_triples_that_the_relaxation_never_met_are_found(monkeypatch):
    # With one triple for each agent and round, the optimum lies outside the first integer programme.
    monkeypatch.setattr("common.markets.three_dimensional.relaxation._FIRST", 1)
    monkeypatch.setattr("common.markets.three_dimensional.relaxation._MORE", 1)
    missed = 0
    for seed in range(20):
        values = np.random.default_rng(seed).random((5, 5, 5))
        met = linear_relaxation(values).columns
        answer = three_dimensional_assignment(values)
        assert answer.value == pytest.approx(best_total(values))
        missed += not np.isin(as_columns(answer.triples, values.shape), met).all()
    assert missed > 0


def test_the_free_optimum_is_the_best_of_all_numbers():
    values = round_trips(8, 4) - 0.4
    best = [three_dimensional_assignment(values, count=k).value for k in range(9)]
    assert max(best) == pytest.approx(three_dimensional_assignment(values).value)
    assert best[0] == 0.0


def test_a_time_limit_keeps_the_start_and_the_bound_of_the_relaxation():
    rng = np.random.default_rng(2)
    values = rng.random((25, 25, 25))
    start = [(i, i, i) for i in range(25)]
    answer = three_dimensional_assignment(values, start=start, time_limit=1e-3)
    assert_consistent(answer, values)
    assert answer.status == "time limit"
    assert answer.value >= sum(values[triple] for triple in start) * (1 - 1e-12)
    assert answer.bound == pytest.approx(linear_relaxation(values).value)


def test_bad_input_is_named():
    values = np.ones((2, 2, 2))
    with pytest.raises(ValueError, match="time_limit must be > 0"):
        three_dimensional_assignment(values, time_limit=0)
    with pytest.raises(ValueError, match=r"count must be an integer in 0\.\.2, given 3"):
        three_dimensional_assignment(values, count=3)
    with pytest.raises(ValueError, match=r"start must hold 2 triples \(or none\), given 1"):
        three_dimensional_assignment(values, count=2, start=[(0, 0, 0)])
    for start, message in (
        ([(0, 0)], "triples of integers"),
        ([(0, 0, 0.5)], "triples of integers"),
        ([(0, 0, 2)], r"third side in 0\.\.1"),
        ([(0, -1, 0)], r"second side in 0\.\.1"),
        ([(0, 0, 0), (0, 1, 1)], "disjoint, given first agents"),
    ):
        with pytest.raises(ValueError, match=message):
            three_dimensional_assignment(values, start=start)


def test_flat_indices_are_sorted():
    assert as_columns([(1, 0, 1), (0, 1, 0)], (2, 2, 2)).tolist() == [2, 5]


@pytest.mark.parametrize("scale", [2.0**-33, 2.0**33])
@pytest.mark.parametrize("count", [None, 3])
def test_the_unit_of_money_changes_nothing_else(scale, count):
    rng = np.random.default_rng(3)
    for _ in range(10):
        values = rng.integers(-4, 7, (4, 5, 4)).astype(float)
        plain, scaled = (three_dimensional_assignment(f * values, count=count) for f in (1.0, scale))
        assert plain.value == best_total(values, count)
        assert scaled.value == scale * plain.value
        assert scaled.bound == pytest.approx(scaled.value, rel=1e-6)


def test_a_huge_loss_forbids_a_triple_and_spoils_no_other():
    rng = np.random.default_rng(4)
    for _ in range(10):
        values = rng.integers(-4, 7, (4, 5, 4)).astype(float)
        forbidden = rng.random(values.shape) < 0.3
        answer = three_dimensional_assignment(np.where(forbidden, -1e12, values))
        assert answer.value == best_total(np.where(forbidden, -1.0, values))
        assert answer.bound == pytest.approx(answer.value, rel=1e-6)
