import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.lines import Line2D
from scipy.optimize import minimize

from common.plots import EndLabel, end_labels, legend_above, panel_title, panels
from common.plots.labels import push_apart

boxes = st.lists(st.tuples(st.floats(-50, 150), st.floats(1, 20)), min_size=1, max_size=8)


@given(boxes)
def test_boxes_never_overlap_and_keep_their_order(drawn):
    wanted, heights = np.array(drawn).T
    placed = push_apart(wanted, heights, 0, 100)
    order = np.argsort(placed)
    gaps = np.diff(placed[order]) - (heights[order][1:] + heights[order][:-1]) / 2
    assert (gaps > -1e-9).all()
    assert (np.diff(wanted[order]) >= 0).all()
    if heights.sum() <= 100:
        assert (placed - heights / 2).min() >= -1e-9
        assert (placed + heights / 2).max() <= 100 + 1e-9


def test_moves_are_the_smallest_possible():
    wanted, heights = np.array([10.0, 11, 12, 50, 95, 99]), np.full(6, 8.0)
    placed = push_apart(wanted, heights, 0, 100)
    rows = [{"type": "ineq", "fun": lambda p, k=k: p[k + 1] - p[k] - 8} for k in range(5)]
    best = minimize(lambda p: ((p - wanted) ** 2).sum(), np.linspace(5, 95, 6), bounds=[(4, 96)] * 6, constraints=rows)
    assert placed == pytest.approx(best.x, abs=1e-3)


def test_boxes_with_room_stay_where_they_are():
    assert push_apart([80, 20, 50], [10, 10, 10], 0, 100).tolist() == [80, 20, 50]


@pytest.mark.parametrize("count", [1, 5, 9])
def test_labels_of_lines_that_end_together_can_be_read(count, assert_legible):
    figure, axes = panels(1, 2, width=11)
    for ax in axes:
        ax.plot([0, 1], [0, 1])
        end_labels(ax, [EndLabel(1, 0.5 + k / 1000, f"series number {k}", "#E69F00") for k in range(count)])
    axes[0].set_ylim(-3, 40)  # moving the view moves the labels
    assert_legible(figure)


def test_legends_take_as_few_rows_as_fit(assert_legible):
    figure, (ax,) = panels()
    legend_above(ax, [Line2D([], [], label=f"a rather long name of series {k}") for k in range(5)])
    panel_title(ax, "Heading")
    assert_legible(figure)
    assert ax.get_legend()._ncols == 2
    legend_above(ax, [Line2D([], [], label="short"), Line2D([], [], label="brief")])
    assert ax.get_legend()._ncols == 2
    with pytest.raises(ValueError, match="text must be a text that is not blank"):
        panel_title(ax, "")
