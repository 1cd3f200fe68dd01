"""What the pictures of the meta-algorithm show."""

from fractions import Fraction

import numpy as np
import pandas as pd

from common.plots import png_bytes
from papers.contracts_rl.contraction import counter_example_table
from papers.contracts_rl.meta import meta_algorithm
from papers.contracts_rl.meta_pictures import (
    cycling_picture,
    gaps_picture,
    iterations_picture,
    path_picture,
    payments_picture,
)
from papers.contracts_rl.trees import random_binary_tree


def test_shares_of_a_depth_add_up():
    study = pd.DataFrame({"depth": [2, 2, 2, 2, 3], "iterations": [2, 3, 3, 3, 4]})
    (ax,) = iterations_picture(study).axes
    shown = [text.get_text() for text in ax.texts]
    assert {"25", "75", "100"} <= set(shown)
    line = ax.lines[0]
    np.testing.assert_array_equal(line.get_ydata() - line.get_xdata(), 1)


def test_paths_end_at_one_and_settle_below_the_line():
    histories = [meta_algorithm(random_binary_tree(4, seed)) for seed in range(3)]
    left, right = path_picture(histories).axes
    assert len(left.lines) == 3
    assert all(line.get_ydata()[-1] == 1 for line in left.lines)
    *paths, bound = right.lines
    assert all((line.get_ydata() <= bound.get_ydata()).all() for line in paths)


def test_gaps_are_those_of_the_table():
    table = counter_example_table([Fraction(1, 10), Fraction(1, 1000)])
    (ax,) = gaps_picture(table).axes
    _, fixed, anew = ax.lines
    np.testing.assert_array_equal(fixed.get_ydata(), table["gap, agent fixed"])
    np.testing.assert_array_equal(anew.get_ydata(), table["gap, agent answers anew"])


def test_payments_have_a_panel_a_group():
    figure = payments_picture({"one": {"a": np.zeros(3), "b": np.ones(2)}, "two": {"c": np.ones(4)}})
    assert [len(ax.lines) for ax in figure.axes] == [2, 1]
    assert png_bytes(figure)


def test_shares_and_what_is_known_of_them():
    study = pd.DataFrame(
        {
            "states": 2,
            "gamma": [0.5, 0.5, 0.9, 0.9],
            "converged": [True, True, False, True],
            "equilibria": [np.nan, np.nan, 0, np.nan],
            "damped": [np.nan, np.nan, 0, np.nan],
        }
    )
    (ax,) = cycling_picture(study, {"expected (elsewhere)": (0.9, {2: 0.3})}).axes
    for container in ax.containers:
        np.testing.assert_array_equal(container.lines[0].get_ydata(), [0, 0.5])
    assert ax.lines[-1].get_ydata() == [0.3]
