import numpy as np
import pytest
from scipy.optimize import linear_sum_assignment

from papers.delivery_tips.conditions import equilibrium_conditions
from papers.delivery_tips.market import ThreeSidedMarket
from papers.delivery_tips.support import (
    courier_rents,
    least_cost_transactions,
    supporting_equilibrium,
    supporting_equilibrium_without_tips,
)
from papers.delivery_tips.transactions import all_transactions
from papers.delivery_tips.verification import check_equilibrium
from tests.papers.delivery_tips.reference import least_compensation, random_market

SUPPORTS = {True: supporting_equilibrium, False: supporting_equilibrium_without_tips}


@pytest.mark.parametrize("tips", [True, False])
def test_support_is_found_exactly_where_the_programme_of_p1_is_feasible(tips):
    rng = np.random.default_rng(2)
    answers = []
    for _ in range(90):
        market = random_market(rng)
        taus = list(all_transactions(market.shape))
        for tau in [taus[i] for i in rng.permutation(len(taus))[:12]]:
            equilibrium = SUPPORTS[tips](market, tau)
            assert (equilibrium is not None) == (least_compensation(market, tau, tips=tips) is not None), (market, tau)
            answers.append(equilibrium is not None)
            if equilibrium is not None:
                assert equilibrium.transactions == tau
                assert check_equilibrium(market, equilibrium, tips=tips) == ()
    assert 50 < sum(answers) < len(answers) - 50


def test_support_is_found_exactly_where_the_definition_can_be_met():
    """More markets than above, against the polyhedron of the definition."""
    rng = np.random.default_rng(3)
    for _ in range(60):
        market = random_market(rng)
        taus = list(all_transactions(market.shape))
        for tau in [taus[i] for i in rng.permutation(len(taus))[:10]]:
            for tips, support in SUPPORTS.items():
                status = equilibrium_conditions(market, tau, tips=tips).solve().status
                assert status == ("infeasible" if support(market, tau) is None else "optimal"), (market, tau, tips)


def test_no_tip_is_paid_and_nobody_else_is_paid():
    """Q1: the tips of untransacted orders do the work."""
    rng = np.random.default_rng(4)
    for _ in range(100):
        market = random_market(rng, 4)
        for tau in list(all_transactions(market.shape))[:40]:
            equilibrium = supporting_equilibrium(market, tau)
            if equilibrium is not None:
                assert all(equilibrium.tips[b, s] == 0.0 for b, s, _ in tau)


def test_p5_if_nobody_is_idle_least_cost_is_enough():
    rng = np.random.default_rng(5)
    for _ in range(100):
        market = random_market(rng, 6, least=1)
        size = market.n_couriers
        if size > min(market.shape[:2]):
            continue
        orders = np.stack([rng.permutation(side)[:size] for side in market.shape[:2]])
        tau = least_cost_transactions(market, orders)
        assert check_equilibrium(market, supporting_equilibrium(market, tau)) == ()


def test_rents_are_the_ends_of_the_polyhedron():
    rng = np.random.default_rng(6)
    for _ in range(60):
        market = random_market(rng, 3, least=1)
        size = min(market.n_buyers, market.n_stores, market.n_couriers)
        tau = least_cost_transactions(market, np.array([range(size)] * 2))
        conditions = equilibrium_conditions(ThreeSidedMarket(0 * market.V, market.K), tau)
        c = np.zeros(conditions.upper.size)
        c[conditions.columns["rents"]] = 1.0
        least = courier_rents(market, tau, largest=False)
        assert least.sum() == pytest.approx(conditions.solve(c).objective, abs=1e-6)
        if size < market.n_couriers:
            most = courier_rents(market, tau, largest=True)
            assert most.sum() == pytest.approx(conditions.solve(c, maximise=True).objective, abs=1e-6)
            assert (most >= least - 1e-9).all()


def test_a_market_of_some_size():
    rng = np.random.default_rng(7)
    market = ThreeSidedMarket(rng.random((40, 50)), rng.random((60, 40, 50)))
    orders = np.stack(linear_sum_assignment(market.V, maximize=True))
    tau = least_cost_transactions(market, orders)
    for tips, support in SUPPORTS.items():
        assert check_equilibrium(market, support(market, tau), tips=tips) == ()
    b, s, c = tau[0]
    idle = next(iter(set(range(60)) - {triple[2] for triple in tau}))
    dearer = [(b, s, idle), *tau[1:]]
    assert market.K[idle, b, s] > market.K[c, b, s]
    assert supporting_equilibrium(market, dearer) is None
    assert supporting_equilibrium_without_tips(market, dearer) is None


def test_large_and_small_numbers():
    rng = np.random.default_rng(8)
    for scale in (1e-6, 1e6):
        for _ in range(30):
            market = random_market(rng)
            scaled = ThreeSidedMarket(scale * market.V, scale * market.K)
            for tau in all_transactions(market.shape):
                found = supporting_equilibrium(scaled, tau)
                assert (found is None) == (supporting_equilibrium(market, tau) is None)
                if found is not None:
                    assert check_equilibrium(scaled, found, tol=1e-7 * scale) == ()


def test_overlapping_transactions_are_refused():
    market = ThreeSidedMarket(np.ones((2, 2)), np.ones((2, 2, 2)))
    for support in SUPPORTS.values():
        with pytest.raises(ValueError, match="disjoint, given store 1 more than once"):
            support(market, [(0, 1, 0), (1, 1, 1)])


@pytest.mark.parametrize("tips", [True, False])
def test_a_huge_cost_forbids_an_order_and_spoils_no_other(tips):
    rng = np.random.default_rng(9)
    supported = 0
    for _ in range(40):
        market = random_market(rng)
        forbidden = rng.random(market.K.shape) < 0.3
        dear, huge = (ThreeSidedMarket(market.V, np.where(forbidden, cost, market.K)) for cost in (100.0, 1e9))
        for tau in all_transactions(market.shape):
            if any(forbidden[c, b, s] for b, s, c in tau):
                continue
            found = SUPPORTS[tips](huge, tau)
            assert (found is None) == (SUPPORTS[tips](dear, tau) is None)
            if found is not None:
                supported += 1
                assert check_equilibrium(huge, found, tips=tips) == ()
    assert supported > 20
