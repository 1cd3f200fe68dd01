"""The rules: what they refuse, and the torus."""

import numpy as np
import pytest

from papers.contracts_rl.coin_rules import MOVES, CoinRules


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("grid", 1),
        ("grid", 101),
        ("grid", 3.0),
        ("grid", True),
        ("horizon", 0),
        ("horizon", None),
        ("both_collect", 1),
        ("respawn", "nowhere"),
        ("colour", "green"),
        ("own", np.nan),
        ("other", np.inf),
        ("other", "1"),
    ],
)
def test_fields_out_of_range_are_named(field, value):
    with pytest.raises(ValueError, match=field):
        CoinRules(**{field: value})


def test_moves_go_around_the_torus_and_back():
    rules = CoinRules(grid=4)
    cells = np.arange(16)
    for there, back in ((0, 1), (2, 3)):
        assert (MOVES[there] == -MOVES[back]).all()
        assert np.array_equal(rules.next_cell[rules.next_cell[cells, there], back], cells)
        walk = cells
        for _ in range(4):
            walk = rules.next_cell[walk, there]
        assert np.array_equal(walk, cells)


def test_worth_of_coins():
    assert CoinRules(own=3, other=-2).worth.tolist() == [[3, -2], [-2, 3]]
