import numpy as np
import pytest
from scipy import stats

from papers.delivery_tips.first_best import first_best
from papers.delivery_tips.generators import (
    bernoulli_values,
    diagonal_market,
    family_market,
    integer_market,
    random_triples,
    three_dimensional_matching_market,
    uniform_market,
)

MARKETS = {
    "uniform": lambda shape, rng: uniform_market(shape, rng, cost_scale=0.8, density=0.5),
    "integer": integer_market,
    **{family: lambda shape, rng, f=family: family_market(f, shape, rng) for family in ("T1", "T2", "T3", "T4", "T5")},
}


@pytest.mark.parametrize("name", MARKETS)
@pytest.mark.parametrize("shape", [(0, 0, 0), (0, 2, 3), (2, 0, 3), (2, 3, 0), (2, 3, 4)])
def test_shape_and_seed(name, shape):
    first, again = (MARKETS[name](shape, np.random.default_rng(1)) for _ in range(2))
    assert first.shape == shape
    assert (first.V == again.V).all()
    assert (first.K == again.K).all()


def test_densities_are_those_asked_for():
    V = bernoulli_values((200, 300), 0.3, np.random.default_rng(0))
    assert stats.binomtest(int((V > 0).sum()), V.size, 0.3).pvalue > 1e-6
    assert stats.kstest(V[V > 0], "uniform").pvalue > 1e-6
    triples = random_triples(30, 0.1, np.random.default_rng(0))
    assert stats.binomtest(len(triples), 30**3, 0.1).pvalue > 1e-6


def test_integers_take_every_value():
    market = integer_market((10, 10, 10), np.random.default_rng(0), largest=3)
    assert set(market.V.ravel()) == set(market.K.ravel()) == {0, 1, 2, 3}


def test_costs_scale():
    one, three = (uniform_market((3, 4, 5), np.random.default_rng(2), cost_scale=scale) for scale in (1.0, 3.0))
    assert pytest.approx(3 * one.K) == three.K
    assert (one.V == three.V).all()


def test_diagonal_market_of_dt_11():
    market = diagonal_market(3)
    assert (np.diag([5, 4, 3, 2]) + 0.5 == market.V).all()
    assert (np.ones((3, 4, 4)) == market.K).all()
    # Couriers serve the favourites in the order of their worth.
    assert first_best(market).welfare == pytest.approx(4.5 + 3.5 + 2.5)
    assert first_best(diagonal_market(9)).welfare == pytest.approx(4.5 + 3.5 + 2.5 + 1.5)


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("n", [1, 4, 7])
def test_a_planted_matching_is_perfect(n, seed):
    triples = random_triples(n, 0.1, np.random.default_rng(seed), planted=True)
    assert first_best(three_dimensional_matching_market(n, triples)).welfare == pytest.approx(n)


def test_3dm_by_hand_and_dt_8():
    # All three triples pairwise meet in an agent.
    market = three_dimensional_matching_market(3, [(0, 0, 0), (0, 1, 1), (1, 0, 1)])
    assert first_best(market).welfare == pytest.approx(1)
    hard = first_best(three_dimensional_matching_market(8, random_triples(8, 0.08, np.random.default_rng(1))))
    assert (hard.welfare, hard.linear_value) == pytest.approx((7, 7.75))


@pytest.mark.parametrize(
    ("call", "names"),
    [
        (lambda rng: uniform_market((1, 2), rng), "shape"),
        (lambda rng: uniform_market((1, 2, -1), rng), "shape"),
        (lambda rng: uniform_market((1, 2, 2.5), rng), "shape"),
        (lambda rng: diagonal_market(True), "shape"),
        (lambda rng: uniform_market((1, 2, 3), rng, cost_scale=np.nan), "cost_scale"),
        (lambda rng: uniform_market((1, 2, 3), rng, density=1.5), "density"),
        (lambda rng: integer_market((1, 2, 3), rng, largest=-1), "largest"),
        (lambda rng: integer_market((1, 2, 3), rng, largest=2.5), "largest"),
        (lambda rng: bernoulli_values((2, 2), np.nan, rng), "density"),
        (lambda rng: family_market("T6", (1, 2, 3), rng), "family"),
        (lambda rng: diagonal_market(-1), "shape"),
        (lambda rng: diagonal_market(1, cost=-1.0), "cost"),
        (lambda rng: random_triples(-1, 0.5, rng), "shape"),
        (lambda rng: random_triples(2, -0.5, rng), "density"),
        (lambda rng: three_dimensional_matching_market(2, [(0, 1, 2)]), "courier"),
        (lambda rng: three_dimensional_matching_market(2, [(0, 1)]), "transactions"),
    ],
)
def test_what_is_refused_is_named(call, names):
    with pytest.raises(ValueError, match=names):
        call(np.random.default_rng(0))
