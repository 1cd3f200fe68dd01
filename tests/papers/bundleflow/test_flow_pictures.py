import numpy as np
import pandas as pd
import pytest
import torch

from common.diffusion.rectified import TrainingHistory
from papers.bundleflow.flow_floors import flow_floors
from papers.bundleflow.flow_pictures import (
    density_picture,
    losses_picture,
    sizes_picture,
    term_picture,
    trajectories_picture,
)


def drawn(line):
    return np.column_stack(line.get_data())


def test_trajectories_end_in_circles_coloured_by_their_start():
    path = torch.rand(6, 10, 3, generator=torch.Generator().manual_seed(0)).numpy()
    figure = trajectories_picture({0: path, 200: path})
    assert [ax.get_title(loc="left") or ax.get_title() for ax in figure.axes] == ["0 iterations", "200 iterations"]
    ends = [line for line in figure.axes[0].lines if line.get_marker() == "o"]
    assert len(ends) == 4
    shown = np.vstack([drawn(line) for line in ends])
    assert shown[np.lexsort(shown.T)] == pytest.approx(path[-1, :, :2][np.lexsort(path[-1, :, :2].T)])
    for number, line in enumerate(ends):
        starts = path[0, :, :2][((path[0, :, :2] >= 0.5) @ [1, 2]) == number]
        assert len(drawn(line)) == len(starts)


def test_losses_are_drawn_for_an_item_between_their_floors():
    history = TrainingHistory(np.array([1, 2]), np.array([0.6, 0.3]), np.zeros(2))
    floors = flow_floors("wide")
    ax = losses_picture({3: history}, floors)
    assert drawn(ax.lines[0])[:, 1] == pytest.approx([0.2, 0.1])
    levels = [line.get_ydata()[0] for line in ax.lines[1:4]]
    assert levels == pytest.approx([floors.standing, floors.constant, floors.rounding])


def test_sizes_are_shares_beside_a_binomial():
    ax = sizes_picture({"flow": [1, 2, 1]})
    assert [drawn(line)[:, 1].tolist() for line in ax.lines] == [pytest.approx([0.25, 0.5, 0.25])] * 2


def test_density_points_and_term_lines_are_the_tables():
    table = pd.DataFrame({"log_det_ode": [0.0, 2.0], "liouville_ode": [1.0, -1.0]})
    figure = density_picture({"flow": table, "other": table})
    assert len(figure.axes) == 2
    np.testing.assert_array_equal(drawn(figure.axes[0].lines[1]), [[0, 1], [2, -1]])
    low, high = figure.axes[0].get_xlim()
    assert (low, high) == figure.axes[0].get_ylim()
    assert low < -1
    assert high > 2
    term = pd.DataFrame({"flow": [-1.0, 1.0]}, index=[0.2, 0.8])
    np.testing.assert_array_equal(drawn(term_picture(term).lines[0]), [[0.2, -1], [0.8, 1]])
