"""Compiled kernels of the CATS bidders: a market's map, one bidder's bundles, many bidders one after the other.

A bundle grows good by good, and the next good is drawn with weights ``interest_i * sum_{j in B} affinity_ji``. The
weights are kept and one row of affinities is added to them when a good joins, so that a step costs O(m) and not
O(m |B|). Rows of a fresh *arbitrary* market are drawn when a bundle first needs them: what nobody asks for is never
drawn, which changes the stream of random numbers but not the law.

Everything here is called through `common.auctions.cats` and `common.auctions.cats_maps`, which check the arguments.
"""

from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
Words = NDArray[np.uint64]

ATTEMPTS = 10_000
"""How many maps, or bidders of value at most 0, are refused in a row before the parameters are called hopeless."""

DONE, NO_MAP, NO_BIDDER = 0, 1, 2
"""What `draw_bidders` answers: all is well, or what could not be drawn in `ATTEMPTS` attempts."""


class BidderLaw(NamedTuple):
    """The numbers that a bidder is drawn with; see `common.auctions.cats.cats_bidders` for names and ranges."""

    normal: bool
    max_good_value: float
    remove_neighbour: float
    additional_diagonal: float
    additional_location: float
    jump: float
    additivity: float
    deviation: float
    budget_factor: float
    resale_factor: float
    normal_mean: float
    normal_sd: float


class Scratch(NamedTuple):
    """Buffers of one bidder, used again for the next: m goods, W words."""

    private: Floats  # (m,) private values
    interest: Floats  # (m,) how likely a good is drawn, not normalised
    weights: Floats  # (m,) interest times affinity to the bundle, 0 inside the bundle
    inside: Flags  # (m,) whether a good is in the bundle
    items: NDArray[np.int64]  # (m,) the goods of the bidder's first bundle
    masks: Words  # (m + 1, W) the first bundle, then one candidate grown from each of its goods
    values: Floats  # (m + 1,) what these bundles are worth to the bidder, -1 once a candidate is out
    commons: Floats  # (m + 1,) their common value


@njit(cache=True)
def draw_common_values(common: Floats, max_good_value: float, rng: np.random.Generator) -> None:
    """Draw common values uniform on ``[1, max_good_value]`` into `common`, shape (m,)."""
    for good in range(common.size):
        common[good] = 1 + (max_good_value - 1) * rng.random()


@njit(cache=True)
def draw_affinity_row(affinity: Floats, known: Flags, good: int, rng: np.random.Generator) -> None:
    """Fill the row of a good: symmetric with the rows known already, uniform on [0, 1) elsewhere, 0 with itself."""
    for other in range(known.size):
        affinity[good, other] = affinity[other, good] if known[other] else rng.random()
    affinity[good, good] = 0
    known[good] = True


@njit(cache=True)
def _connect(affinity: Floats, a: int, b: int) -> None:
    affinity[a, b] = affinity[b, a] = 1


@njit(cache=True)
def draw_map(affinity: Floats, remove: float, diagonal: float, rng: np.random.Generator) -> bool:
    """Draw a map of regions into `affinity`, shape (m, m), 0 or 1; answer whether every cell got a neighbour.

    The grid of cells has ``floor(sqrt(m))`` rows and as many columns; goods beyond it have no neighbours.
    """
    side = int(np.sqrt(affinity.shape[0]))
    affinity[:, :] = 0
    for row in range(side):
        for column in range(side):
            cell, below, beside = row * side + column, row + 1 < side, column + 1 < side
            if rng.random() >= remove and below:
                _connect(affinity, cell, cell + side)
            if rng.random() >= remove and beside:
                _connect(affinity, cell, cell + 1)
            if rng.random() < diagonal and below and beside:
                if rng.random() < 0.5:
                    _connect(affinity, cell, cell + side + 1)
                else:
                    _connect(affinity, cell + side, cell + 1)
    lonely = side * side
    for cell in range(side * side):
        for other in range(side * side):
            if affinity[cell, other] > 0:
                lonely -= 1
                break
    return lonely == 0


@njit(cache=True)
def draw_connected_map(affinity: Floats, remove: float, diagonal: float, rng: np.random.Generator) -> bool:
    """Draw maps until every cell of the grid has a neighbour; answer whether one was found in `ATTEMPTS` attempts."""
    for _ in range(ATTEMPTS):  # noqa: SIM110 (Numba compiles no generator expressions)
        if draw_map(affinity, remove, diagonal, rng):
            return True
    return False


@njit(cache=True)
def _draw_from(weights: Floats, rng: np.random.Generator) -> int:
    """Draw a good with probability proportional to its weight, -1 if no weight is positive."""
    total = 0.0
    for good in range(weights.size):
        total += weights[good]
    left = rng.random() * total
    last = -1
    for good in range(weights.size):
        if weights[good] > 0:
            last = good
            left -= weights[good]
            if left < 0:
                return good
    return last  # rounding alone leads here


@njit(cache=True)
def _draw_next(scratch: Scratch, size: int, jump: float, rng: np.random.Generator) -> int:
    """Draw the good that joins a bundle of that size, -1 if no good has a positive weight or none is left."""
    n_items = scratch.inside.size
    if size == n_items:
        return -1
    if jump > 0 and rng.random() < jump:
        rank = int(rng.random() * (n_items - size))
        for good in range(n_items):
            if not scratch.inside[good]:
                if rank == 0:
                    return good
                rank -= 1
    return _draw_from(scratch.weights, rng)


@njit(cache=True)
def _start(scratch: Scratch, number: int) -> None:
    """Empty the bundle of that number: no goods, no weights, no value."""
    scratch.inside[:] = False
    scratch.weights[:] = 0
    scratch.masks[number, :] = 0
    scratch.values[number] = scratch.commons[number] = 0


@njit(cache=True)
def _join(
    scratch: Scratch, number: int, good: int, common: Floats, affinity: Floats, known: Flags, rng: np.random.Generator
) -> None:
    """Put a good into the bundle of that number and add its row of affinities to the weights of the goods outside."""
    if not known[good]:
        draw_affinity_row(affinity, known, good, rng)
    scratch.inside[good] = True
    scratch.masks[number, good // 64] |= np.uint64(1) << np.uint64(good % 64)
    scratch.values[number] += common[good] + scratch.private[good]
    scratch.commons[number] += common[good]
    row, weights, interest, inside = affinity[good], scratch.weights, scratch.interest, scratch.inside
    for other in range(row.size):
        weights[other] = 0.0 if inside[other] else weights[other] + interest[other] * row[other]


@njit(cache=True)
def _draw_tastes(scratch: Scratch, law: BidderLaw, lowest: float, rng: np.random.Generator) -> float:
    """Draw private values and interests; return the lowest private value so far, where normal interests are 0."""
    reach = law.deviation * law.max_good_value
    for good in range(scratch.private.size):
        if law.normal:
            scratch.private[good] = law.normal_mean + law.normal_sd * rng.standard_normal()
        else:
            scratch.private[good] = reach * (2 * rng.random() - 1)
        lowest = min(lowest, scratch.private[good])
    zero = lowest if law.normal else -reach
    for good in range(scratch.private.size):
        scratch.interest[good] = scratch.private[good] - zero
    return lowest


@njit(cache=True)
def _grow(
    scratch: Scratch,
    law: BidderLaw,
    number: int,
    good: int,
    wanted: int,
    common: Floats,
    affinity: Floats,
    known: Flags,
    rng: np.random.Generator,
) -> int:
    """Grow the bundle of that number from a good, up to the size wanted, or where that is 0 as a coin says.

    Returns the size; value and common value of the bundle stand in the buffers.
    """
    _start(scratch, number)
    size = 0
    while True:
        if good >= 0:
            _join(scratch, number, good, common, affinity, known, rng)
            if wanted == 0:
                scratch.items[size] = good
            size += 1
        if size == wanted or (wanted == 0 and rng.random() >= law.additional_location):
            break
        good = _draw_next(scratch, size, law.jump, rng)
    scratch.values[number] += size ** (1 + law.additivity)
    return size


@njit(cache=True)
def _refuse_unfit(scratch: Scratch, law: BidderLaw, size: int) -> None:
    """Give the value -1 to candidates that cost too much, or too little, or could not be sold again."""
    for number in range(1, size + 1):
        affordable = 0 < scratch.values[number] <= law.budget_factor * scratch.values[0]
        if not (affordable and scratch.commons[number] >= law.resale_factor * scratch.commons[0]):
            scratch.values[number] = -1


@njit(cache=True)
def _is_among(mask: Words, others: Words, count: int) -> bool:
    """Tell whether a mask is one of the first so many others."""
    for other in range(count):
        equal = 0
        for word in range(mask.size):
            equal += mask[word] == others[other, word]
        if equal == mask.size:
            return True
    return False


@njit(cache=True)
def _keep_best(scratch: Scratch, size: int, atoms: Words, bids: Floats) -> None:
    """Write B and its best different substitutes, dearest first, into atoms, shape (K, W), and bids, shape (K,)."""
    best, kept = 0, 0
    while scratch.values[best] > 0:
        if not _is_among(scratch.masks[best], atoms, kept):
            bids[kept] = scratch.values[best]
            for word in range(atoms.shape[1]):
                atoms[kept, word] = scratch.masks[best, word]
            kept += 1
        if kept == bids.size:
            break
        if best > 0:
            scratch.values[best] = -1
        best = 1
        for number in range(2, size + 1):
            if scratch.values[number] > scratch.values[best]:
                best = number


def new_scratch(n_items: int, n_words: int) -> Scratch:
    """Allocate the buffers of a bidder."""
    one, two = np.empty(n_items), np.empty(n_items + 1)
    return Scratch(
        private=one,
        interest=one.copy(),
        weights=one.copy(),
        inside=np.empty(n_items, dtype=bool),
        items=np.empty(n_items, dtype=np.int64),
        masks=np.empty((n_items + 1, n_words), dtype=np.uint64),
        values=two,
        commons=two.copy(),
    )


@njit(cache=True)
def draw_bidders(
    atoms: Words,
    bids: Floats,
    scratch: Scratch,
    law: BidderLaw,
    regions: bool,
    fresh: bool,
    common: Floats,
    affinity: Floats,
    known: Flags,
    rng: np.random.Generator,
) -> int:
    """Draw bidders one after the other into `atoms`, shape (N, K, W), and `bids`, shape (N, K), both zero before.

    Parameters
    ----------
    regions, fresh : bool
        The environment, and whether every bidder gets a market of her own; then `common`, shape (m,), and `affinity`,
        shape (m, m), are buffers that are written over, else they are the market of all.
    known : ndarray of bool, shape (m,)
        Which rows of `affinity` are drawn already: all of them, unless a fresh *arbitrary* market is drawn on the way.

    Returns
    -------
    int
        `DONE`, or `NO_MAP` or `NO_BIDDER` where the parameters leave nothing to draw.
    """
    lowest, zero = np.inf, np.int64(0)  # a plain 0 would have `_grow` compiled once more, for the literal
    for bidder in range(bids.shape[0]):
        if fresh:
            lowest = np.inf
            draw_common_values(common, law.max_good_value, rng)
            known[:] = regions
            if regions and not draw_connected_map(affinity, law.remove_neighbour, law.additional_diagonal, rng):
                return NO_MAP
        for attempt in range(ATTEMPTS + 1):
            if attempt == ATTEMPTS:
                return NO_BIDDER
            lowest = _draw_tastes(scratch, law, lowest, rng)
            good = _draw_from(scratch.interest, rng)
            size = _grow(scratch, law, zero, good, zero, common, affinity, known, rng)
            if scratch.values[0] > 0:
                break
        for number in range(1, size + 1):
            _grow(scratch, law, number, scratch.items[number - 1], size, common, affinity, known, rng)
        _refuse_unfit(scratch, law, size)
        _keep_best(scratch, size, atoms[bidder], bids[bidder])
    return DONE
