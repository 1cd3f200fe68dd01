import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.auctions.bitsets import bundle_sizes, check_masks, mask_of, n_words, pack_items, unpack_items


@given(st.integers(1, 200), st.integers(0, 2**32 - 1))
def test_masks_give_back_the_items_and_count_them(n_items, seed):
    inside = np.random.default_rng(seed).random((3, 2, n_items)) < 0.5
    masks = pack_items(inside)
    assert masks.dtype == np.uint64
    assert masks.shape == (3, 2, n_words(n_items))
    assert np.array_equal(unpack_items(masks, n_items), inside)
    assert np.array_equal(bundle_sizes(masks), inside.sum(axis=-1))


def test_item_i_is_bit_i():
    assert mask_of([0, 3], 4).tolist() == [9]
    assert mask_of([64, 1], 65).tolist() == [2, 1]
    assert np.array_equal(pack_items(np.eye(130, dtype=bool))[129], mask_of([129], 130))


def test_bad_items_and_masks_are_refused():
    with pytest.raises(ValueError, match="items must be numbers from 0 to 3"):
        mask_of([4], 4)
    for wrong in (0, 2.0, np.nan):
        with pytest.raises(ValueError, match="n_items must be a whole number >= 1"):
            n_words(wrong)
    with pytest.raises(ValueError, match="given an item beyond"):
        check_masks("masks", np.array([8], dtype=np.uint64), 3)
    with pytest.raises(ValueError, match="must be uint64 with 2 words"):
        check_masks("masks", np.array([8], dtype=np.uint64), 65)
    with pytest.raises(ValueError, match="must be uint64"):
        check_masks("masks", np.array([8]), 5)
