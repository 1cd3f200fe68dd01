"""Pure and mixed equilibria against their definition, brute force and the minimax theorem."""

import warnings
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from scipy.optimize import linprog

from common.games.bimatrix import mixed_equilibrium, pure_equilibria, select_pure, stage_equilibria

SMALL = hnp.array_shapes(min_dims=2, max_dims=3, min_side=1, max_side=4)
GAMES = SMALL.flatmap(lambda shape: st.tuples(*[hnp.arrays(np.int64, shape, elements=st.integers(-3, 3))] * 2))


def _pure_by_definition(u, v):
    """The pure equilibria of one game, by asking each player about each deviation."""
    rows, columns = u.shape
    return [
        (a, b)
        for a in range(rows)
        for b in range(columns)
        if all(u[k, b] <= u[a, b] for k in range(rows)) and all(v[a, k] <= v[a, b] for k in range(columns))
    ]


@given(GAMES)
def test_pure_equilibria_and_the_selection_are_those_of_the_definition(games):
    u, v = games
    mask = pure_equilibria(u, v)
    chosen = {rule: select_pure(u, v, rule) for rule in ("first", "best", "worst")}
    for game in np.ndindex(u.shape[:-2]):
        found = _pure_by_definition(u[game], v[game])
        assert [tuple(pair) for pair in np.argwhere(mask[game])] == found
        if not found:
            assert all((actions[game] == -1).all() for actions in chosen.values())
            continue
        welfare = [u[game][pair] + v[game][pair] for pair in found]
        assert tuple(chosen["first"][game]) == found[0]
        assert tuple(chosen["best"][game]) == found[int(np.argmax(welfare))]
        assert tuple(chosen["worst"][game]) == found[int(np.argmin(welfare))]


@given(GAMES)
def test_every_stage_gets_an_equilibrium(games):
    u, v = games
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        stage = stage_equilibria(u, v)
    assert np.array_equal(stage.pure, pure_equilibria(u, v).any(axis=(-2, -1)))
    for game in np.ndindex(u.shape[:-2]):
        x, y = stage.row[game], stage.column[game]
        assert x.sum() == pytest.approx(1)
        assert y.sum() == pytest.approx(1)
        value = np.array([x @ u[game] @ y, x @ v[game] @ y])
        assert stage.values[game] == pytest.approx(value, abs=1e-8)
        assert (u[game] @ y).max() <= value[0] + 1e-7
        assert (x @ v[game]).max() <= value[1] + 1e-7


def test_mixed_equilibrium_of_zero_sum_games_has_the_minimax_value():
    rng = np.random.default_rng(3)
    for _ in range(20):
        u = rng.normal(size=(3, 4))
        x, y = mixed_equilibrium(u, -u)
        # max w such that some mix of rows earns w against every column
        solved = linprog(
            [0, 0, 0, -1], np.c_[-u.T, np.ones(4)], np.zeros(4), [[1, 1, 1, 0]], [1], [(0, None)] * 3 + [(None, None)]
        )
        assert x @ u @ y == pytest.approx(-solved.fun, abs=1e-9)


def test_scale_and_shift_of_a_players_payoffs_change_nothing():
    u, v = np.array([[1.0, -1], [-1, 1]]), np.array([[-1.0, 1], [3, -1]])
    small = mixed_equilibrium(u * 1e-7 + 5, v * 1e6 - 3)
    assert np.allclose(small, mixed_equilibrium(u, v), atol=1e-6)


def test_fractions_are_compared_exactly():
    third = Fraction(1, 3)
    u = np.array([[third, 0], [third + Fraction(1, 10**30), 0]], dtype=object)
    assert pure_equilibria(u, np.zeros((2, 2), dtype=int)).tolist() == [[False, True], [True, True]]


def test_tolerance_keeps_near_ties():
    u = np.array([[1.0], [1.0 + 1e-10]])
    assert pure_equilibria(u, 0 * u).ravel().tolist() == [False, True]
    assert pure_equilibria(u, 0 * u, 1e-9).all()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (([[1, 2]], [[1], [2]]), "row and column"),
        (([1, 2], [1, 2]), "row"),
        (([[1, np.nan]], [[1, 2]]), r"row must be finite, given row\[0, 1\]"),
        (([["a"]], [["b"]]), "row"),
        (([[1]], [[1]], -1), "tolerance"),
        (([[1]], [[1]], np.nan), "tolerance"),
    ],
)
def test_bad_games_are_refused(arguments, message):
    with pytest.raises(ValueError, match=message):
        pure_equilibria(*arguments)


def test_unknown_rules_and_batches_of_mixed_games_are_refused():
    with pytest.raises(ValueError, match="selection"):
        select_pure([[1]], [[1]], "lucky")
    with pytest.raises(ValueError, match="single game"):
        mixed_equilibrium(np.ones((2, 2, 2)), np.ones((2, 2, 2)))
