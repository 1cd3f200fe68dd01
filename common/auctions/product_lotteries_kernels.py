"""Loops over sets of atoms, compiled: what product lotteries are worth to XOR bidders, and the gradient.

An item's *signature* is the set of a type's atoms that it lies in, as a bit mask; the items of one signature enter
every union of atoms together. From the products of inclusion probabilities by signature, the probabilities that all
items of a union are included follow for all ``2**K`` unions by a transform in ``K`` steps, so that the work for a type
does not depend on the number of items beyond its own. Everything runs on blocks of lotteries that fit into the first
cache, one lane a lottery.
"""

import numpy as np
from numba import njit
from numpy.typing import NDArray

#: Lotteries that are handled side by side.
BLOCK = 64


@njit(cache=True)
def _products_of_meeting(table: NDArray, sets: int) -> None:
    """Replace ``x[c]`` by ``x[0] * prod of x[c] over c that meet T``, for all sets T; ``sets`` is a power of 2.

    Splits on one atom after the other. Without the atom, T meets c just where it meets the rest of c, so the two
    halves are multiplied; with it, T meets every c of the upper half. Place 0 of a half meets nothing: it carries the
    factor that its half has earned. No division, since a probability may be 0.
    """
    lanes, half = table.shape[1], sets // 2
    while half:
        for low in range(0, sets, 2 * half):
            factor, common = table[low + half], table[low]
            for c in range(low + 1, low + half):
                lower, upper = table[c], table[c + half]
                for lane in range(lanes):
                    below, above = lower[lane], upper[lane]
                    factor[lane] *= above
                    lower[lane] = below * above
                    upper[lane] = below
            for lane in range(lanes):
                factor[lane] *= common[lane]
        half //= 2


@njit(cache=True)
def _sums_of_meeting(table: NDArray, sets: int) -> None:
    """Replace ``x[T]`` by ``x[0] + sum of x[T] over T that meet c``, for all sets c: the products' twin."""
    lanes, half = table.shape[1], sets // 2
    while half:
        for low in range(0, sets, 2 * half):
            offset, common = table[low + half], table[low]
            for T in range(low + 1, low + half):
                lower, upper = table[T], table[T + half]
                for lane in range(lanes):
                    below, above = lower[lane], upper[lane]
                    offset[lane] += above
                    lower[lane] = below + above
                    upper[lane] = below
            for lane in range(lanes):
                offset[lane] += common[lane]
        half //= 2


@njit(cache=True)
def _union_probabilities(
    items: NDArray, signatures: NDArray, sets: int, inclusion: NDArray, first: int, width: int, table: NDArray
) -> None:
    """Write the probability that every item of a union of atoms is included, for all sets of atoms of one type."""
    table[:sets] = 1
    for place in range(len(items)):
        row, shares = table[signatures[place]], inclusion[items[place], first : first + width]
        for lane in range(width):
            row[lane] *= shares[lane]
    _products_of_meeting(table, sets)


@njit(cache=True)
def lottery_values(
    which: NDArray,
    starts: NDArray,
    items: NDArray,
    signatures: NDArray,
    coefficients: NDArray,
    n_atoms: NDArray,
    inclusion: NDArray,
    out: NDArray,
) -> None:
    """Write the expected value of every product lottery to some types.

    Parameters
    ----------
    which : ndarray of int, shape (B,)
        Numbers of the types.
    starts : ndarray of int, shape (N + 1,)
        Where the items of a type begin in the next two.
    items, signatures : ndarray of int, shape (L,)
        Items of the type's atoms, and the set of atoms that each lies in.
    coefficients : ndarray of float, shape (N, 2**K)
        Signed least bid of every set of atoms, 0 for the empty set.
    n_atoms : ndarray of int, shape (N,)
        Atoms of each type, which take the lowest bits.
    inclusion : ndarray of float, shape (m, J)
        Probability of each item in each lottery.
    out : ndarray of float, shape (B, J)
        Receives the values; its precision, shared by `inclusion` and `coefficients`, is the one computed in.
    """
    table = np.empty((coefficients.shape[1], BLOCK), dtype=out.dtype)
    lotteries = inclusion.shape[1]
    for first in range(0, lotteries, BLOCK):
        width = min(BLOCK, lotteries - first)
        for b in range(len(which)):
            n = which[b]
            own, sets = slice(starts[n], starts[n + 1]), 1 << n_atoms[n]
            _union_probabilities(items[own], signatures[own], sets, inclusion, first, width, table)
            total = out[b, first : first + width]
            total[:] = 0
            for union in range(1, sets):
                coefficient, row = coefficients[n, union], table[union]
                for lane in range(width):
                    total[lane] += coefficient * row[lane]


@njit(cache=True)
def lottery_gradient(
    which: NDArray,
    starts: NDArray,
    items: NDArray,
    signatures: NDArray,
    coefficients: NDArray,
    n_atoms: NDArray,
    inclusion: NDArray,
    upstream: NDArray,
    out: NDArray,
) -> None:
    """Write the gradient with respect to the logarithms of the inclusion probabilities.

    Parameters
    ----------
    which, starts, items, signatures, coefficients, n_atoms, inclusion
        As in `lottery_values`.
    upstream : ndarray of float, shape (B, J)
        Gradient with respect to the values.
    out : ndarray of float, shape (m, J)
        Receives the gradient; must hold zeros.
    """
    table = np.empty((coefficients.shape[1], BLOCK), dtype=out.dtype)
    lotteries = inclusion.shape[1]
    for first in range(0, lotteries, BLOCK):
        width = min(BLOCK, lotteries - first)
        for b in range(len(which)):
            n = which[b]
            own, sets = slice(starts[n], starts[n + 1]), 1 << n_atoms[n]
            _union_probabilities(items[own], signatures[own], sets, inclusion, first, width, table)
            slope = upstream[b, first : first + width]
            table[0] = 0
            for union in range(1, sets):
                coefficient, row = coefficients[n, union], table[union]
                for lane in range(width):
                    row[lane] *= coefficient * slope[lane]
            _sums_of_meeting(table, sets)
            for place in range(starts[n], starts[n + 1]):
                total, row = out[items[place], first : first + width], table[signatures[place]]
                for lane in range(width):
                    total[lane] += row[lane]
