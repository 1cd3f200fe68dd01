import numpy as np
import pandas as pd

from papers.contracts_rl.nudging import nudging_curve
from papers.contracts_rl.tree_learning import TreeLearningConfig, learn_trees
from papers.contracts_rl.tree_learning_study import at_the_end, nudging_map, oracle_sweep
from papers.contracts_rl.tree_pictures import learning_curves, sweep_curves
from papers.contracts_rl.tree_validation import validate_trees
from papers.contracts_rl.trees import random_binary_tree

FOREST = random_binary_tree(3, 0, n_trees=2)
LEARNING = learn_trees(
    FOREST,
    [0, 1, 0, 1],
    [0.0, 0.0, 0.02, 0.02],
    TreeLearningConfig(steps=30, hidden=(8,), warm_up=50, replay=500, record_every=10, device="cpu"),
    seed=0,
)


def test_a_sweep_holds_what_single_validations_find_at_the_end():
    sweep = oracle_sweep(FOREST, LEARNING, margins=[None, 0.5], tolerances=[0.0, 0.1])
    assert len(sweep) == 16
    for place, (margin, tolerance) in enumerate([(None, 0.0), (None, 0.1), (0.5, 0.0), (0.5, 0.1)]):
        alone = at_the_end(validate_trees(FOREST, LEARNING, margins=margin, tolerance=tolerance).to_frame())
        part = sweep[4 * place : 4 * place + 4]
        pd.testing.assert_frame_equal(part.reset_index(drop=True), alone.reset_index(drop=True))
        assert part["step"].eq(30).all()


def test_a_margin_or_a_tolerance_large_enough_keeps_everybody_in_line():
    for option, column in (("margins", "margin"), ("tolerances", "tolerance")):
        shares = oracle_sweep(FOREST, LEARNING, **{option: [0.0, 20.0]}).groupby(column)["deviating"].max()
        assert shares[20.0] == 0 < shares[0.0]


def test_the_map_is_the_curve_with_margins_in_units_of_reward():
    found = nudging_map([0.01, 0.02], [0.0, 0.02], depth=4, n_trees=3, seed=1)
    assert found.shape == (2, 2)
    for error, factors in ((0.01, [0.0, 2.0]), (0.02, [0.0, 1.0])):
        curve = nudging_curve([error], factors, depth=4, n_trees=3, seed=1)
        np.testing.assert_allclose(found[error], curve.groupby("margin")["utility"].mean())


def test_sweeps_are_drawn_over_margins_and_over_tolerances():
    by_margin, by_tolerance = (
        oracle_sweep(FOREST, LEARNING, margins=[0.0, 0.1]),
        oracle_sweep(FOREST, LEARNING, tolerances=[0.01, 0.1, 1.0]),
    )
    left, right = sweep_curves(by_margin, by_tolerance, {"twice the error": 0.2}).axes
    assert [len(line.get_xdata()) for line in (left.lines[0], right.lines[0])] == [2, 3]
    assert [text.get_text().strip() for text in right.texts] == ["twice the error"]


def test_learning_curves_show_medians_and_ranges_of_both_oracles():
    frames = [validate_trees(FOREST, LEARNING, tolerance=size).to_frame() for size in (0.0, 0.1)]
    figure = learning_curves(*frames, 0.9)
    assert len(figure.axes) == 6
    assert [text.get_text() for text in figure.legends[0].texts][:2] == ["margin ξ = 0", "margin ξ = 0.02"]
    for frame, ax in zip(frames, (figure.axes[0], figure.axes[3]), strict=True):
        runs = frame[frame["trained_margin"] == 0.02].groupby("step")["principal_share"]
        np.testing.assert_allclose(ax.lines[1].get_ydata(), runs.median())
        band = ax.collections[1].get_datalim(ax.transData)
        np.testing.assert_allclose([band.y0, band.y1], [runs.min().min(), runs.max().max()])
