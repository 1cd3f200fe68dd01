import numpy as np
import pytest

from papers.delivery_tips.ascending import ascending_tips
from papers.delivery_tips.city import random_city
from papers.delivery_tips.first_best import first_best
from papers.delivery_tips.gap_search import find_gap_city
from papers.delivery_tips.generators import family_market, uniform_market
from papers.delivery_tips.market import ThreeSidedMarket
from papers.delivery_tips.tip_only import tip_only_equilibrium
from papers.delivery_tips.verification import check_equilibrium


def integer_chain(shape, rng):
    """Values and costs with many ties; every welfare is an integer."""
    B, S, C = shape
    return ThreeSidedMarket(rng.integers(0, 10, (B, S)), rng.integers(0, 5, (C, 1, S)) + rng.integers(0, 5, (1, B, S)))


def t3_market(seed):
    rng = np.random.default_rng(seed)
    shape = tuple(rng.integers(0, 12, 3))
    kinds = (
        lambda: integer_chain(shape, rng),
        lambda: random_city(shape, rng, cost_factor=rng.uniform(0, 1)).one_way(),
        *(lambda family=family: family_market(family, shape, rng) for family in ("T1", "T2", "T3")),
    )
    return kinds[seed % len(kinds)]()


@pytest.mark.parametrize("epsilon", [0.1, 1e-2, 1e-3])
def test_chains_end_within_epsilon_of_the_first_best(epsilon):
    for seed in range(80):
        market = t3_market(seed)
        outcome = ascending_tips(market, epsilon)
        best = tip_only_equilibrium(market).welfare
        assert outcome.converged, seed
        assert best - epsilon * (market.n_buyers + market.n_stores) - 1e-9 <= outcome.welfare <= best + 1e-9
        assert check_equilibrium(market, outcome.equilibrium, tol=3 * epsilon * (1 + 1e-9)) == ()
        assert (outcome.equilibrium.compensations == 0).all()


def test_integer_chains_are_solved_exactly():
    # Two welfares differ by 1 at least, so an error below 1 is none.
    for seed in range(40):
        rng = np.random.default_rng(seed)
        B, S, C = rng.integers(1, 8, 3)
        market = integer_chain((B, S, C), rng)
        assert ascending_tips(market, 0.99 / (B + S)).welfare == tip_only_equilibrium(market).welfare


def test_two_buyers_outbid_each_other_for_the_courier():
    # E2: one courier of cost 1 and two orders worth 5 and 4, so her rent is the other order's surplus 3 at least, and
    # the surplus 4 of her own at most.
    market = ThreeSidedMarket([[5, 1], [1, 4]], [[[1, 1], [1, 1]]])
    outcome = ascending_tips(market, 0.01)
    assert outcome.equilibrium.transactions == ((0, 0, 0),)
    assert 3 - 0.03 <= outcome.rents[0] <= 4 + 0.03
    assert outcome.equilibrium.tips[0, 0] == pytest.approx(1 + outcome.rents[0])


def test_the_history_starts_at_nothing_rises_and_ends_at_the_outcome():
    outcome = ascending_tips(random_city((8, 8, 8), np.random.default_rng(0)).one_way(), 1e-2, record_every=1)
    history = outcome.history
    assert history.bids[0] == history.asks[0].sum() == history.rents[0].sum() == history.welfare[0] == 0
    assert (np.diff(history.bids) >= 0).all()
    assert (np.diff(history.asks, axis=0) >= 0).all()
    assert (np.diff(history.rents, axis=0) >= 0).all()
    assert history.bids[-1] == outcome.bids
    assert history.welfare[-1] == pytest.approx(outcome.welfare)
    assert (history.rents[-1] == outcome.rents).all()
    idle = sorted(set(range(8)) - {c for _, _, c in outcome.equilibrium.transactions})
    assert (outcome.rents[idle] == 0).all()


def test_round_trips_with_a_gap_cannot_end_in_an_equilibrium():
    found = find_gap_city((3, 3, 3), 0.05)
    assert found is not None
    market, n = found.city.round_trip(), 3
    for epsilon in (1e-3, 1e-4):
        assert 12 * epsilon * n < found.gap
        outcome = ascending_tips(market, epsilon)
        assert not outcome.converged
        # The proof's lower bound on the violation of any payments, and the bids did end.
        assert outcome.violation >= found.gap / (4 * n)
        assert outcome.bids < 1_000_000
    # The same city is no obstacle one way.
    assert ascending_tips(found.city.one_way(), 1e-3).converged


@pytest.mark.parametrize("trip", ["round trip", "random"])
def test_an_end_in_equilibrium_proves_the_bound_on_the_relaxation(trip):
    epsilon, ends = 1e-4, 0
    for seed in range(60):
        rng = np.random.default_rng(seed)
        market = random_city((3, 3, 3), rng).round_trip() if trip == "round trip" else uniform_market((3, 3, 3), rng)
        outcome = ascending_tips(market, epsilon)
        if outcome.converged:
            ends += 1
            best = first_best(market)
            assert best.linear_value <= outcome.welfare + 12 * epsilon * 3 + 1e-9
    assert ends > 0


def test_it_is_broken_off_after_the_bids_allowed():
    outcome = ascending_tips(random_city((8, 8, 8), np.random.default_rng(0)).one_way(), 1e-3, max_bids=5)
    assert outcome.bids == 5
    assert not outcome.converged


@pytest.mark.parametrize(
    ("options", "names"),
    [
        ({"epsilon": 0.0}, "epsilon"),
        ({"epsilon": np.nan}, "epsilon"),
        ({"epsilon": 0.1, "max_bids": 0}, "max_bids"),
        ({"epsilon": 0.1, "max_bids": np.nan}, "max_bids"),
        ({"epsilon": 0.1, "record_every": 0}, "record_every"),
    ],
)
def test_what_is_refused_is_named(options, names):
    with pytest.raises(ValueError, match=names):
        ascending_tips(ThreeSidedMarket([[1]], [[[1]]]), **options)
