from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
from matplotlib.colors import to_hex

from common.plots import panels
from common.plots.intervals import draw_intervals
from common.stats.aggregation import aggregate

LABELS = {"xlabel": "size (count)", "ylabel": "price (ratio)"}


@pytest.fixture
def summary():
    table = pd.DataFrame({"size": [2, 2, 5] * 2, "density": [0.1] * 3 + [0.5] * 3, "price": [1.0, 2, 3, 4, 5, 8]})
    return aggregate(table, ["size", "density"], "price")  # one run alone of size 5: a mean, and no interval


@pytest.fixture
def ax():
    return panels()[1][0]


def draw(summary, ax, x="size", by="density", **kwargs):
    colours = draw_intervals(summary, x, by, ax, **LABELS | kwargs)
    ax.figure.canvas.draw()
    return colours


def on_screen(ax):
    """Where the points of each series are, in points of print."""
    lines = [series[0] for series in ax.containers]
    return [line.get_transform().transform(line.get_xydata()) * 72 / ax.figure.dpi for line in lines]


def test_lines_run_through_the_means_and_bars_to_the_ends_of_the_intervals(summary, ax):
    colours = draw(summary, ax)
    for series, (density, rows) in zip(ax.containers, summary.groupby("density"), strict=True):
        line, _, (bars,) = series
        assert series.get_label() == f"{density:g}"
        assert line.get_xydata() == pytest.approx(rows[["size", "mean"]].to_numpy())
        ends = bars.get_segments()[0][:, 1]
        assert ends == pytest.approx(rows.iloc[0][["low", "high"]].to_numpy(dtype=float))
        assert to_hex(line.get_color()) == to_hex(bars.get_color()[0]) == to_hex(colours[density])
    assert len(set(colours.values())) == 2


@pytest.mark.parametrize("apart", [0.0, 5.0, 12.0])
def test_series_stand_apart_by_points_of_print_around_their_place(summary, ax, apart):
    draw(summary, ax, apart=apart)
    first, second = on_screen(ax)
    assert second[:, 0] - first[:, 0] == pytest.approx(apart)
    places = ax.transData.transform(summary[["size", "mean"]].drop_duplicates("size")) * 72 / ax.figure.dpi
    assert (first[:, 0] + second[:, 0]) / 2 == pytest.approx(places[:, 0])


def test_points_and_their_bars_are_set_aside_together(summary, ax):
    draw(summary, ax)
    for line, caps, bars in ax.containers:
        x = line.get_transform().transform(line.get_xydata())[0, 0]
        ends = bars[0].get_transform().transform(bars[0].get_segments()[0])
        tips = [artist.get_transform().transform(artist.get_xydata())[0] for artist in caps]
        assert [*ends[:, 0], *(tip[0] for tip in tips)] == pytest.approx([x] * 4)


@pytest.mark.parametrize("scale", [1e-3, 1.0, 1e3])
def test_every_mean_and_interval_lies_in_view_and_fills_it(summary, ax, scale):
    seen = summary.assign(size=summary["size"] * scale, **summary[["mean", "low", "high"]] * scale)
    draw(seen, ax)
    for limits, columns in ((ax.get_xlim(), ["size"]), (ax.get_ylim(), ["mean", "low", "high"])):
        low, high = np.nanmin(seen[columns]), np.nanmax(seen[columns])
        assert limits[0] < low < high < limits[1]
        assert high - low > 0.8 * (limits[1] - limits[0])


@pytest.mark.parametrize("apart", [0.0, 5.0, 12.0])
def test_what_is_set_aside_stays_within_the_panel(ax, apart):
    table = pd.DataFrame({"size": [2, 2, 5, 5] * 7, "line": np.repeat(range(7), 4), "price": [0.0, 1, 2, 3] * 7})
    draw(aggregate(table, ["size", "line"], "price"), ax, by="line", apart=apart)
    points = np.concatenate(on_screen(ax))
    caps = 3  # half of their width
    box = ax.bbox.extents * 72 / ax.figure.dpi
    assert box[0] < points[:, 0].min() - caps < points[:, 0].max() + caps < box[2]


def test_means_without_any_interval_are_in_view(summary, ax):
    draw(summary.assign(low=np.nan, high=np.nan), ax)
    assert ax.get_ylim()[0] < summary["mean"].min() < summary["mean"].max() < ax.get_ylim()[1]


def test_names_stand_at_common_ends_and_in_a_legend_else(summary, ax, assert_legible):
    draw(summary, ax, label="q = {:g}")
    assert [text.get_text() for text in ax.texts] == ["q = 0.1", "q = 0.5"]
    assert ax.get_legend() is None
    assert_legible(ax.figure)
    other = panels()[1][0]
    draw(summary.drop(summary.index[-1]), other)  # the second series ends earlier
    assert [text.get_text() for text in other.get_legend().get_texts()] == ["0.1", "0.5"]
    assert not other.texts
    assert_legible(other.figure)


@pytest.mark.parametrize("legend", [True, False])
def test_the_place_of_the_names_can_be_chosen(summary, ax, legend):
    draw(summary, ax, legend=legend)
    assert (ax.get_legend() is not None, len(ax.texts)) == ((True, 0) if legend else (False, 2))


def test_rows_may_come_in_any_order(summary, ax):
    draw(summary.iloc[::-1], ax)
    for points in on_screen(ax):
        assert all(left < right for left, right in pairwise(points[:, 0]))


def test_several_values_and_too_many_series_are_refused(ax):
    table = pd.DataFrame({"size": [1] * 9, "line": range(9), "a": range(9), "b": range(9)})
    with pytest.raises(ValueError, match=r"one value, given \['a', 'b'\]"):
        draw(aggregate(table, ["size", "line"], ["a", "b"]), ax, by="line")
    with pytest.raises(ValueError, match="at most 7 series, given 9"):
        draw(aggregate(table, ["size", "line"], "a"), ax, by="line")
