import numpy as np
import pytest

from papers.delivery_tips.conditions import equilibrium_conditions
from papers.delivery_tips.instances import worked_instances
from papers.delivery_tips.transactions import all_transactions
from papers.delivery_tips.verification import check_equilibrium
from tests.papers.delivery_tips.reference import least_compensation, random_market


@pytest.mark.parametrize("tips", [True, False])
@pytest.mark.parametrize("balanced", [True, False])
def test_least_compensation_is_that_of_p1(tips, balanced):
    rng = np.random.default_rng(11)
    feasible = 0
    for _ in range(40):
        market = random_market(rng)
        taus = list(all_transactions(market.shape))
        for tau in [taus[i] for i in rng.permutation(len(taus))[:10]]:
            conditions = equilibrium_conditions(market, tau, tips=tips, budget_balanced=balanced)
            c = np.zeros(conditions.upper.size)
            c[conditions.columns["compensations"]] = 1.0
            expected = least_compensation(market, tau, tips=tips, balanced=balanced)
            solution = conditions.solve(c)
            if expected is None:
                assert solution.status == "infeasible"
            else:
                feasible += 1
                assert solution.objective == pytest.approx(expected, abs=1e-6)
    assert feasible > 20


def test_corners_are_equilibria_with_the_utilities_they_state():
    rng = np.random.default_rng(12)
    corners = 0
    for _ in range(150):
        market = random_market(rng)
        taus = list(all_transactions(market.shape))
        tau = taus[rng.integers(len(taus))]
        options = {"tips": bool(rng.random() < 0.8), "tip_only": bool(rng.random() < 0.3)}
        options["budget_balanced"] = bool(rng.random() < 0.3)
        conditions = equilibrium_conditions(market, tau, **options)
        x = conditions.solve(rng.random(conditions.upper.size)).x
        if x is None:
            continue
        corners += 1
        equilibrium = conditions.equilibrium(x)
        assert check_equilibrium(market, equilibrium, tips=options["tips"]) == ()
        if options["tip_only"]:
            assert not equilibrium.compensations.any()
        if options["budget_balanced"]:
            assert equilibrium.compensations.sum() <= equilibrium.prices.sum() + 1e-6
        for b, s, c in tau:
            utility = market.V[b, s] - equilibrium.prices[s] - equilibrium.tips[b, s]
            rent = equilibrium.compensations[b, s] + equilibrium.tips[b, s] - market.K[c, b, s]
            assert x[conditions.columns["utilities"][b]] == pytest.approx(utility, abs=1e-6)
            assert x[conditions.columns["rents"][c]] == pytest.approx(rent, abs=1e-6)
    assert corners > 30


def test_columns_have_the_shape_of_their_variables():
    conditions = equilibrium_conditions(worked_instances()["E2"].market, [(0, 0, 0)])
    shapes = {kind: place.shape for kind, place in conditions.columns.items()}
    assert shapes == {"prices": (2,), "compensations": (2, 2), "tips": (2, 2), "utilities": (2,), "rents": (1,)}
    assert conditions.A.shape == (4 + 4 + 1, 2 + 4 + 4 + 2 + 1)


def test_overlapping_transactions_are_refused():
    with pytest.raises(ValueError, match="transactions must be disjoint"):
        equilibrium_conditions(worked_instances()["E2"].market, [(0, 0, 0), (1, 1, 0)])
