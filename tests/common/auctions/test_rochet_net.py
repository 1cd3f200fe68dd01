"""RochetNet against optimal auctions of additive uniform values, and by its truthfulness."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from common.auctions.rochet_net import AdditiveMenu, RochetNet, train_rochet_net
from common.auctions.soft_revenue import soft_menu_revenue
from common.auctions.straight_jacket_auction import straight_jacket

WARM = 800.0


def schedule(step):
    """From 20 to 500 by a constant factor."""
    return 20.0 * 25.0 ** min(step / WARM, 1.0)


def trained(n_items, seed=0, iterations=1000):
    generator = torch.Generator().manual_seed(seed)
    net = RochetNet(n_items, 50, generator)
    history = train_rochet_net(
        net, lambda g: torch.rand(512, n_items, generator=g), iterations, schedule, generator, learning_rate=0.02
    )
    return net.menu(), history


@pytest.mark.parametrize(("n_items", "tolerance"), [(2, 0.01), (3, 0.02), (6, 0.02)])
def test_the_optimal_auction_of_uniform_values_is_learnt(n_items, tolerance):
    menu, _ = trained(n_items)
    payments = menu.payments(np.random.default_rng(1).random((200_000, n_items)))
    optimum = straight_jacket(n_items).revenue
    error = payments.std() / np.sqrt(len(payments))
    assert (1 - tolerance) * optimum < payments.mean() < optimum + 4 * error


def test_the_same_seed_gives_the_same_menu():
    (first, course), (second, again) = trained(2, iterations=50), trained(2, iterations=50)
    np.testing.assert_array_equal(first.allocations, second.allocations)
    np.testing.assert_array_equal(first.prices, second.prices)
    np.testing.assert_array_equal(course, again)


@given(st.integers(0, 2**32 - 1), st.sampled_from(["seller", "first"]))
def test_truth_is_dominant_and_nobody_loses(seed, tie):
    rng = np.random.default_rng(seed)
    menu, types = AdditiveMenu(rng.random((9, 3)), rng.normal(size=9)), rng.random((20, 3))
    element, utility, payment = menu.buy(types, tie)
    as_another = types @ menu.allocations[element].T - menu.prices[element]
    as_another[:, element < 0] = 0.0
    assert (utility[:, None] >= as_another - 1e-8).all()
    assert (utility >= -1e-8).all()
    np.testing.assert_array_equal(payment, np.where(element < 0, 0.0, menu.prices[element]))
    assert menu.regret(types, tie) <= 1e-8


def test_what_follows_counts_as_an_offset():
    generator = torch.Generator().manual_seed(0)
    net = RochetNet(3, 5, generator)
    values = torch.rand(7, 3, generator=generator)
    left = net.soft_revenue(values, 10.0, lambda allocations: (1 - allocations).sum(dim=1), null_offset=3.0)
    allocations = net.allocations()
    by_hand = soft_menu_revenue(values @ allocations.T, net.prices, 3 - allocations.sum(dim=1), 10.0, 3.0)
    assert left.item() == pytest.approx(by_hand.item())


def test_a_seller_who_loses_nothing_by_waiting_sells_dearer():
    def price(null_offset):
        generator = torch.Generator().manual_seed(0)
        net = RochetNet(1, 10, generator)
        train_rochet_net(
            net,
            lambda g: torch.rand(512, 1, generator=g),
            400,
            100.0,
            generator,
            learning_rate=0.02,
            null_offset=null_offset,
        )
        menu = net.menu()
        return menu.payments(np.ones((1, 1)))[0]

    # revenue p (1 - p) + c p is highest at p = (1 + c) / 2
    assert price(0.0) == pytest.approx(0.5, abs=0.06)
    assert price(0.4) == pytest.approx(0.7, abs=0.06)


def test_what_is_refused():
    generator = torch.Generator().manual_seed(0)
    net = RochetNet(2, 3, generator)
    with pytest.raises(ValueError, match="n_items and n_elements"):
        RochetNet(0, 3, generator)
    with pytest.raises(ValueError, match="iterations must be"):
        train_rochet_net(net, lambda g: torch.rand(4, 2, generator=g), 0, 1.0, generator)
    with pytest.raises(ValueError, match="allocations must lie"):
        AdditiveMenu([[0.5, 1.5]], [0.0])
    with pytest.raises(ValueError, match="allocations must have shape"):
        AdditiveMenu([0.5, 0.5], [0.0])
    with pytest.raises(ValueError, match="prices must be finite"):
        AdditiveMenu([[0.5, 0.5]], [np.nan])
    with pytest.raises(ValueError, match="types must have shape"):
        AdditiveMenu([[0.5, 0.5]], [0.0]).payments(np.ones((3, 3)))
