import numpy as np
import pytest

from common.plots import lines_with_band
from common.stats import mean_interval

LABELS = {"xlabel": "World density q (probability)", "ylabel": "Revenue (share)"}


def test_draws_means_bands_and_names(rng, assert_legible):
    x = np.linspace(0, 1, 5)
    sample = rng.normal(size=(12, 5))
    ax = lines_with_band(x, {"ours": sample, "theory": x**2}, **LABELS)
    assert ax.lines[0].get_xdata() == pytest.approx(x)
    assert ax.lines[0].get_ydata() == pytest.approx(sample.mean(axis=0))
    assert ax.lines[1].get_ydata() == pytest.approx(x**2)
    (band,) = ax.collections
    drawn = {(round(a, 9), round(b, 9)) for a, b in band.get_paths()[0].vertices}
    for place, column in zip(x, sample.T, strict=True):
        interval = mean_interval(column)
        assert {(round(place, 9), round(interval.low, 9)), (round(place, 9), round(interval.high, 9))} <= drawn
    assert [t.get_text() for t in ax.texts] == ["ours", "theory"]
    assert_legible(ax.figure)


def test_seven_crowded_series_can_be_read(rng, assert_legible):
    ys = {f"a long name, number {k}": rng.normal(0.9, 0.01, (8, 4)) for k in range(7)}
    assert_legible(lines_with_band([1, 2, 3, 4], ys, **LABELS).figure)


@pytest.mark.parametrize(
    ("x", "ys", "message"),
    [
        ([0, 1], {"a": [1, 2, 3]}, r"ys\['a'\] must have shape \(2,\)"),
        ([0, 0], {"a": [1, 2]}, "x must be increasing"),
        ([0, 1], {}, "at least one series"),
        ([0, 1], {" ": [1, 2]}, "ys must be a text"),
        ([0, 1], {"a": [[1, np.nan], [1, 2]]}, r"ys\['a'\] must be finite"),
        ([0, 1], {"a": [[1, 2]]}, "sample must hold at least 2"),
    ],
)
def test_refuses(x, ys, message):
    with pytest.raises(ValueError, match=message):
        lines_with_band(x, ys, **LABELS)
