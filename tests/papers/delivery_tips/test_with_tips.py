import numpy as np
import pytest

from papers.delivery_tips.census import enumerate_equilibria
from papers.delivery_tips.conditions import equilibrium_conditions
from papers.delivery_tips.construction import construct_equilibrium
from papers.delivery_tips.first_best import first_best
from papers.delivery_tips.generators import uniform_market
from papers.delivery_tips.market import ThreeSidedMarket
from papers.delivery_tips.support import supporting_equilibrium
from papers.delivery_tips.verification import check_equilibrium
from papers.delivery_tips.with_tips import with_tip_optimum
from tests.papers.delivery_tips.reference import random_market

E1 = ThreeSidedMarket([[1]], [[[2]]])
E2 = ThreeSidedMarket([[5, 1], [1, 4]], [[[1, 1], [1, 1]]])
E3 = ThreeSidedMarket([[6, 6], [0, 5]], [[[4, 0], [0, 6]], [[1, 2], [3, 3]]])
E3B = ThreeSidedMarket([[4, 4], [0, 3]], [[[4, 0], [2, 5]], [[2, 5], [2, 0]]])
E3C = ThreeSidedMarket([[3, 2], [6, 5]], [[[1, 6], [3, 0]], [[5, 2], [0, 6]]])
E6 = (
    ThreeSidedMarket([[2, 2], [2, 1]], [[[0, 4], [3, 1]], [[3, 0], [1, 4]]]),
    ThreeSidedMarket([[4, 3], [2, 1]], [[[4, 0], [0, 4]], [[2, 4], [3, 0]]]),
    ThreeSidedMarket([[4, 5], [2, 2]], [[[1, 5], [5, 0]], [[4, 3], [0, 3]]]),
)
STAGES = (
    "least compensation",
    "least tips",
    "most tips",
    "least rent",
    "most rent",
    "least buyer surplus",
    "most buyer surplus",
)


def hard_markets(count, seed):
    """Market E3, E3b or E3c, disturbed, with one agent more on each side, such that no payments support the first best.

    At least the one that the solver finds: every second market has integers, and so other first bests perhaps.
    """
    rng, found = np.random.default_rng(seed), 0
    while found < count:
        V, K = 2 * rng.random((3, 3)), 1 + 5 * rng.random((3, 3, 3))
        core = (E3, E3B, E3C)[rng.integers(3)]
        V[:2, :2] = core.V + 0.3 * rng.random((2, 2))
        K[:2, :2, :2] = core.K + 0.3 * rng.random((2, 2, 2))
        market = ThreeSidedMarket(np.floor(V), np.floor(K)) if found % 2 else ThreeSidedMarket(V, K)
        if supporting_equilibrium(market, first_best(market).transactions) is None:
            found += 1
            yield market


def totals(market, equilibrium):
    """Compensation, tips, rent and buyer surplus of an equilibrium, from its payments."""
    tau = equilibrium.transactions
    tips = sum(equilibrium.tips[b, s] for b, s, _ in tau)
    rent = sum(equilibrium.compensations[b, s] + equilibrium.tips[b, s] - market.K[c, b, s] for b, s, c in tau)
    surplus = sum(market.V[b, s] - equilibrium.prices[s] - equilibrium.tips[b, s] for b, s, _ in tau)
    return {"compensation": equilibrium.compensations.sum(), "tips": tips, "rent": rent, "buyer surplus": surplus}


def best_total(market, stage, outcomes, **options):
    """The same by a linear programme for every outcome; infinite if one of them has no limit."""
    direction, quantity = stage.split(maxsplit=1)
    maximise, ends = direction == "most", []
    for outcome in outcomes:
        conditions = equilibrium_conditions(market, outcome.transactions, **options)
        columns, c = conditions.columns, np.zeros(conditions.upper.size)
        if quantity == "tips":
            c[[columns["tips"][b, s] for b, s, _ in outcome.transactions]] = 1.0
        else:
            kind = {"compensation": "compensations", "rent": "rents", "buyer surplus": "utilities"}[quantity]
            c[columns[kind]] = conditions.upper[columns[kind]] > 0
        solution = conditions.solve(c, maximise=maximise)
        if solution.status != "infeasible":
            ends.append(solution.objective if solution.status == "optimal" else np.inf)
    return (max if maximise else min)(ends)


def tied(census):
    """The outcomes of the largest welfare."""
    return [outcome for outcome in census if outcome.welfare > census[0].welfare - 1e-7]


def test_the_optimum_equals_the_census_on_500_markets_of_every_shape():
    rng = np.random.default_rng(1)
    for _ in range(500):
        market = random_market(rng)
        best = with_tip_optimum(market)
        assert best.welfare == pytest.approx(enumerate_equilibria(market)[0].welfare, abs=1e-7)
        assert (best.exists, best.status) == (True, "optimal")
        assert best.gap <= 1e-6
        assert best.transactions == best.equilibrium.transactions
        assert check_equilibrium(market, best) == ()


def test_the_optimum_equals_the_census_where_no_short_cut_helps():
    inefficient = 0
    for market in hard_markets(60, 2):
        best = with_tip_optimum(market)
        assert best.welfare == pytest.approx(enumerate_equilibria(market)[0].welfare, abs=1e-7)
        assert check_equilibrium(market, best) == ()
        inefficient += best.welfare < first_best(market).welfare - 1e-6
    assert inefficient >= 20


@pytest.mark.parametrize("stage", STAGES)
def test_a_second_stage_is_the_best_of_linear_programmes_over_all_optimal_outcomes(stage):
    rng = np.random.default_rng(3)
    for market in [*(random_market(rng) for _ in range(25)), *hard_markets(8, 4)]:
        best = with_tip_optimum(market, then=stage)
        outcomes = tied(enumerate_equilibria(market))
        expected = best_total(market, stage, outcomes)
        assert best.welfare == pytest.approx(outcomes[0].welfare, abs=1e-6)
        assert check_equilibrium(market, best) == ()
        if np.isinf(expected):
            assert (stage, best.status) == ("most rent", "optimal; rents unbounded")
        else:
            assert best.status == "optimal"
            quantity = stage.split(maxsplit=1)[1]
            assert totals(market, best.equilibrium)[quantity] == pytest.approx(expected, abs=1e-6)


def test_tips_only_exist_exactly_without_a_linear_gap_and_every_stage_is_bounded():
    rng = np.random.default_rng(5)
    for index in range(60):
        market, stage = random_market(rng), STAGES[index % len(STAGES)]
        best, outcomes = with_tip_optimum(market, tip_only=True, then=stage), tied(enumerate_equilibria(market))
        assert best.exists == (first_best(market).linear_gap < 1e-7)
        if best.exists:
            assert not best.equilibrium.compensations.any()
            assert check_equilibrium(market, best) == ()
            expected = best_total(market, stage, outcomes, tip_only=True)
            quantity = stage.split(maxsplit=1)[1]
            assert totals(market, best.equilibrium)[quantity] == pytest.approx(expected, abs=1e-6)


def test_a_balanced_budget_equals_its_census():
    rng = np.random.default_rng(6)
    for market in [*E6, *hard_markets(20, 7), *(random_market(rng) for _ in range(80))]:
        best, census = (
            with_tip_optimum(market, budget_balanced=True),
            enumerate_equilibria(market, budget_balanced=True),
        )
        assert best.exists == bool(census)
        if census:
            assert best.welfare == pytest.approx(census[0].welfare, abs=1e-7)
            assert best.equilibrium.compensations.sum() <= best.equilibrium.prices.sum() + 1e-6
            assert check_equilibrium(market, best) == ()


def test_with_a_balanced_budget_every_second_stage_is_bounded():
    rng = np.random.default_rng(8)
    for index in range(42):
        market, stage = random_market(rng), STAGES[index % len(STAGES)]
        best = with_tip_optimum(market, budget_balanced=True, then=stage)
        census = enumerate_equilibria(market, budget_balanced=True)
        assert best.exists == bool(census)
        if census:
            expected = best_total(market, stage, tied(census), budget_balanced=True)
            quantity = stage.split(maxsplit=1)[1]
            assert totals(market, best.equilibrium)[quantity] == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize("market", E6)
def test_no_equilibrium_of_e6_balances_its_budget(market):
    none = with_tip_optimum(market, budget_balanced=True)
    assert (none.exists, none.equilibrium, none.status) == (False, None, "no equilibrium balances the budget")
    assert np.isnan(none.welfare)


@pytest.mark.parametrize(
    ("market", "welfare", "compensation"),
    [(E1, 0, 0), (E2, 4, 0), (E3, 5, 3), (E3B, 3, 3), (E3C, 3, 7)],
    ids=["E1", "E2", "E3", "E3b", "E3c"],
)
def test_the_worked_instances(market, welfare, compensation):
    best = with_tip_optimum(market, then="least compensation")
    assert best.welfare == pytest.approx(welfare)
    assert best.equilibrium.compensations.sum() == pytest.approx(compensation)


def test_rents_of_a_scarce_courier_are_bounded_by_tips_alone():
    """E2: from the surplus of the best unserved order to that of the served one; any more with compensations."""
    for stage, rent in (("least rent", 3), ("most rent", 4)):
        best = with_tip_optimum(E2, tip_only=True, then=stage)
        assert totals(E2, best.equilibrium)["rent"] == pytest.approx(rent)
    assert with_tip_optimum(E2, then="most rent").status == "optimal; rents unbounded"
    assert "the linear relaxation promises more" in with_tip_optimum(E3, tip_only=True).status


@pytest.mark.parametrize("unit", [1e-6, 1e6])
def test_the_unit_of_money_does_not_matter(unit):
    for market in hard_markets(6, 9):
        other = ThreeSidedMarket(unit * market.V, unit * market.K)
        for options in ({}, {"then": "least compensation"}, {"budget_balanced": True}):
            one, two = with_tip_optimum(market, **options), with_tip_optimum(other, **options)
            assert two.exists == one.exists
            if one.exists:
                assert two.welfare == pytest.approx(unit * one.welfare)
                assert check_equilibrium(other, two, tol=1e-6 * unit) == ()
                paid = one.equilibrium.compensations.sum(), two.equilibrium.compensations.sum()
                assert "then" not in options or paid[1] == pytest.approx(unit * paid[0], abs=1e-6 * unit)


def test_when_the_time_is_up_the_answer_is_an_equilibrium_and_the_bound_holds():
    for market in hard_markets(3, 10):
        stopped, best = with_tip_optimum(market, time_limit=1e-6), with_tip_optimum(market)
        assert check_equilibrium(market, stopped) == ()
        assert stopped.welfare <= best.welfare + 1e-9 <= stopped.bound + 1e-7
        assert stopped.status in ("optimal", "time limit")
        assert stopped.gap == pytest.approx((stopped.bound - stopped.welfare) / (stopped.welfare or 1))
        assert stopped.status != "optimal" or stopped.gap <= 1e-6
    rng = np.random.default_rng(11)
    large = uniform_market((14, 14, 14), rng, cost_scale=2.0)
    stopped = with_tip_optimum(large, time_limit=1e-3)
    assert (stopped.status, stopped.gap > 0) == ("time limit", True)
    assert check_equilibrium(large, stopped) == ()


def test_bad_options_are_named():
    for option, complaint in (
        ({"then": "most welfare"}, "then must be None or one of 'least compensation'.*given 'most welfare'"),
        ({"time_limit": 0.0}, "time_limit must be > 0.*given time_limit=0.0"),
        ({"gap": -1.0}, "gap >= 0.*gap=-1.0"),
        ({"threads": 0}, "threads >= 1.*threads=0"),
    ):
        with pytest.raises(ValueError, match=complaint):
            with_tip_optimum(E2, **option)


def test_what_passes_only_by_a_tolerance_is_searched_on_without(monkeypatch):
    """If no payments support what the solver found, it is the best of the others that is returned."""
    searched = 0
    for market in hard_markets(10, 12):
        first, second, *_ = enumerate_equilibria(market)
        if construct_equilibrium(market).transactions == first.transactions:
            continue  # a start that is known to be an equilibrium

        def strict(market, tau, refused=first.transactions):
            return None if tuple(sorted(tau)) == refused else supporting_equilibrium(market, tau)

        with monkeypatch.context() as patch:
            patch.setattr("papers.delivery_tips.with_tips_search.supporting_equilibrium", strict)
            best = with_tip_optimum(market)
        assert best.transactions != first.transactions
        assert best.welfare == pytest.approx(second.welfare)
        searched += 1
    assert searched >= 3
