import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import linear_sum_assignment

from common.markets.three_dimensional import alternating_assignment, linear_relaxation
from tests.triple_cases import assert_disjoint, best_total, round_trips, tables


def assert_no_side_can_be_reassigned(values, triples):
    """Given the pairs that two sides form in the triples, no other agents of the third side are worth more."""
    for axis in range(3):
        pairs = np.delete(np.array(triples), axis, axis=1)
        weights = np.moveaxis(values, axis, 2)[tuple(pairs.T)].clip(min=0.0)
        best = weights[linear_sum_assignment(weights, maximize=True)].sum()
        assert best <= sum(values[triple] for triple in triples) + 1e-9


@given(tables(), st.integers(0, 2**32 - 1))
def test_answers_are_assignments_within_the_bound(values, seed):
    answer = alternating_assignment(values, np.random.default_rng(seed), restarts=6)
    assert_disjoint(answer.triples)
    assert all(values[triple] > 0 for triple in answer.triples)
    assert answer.value == sum(values[triple] for triple in answer.triples)
    best = best_total(values)
    assert answer.value <= best <= answer.bound + 1e-9
    if answer.status == "optimal":
        assert answer.value == best
    if answer.triples:
        assert_no_side_can_be_reassigned(values, answer.triples)


def test_many_starts_find_the_optimum_of_small_tables():
    # 3-dimensional matching with 6 agents a side: a start reaches a local optimum, a hundred reach the best.
    rng = np.random.default_rng(0)
    for _ in range(5):
        values = 1.0 + (rng.random((6, 6, 6)) < 0.06)
        assert alternating_assignment(values, rng, restarts=100).value == best_total(values)


def test_sides_of_different_sizes_and_a_given_relaxation():
    values = round_trips(25, 2)[:10, :, :17]
    relaxation = linear_relaxation(values)
    answer = alternating_assignment(values, np.random.default_rng(1), relaxation=relaxation)
    assert answer.bound == relaxation.value
    assert_no_side_can_be_reassigned(values, answer.triples)
    again = alternating_assignment(values, np.random.default_rng(1))
    assert again.triples == answer.triples


def test_bad_input_is_named():
    values, generator = np.ones((2, 2, 2)), np.random.default_rng(0)
    with pytest.raises(ValueError, match="restarts must be >= 1, given 0"):
        alternating_assignment(values, generator, restarts=0)
    with pytest.raises(ValueError, match=r"relaxation must be that of values of shape \(2, 2, 2\)"):
        alternating_assignment(values, generator, relaxation=linear_relaxation(np.ones((1, 2, 2))))
