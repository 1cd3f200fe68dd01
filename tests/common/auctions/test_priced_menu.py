import numpy as np

from common.auctions import priced_menu
from common.auctions.rochet_net import AdditiveMenu


def test_many_types_in_pieces_are_as_all_at_once(monkeypatch):
    rng = np.random.default_rng(0)
    menu, types = AdditiveMenu(rng.random((7, 3)), rng.random(7)), rng.random((50, 3))
    whole = menu.buy(types)
    monkeypatch.setattr(priced_menu, "_CHUNK", 21)  # three types at a time
    for piecewise, at_once in zip(menu.buy(types), whole, strict=True):
        np.testing.assert_array_equal(piecewise, at_once)


def test_no_types_and_no_elements():
    menu = AdditiveMenu(np.ones((1, 2)), [0.5])
    assert menu.regret(np.empty((0, 2))) == 0
    assert len(menu.payments(np.empty((0, 2)))) == 0
    nothing = menu.select([False])
    assert nothing.choices(np.ones((3, 2))).tolist() == [-1, -1, -1]
    assert nothing.regret(np.ones((3, 2))) == 0


def test_probabilities_weight_payments():
    menu = AdditiveMenu(np.ones((1, 1)), [0.5])
    assert menu.revenue(np.array([[0.4], [0.6]]), probabilities=[0.25, 0.75]) == 0.375
