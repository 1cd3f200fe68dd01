import numpy as np
import pytest

from common.auctions.choices import choose


def test_ties_go_to_the_dearest_or_to_the_first():
    utilities, prices = [[1.0, 1.0, 0.5]], [3.0, 5.0, 9.0]
    assert choose(utilities, prices)[0].tolist() == [1]
    assert choose(utilities, prices, "first")[0].tolist() == [0]


def test_an_indifferent_buyer_buys_and_an_unwilling_one_does_not():
    for tie in ("seller", "first"):
        element, utility, payment = choose([[0.0], [-1e-3]], [4.0], tie)
        assert element.tolist() == [0, -1]
        assert utility.tolist() == [0, 0]
        assert payment.tolist() == [4, 0]


def test_rounding_is_no_reason_not_to_buy():
    value = 0.1 + 0.2  # a hair above .3
    assert choose([[0.3 - value]], [value])[0].tolist() == [0]
    assert choose([[0.3 - value]], [value], "first")[0].tolist() == [-1]


def test_the_tolerance_is_relative():
    for scale in (1e-12, 1.0, 1e12):
        assert choose([[-1e-6 * scale]], [scale])[0].tolist() == [-1]
        assert choose([[-1e-12 * scale]], [scale])[0].tolist() == [0]


def test_a_runaway_price_does_not_blur_the_others():
    element, _, payment = choose([[1.0, 1.0 - 1e-6, -1e30]], [2.0, 3.0, 1e30])
    assert element.tolist() == [0]
    assert payment.tolist() == [2]


def test_the_seller_does_not_pay_where_the_buyer_does_not_care():
    assert choose([[0.0]], [-1.0])[0].tolist() == [-1]
    assert choose([[0.5]], [-1.0])[0].tolist() == [0]


def test_what_is_not_for_sale_and_an_empty_menu():
    assert choose([[-np.inf, -1.0]], [np.inf, 1.0])[0].tolist() == [-1]
    assert choose(np.empty((2, 0)), [])[0].tolist() == [-1, -1]


def test_bad_input_is_refused():
    with pytest.raises(ValueError, match="tie must be one of"):
        choose([[1.0]], [1.0], "buyer")
    with pytest.raises(ValueError, match="utilities must have shape"):
        choose([1.0], [1.0])
    for utilities, prices in (([[np.nan]], [1.0]), ([[1.0]], [np.nan])):
        with pytest.raises(ValueError, match="without NaN"):
            choose(utilities, prices)
    with pytest.raises(ValueError, match="prices must have shape"):
        choose([[1.0, 2.0]], [1.0])
