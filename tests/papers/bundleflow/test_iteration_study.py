import numpy as np
import pandas as pd
import pytest

from papers.bundleflow.config import BundleFlowConfig
from papers.bundleflow.iteration_study import learning_curves, ratio_of_means, reached


def curve(learner, shares, seconds, seed=0):
    return pd.DataFrame(
        {"learner": learner, "seed": seed, "budget": 20, "stage_1_seconds": 0.0, "share": shares, "seconds": seconds}
        | {"iteration": [0, 10, 20]}
    )


def test_the_first_look_at_ninety_percent_of_the_better():
    curves = pd.concat(
        [curve("a", [0.1, 0.55, 0.6], [0, 1, 2]), curve("b", [0.2, 0.3, 0.5], [0, 5, 9])],
        ignore_index=True,
    )
    found = reached(curves).set_index("learner")
    assert found["target"].tolist() == [0.6, 0.6]
    assert found.loc["a", ["iterations", "seconds", "final"]].tolist() == [10, 1, 0.6]
    assert np.isnan(found.loc["b", "iterations"])  # ends at 0.5, below 0.54
    weaker = reached(curves, 0.9, "weaker").set_index("learner")
    assert weaker["iterations"].tolist() == [10, 20]
    easier = reached(curves, 0.5).set_index("learner")
    assert easier.loc["b", ["iterations", "seconds"]].tolist() == [10, 5]


def test_ratios_count_stage_1_where_it_is_asked_for():
    curves = pd.concat(
        [curve("a", [0.1, 0.6, 0.6], [0, 2, 3]), curve("b", [0.1, 0.2, 0.6], [0, 1, 4])], ignore_index=True
    )
    curves.loc[curves["learner"] == "a", "stage_1_seconds"] = 6.0
    found = reached(curves)
    assert ratio_of_means(found, "b", "a", "iterations") == 2
    assert ratio_of_means(found, "b", "a", "seconds") == 2
    assert ratio_of_means(found, "b", "a", "total_seconds") == 0.5


def test_a_look_before_a_fall_does_not_count():
    assert reached(curve("a", [0.6, 0.3, 0.6], [0, 1, 2]))["iterations"].tolist() == [20]


def test_seeds_have_targets_of_their_own():
    curves = pd.concat([curve("a", [0.1, 0.2, 0.6], [0, 1, 2]), curve("a", [0.1, 0.29, 0.3], [0, 1, 2], seed=1)])
    assert reached(curves)["iterations"].tolist() == [20, 10]


def test_learners_see_the_same_types_and_end_with_the_budget():
    config = BundleFlowConfig(n_items=6, menu_size=8, iterations=20)
    cats = {"additional_location": 0.5}
    curves = learning_curves("arbitrary", 6, "fresh", ["rochet_exact", "diverse"], config, 2, 200, [10, 30], cats=cats)
    ends = curves.groupby(["learner", "seed", "budget"])["iteration"].max().unstack()
    assert (ends[10] == 10).all()
    assert (ends[30] == 30).all()
    assert len(ends) == 4
    assert curves["share"].between(0, 1).all()
    assert (curves["stage_1_seconds"] == 0).all()


def test_what_is_refused():
    config = BundleFlowConfig(n_items=6, menu_size=8, iterations=5)
    with pytest.raises(ValueError, match="history"):
        learning_curves("arbitrary", 6, "fresh", ["grand"], config, 1, 50, [5])
    with pytest.raises(ValueError, match="share must be"):
        reached(curve("a", [0.1, 0.2, 0.3], [0, 1, 2]), 0.0)
    with pytest.raises(ValueError, match="target must be"):
        reached(curve("a", [0.1, 0.2, 0.3], [0, 1, 2]), 0.5, "best")
