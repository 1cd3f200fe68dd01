r"""Product lotteries for XOR bidders: every item is included by a coin of its own, and values are exact.

An element of the menu includes item i with probability :math:`a_i`, independently. It is a lottery over all
:math:`2^m` bundles, so no table can hold it, but an XOR type values it exactly by the max-min identity

.. math:: \mathbb E\,v(b)=\sum_{\emptyset\ne T\subseteq[K]}(-1)^{|T|+1}\Big(\min_{k\in T}b_k\Big)
    \prod_{i\in\bigcup_{k\in T}S_k}a_i ,

which takes the expectation of :math:`\max_k b_k\,1[S_k\subseteq b]` term by term (dossier of 2502.15283, section 7).
Since choices are made on exact values, a menu of product lotteries is a truthful mechanism like any other menu.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray
from torch import Tensor

from common.auctions.bitsets import pack_items, unpack_items
from common.auctions.menu import Menu
from common.auctions.priced_menu import PricedMenu, itemwise_arrays
from common.auctions.product_lotteries_kernels import lottery_gradient, lottery_values
from common.auctions.xor import XORValuations

#: Atoms of a type at most: the identity has 2**K - 1 terms.
MOST_ATOMS = 12


@dataclass(frozen=True, eq=False)
class UnionTerms:
    """The terms of the max-min identity of N types, made once and used in every step of training.

    Attributes
    ----------
    starts : ndarray of int, shape (N + 1,)
        Where the items of a type begin in `items` and `signatures`.
    items, signatures : ndarray of int, shape (L,)
        Items that lie in some atom of the type, and the set of those atoms as a bit mask.
    coefficients : ndarray of float, shape (N, 2**K)
        Signed least bid of every set of atoms.
    n_atoms : ndarray of int, shape (N,)
        Atoms with a positive bid of each type; they have the lowest bits.
    n_items : int
        Number of items m.
    """

    starts: NDArray[np.int64]
    items: NDArray[np.int64]
    signatures: NDArray[np.int64]
    coefficients: NDArray[np.floating]
    n_atoms: NDArray[np.int64]
    n_items: int

    @classmethod
    def of(cls, types: XORValuations, dtype: type[np.floating] = np.float64) -> Self:
        """Make the terms of some types, to be computed with in a given precision.

        Raises
        ------
        ValueError
            If a type has more than `MOST_ATOMS` atoms.
        """
        order = np.argsort(-types.bids, axis=1, kind="stable")
        bids = np.take_along_axis(types.bids, order, axis=1)
        n_atoms = (bids > 0).sum(axis=1)
        most = int(n_atoms.max(initial=0))
        if most > MOST_ATOMS:
            raise ValueError(f"types must have at most {MOST_ATOMS} atoms each, given one with {most}")
        atoms = np.take_along_axis(types.atoms, order[..., None], axis=1)
        signatures = np.zeros((len(types), types.n_items), dtype=np.int64)
        coefficients = np.zeros((len(types), 1))
        for k in range(most):  # bids fall, so the least bid of a set is that of its last atom
            real = bids[:, k] > 0
            signatures |= (unpack_items(atoms[:, k], types.n_items) & real[:, None]).astype(np.int64) << k
            signs = 1 - 2 * (np.bitwise_count(np.arange(2**k)).astype(float) % 2)
            coefficients = np.concatenate([coefficients, signs * bids[:, k, None]], axis=1)
        owners, items = np.nonzero(signatures)
        starts = np.searchsorted(owners, np.arange(len(types) + 1))
        return cls(starts, items, signatures[owners, items], coefficients.astype(dtype), n_atoms, types.n_items)

    def __len__(self) -> int:
        return len(self.n_atoms)

    def values(self, inclusion: NDArray[np.floating], which: NDArray[np.integer]) -> NDArray[np.floating]:
        """Return the values of lotteries with item probabilities of shape (m, J) to some types, shape (B, J)."""
        out = np.empty((len(which), inclusion.shape[1]), dtype=self.coefficients.dtype)
        lottery_values(*self._arguments(inclusion, which), out)
        return out

    def gradient(
        self, inclusion: NDArray[np.floating], which: NDArray[np.integer], upstream: NDArray[np.floating]
    ) -> NDArray[np.floating]:
        """Return the gradient with respect to the logarithms of ``inclusion``, (m, J), given that of the values."""
        out = np.zeros(inclusion.shape, dtype=self.coefficients.dtype)
        lottery_gradient(*self._arguments(inclusion, which), upstream, out)
        return out

    def _arguments(self, inclusion: NDArray[np.floating], which: NDArray[np.integer]) -> tuple[Any, ...]:
        inclusion = np.ascontiguousarray(inclusion, dtype=self.coefficients.dtype)
        which = np.ascontiguousarray(which, dtype=np.int64)
        return which, self.starts, self.items, self.signatures, self.coefficients, self.n_atoms, inclusion


class _LotteryValues(torch.autograd.Function):
    """Values of product lotteries as a function of the logarithms of their probabilities."""

    @staticmethod
    def forward(ctx: Any, log_inclusion: Tensor, terms: UnionTerms, which: NDArray[np.integer]) -> Tensor:
        ctx.inclusion, ctx.terms, ctx.which = torch.exp(log_inclusion.detach()).T.numpy(), terms, which
        return torch.from_numpy(terms.values(ctx.inclusion, which)).to(log_inclusion.dtype)

    @staticmethod
    def backward(ctx: Any, upstream: Tensor) -> tuple[Tensor, None, None]:
        slopes = np.ascontiguousarray(upstream.numpy(), dtype=ctx.terms.coefficients.dtype)
        slope = ctx.terms.gradient(ctx.inclusion, ctx.which, slopes)
        return torch.from_numpy(slope.T.copy()).to(upstream.dtype), None, None


def product_lottery_values(log_inclusion: Tensor, terms: UnionTerms, which: ArrayLike) -> Tensor:
    """Return what product lotteries are worth to some types, with its gradient.

    Parameters
    ----------
    log_inclusion : Tensor, shape (J, m)
        Logarithm of each item's probability in each lottery, ``<= 0``; ``-inf`` for an item that never comes. On the
        processor.
    terms : UnionTerms
        Of the N types; its precision is the one computed in.
    which : array_like of int, shape (B,)
        Numbers of the types that are asked.

    Returns
    -------
    Tensor, shape (B, J)

    Raises
    ------
    ValueError
        If a shape does not fit, or a type's number is not one of ``0 .. N - 1``.
    """
    which = np.asarray(which)
    if log_inclusion.ndim != 2 or log_inclusion.shape[1] != terms.n_items:
        raise ValueError(f"log_inclusion must have shape (J, {terms.n_items}), given {tuple(log_inclusion.shape)}")
    if which.ndim != 1 or (
        which.size and not (which.dtype.kind in "iu" and 0 <= which.min() <= which.max() < len(terms))
    ):
        raise ValueError(f"which must hold whole numbers from 0 to {len(terms) - 1}, given {which.dtype} {which.shape}")
    return _LotteryValues.apply(log_inclusion, terms, which)


@dataclass(frozen=True, eq=False)
class ProductLotteryMenu(PricedMenu[XORValuations]):
    """A menu of J product lotteries; nothing at price 0 is always there besides.

    It has the methods of a `Menu` that need no table of bundles, with the same rule of choice.

    Attributes
    ----------
    inclusion : ndarray of float, shape (J, m)
        Probability of each item in each lottery, in ``[0, 1]``.
    prices : ndarray of float, shape (J,)
        Paid whatever the lottery gives; finite.

    Raises
    ------
    ValueError
        If shapes disagree, a probability is not in ``[0, 1]``, or a price is not finite.
    """

    inclusion: NDArray[np.float64]
    prices: NDArray[np.float64]

    def __post_init__(self) -> None:
        inclusion, prices = itemwise_arrays("inclusion", self.inclusion, self.prices)
        object.__setattr__(self, "inclusion", inclusion)
        object.__setattr__(self, "prices", prices)

    def expected_values(self, types: XORValuations) -> NDArray[np.float64]:
        """Return what every lottery is worth to every type before it is paid for, shape (N, J)."""
        if types.n_items != self.inclusion.shape[1]:
            raise ValueError(f"types must have {self.inclusion.shape[1]} items, given {types.n_items}")
        return UnionTerms.of(types).values(self.inclusion.T, np.arange(len(types)))

    @staticmethod
    def piece(types: XORValuations, which: slice) -> XORValuations:
        """Return some of the types."""
        return types.take(which)

    def rounded(self) -> Menu:
        """Return the deterministic menu that sells the items of probability 1/2 and more, at the same prices."""
        bundles = pack_items(self.inclusion >= 0.5)[:, None, :]
        return Menu(bundles, np.ones((len(self), 1)), self.prices)
