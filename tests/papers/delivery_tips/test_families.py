import numpy as np
import pytest

from papers.delivery_tips.city import random_city
from papers.delivery_tips.families import decompose
from papers.delivery_tips.generators import family_market, uniform_market
from papers.delivery_tips.market import ThreeSidedMarket

FAMILIES = ("T1", "T2", "T3", "T4", "T5")
#: What every family is part of; T2 is the intersection of T3 and T4.
WIDER = {"T1": {"T1", "T2", "T3", "T4"}, "T2": {"T2", "T3", "T4"}, "T3": {"T3"}, "T4": {"T4"}, "T5": {"T5"}}


def rebuilt(market, chain):
    """Surplus of all triples (c, b, s) from the two tables, by the names of the sides."""
    surplus = np.empty_like(market.K)
    for c, b, s in np.ndindex(surplus.shape):
        agent = {"couriers": c, "buyers": b, "stores": s}
        x, m, z = (agent[side] for side in chain.sides)
        surplus[c, b, s] = chain.left[x, m] + chain.right[m, z]
    return surplus


@pytest.mark.parametrize("seed", range(10))
@pytest.mark.parametrize("family", FAMILIES)
def test_the_narrowest_family_and_its_tables(family, seed):
    rng = np.random.default_rng(seed)
    market = family_market(family, tuple(rng.integers(2, 7, 3)), rng)
    chain = decompose(market)
    assert chain.family == family
    assert rebuilt(market, chain) == pytest.approx(market.surplus, abs=1e-12)


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("declared", FAMILIES)
def test_a_declared_family_is_checked(family, declared):
    market = family_market(family, (3, 4, 5), np.random.default_rng(0))
    chain = decompose(market, family=declared)
    assert (chain is not None) == (declared in WIDER[family])
    if chain is not None:
        assert chain.family == declared
        assert rebuilt(market, chain) == pytest.approx(market.surplus, abs=1e-12)


@pytest.mark.parametrize("seed", range(20))
def test_markets_of_no_family(seed):
    rng = np.random.default_rng(seed)
    assert decompose(random_city((3, 4, 5), rng).round_trip()) is None
    assert decompose(uniform_market((2, 2, 2), rng)) is None
    # Additive costs with values that are not additive are no T5.
    market = family_market("T5", (3, 4, 5), rng)
    assert decompose(ThreeSidedMarket(rng.random((3, 4)), market.K)) is None


@pytest.mark.parametrize("layout", ["uniform", "centre", "clusters"])
def test_one_way_cities_are_t3(layout):
    assert decompose(random_city((5, 6, 7), np.random.default_rng(0), layout=layout).one_way()).family == "T3"


@pytest.mark.parametrize("scale", [1e-6, 1.0, 1e9])
@pytest.mark.parametrize("family", FAMILIES)
def test_the_tolerance_is_relative(family, scale):
    rng = np.random.default_rng(3)
    market = family_market(family, (4, 5, 6), rng)
    V, K = scale * market.V, scale * market.K
    noise = rng.random(K.shape)
    assert decompose(ThreeSidedMarket(V, K * (1 + 1e-12 * noise))).family == family
    assert decompose(ThreeSidedMarket(V, K * (1 + 1e-4 * noise))) is None
    assert decompose(ThreeSidedMarket(V, K * (1 + 1e-4 * noise)), tol=1e-3).family == family


@pytest.mark.parametrize("shape", [(0, 0, 0), (0, 3, 2), (3, 0, 2), (3, 2, 0), (1, 1, 1)])
def test_degenerate_markets_are_of_the_narrowest_family(shape):
    chain = decompose(uniform_market(shape, np.random.default_rng(0)))
    assert chain.family == "T1"
    assert (chain.left.shape, chain.right.shape) == ((shape[2], shape[0]), shape[:2])


def test_what_is_refused_is_named():
    market = family_market("T1", (2, 2, 2), np.random.default_rng(0))
    with pytest.raises(ValueError, match="family"):
        decompose(market, family="T6")
    for tol in (np.nan, -1e-9, np.inf):
        with pytest.raises(ValueError, match="tol"):
            decompose(market, tol=tol)
