import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import integrate, stats

from common.auctions.bitsets import bundle_sizes, unpack_items
from common.auctions.cats import cats_bidders
from common.auctions.cats_maps import CatsMarket, draw_market

KINDS = [(e, m, p) for e in ("arbitrary", "regions") for m in ("fresh", "shared") for p in ("upv", "npv")]


def same(a, b):
    return np.array_equal(a.atoms, b.atoms) and np.array_equal(a.bids, b.bids)


@settings(deadline=None, max_examples=60)
@given(
    kind=st.sampled_from(KINDS),
    n_items=st.integers(4, 70),
    substitutes=st.integers(0, 7),
    more=st.floats(0, 0.97),
    jump=st.floats(0, 1),
    seed=st.integers(0, 2**32),
)
def test_every_bidder_is_well_formed(kind, n_items, substitutes, more, jump, seed):
    environment, market, private = kind
    law = {"max_substitutes": substitutes, "additional_location": more, "jump": jump}
    types = cats_bidders(environment, n_items, 20, market, private, seed, **law)
    assert types.atoms.shape == (20, substitutes + 1, -(-n_items // 64))
    sizes, there = bundle_sizes(types.atoms), types.bids > 0
    assert there[:, 0].all()
    assert (there == (sizes > 0)).all()
    assert (np.where(there, sizes, sizes[:, :1]) == sizes[:, :1]).all()  # all atoms of a bidder have one size
    assert (np.diff(types.bids[:, 1:], axis=1) <= 0).all()  # substitutes come dearest first, padding last
    assert (types.bids[:, 1:] <= 1.5 * types.bids[:, :1]).all()
    for atoms, n_atoms in zip(types.atoms, there.sum(axis=1), strict=True):
        assert len(np.unique(atoms[:n_atoms], axis=0)) == n_atoms
    unpack_items(types.atoms, n_items)  # refuses items beyond the last
    assert (types.without_dominated().n_atoms() == types.n_atoms()).all()


@pytest.mark.parametrize(("environment", "market", "private"), KINDS)
def test_a_longer_run_extends_a_shorter_one_and_seeds_differ(environment, market, private):
    long = cats_bidders(environment, 20, 50, market, private, seed=4)
    assert same(long.take(slice(13)), cats_bidders(environment, 20, 13, market, private, seed=4))
    assert not same(long, cats_bidders(environment, 20, 50, market, private, seed=5))


@pytest.mark.parametrize("n_items", [5, 50])
def test_the_size_of_bundles_is_geometric_and_capped(n_items):
    n = 20_000
    types = cats_bidders("arbitrary", n_items, n, max_good_value=1, seed=1)  # all values > 0: nobody is refused
    sizes = np.arange(1, n_items + 1)
    law = np.where(sizes < n_items, 0.1 * 0.9 ** (sizes - 1), 0.9 ** (sizes - 1))
    counts = np.bincount(bundle_sizes(types.atoms[:, 0]), minlength=n_items + 1)[1:]
    often = law * n >= 5
    observed, expected = (np.append(x[often], x[~often].sum()) for x in (counts, law * n))
    assert stats.chisquare(observed[expected > 0], expected[expected > 0]).pvalue > 1e-3


def test_private_values_and_interests_of_a_single_item_bidder():
    """With one item a bidder, worth c + p + 1 = 2 + p, the mean of p follows from the law of p and of the choice."""
    alone = {"additional_location": 0, "max_good_value": 1}
    uniform = cats_bidders("arbitrary", 2, 40_000, seed=2, **alone).bids[:, 0] - 2.5  # u of p = u - 1/2
    chosen = integrate.dblquad(lambda x, y: (x * x + y * y) / (x + y), 0, 1, 0, 1)[0]
    assert abs(uniform.mean() + 1 - chosen) < 4 * uniform.std() / 200
    # the one of the lowest private value has no interest at all: the other is taken, and the mean of the higher of two
    # standard normals is 1 / sqrt(pi)
    normal = cats_bidders("arbitrary", 2, 40_000, private="npv", normal_mean=1000, normal_sd=2, seed=2, **alone)
    higher = (normal.bids[:, 0] - 1002) / 2
    assert abs(higher.mean() - 1 / np.sqrt(np.pi)) < 4 * higher.std() / 200


def test_the_lowest_private_value_runs_over_the_bidders_of_a_shared_market():
    alone = {"additional_location": 0, "max_good_value": 1, "normal_mean": 1000, "normal_sd": 1}
    runs = 3000
    ours = np.array(
        [cats_bidders("arbitrary", 2, 6, "shared", "npv", seed, **alone).bids[:, 0] - 1002 for seed in range(runs)]
    )
    draws = np.random.default_rng(8).normal(size=(100_000, 6, 2))
    lowest = np.minimum.accumulate(draws.min(axis=2), axis=1)
    interest = draws - lowest[..., None]
    theirs = (draws * interest).sum(axis=2) / interest.sum(axis=2)
    assert (abs(ours.mean(axis=0) - theirs.mean(axis=0)) < 4 * ours.std(axis=0) / np.sqrt(runs)).all()
    assert theirs[:, 0].mean() - theirs[:, 5].mean() > 0.2  # so that the test can tell a running from a fresh minimum


def test_a_shared_market_shares_its_values_and_affinities():
    market = draw_market("arbitrary", 30, np.random.default_rng(0))
    types = cats_bidders("arbitrary", 30, 2000, market, seed=3, deviation=1e-9)
    indicators = unpack_items(types.atoms, 30)
    sizes = indicators.sum(axis=-1)
    there = types.bids > 0
    common = indicators @ market.common_values
    np.testing.assert_allclose((common + sizes**1.2)[there], types.bids[there], atol=1e-5)
    assert (common >= 0.5 * common[:, :1])[there].all()  # resale
    drawn = cats_bidders("arbitrary", 30, 2000, "shared", seed=3, deviation=1e-9)
    values, residual, rank, _ = np.linalg.lstsq(
        unpack_items(drawn.atoms[:, 0], 30).astype(float), drawn.bids[:, 0] - bundle_sizes(drawn.atoms[:, 0]) ** 1.2
    )
    assert rank == 30
    assert residual[0] < 1e-6
    assert (values >= 1 - 1e-6).all()
    assert (values <= 100 + 1e-6).all()


def test_pairs_of_high_affinity_are_bought_together():
    affinities = np.full((6, 6), 1e-9)
    for a, b in ((0, 1), (2, 3), (4, 5)):
        affinities[a, b] = affinities[b, a] = 1
    np.fill_diagonal(affinities, 0)
    market = CatsMarket("arbitrary", np.full(6, 100.0), affinities)
    types = cats_bidders("arbitrary", 6, 3000, market, additional_location=0.5, seed=0)
    pairs = types.take(bundle_sizes(types.atoms[:, 0]) == 2)
    assert len(pairs) > 500
    assert np.isin(pairs.atoms[:, 0, 0], (0b000011, 0b001100, 0b110000)).all()


def test_items_beyond_the_grid_come_alone_unless_one_jumps():
    def with_the_last(jump):
        types = cats_bidders("regions", 10, 5000, jump=jump, seed=1)
        held = (types.atoms[:, 0, 0] >> np.uint64(9)).astype(bool)
        return bundle_sizes(types.atoms[held][:, 0]), held

    sizes, held = with_the_last(0)
    assert (sizes == 1).all()
    assert 0.08 < held.mean() < 0.12  # one of ten items to begin with, and refused a little more often when alone
    assert with_the_last(0.05)[0].max() > 1


def test_regions_without_jumps_give_connected_bundles():
    market = draw_market("regions", 25, np.random.default_rng(1))
    types = cats_bidders("regions", 25, 300, market, seed=0, jump=0)
    for inside in unpack_items(types.atoms, 25).reshape(-1, 25):
        items = np.flatnonzero(inside)
        reached = np.zeros(len(items), dtype=bool)
        reached[:1] = True
        for _ in items:
            reached |= market.affinities[np.ix_(items, items)][reached].any(axis=0)
        assert reached.all()


def test_fresh_markets_of_regions_differ():
    types = cats_bidders("regions", 16, 400, jump=0, additional_location=0.5, seed=0)
    pairs = types.atoms[bundle_sizes(types.atoms[:, 0]) == 2][:, 0]
    diagonal = unpack_items(pairs, 16).reshape(-1, 4, 4)
    assert len(np.unique(pairs)) > 20  # of 24 sides and 18 diagonals
    assert ((diagonal.any(axis=1).sum(axis=1) == 2) & (diagonal.any(axis=2).sum(axis=1) == 2)).any()


def test_no_bidders():
    assert len(cats_bidders("arbitrary", 5, 0)) == 0


@pytest.mark.parametrize(
    ("keywords", "name"),
    [
        ({"environment": "Arbitrary"}, "environment"),
        ({"n_items": 1}, "n_items"),
        ({"n_items": 3, "environment": "regions"}, "n_items"),
        ({"n": -1}, "n must"),
        ({"n": 2.5}, "n must"),
        ({"n": 2.0}, "n must"),
        ({"n_items": np.nan}, "n_items"),
        ({"market": "own"}, "market"),
        ({"private": "uniform"}, "private"),
        ({"seed": -1}, "seed"),
        ({"max_good_value": 0}, "max_good_value"),
        ({"max_substitutes": -1}, "max_substitutes"),
        ({"remove_neighbour": -0.1}, "remove_neighbour"),
        ({"additional_diagonal": 2}, "additional_diagonal"),
        ({"additional_location": 1}, "additional_location"),
        ({"additional_location": np.nan}, "additional_location"),
        ({"jump": 1.5}, "jump"),
        ({"additivity": np.inf}, "additivity"),
        ({"deviation": 0}, "deviation"),
        ({"budget_factor": -1}, "budget_factor"),
        ({"resale_factor": np.nan}, "resale_factor"),
        ({"normal_mean": np.inf}, "normal_mean"),
        ({"normal_sd": 0}, "normal_sd"),
        ({"environment": "regions", "remove_neighbour": 1, "additional_diagonal": 0}, "remove_neighbour"),
        ({"private": "npv", "normal_mean": -1e6}, "positive value"),
    ],
)
def test_wrong_arguments_are_refused_by_name(keywords, name):
    keywords = {"environment": "arbitrary", "n_items": 10, "n": 5} | keywords
    with pytest.raises(ValueError, match=name):
        cats_bidders(**keywords)


@pytest.mark.parametrize(("environment", "n_items"), [("arbitrary", 12), ("regions", 10)])
def test_a_market_of_another_kind_is_refused(environment, n_items):
    market = draw_market("regions", 12, np.random.default_rng(0))
    with pytest.raises(ValueError, match="market"):
        cats_bidders(environment, n_items, 5, market)
