import numpy as np
import pandas as pd
import pytest

from papers.delivery_tips import ThreeSidedMarket, first_best, integer_market, uniform_market, worked_instances
from papers.delivery_tips.welfare_study import (
    frequency_study,
    levels_by_census,
    ordering_violations,
    range_study,
    side_ranges,
    welfare_levels,
    welfare_ratios,
    welfare_study,
)


@pytest.mark.parametrize("name", worked_instances())
def test_both_routes_know_the_worked_instances(name):
    case = worked_instances()[name]
    known = {
        "first_best": case.first_best,
        "linear_value": case.linear_value,
        "with_tips": case.with_tips,
        "without_tips": np.nan if case.without_tips is None else case.without_tips,
    }
    for solve in (welfare_levels, levels_by_census):
        assert solve(case.market) == pytest.approx(known, abs=1e-6, nan_ok=True)


def test_draws_are_nested_over_the_axes():
    settings = [(n, scale, q) for n in (2, 4) for scale in (0.5, 1.0) for q in (0.5, 1.0)]
    study = welfare_study(3, settings, 4, 1)
    best = study.set_index(["couriers", "cost_scale", "density", "draw"])["first_best"].unstack("draw")
    # More couriers, cheaper trips and more wishes can only help in the same draw.
    assert (best.loc[4] >= best.loc[2] - 1e-9).all(axis=None)
    assert (best.xs(0.5, level="cost_scale") >= best.xs(1.0, level="cost_scale") - 1e-9).all(axis=None)
    assert (best.xs(1.0, level="density") >= best.xs(0.5, level="density") - 1e-9).all(axis=None)
    assert ordering_violations(study) == 0


def test_without_tips_welfare_is_missing_where_couriers_are_too_few():
    study = welfare_study(3, [(2, 0.5, 1.0), (3, 0.5, 1.0)], 5, 2)
    assert study.groupby("couriers")["without_tips"].count().to_dict() == {2: 0, 3: 5}
    assert len(welfare_ratios(study, "without_tips")) == 5
    assert len(welfare_ratios(study, "with_tips")) == 10


def test_ordering_violations_are_counted_and_ratios_leave_out_what_is_undefined():
    study = pd.DataFrame(
        {
            "first_best": [1.0, 1.0, 1.0, 0.0],
            "linear_value": [1.0, 0.5, 1.5, 0.0],
            "with_tips": [1.0, 1.0, 0.5, 0.0],
            "without_tips": [np.nan, np.nan, 0.75, -1.0],
        }
    )
    assert ordering_violations(study) == 2
    assert welfare_ratios(study, "without_tips").to_dict() == {2: 0.75}


def test_tips_alone_support_the_first_best_exactly_without_a_gap():
    study = frequency_study([(2, 2, 2), (2, 3, 4)], 6, 60, 3)
    assert ((study["first_best_supported_by"] == "tips alone") == ~study["gap"]).all()
    assert ((study["first_best_supported_by"] == "nothing") == study["inefficient"]).all()
    assert study["gap"].any()
    assert (study["inefficient"] <= study["gap"]).all()
    assert study["market"].value_counts().to_dict() == {"2x2x2": 60, "2x3x4": 60}


def test_ranges_of_a_bilateral_monopoly():
    # One buyer, one store, two couriers of costs 1 and 3: the better one can have up to 2, which her rival leaves her.
    market = ThreeSidedMarket([[5]], [[[1]], [[3]]])
    alone = side_ranges(market, ((0, 0, 0),), tip_only=True)
    assert alone["buyers"] == pytest.approx((0, 4))
    assert alone["stores"] == pytest.approx((0, 4))
    assert alone["couriers"] == pytest.approx((0, 2))
    assert alone["platform"] == pytest.approx((0, 0))
    without = side_ranges(market, ((0, 0, 0),), tips=False)
    assert without["buyers"] == pytest.approx((0, 5))
    assert without["couriers"] == pytest.approx((0, 2))
    assert without["platform"] == pytest.approx((-3, -1))


def test_ranges_refuse_what_has_no_end_and_what_is_no_equilibrium():
    market = uniform_market((2, 2, 2), np.random.default_rng(4), cost_scale=0.1)
    with pytest.raises(ValueError, match="bound what couriers have"):
        side_ranges(market, first_best(market).transactions)
    three_way = worked_instances()["E3"].market
    with pytest.raises(ValueError, match="infeasible"):
        side_ranges(three_way, first_best(three_way).transactions)
    with pytest.raises(ValueError, match="n_couriers must be > n_orders = 3, given 3"):
        range_study(3, 3, 0.5, 1, 0)


def test_shares_of_the_sides_add_up_to_the_welfare():
    study = range_study(3, 4, 0.5, 5, 5)
    totals = study.groupby(["draw", "rule"])[["least", "most"]].sum()
    assert (totals["least"] <= 1 + 1e-6).all()
    assert (totals.xs("tips alone", level="rule")["most"] >= 1 - 1e-6).all()


def test_census_and_programme_agree_on_random_markets():
    generator = np.random.default_rng(6)
    for _ in range(40):
        market = integer_market(tuple(generator.integers(1, 4, 3)), generator, 4)
        assert welfare_levels(market) == pytest.approx(levels_by_census(market), abs=1e-6, nan_ok=True)
