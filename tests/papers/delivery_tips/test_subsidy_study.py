import numpy as np
import pytest

from papers.delivery_tips import subsidy_study as study
from papers.delivery_tips.division import division_of_surplus
from papers.delivery_tips.first_best import first_best
from papers.delivery_tips.generators import integer_market, uniform_market
from papers.delivery_tips.instances import worked_instances
from papers.delivery_tips.intervals import payment_intervals
from papers.delivery_tips.verification import check_equilibrium
from papers.delivery_tips.with_tips import with_tip_optimum
from papers.delivery_tips.without_tips import without_tip_optimum


@pytest.mark.parametrize("tips", [True, False])
def test_frugal_payments_are_an_equilibrium_that_nothing_beats(tips):
    for generator in np.random.default_rng(5).spawn(6):
        market = uniform_market((3, 3, 4), generator)
        outcome = (with_tip_optimum if tips else without_tip_optimum)(market)
        chosen = study.frugal_equilibrium(market, outcome.transactions, tips=tips)
        assert not check_equilibrium(market, chosen, tips=tips, tol=1e-6)
        least = payment_intervals(market, outcome.transactions, tips=tips).total_compensation[0]
        assert chosen.compensations.sum() == pytest.approx(least, abs=1e-6)
        if tips and least < 1e-9:
            most = with_tip_optimum(market, tip_only=True, then="most buyer surplus")
            surplus = division_of_surplus(market, most).buyers.sum()
            assert division_of_surplus(market, chosen).buyers.sum() == pytest.approx(surplus, abs=1e-6)


def test_frugal_payments_need_an_outcome():
    with pytest.raises(ValueError, match="outcome"):
        study.frugal_equilibrium(worked_instances()["E3"].market, [(0, 1, 0)])


def test_subsidies_are_at_least_the_bound_and_trade_off_where_promised():
    frontier = study.subsidy_frontier(study.trade_off_market())
    assert (frontier["compensation"] >= frontier["bound"] - 1e-7).all()
    assert frontier.loc[0, "welfare"] > frontier.loc[2, "welfare"]
    best = frontier.loc[frontier["welfare"] == frontier.loc[0, "welfare"], "compensation"].min()
    assert frontier["compensation"].min() < best - 1e-6
    for outcome in frontier.itertuples():
        intervals = payment_intervals(study.trade_off_market(), outcome.transactions)
        assert intervals.total_compensation[0] == pytest.approx(outcome.compensation, abs=1e-7)


def test_compensation_is_needed_exactly_where_there_is_a_gap():
    table = study.compensation_study(24, 3, seed=2)
    gap = table["linear_gap"] > 1e-7
    assert gap.any()
    assert not gap.all()
    assert ((table["compensation"] > 1e-7) == gap).all()
    assert (table["compensation"] >= table["bound"] - 1e-7).all()


def test_no_budget_balances_in_e6_and_its_relatives():
    instances = worked_instances()
    table = study.budget_table({name: instances[name].market for name in ("E1", "E6", "E6b", "E6c")})
    assert list(table["budget-balanced outcomes"]) == [instances["E1"].balanced_outcomes, 0, 0, 0]
    assert list(table["programme finds one"]) == [True, False, False, False]
    assert ((table["least deficit"] > 1e-7) == ~table["programme finds one"]).all()


def test_markets_of_the_budget_study():
    table = study.budget_study(9, 5, seed=0)
    assert list(table["couriers"]) == [1, 2, 3] * 3
    assert table.loc[table["couriers"] == 1, "exists"].all()  # one courier: no gap, so tips alone pay


def test_one_courier_leaves_no_gap():
    for generator in np.random.default_rng(0).spawn(20):
        assert first_best(integer_market((3, 3, 1), generator, 6)).linear_gap == pytest.approx(0, abs=1e-9)
