"""Bundles of items as bit masks of one or more 64-bit words.

A bundle of m items is a mask of ``W = ceil(m / 64)`` words; item i is bit ``i % 64`` of word ``i // 64``. Whether one
bundle lies in another is then a matter of a few machine instructions: ``inner & ~outer == 0``.
"""

from collections.abc import Iterable

import numpy as np
from numpy.typing import ArrayLike, NDArray

Masks = NDArray[np.uint64]

WORD = 64


def n_words(n_items: int) -> int:
    """Return how many words a bundle of ``n_items`` items takes.

    Raises
    ------
    ValueError
        If ``n_items`` is no whole number from 1 on.
    """
    if not isinstance(n_items, int | np.integer) or n_items < 1:
        raise ValueError(f"n_items must be a whole number >= 1, given {n_items!r}")
    return -(-n_items // WORD)


def pack_items(indicators: ArrayLike) -> Masks:
    """Pack indicators of items into masks.

    Parameters
    ----------
    indicators : array_like of bool, shape (..., m)
        Whether an item is in a bundle, ``m >= 1``.

    Returns
    -------
    ndarray of uint64, shape (..., W)
    """
    bits = np.asarray(indicators, dtype=bool)
    words = n_words(bits.shape[-1])
    padded = np.zeros((*bits.shape[:-1], words * WORD), dtype=bool)
    padded[..., : bits.shape[-1]] = bits
    # "<u8" whatever the machine: the bytes of a word are written from the lowest item up
    return np.packbits(padded, axis=-1, bitorder="little").view("<u8").astype(np.uint64, copy=False)


def unpack_items(masks: Masks, n_items: int) -> NDArray[np.bool_]:
    """Return the indicators of the items in masks, shape (..., m), from shape (..., W)."""
    masks = check_masks("masks", masks, n_items)
    octets = np.ascontiguousarray(masks, dtype="<u8").view(np.uint8)
    return np.unpackbits(octets, axis=-1, count=n_items, bitorder="little").view(np.bool_)


def mask_of(items: Iterable[int], n_items: int) -> Masks:
    """Return the mask of one bundle, shape (W,), given the numbers of its items.

    Raises
    ------
    ValueError
        If an item is not one of ``0 .. n_items - 1``.
    """
    mask = np.zeros(n_words(n_items), dtype=np.uint64)
    for item in items:
        if not 0 <= item < n_items:
            raise ValueError(f"items must be numbers from 0 to {n_items - 1}, given {item}")
        mask[item // WORD] |= np.uint64(1) << np.uint64(item % WORD)
    return mask


def bundle_sizes(masks: Masks) -> NDArray[np.int64]:
    """Return the number of items in each mask, shape (...) from shape (..., W)."""
    return np.bitwise_count(masks).sum(axis=-1, dtype=np.int64)


def check_masks(name: str, masks: ArrayLike, n_items: int) -> Masks:
    """Return masks as contiguous words, after a look at them.

    Raises
    ------
    ValueError
        If they are no unsigned 64-bit words, their last axis is not ``W`` long, or an item beyond the last is in one.
    """
    masks = np.asarray(masks)
    words = n_words(n_items)
    if masks.dtype != np.uint64 or masks.ndim < 1 or masks.shape[-1] != words:
        raise ValueError(
            f"{name} must be uint64 with {words} words on its last axis for {n_items} items,"
            f" given {masks.dtype} of shape {masks.shape}"
        )
    spare = words * WORD - n_items
    if spare and (masks[..., -1] >> np.uint64(WORD - spare)).any():
        raise ValueError(f"{name} must hold items 0 to {n_items - 1} only, given an item beyond")
    return np.ascontiguousarray(masks)
