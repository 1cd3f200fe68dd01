"""Payments that make a target dominant: the Prisoner's Dilemma, and minimality by a linear programme."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from scipy.optimize import linprog

from common.games.bimatrix import pure_equilibria
from common.games.implementation import implementation_payments, on_path_cost

PRISONERS = [np.array([[3, 0], [4, 2]]), np.array([[3, 4], [0, 2]])]


@st.composite
def games(draw):
    """A game of one to three players, and a target."""
    shape = tuple(draw(st.lists(st.integers(1, 3), min_size=1, max_size=3)))
    tables = [draw(hnp.arrays(np.int64, shape, elements=st.integers(-5, 5))) for _ in shape]
    return tables, tuple(draw(st.integers(0, n - 1)) for n in shape)


def test_prisoners_dilemma():
    row, column = implementation_payments(PRISONERS, (0, 0))
    assert row.tolist() == [[1, 2], [0, 0]]
    assert column.tolist() == row.T.tolist()
    assert on_path_cost([row, column], (0, 0)) == 2
    u, v = PRISONERS[0] + row, PRISONERS[1] + column
    assert pure_equilibria(u, v)[0, 0]
    assert (u[0] >= u[1]).all()
    assert (v[:, 0] >= v[:, 1]).all()


@pytest.mark.parametrize("payment", [1, Fraction(3, 2), 10])
def test_payments_on_the_path_alone_leave_defection_an_equilibrium(payment):
    on_path = np.array([[payment, 0], [0, 0]], dtype=object)
    stable = pure_equilibria(PRISONERS[0] + on_path, PRISONERS[1] + on_path)
    assert stable[0, 0]
    assert stable[1, 1]


def test_with_a_margin_only_the_target_is_an_equilibrium():
    row, column = implementation_payments(PRISONERS, (0, 0), Fraction(1, 3))
    assert row[0].tolist() == [Fraction(4, 3), Fraction(7, 3)]
    assert np.argwhere(pure_equilibria(PRISONERS[0] + row, PRISONERS[1] + column)).tolist() == [[0, 0]]


@given(games(), st.sampled_from([0, 1, Fraction(1, 3)]))
def test_target_is_dominant_and_no_payment_is_too_large(game, margin):
    tables, target = game
    for player, (table, paid) in enumerate(zip(tables, implementation_payments(tables, target, margin), strict=True)):
        promised, own = np.moveaxis(table + paid, player, 0), np.moveaxis(paid, player, 0)
        others = np.delete(promised, target[player], axis=0)
        slack = promised[target[player]] - others - margin  # one row a deviation
        assert (slack >= 0).all()
        assert (np.delete(own, target[player], axis=0) == 0).all()
        if len(slack):  # every positive payment is least: some deviation is only just not better
            assert np.all((slack.min(axis=0) == 0) | (own[target[player]] == 0))


@given(games())
def test_no_payments_are_cheaper_anywhere(game):
    tables, target = game
    paid = implementation_payments(tables, target)
    for player, table in enumerate(tables):
        index = np.arange(table.size).reshape(table.shape)
        kept = np.take(index, target[player], axis=player).ravel()
        rows, bounds = [], []
        for action in range(table.shape[player]):
            other = np.take(index, action, axis=player).ravel()
            for here, there in zip(kept, other, strict=True):
                if here != there:  # u(there) + b(there) <= u(here) + b(here)
                    row = np.zeros(table.size)
                    row[here], row[there] = -1, 1
                    rows.append(row)
                    bounds.append(table.ravel()[here] - table.ravel()[there])
        least = linprog(np.ones(table.size), rows or None, bounds or None).fun
        assert paid[player].sum() == pytest.approx(least, abs=1e-9)


@given(games())
def test_dominance_costs_on_the_path_what_an_equilibrium_costs(game):
    tables, target = game
    gains = 0
    for player, table in enumerate(tables):
        mine = list(target)
        mine[player] = slice(None)
        gains += table[tuple(mine)].max() - table[target]
    assert on_path_cost(implementation_payments(tables, target), target) == gains


@pytest.mark.parametrize("dtype", [np.int8, np.uint8, np.uint64])
def test_narrow_integers_do_not_overflow(dtype):
    worst, best = int(max(np.iinfo(dtype).min, -100)), 100
    payments = implementation_payments([np.array([[worst, best], [best, worst]], dtype)] * 2, (0, 0))
    gap = best - worst
    assert [table.tolist() for table in payments] == [[[gap, 0], [0, 0]]] * 2


def test_a_fraction_as_margin_leaves_floats_floats():
    (payments,) = implementation_payments([[0.5, 1.0]], (0,), Fraction(1, 2))
    assert payments.dtype == float
    assert payments.tolist() == [1.0, 0.0]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((PRISONERS, 0), "target"),
        ((PRISONERS[:1], (0,)), "payoffs must be n tables"),
        ((PRISONERS, (0, 2)), "target"),
        ((PRISONERS, (0,)), "target"),
        ((PRISONERS, (0, True)), "target"),
        ((PRISONERS, (0, 0), -1), "margin"),
        ((PRISONERS, (0, 0), np.nan), "margin"),
        (([[[1, np.inf], [0, 0]], PRISONERS[1]], (0, 0)), r"payoffs\[0\] must be finite"),
        (([], ()), "payoffs"),
    ],
)
def test_bad_input_is_refused(arguments, message):
    with pytest.raises(ValueError, match=message):
        implementation_payments(*arguments)
