import numpy as np
import pytest
from hypothesis import given

from common.markets.three_dimensional import linear_relaxation
from common.optim import solve_milp
from tests.triple_cases import best_total, round_trips, tables, uncovered


def by_linear_programme(values, count=None):
    """The relaxation with every triple from the start, its rows written agent by agent."""
    agents = []
    for axis, size in enumerate(values.shape):
        index = np.indices(values.shape)[axis].ravel()
        agents += [index == i for i in range(size)]
    rows = np.array([*agents, np.ones(values.size)], dtype=float)
    lower, upper = np.full(len(rows), -np.inf), np.ones(len(rows))
    lower[-1], upper[-1] = (-np.inf, np.inf) if count is None else (count, count)
    return solve_milp(values.ravel(), rows, lower, upper, maximise=True).objective


def assert_proves_itself(values, count=None):
    """The duals are feasible and add up to the value, and the weights nearly attain it."""
    answer = linear_relaxation(values, count=count)
    scale = 1 + np.abs(values).max(initial=0.0)
    assert all((side >= 0).all() for side in answer.duals)
    assert uncovered(values, answer.duals, answer.count_dual) <= 1e-12 * scale
    total = sum(side.sum() for side in answer.duals) + answer.count_dual * (count or 0)
    assert answer.value == pytest.approx(total, abs=1e-9 * scale)
    load = [np.zeros(size) for size in values.shape]
    for triple, weight in answer.weights:
        assert 0 < weight <= 1
        for side, agent in zip(load, triple, strict=True):
            side[agent] += weight
    assert all((side <= 1 + 1e-7).all() for side in load)
    if count is not None:
        assert sum(weight for _, weight in answer.weights) == pytest.approx(count)
    attained = sum(weight * values[triple] for triple, weight in answer.weights)
    assert attained == pytest.approx(answer.value, rel=1e-7, abs=1e-7 * scale)
    return answer


@given(tables())
def test_every_small_table(values):
    for count in (None, *range(min(values.shape) + 1)):
        answer = assert_proves_itself(values, count)
        if values.size:
            assert answer.value == pytest.approx(by_linear_programme(values, count), abs=1e-7)
        assert answer.value >= best_total(values, count) - 1e-9


@pytest.mark.parametrize("scale", [1.0, 1e-8, 1e8])
def test_few_columns_reach_the_whole_programme(scale):
    values = scale * round_trips(14, 1)[:12, :, :10]
    assert assert_proves_itself(values).value == pytest.approx(by_linear_programme(values / scale) * scale)
    answer = assert_proves_itself(values, 7)
    assert answer.value == pytest.approx(by_linear_programme(values / scale, 7) * scale)
    assert answer.columns.size < values.size


def test_a_table_with_a_gap():
    # Two triples in three share an agent; half of each is worth more than any one and its rest.
    values = np.zeros((2, 2, 2))
    values[0, 0, 1] = values[0, 1, 0] = values[1, 0, 0] = 1.0
    assert linear_relaxation(values).value == pytest.approx(1.5)
    assert best_total(values) == 1.0


def test_bad_input_is_named():
    with pytest.raises(ValueError, match=r"values must have shape \(first, second, third\)"):
        linear_relaxation([[1.0]])
    with pytest.raises(ValueError, match=r"values must be finite, given values\[0, 0, 0\] = nan"):
        linear_relaxation([[[np.nan]]])
    for count in (-1, 2, 1.0, True):
        with pytest.raises(ValueError, match=r"count must be an integer in 0\.\.1, given"):
            linear_relaxation([[[1.0]]], count=count)
