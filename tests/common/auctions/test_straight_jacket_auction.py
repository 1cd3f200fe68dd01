"""The straight-jacket auction against closed forms, sampled volumes and a simulation of its buyers."""

import numpy as np
import pytest

from common.auctions.straight_jacket_auction import separate_sale_revenue, straight_jacket, uniform_bundle_revenue


def test_two_items_in_closed_form():
    """Manelli and Vincent (2006); dossier, section 8.6, prints the revenue as .549187, which is not the closed form."""
    auction = straight_jacket(2)
    assert auction.prices == pytest.approx([2 / 3, (4 - np.sqrt(2)) / 3], abs=1e-12)
    assert auction.revenue == pytest.approx((12 + 2 * np.sqrt(2)) / 27, abs=1e-12)


def test_three_items_and_the_published_targets():
    assert straight_jacket(1).revenue == pytest.approx(0.25)
    assert straight_jacket(3).prices == pytest.approx([0.75, (6 - np.sqrt(2)) / 4, 1.2257], abs=1e-4)
    targets = [0.549, 0.875, 1.219, 1.576, 1.943]  # of the official repository, cut after three digits
    assert [np.floor(straight_jacket(m).revenue * 1000) / 1000 for m in range(2, 7)] == pytest.approx(targets)


@pytest.mark.parametrize("m", range(1, 11))
def test_simulated_buyers_pay_the_stated_revenue(m):
    auction = straight_jacket(m)
    paid = auction.payments(np.random.default_rng(m).random((400_000, m)))
    assert paid.mean() == pytest.approx(auction.revenue, abs=4 * paid.std() / np.sqrt(400_000))
    assert auction.sale_probabilities.sum() == pytest.approx(1, abs=1e-12)
    assert (auction.sale_probabilities >= 0).all()
    assert (paid == 0).mean() == pytest.approx(1 / (m + 1), abs=0.004)


@pytest.mark.parametrize("m", [3, 5, 10])
def test_prices_satisfy_the_definition(m):
    """Some r of the items are sold with probability r / (m + 1) at the first r prices: five standard errors."""
    auction, n = straight_jacket(m), 400_000
    for r in range(1, m + 1):
        x = np.random.default_rng(r).random((n, r))
        best = np.cumsum(-np.sort(-x, axis=1), axis=1)
        sold = (best >= auction.prices[:r]).any(axis=1).mean()
        share = r / (m + 1)
        assert sold == pytest.approx(share, abs=5 * np.sqrt(share * (1 - share) / n))


@pytest.mark.parametrize("m", range(1, 11))
def test_at_least_what_simple_sales_earn(m):
    price, bundle = uniform_bundle_revenue(m)
    best = max(bundle, separate_sale_revenue(m))
    assert straight_jacket(m).revenue >= best - 1e-12
    total = np.random.default_rng(m).random((400_000, m)).sum(axis=1)
    prices = price * np.array([0.9, 0.95, 1.0, 1.05, 1.1])
    earned = [p * (total >= p).mean() for p in prices]
    assert earned[2] == pytest.approx(bundle, abs=4 * price * 0.5 / np.sqrt(400_000))
    assert max(earned) <= bundle + 4 * price * 0.5 / np.sqrt(400_000)


def test_bundle_revenues_of_the_dossier():
    assert uniform_bundle_revenue(1) == pytest.approx((0.5, 0.25))
    assert uniform_bundle_revenue(2)[1] == pytest.approx(np.sqrt(2 / 3) * 2 / 3)  # p (1 - p^2/2) at p^2 = 2/3
    assert [uniform_bundle_revenue(m)[1] for m in range(3, 7)] == pytest.approx([0.861, 1.201, 1.555, 1.920], abs=5e-4)


@pytest.mark.parametrize("bad", [0, 11, 2.5, 2.0, np.nan, -1])
def test_numbers_of_items_out_of_range_are_refused(bad):
    for door in (straight_jacket, separate_sale_revenue, uniform_bundle_revenue):
        with pytest.raises(ValueError, match="n_items"):
            door(bad)


def test_values_of_another_shape_are_refused():
    with pytest.raises(ValueError, match="values"):
        straight_jacket(2).payments(np.zeros((4, 3)))
