import numpy as np
import pytest

from papers.delivery_tips.census import enumerate_equilibria
from papers.delivery_tips.instances import worked_instances
from papers.delivery_tips.market import ThreeSidedMarket
from papers.delivery_tips.transactions import all_transactions
from papers.delivery_tips.verification import check_equilibrium
from papers.delivery_tips.without_tips import fewest_orders
from tests.papers.delivery_tips.reference import least_compensation, random_market

INSTANCES = worked_instances()


@pytest.mark.parametrize("name", INSTANCES)
def test_the_table_of_the_worked_instances(name):
    instance = INSTANCES[name]
    market = instance.market
    with_tips, without, balanced = (
        enumerate_equilibria(market, **options) for options in ({}, {"tips": False}, {"budget_balanced": True})
    )
    counts = (len(with_tips), len(without), len(balanced))
    assert counts == (instance.with_tips_outcomes, instance.without_tips_outcomes, instance.balanced_outcomes)
    assert with_tips[0].welfare == instance.with_tips
    assert (without[0].welfare if without else None) == instance.without_tips


@pytest.mark.parametrize("tips", [True, False])
@pytest.mark.parametrize("balanced", [True, False])
def test_the_census_is_what_p1_says_of_every_set_of_triples(tips, balanced):
    rng = np.random.default_rng(31)
    for _ in range(40):
        market = random_market(rng, 2 if rng.random() < 0.9 else 3)
        census = enumerate_equilibria(market, tips=tips, budget_balanced=balanced)
        expected = {
            tau
            for tau in all_transactions(market.shape)
            if least_compensation(market, tau, tips=tips, balanced=balanced) is not None
        }
        assert {outcome.transactions for outcome in census} == expected
        assert len(census) == len(expected)


def test_outcomes_are_sorted_and_certified():
    rng = np.random.default_rng(32)
    for _ in range(30):
        market = random_market(rng, 4)
        for options in ({}, {"tips": False}, {"budget_balanced": True}):
            census = enumerate_equilibria(market, **options)
            keys = [(-round(outcome.welfare, 9), outcome.transactions) for outcome in census]
            assert keys == sorted(keys)
            for outcome in census:
                assert check_equilibrium(market, outcome, tips=options.get("tips", True)) == ()
                assert outcome.equilibrium.transactions == outcome.transactions
                assert outcome.welfare == market.welfare(outcome.transactions)
                assert outcome.bound == census[0].welfare
                assert (outcome.status == "optimal") == (outcome.welfare == pytest.approx(census[0].welfare))
                if "budget_balanced" in options:
                    assert outcome.equilibrium.compensations.sum() <= outcome.equilibrium.prices.sum() + 1e-6


def test_with_tips_there_always_is_an_equilibrium_and_it_is_no_worse():
    """C3 and C4 of the abstract."""
    rng = np.random.default_rng(33)
    for _ in range(150):
        market = random_market(rng)
        with_tips, without = enumerate_equilibria(market), enumerate_equilibria(market, tips=False)
        assert with_tips
        assert {outcome.transactions for outcome in without} <= {outcome.transactions for outcome in with_tips}


def test_without_tips_there_is_one_exactly_if_there_are_couriers_enough():
    """C2 of the abstract, P3 of the dossier."""
    rng = np.random.default_rng(34)
    answers = []
    for _ in range(150):
        top, n_couriers = rng.integers(1, 4), rng.integers(0, 5)
        market = ThreeSidedMarket(rng.integers(0, top + 1, (3, 3)), rng.integers(0, 4, (n_couriers, 3, 3)))
        exists = bool(enumerate_equilibria(market, tips=False))
        assert exists == (n_couriers >= fewest_orders(market.V))
        answers.append(exists)
        positive = ThreeSidedMarket(market.V + 1, market.K)
        assert bool(enumerate_equilibria(positive, tips=False)) == (n_couriers >= 3)
    assert 20 < sum(answers) < 130


def test_large_markets_are_refused():
    with pytest.raises(ValueError, match=r"at most 100000 sets of transactions, given \(6, 6, 6\) with"):
        enumerate_equilibria(ThreeSidedMarket(np.ones((6, 6)), np.ones((6, 6, 6))))


@pytest.mark.parametrize("scale", [2.0**-33, 2.0**33])
@pytest.mark.parametrize("options", [{}, {"tips": False}, {"budget_balanced": True}])
def test_the_unit_of_money_changes_nothing(scale, options):
    rng = np.random.default_rng(36)
    for _ in range(15):
        market = random_market(rng)
        scaled = ThreeSidedMarket(scale * market.V, scale * market.K)
        plain, other = (
            [(o.transactions, o.status) for o in enumerate_equilibria(m, **options)] for m in (market, scaled)
        )
        assert plain == other
