"""Long trainings: the learners of notebook 10 and the measures of their courses."""

import math

import numpy as np
import pandas as pd
import pytest

from common.auctions import cats_bidders
from papers.bundleflow import BundleFlow, BundleFlowConfig
from papers.bundleflow.long_study import LEARNERS, course_measures, train_long


@pytest.fixture(scope="module")
def types():
    return cats_bidders("arbitrary", 6, 60, seed=0, additional_location=0.5)


@pytest.fixture(scope="module")
def configs():
    same = {
        "menu_size": 5,
        "support_size": 2,
        "iterations": 20,
        "evaluate_every": 5,
        "flow_iterations": 20,
        "flow_batch": 16,
        "selection": "validation",
        "check_trace": False,
        "value_scale": 60.0,
    }
    patient = {"price_rate": 30.0, "annealing_every": 1}
    return {"released": BundleFlowConfig.released(6, **same, **patient), "own": BundleFlowConfig.laptop(6, **same)}


@pytest.mark.parametrize("learner", LEARNERS)
def test_every_learner_is_trained_and_looked_at_with_held_out_types(learner, types, configs):
    train, held_out = types.take(slice(0, 40)), types.take(slice(40, 60))
    run = train_long(learner, train, held_out, configs, seed=3)
    looks = run.history["hard_revenue"]
    assert run.history["iteration"].tolist() == [0, 5, 10, 15, 20]
    flow = learner in configs
    assert run.rule.revenue(held_out) == pytest.approx(looks.max() if flow else looks.iloc[-1])
    assert (run.stage_1_seconds > 0) == flow
    assert math.isnan(run.trace_share) != flow


def test_bundleflow_is_what_its_settings_make(types, configs):
    train, held_out = types.take(slice(0, 40)), types.take(slice(40, 60))
    same = BundleFlow(configs["released"], 3).fit_menu(train, held_out)
    run = train_long("released", train, held_out, configs, seed=3)
    assert np.array_equal(run.rule.prices, same.menu().prices)


def test_an_unknown_learner_is_refused(types, configs):
    with pytest.raises(ValueError, match="learner must be one of"):
        train_long("rochet", types, types, configs)


def test_a_course_in_four_numbers():
    history = pd.DataFrame({"iteration": [0, 10, 20, 30], "hard_revenue": [0.0, 6.0, 2.0, 5.0]})
    assert course_measures(history, 10.0) == pytest.approx(
        {"last look": 0.5, "best look": 0.6, "largest fall": 0.4, "iteration of the best": 10}
    )
    assert course_measures(history[:2], 10.0)["largest fall"] == 0
