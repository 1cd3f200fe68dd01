import numpy as np
import pytest

from papers.delivery_tips.census import enumerate_equilibria
from papers.delivery_tips.verification import check_equilibrium
from papers.delivery_tips.with_tips_rows import equilibrium_programme
from tests.papers.delivery_tips.reference import random_market


def whole_programme(market, **options):
    """No start, no bound, no choice of candidates."""
    return equilibrium_programme(market, np.ones(market.surplus.shape, dtype=bool), **options)


@pytest.mark.parametrize(("tips", "count"), [(True, 500), (False, 150)])
def test_the_programme_alone_equals_the_census(tips, count):
    """The acceptance of the issue, without the short cuts; and no outcome needs a tip on a transacted order."""
    rng = np.random.default_rng(1)
    for _ in range(count):
        market = random_market(rng)
        programme = whole_programme(market, tips=tips)
        solution = programme.solve(programme.welfare)
        best = enumerate_equilibria(market)[0].welfare
        assert solution.objective == pytest.approx(best, abs=1e-6)
        found = programme.equilibrium(solution)
        assert market.welfare(found.transactions) == pytest.approx(best, abs=1e-6)
        assert check_equilibrium(market, found, tol=1e-5) == ()
        assert tips or all(found.tips[b, s] == 0 for b, s, _ in found.transactions)


@pytest.mark.parametrize("budget_balanced", [False, True])
def test_what_is_not_excluded_is_found_until_nothing_is_left(budget_balanced):
    """The programme has exactly the outcomes of the census, by falling welfare."""
    rng = np.random.default_rng(2)
    for _ in range(12):
        market = random_market(rng)
        programme = whole_programme(market, budget_balanced=budget_balanced)
        census = enumerate_equilibria(market, budget_balanced=budget_balanced)
        excluded = []
        for outcome in census:
            solution = programme.solve(programme.welfare, excluded=excluded)
            assert solution.objective == pytest.approx(outcome.welfare, abs=1e-6)
            excluded.append(programme.transactions(solution))
        assert sorted(excluded) == sorted(outcome.transactions for outcome in census)
        assert programme.solve(programme.welfare, excluded=excluded).status == "infeasible"


def test_an_equilibrium_is_a_feasible_point():
    """Where somebody is idle, so that no courier is paid more than the limit."""
    rng, seen = np.random.default_rng(3), 0
    while seen < 30:
        market = random_market(rng)
        for outcome in enumerate_equilibria(market):
            if len(outcome.transactions) < market.n_couriers:
                programme = whole_programme(market)
                point = programme.point(outcome.equilibrium)
                value = programme.rows @ point
                assert (programme.lower - 1e-8 <= value).all()
                assert (value <= programme.upper + 1e-8).all()
                assert programme.welfare @ point == pytest.approx(outcome.welfare)
                assert programme.equilibrium(_Point(point)).transactions == outcome.transactions
                seen += 1


class _Point:
    def __init__(self, x):
        self.x = x
