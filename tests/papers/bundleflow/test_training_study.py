"""Variants share what they should, and measures of a course are what they say."""

from dataclasses import replace

import pandas as pd
import pytest

from papers.bundleflow.config import BundleFlowConfig
from papers.bundleflow.training_study import TrainingStudy, cats_types, clock_measures

CONFIG = BundleFlowConfig.laptop(
    5,
    menu_size=10,
    support_size=2,
    flow_iterations=30,
    flow_batch=32,
    iterations=6,
    evaluate_every=2,
    value_scale=100.0,
    check_trace=False,
)


@pytest.fixture(scope="module")
def study():
    return TrainingStudy(*cats_types(5, 40, 30, seed=1, additional_location=0.5), n_seeds=2, seed=4)


def test_training_and_test_types_are_different_draws():
    training, test = cats_types(5, 40, 30, seed=1, additional_location=0.5)
    assert (len(training), len(test)) == (40, 30)
    assert not set(training.grand_values()) & set(test.grand_values())


def test_variants_share_flows_and_configurations_are_trained_once(study):
    other = replace(CONFIG, support_size=3)
    assert study.runs(CONFIG) is study.runs(replace(CONFIG))
    for one, two in zip(study.runs(CONFIG), study.runs(other), strict=True):
        assert one.flow is two.flow
    narrow = study.runs(replace(CONFIG, flow_initial="stage-2"))
    assert narrow[0].flow is not study.runs(CONFIG)[0].flow
    assert study.runs(CONFIG)[0].flow is not study.runs(CONFIG)[1].flow


def test_the_table_has_a_row_a_variant_and_seed(study):
    table = study.table({"one": CONFIG, "two": replace(CONFIG, learn_means=False)})
    assert table[["variant", "seed"]].to_numpy().tolist() == [["one", 0], ["one", 1], ["two", 0], ["two", 1]]
    for row, run in zip(table.itertuples(), study.runs(CONFIG), strict=False):
        assert row.revenue == pytest.approx(run.menu().revenue(study.test))
        assert row.hard_revenue == pytest.approx(row.revenue)  # the history is measured on these test types
    assert table["trace_share"].between(0, 1).all()


def test_courses_hold_every_measurement(study):
    courses = study.courses(CONFIG)
    assert courses.groupby("seed")["iteration"].apply(list).tolist() == [[0, 2, 4, 6]] * 2


def test_measures_of_a_clock_by_hand():
    rising, falling = [1.0, 3.0, 6.0, 8.0], [1.0, 5.0, 2.0, 4.0]
    course = dict.fromkeys(("price_05", "price_25", "price_50"), rising)
    course |= {"soft_revenue": [9.0] * 4, "hard_revenue": [6.0] * 4, "seed": [0] * 4}
    other = course | {"price_25": falling, "price_50": falling, "soft_revenue": [6.0] * 4, "seed": [1] * 4}
    found = clock_measures(pd.concat([pd.DataFrame(course), pd.DataFrame(other)]))
    assert found == pytest.approx(
        {
            "clock_peak_at": (1 + 1 / 3) / 2,
            "clock_fall_05": 1.0,
            "clock_fall_25": (1 + 4 / 5) / 2,
            "clock_fall_50": (1 + 4 / 5) / 2,
            "soft_over_hard": 1.25,
        }
    )


def test_no_run_is_refused(study):
    with pytest.raises(ValueError, match="n_seeds"):
        TrainingStudy(study.training, study.test, 0)
