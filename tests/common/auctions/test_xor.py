import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.auctions.bitsets import pack_items, unpack_items
from common.auctions.xor import XORValuations
from tests.xor_cases import every_bundle, random_types, value

seeds = st.integers(0, 2**32 - 1)


@given(seeds, st.integers(1, 6))
def test_values_are_those_of_the_definition(seed, n_items):
    types = random_types(np.random.default_rng(seed), 4, n_items)
    bundles = every_bundle(n_items)
    by_hand = [[value(types, n, np.flatnonzero(unpack_items(b, n_items))) for b in bundles] for n in range(4)]
    assert np.array_equal(types.values(bundles), by_hand)
    assert np.array_equal(types.grand_values(), types.values(bundles)[:, -1])


@given(seeds, st.integers(60, 140))
def test_several_words_are_as_good_as_one(seed, n_items):
    rng = np.random.default_rng(seed)
    few = random_types(rng, 3, 6)
    places = rng.permutation(n_items)[:6]

    def spread(masks):
        wide = np.zeros((*masks.shape[:-1], n_items), dtype=bool)
        wide[..., places] = unpack_items(masks, 6)
        return pack_items(wide)

    many = XORValuations(spread(few.atoms), few.bids, n_items)
    assert np.array_equal(many.values(spread(every_bundle(6))), few.values(every_bundle(6)))


@given(seeds)
def test_dominated_atoms_and_only_these_can_go(seed):
    types = random_types(np.random.default_rng(seed), 3, 4, n_atoms=5)
    lean = types.without_dominated()
    assert np.array_equal(lean.values(every_bundle(4)), types.values(every_bundle(4)))
    for n in range(3):
        for k in np.flatnonzero(lean.bids[n]):
            others = lean.bids.copy()
            others[n, k] = 0
            without = XORValuations(np.where(others[..., None] > 0, lean.atoms, np.uint64(0)), others, 4)
            assert not np.array_equal(without.values(every_bundle(4)), types.values(every_bundle(4)))


@given(seeds)
def test_scaling_relabelling_and_both_ways_of_writing(seed):
    rng = np.random.default_rng(seed)
    types = random_types(rng, 3, 5)
    bundles, order = every_bundle(5), rng.permutation(5)
    assert np.array_equal(types.scaled(2).values(bundles), 2 * types.values(bundles))
    renamed = pack_items(unpack_items(bundles, 5)[:, order])
    assert np.array_equal(types.relabelled(order).values(renamed), types.values(bundles))
    for copy in (XORValuations.from_dense(types.to_dense()), XORValuations.from_json(types.to_json())):
        assert np.array_equal(copy.values(bundles), types.values(bundles))


@given(seeds)
def test_demand_at_item_prices_is_the_best_of_all_bundles(seed):
    rng = np.random.default_rng(seed)
    types, prices, fee = random_types(rng, 4, 4), rng.random(4) * 6, rng.random() * 3
    atom, utility, payment = types.demand(prices, fee)
    cost = unpack_items(every_bundle(4), 4) @ prices + fee
    best = (types.values(every_bundle(4)) - cost)[:, 1:].max(axis=1)
    assert np.allclose(utility, np.maximum(best, 0))
    bought = atom >= 0
    assert np.allclose(types.bids[bought, atom[bought]] - payment[bought], utility[bought])
    assert (payment[~bought] == 0).all()


def test_the_shape_of_a_set_of_types():
    types = XORValuations.from_atoms([[({0}, 2.0), ({1, 2}, 3.0)], [({70}, 1.0)]], n_items=71)
    assert len(types) == 2
    assert types.atoms.shape == (2, 2, 2)
    assert types.n_atoms().tolist() == [2, 1]
    assert types.atom_sizes().tolist() == [[1, 2], [1, 0]]
    assert types.take([1]).grand_values().tolist() == [1.0]
    assert len(types.take([])) == 0
    out = np.empty((2, 1), dtype=np.float32)
    assert types.values(pack_items(np.ones((1, 71), dtype=bool)), out) is out
    assert out.tolist() == [[3.0], [1.0]]


@pytest.mark.parametrize(
    ("bids", "words"),
    [
        ([[-1.0]], "bids must be finite and >= 0"),
        ([[np.nan]], "bids must be finite and >= 0"),
        ([[np.inf]], "bids must be finite and >= 0"),
        ([1.0], "atoms must have shape"),
    ],
)
def test_bad_bids_are_refused(bids, words):
    with pytest.raises(ValueError, match=words):
        XORValuations(np.ones((1, 1, 1), dtype=np.uint64), np.array(bids), 3)


def test_what_else_is_refused():
    with pytest.raises(ValueError, match="nothing is worth nothing"):
        XORValuations(np.zeros((1, 1, 1), dtype=np.uint64), np.ones((1, 1)), 3)
    with pytest.raises(ValueError, match="table must hold 0 or 1"):
        XORValuations.from_dense([[[0.5, 1.0]]])
    with pytest.raises(ValueError, match="table must have shape"):
        XORValuations.from_dense([[1.0]])
    types = XORValuations.from_atoms([[({0}, 1.0)]], 3)
    with pytest.raises(ValueError, match="item_prices must be finite and >= 0"):
        types.demand([-1, 0, 0])
    with pytest.raises(ValueError, match="item_prices must be a number or have shape"):
        types.demand([1.0, 2.0])
    with pytest.raises(ValueError, match="K >= 1"):
        XORValuations(np.zeros((2, 0, 1), dtype=np.uint64), np.zeros((2, 0)), 3)
    with pytest.raises(ValueError, match="order must be a permutation"):
        types.relabelled([0, 0, 1])
    with pytest.raises(ValueError, match="bundles must have shape"):
        types.values(types.atoms)
    with pytest.raises(ValueError, match="out must have shape"):
        types.values(types.atoms[0], np.empty((2, 2)))
