import numpy as np

from papers.contracts_rl.equilibrium import solve_spe
from papers.contracts_rl.forest_pictures import (
    commitment_picture,
    sensitivity_picture,
    shares_picture,
    tree_picture,
)
from papers.contracts_rl.tree_study import commitment_study, sensitivity, tree_statistics
from papers.contracts_rl.trees import random_binary_tree


def test_every_state_is_drawn_once_and_differences_are_ringed():
    action = solve_spe(random_binary_tree(4, 0)).action
    other = action.copy()
    other[2, 1] = 1 - other[2, 1]
    ax = tree_picture(action, other, "otherwise")
    work, rest, rings = ax.lines
    assert len(work.get_xdata()) == np.sum(action == 1)
    assert len(work.get_xdata()) + len(rest.get_xdata()) == 15
    assert rings.get_xydata().tolist() == [[0.375, -2.0]]
    assert sum(len(lines.get_segments()) for lines in ax.collections) == 14


def test_the_histogram_holds_every_tree():
    table = tree_statistics(5, 40, 0)
    ax = shares_picture(table, {"published": 0.6})
    assert sum(bar.get_height() for bar in ax.patches) == 40
    assert [line.get_xdata()[0] for line in ax.lines] == [table["effort_share"].mean(), 0.6]


def test_a_panel_a_quantity_and_a_line_a_depth():
    table = sensitivity([2, 3], [0.1, 0.3], 2, 0)
    figure = sensitivity_picture(table)
    assert [ax.get_ylabel().split(" (")[-1] for ax in figure.axes] == ["share)", "reward)", "reward)"]
    means = [line.get_ydata() for line in figure.axes[1].lines if len(line.get_ydata()) == 2]
    for depth, part in table.groupby("depth"):
        expected = part.groupby("noise")["principal"].mean()
        assert any(np.allclose(mean, expected) for mean in means), depth


def test_commitment_is_drawn_by_depth_and_by_noise():
    by_depth, by_noise = commitment_study([2, 3], [0.1], 2, 0), commitment_study([2], [0.1, 0.2, 0.3], 2, 0)
    left, right = commitment_picture(by_depth, by_noise).axes
    assert any(np.allclose(line.get_ydata(), by_depth.groupby("depth")["ratio"].mean()) for line in left.lines)
    ratios = by_noise.groupby("noise")["ratio"].mean()
    assert any(len(line.get_ydata()) == 3 and np.allclose(line.get_ydata(), ratios) for line in right.lines)
