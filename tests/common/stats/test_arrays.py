import numpy as np
import pytest

from common.stats import check_probability, finite_array


def test_returns_what_it_was_given_as_floats():
    array = finite_array("x", [1, 2, 3])
    assert array.dtype == float
    assert array.tolist() == [1.0, 2.0, 3.0]


@pytest.mark.parametrize(
    ("values", "ndim", "least", "message"),
    [
        ([1.0, np.nan], 1, 1, "x must be finite, got 1 NaN or infinite"),
        ([np.inf], 1, 1, "x must be finite"),
        ([[1.0]], 1, 1, r"x must have 1 dimension\(s\), got shape \(1, 1\)"),
        ([[[1.0]]], (1, 2), 1, r"x must have \(1, 2\) dimension"),
        ([1.0], 1, 2, "x must hold at least 2 value"),
        ([], 1, 1, "x must hold at least 1 value"),
        (["a"], 1, 1, "x must hold real numbers"),
        ([[1.0], [1.0, 2.0]], 2, 1, "x must hold real numbers"),
        ([1 + 2j], 1, 1, "x must hold real numbers"),
    ],
)
def test_refuses_by_name(values, ndim, least, message):
    with pytest.raises(ValueError, match=message):
        finite_array("x", values, ndim, least)


def test_probabilities_include_both_ends():
    check_probability("q", 0)
    check_probability("q", 1)


@pytest.mark.parametrize("number", [-1e-9, 1.1, np.nan, np.inf])
def test_refuses_what_is_no_probability(number):
    with pytest.raises(ValueError, match=r"q must be in \[0, 1\], given"):
        check_probability("q", number)
