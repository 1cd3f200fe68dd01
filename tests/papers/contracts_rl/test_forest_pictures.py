import numpy as np

from papers.contracts_rl.equilibrium import solve_spe
from papers.contracts_rl.forest_pictures import shares_picture, tree_picture
from papers.contracts_rl.tree_study import tree_statistics
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
