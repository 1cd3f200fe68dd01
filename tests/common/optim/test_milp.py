"""The wrapper against answers known by hand, by brute force and by duality."""

from itertools import product

import numpy as np
import pytest
from scipy import sparse

from common.optim import solve_milp

WEIGHTS, WORTH, ROOM = np.array([3.0, 4.0, 5.0, 9.0]), np.array([3.0, 4.0, 4.0, 10.0]), 11.0


def knapsack(**options):
    return solve_milp(WORTH, WEIGHTS[None], -np.inf, ROOM, 0, 1, np.ones(4), maximise=True, **options)


def test_knapsack_equals_brute_force():
    best = max(WORTH @ x for x in product((0, 1), repeat=4) if WEIGHTS @ x <= ROOM)
    answer = knapsack()
    assert answer.status == "optimal"
    assert answer.objective == answer.bound == WORTH @ answer.x == best
    assert answer.gap == 0
    assert set(answer.x) <= {0.0, 1.0}
    assert answer.duals is None


def test_a_linear_programme_satisfies_strong_duality_both_ways():
    rng = np.random.default_rng(0)
    A, b, c = rng.random((4, 6)), 1 + rng.random(4), rng.random(6)
    primal = solve_milp(c, sparse.csr_array(A), -np.inf, b, maximise=True)
    dual = solve_milp(b, A.T, c, np.inf)
    assert primal.objective == pytest.approx(dual.objective, rel=1e-9)
    assert primal.bound == primal.objective
    np.testing.assert_allclose(primal.duals, dual.x, atol=1e-9)


def test_a_start_is_used_and_an_infeasible_one_does_no_harm():
    for start in ([0, 0, 0, 1], [1, 1, 1, 1]):
        assert knapsack(start=start).objective == knapsack().objective


def test_states_without_a_point():
    infeasible = solve_milp([1.0], [[1.0]], 2.0, 3.0, 0.0, 1.0, [True])
    assert (infeasible.status, infeasible.x, infeasible.gap) == ("infeasible", None, np.inf)
    assert np.isnan(infeasible.objective)
    assert np.isnan(infeasible.bound)
    unbounded = solve_milp([1.0], [[0.0]], -np.inf, np.inf, maximise=True)
    assert unbounded.status.startswith("unbounded")


def test_a_time_limit_stops_with_a_valid_bound():
    rng = np.random.default_rng(0)
    A = rng.integers(1, 1000, (30, 200)).astype(float)
    limit = A.sum(axis=1) / 2
    worth = rng.random(200)
    answer = solve_milp(worth, A, -np.inf, limit, 0, 1, np.ones(200), maximise=True, time_limit=0.3, gap=0)
    assert answer.status == "time limit"
    assert answer.bound >= answer.objective
    assert (A @ answer.x <= limit + 1e-6).all()
    assert answer.gap > 0


def test_an_empty_programme_is_worth_nothing():
    answer = solve_milp([], np.zeros((1, 0)), -np.inf, 1.0, maximise=True)
    assert (answer.status, answer.objective, answer.gap) == ("optimal", 0.0, 0.0)
    assert solve_milp([], np.zeros((1, 0)), 1.0, 2.0).status == "infeasible"


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"c": [1.0]}, "c must have shape"),
        ({"c": [1.0, np.inf]}, "c must be finite"),
        ({"A": [[np.nan, 1.0]]}, "A must be finite"),
        ({"row_lower": [0.0, 0.0]}, "row_lower must be a number or have shape"),
        ({"upper": [np.nan, 1.0]}, "upper must not hold NaN"),
        ({"time_limit": 0.0}, "time_limit must be > 0"),
        ({"gap": -1.0}, "gap >= 0"),
        ({"threads": 0}, "threads >= 1"),
        ({"start": [1.0]}, "start must be a number or have shape"),
        ({"integrality": [True]}, "integrality must be a number or have shape"),
    ],
)
def test_bad_input_is_named(change, complaint):
    good = {"c": [1.0, 1.0], "A": [[1.0, 1.0]], "row_lower": 0.0, "row_upper": 1.0}
    with pytest.raises(ValueError, match=complaint):
        solve_milp(**{**good, **change})
