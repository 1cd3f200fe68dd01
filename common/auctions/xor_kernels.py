"""Loops over bit masks, compiled: what XOR bidders pay for bundles."""

import numpy as np
from numba import njit
from numpy.typing import NDArray


@njit(cache=True)
def _holds(bundle: NDArray, atom: NDArray) -> bool:
    for word in range(atom.shape[0]):  # noqa: SIM110 - compiled: a generator would not be
        if atom[word] & ~bundle[word]:
            return False
    return True


@njit(cache=True)
def xor_values(atoms: NDArray, bids: NDArray, bundles: NDArray, out: NDArray) -> None:
    """Write the value of every bundle to every type: the highest bid on an atom that the bundle holds.

    Parameters
    ----------
    atoms : ndarray of uint64, shape (N, K, W)
        Bundles that are bid for.
    bids : ndarray of float, shape (N, K)
        Bids, ``>= 0``; an atom with a bid of 0 is skipped.
    bundles : ndarray of uint64, shape (A, W)
        Bundles that are valued.
    out : ndarray of float, shape (N, A)
        Receives the values, in the precision that it has.
    """
    for n in range(atoms.shape[0]):
        row = out[n]
        row[:] = 0.0
        for k in range(atoms.shape[1]):
            bid = bids[n, k]
            if bid > 0 and atoms.shape[2] == 1:  # one word: a loop without branches, which the compiler vectorises
                atom = atoms[n, k, 0]
                for a in range(bundles.shape[0]):
                    row[a] = max(row[a], bid if atom & ~bundles[a, 0] == 0 else 0.0)
            elif bid > 0:
                for a in range(bundles.shape[0]):
                    if bid > row[a] and _holds(bundles[a], atoms[n, k]):
                        row[a] = bid


@njit(cache=True)
def expected_values(atoms: NDArray, bids: NDArray, bundles: NDArray, weights: NDArray, out: NDArray) -> None:
    """Write the expected value of every lottery to every type.

    Parameters
    ----------
    atoms : ndarray of uint64, shape (N, K, W)
        Bundles that are bid for.
    bids : ndarray of float, shape (N, K)
        Bids, ``>= 0``.
    bundles : ndarray of uint64, shape (J, D, W)
        The bundles of each lottery.
    weights : ndarray of float, shape (J, D)
        Their probabilities.
    out : ndarray of float, shape (N, J)
        Receives the expected values.
    """
    lotteries, support, words = bundles.shape
    one_by_one = bundles.reshape(lotteries * support, words)
    values = np.empty((1, lotteries * support))
    for n in range(atoms.shape[0]):
        xor_values(atoms[n : n + 1], bids[n : n + 1], one_by_one, values)
        for j in range(lotteries):
            total = 0.0
            for d in range(support):
                total += weights[j, d] * values[0, j * support + d]
            out[n, j] = total
