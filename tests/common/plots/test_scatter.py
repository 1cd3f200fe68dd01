import numpy as np
import pytest

from common.plots import scatter_with_bound

LABELS = {"xlabel": "Welfare gain (value units)", "ylabel": "Revenue (value units)", "bound_label": "x / 2"}


def half(x):
    return x / 2


def test_draws_points_bound_and_forbidden_side(rng, assert_legible):
    x = rng.uniform(0, 10, 30)
    series = {"optimal": x, "sweep": 0.7 * x}
    ax = scatter_with_bound(x, series, half, **LABELS)
    for line, values in zip(ax.lines, series.values(), strict=False):
        assert line.get_xdata() == pytest.approx(x)
        assert line.get_ydata() == pytest.approx(values)
    bound = ax.lines[2]
    assert bound.get_color() not in {line.get_color() for line in ax.lines[:2]}
    assert bound.get_ydata() == pytest.approx(half(bound.get_xdata()))
    assert (bound.get_xdata()[0], bound.get_xdata()[-1]) == pytest.approx(ax.get_xlim())
    corners = ax.collections[0].get_paths()[0].vertices
    assert (corners[:, 1] <= half(corners[:, 0]) + 1e-9).all()
    assert [t.get_text() for t in ax.get_legend().get_texts()] == ["optimal", "sweep"]
    assert_legible(ax.figure)


@pytest.mark.parametrize("side", ["lower", "upper"])
def test_counts_and_rings_what_crosses(side, assert_legible):
    x, y = np.array([2.0, 4.0, 6.0, 8.0]), np.array([1.0, 2.5, 2.5, 4.0 + 1e-12])
    ax = scatter_with_bound(x, y, half, side=side, **LABELS)
    (ring,) = [line for line in ax.lines if str(line.get_label()).startswith("beyond")]
    assert ring.get_label() == "beyond the bound: 1"
    assert list(zip(ring.get_xdata(), ring.get_ydata(), strict=True)) == [(6, 2.5) if side == "lower" else (4, 2.5)]
    assert_legible(ax.figure)


def test_a_bound_outside_the_points_is_still_seen():
    ax = scatter_with_bound([1, 2], [1, 1], lambda x: 0 * x - 30, **LABELS)
    low, high = ax.get_ylim()
    assert low < -30 < high


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"y": [1]}, "must have the length of x, 2, got 1"),
        ({"side": "left"}, "side must be 'lower' or 'upper', got 'left'"),
        ({"tolerance": -1}, "tolerance must be at least 0"),
        ({"bound": lambda x: x / 0}, "bound\\(x\\) must be finite"),
        ({"bound_label": ""}, "bound_label must be"),
        ({"xlabel": "Gain"}, "xlabel must end with its unit"),
    ],
)
@pytest.mark.filterwarnings("ignore:divide by zero")
def test_refuses(change, message):
    given = {"x": [1, 2], "y": [1, 2], "bound": half, **LABELS, **change}
    with pytest.raises(ValueError, match=message):
        scatter_with_bound(**given)
