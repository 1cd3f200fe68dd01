from fractions import Fraction

import numpy as np
import pytest

from common.markets.validation import check_mask, check_matching, check_prices, check_values


@pytest.mark.parametrize("bad", [np.nan, np.inf, -1.0])
def test_a_value_that_is_no_value_is_refused_with_its_place(bad):
    with pytest.raises(ValueError, match=r"worth must be finite and >= 0, given worth\[0, 1\]"):
        check_values([[1.0, bad]], "worth")


@pytest.mark.parametrize("bad", [[[1.0], [1.0, 2.0]], [["1.0"]], [[1j]], np.array([[1j]]), [[object()]]])
def test_values_that_are_no_numbers_are_refused_by_name(bad):
    with pytest.raises(ValueError, match="worth must"):
        check_values(bad, "worth")
    with pytest.raises(ValueError, match="known must"):
        check_mask(bad, (1, 1), "known")
    with pytest.raises(ValueError, match="cost must"):
        check_prices(bad, 1, "cost")


def test_fractions_are_numbers():
    assert check_values([[Fraction(1, 2)]]).tolist() == [[0.5]]


def test_values_have_two_axes():
    with pytest.raises(ValueError, match=r"V must have shape \(buyers, goods\), given shape \(2,\)"):
        check_values([1.0, 2.0])


def test_costs_have_three_axes_and_payments_any_sign():
    costs = np.ones((2, 1, 3))
    costs[1, 0, 2] = -1.0
    with pytest.raises(ValueError, match=r"K must be finite and >= 0, given K\[1, 0, 2\] = -1.0"):
        check_values(costs, "K", ("couriers", "buyers", "stores"))
    assert check_values(costs, "K", ("couriers", "buyers", "stores"), signed=True) is costs
    with pytest.raises(ValueError, match=r"K must have shape \(couriers, buyers, stores\), given shape \(1, 3\)"):
        check_values(costs[0], "K", ("couriers", "buyers", "stores"))
    costs[1, 0, 2] = np.nan
    with pytest.raises(ValueError, match=r"tips must be finite, given tips\[1, 0, 2\] = nan"):
        check_values(costs, "tips", ("couriers", "buyers", "stores"), signed=True)


def test_mask_is_zero_one_and_fits():
    assert check_mask([[0, 1]], (1, 2)).tolist() == [[False, True]]
    assert check_mask(None, (2, 2)).all()
    with pytest.raises(ValueError, match=r"mask must have shape \(1, 2\)"):
        check_mask([[1]], (1, 2))
    with pytest.raises(ValueError, match=r"mask\[0, 1\] = 2"):
        check_mask([[0, 2]], (1, 2))


@pytest.mark.parametrize(
    ("x", "complaint"),
    [
        ([0], r"shape \(2,\)"),
        ([0.5, 1.0], "integers"),
        ([0, 3], r"-1\.\.1, given x\[1\] = 3"),
        ([-2, 0], r"given x\[0\] = -2"),
        ([1, 1], "good 1 twice"),
    ],
)
def test_what_is_no_matching_is_refused(x, complaint):
    with pytest.raises(ValueError, match=complaint):
        check_matching(x, (2, 2))


def test_prices_fit_and_are_finite():
    with pytest.raises(ValueError, match=r"p must have shape \(2,\)"):
        check_prices([1.0], 2)
    with pytest.raises(ValueError, match=r"p\[1\] = inf"):
        check_prices([1.0, np.inf], 2)
