r"""XOR valuations: a type bids on a few bundles (atoms) and wants at most one of them.

.. math:: v(S) = \max\{b_k : S_k\subseteq S\},\qquad v(S)=0\ \text{if no atom lies in}\ S.

They have free disposal and express every monotone valuation (Nisan, in *Combinatorial Auctions*, 2006, section 9.4).
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from common.auctions.bitsets import Masks, bundle_sizes, check_masks, mask_of, n_words, pack_items, unpack_items
from common.auctions.choices import choose


@dataclass(frozen=True, eq=False)
class XORValuations:
    """XOR valuations of N types over m items, with up to K atoms each.

    Attributes
    ----------
    atoms : ndarray of uint64, shape (N, K, W)
        The bundles bid for, ``K >= 1``, as masks of ``W = ceil(m / 64)`` words; places beyond a type's last atom are
        empty.
    bids : ndarray of float, shape (N, K)
        Value of each atom, ``>= 0`` and finite; 0 where the atom is empty.
    n_items : int
        Number of items m.

    Raises
    ------
    ValueError
        If shapes disagree, a bid is negative or not finite, an item is beyond the last, or there is a bid for nothing.
    """

    atoms: Masks
    bids: NDArray[np.float64]
    n_items: int

    def __post_init__(self) -> None:
        atoms, bids = check_masks("atoms", self.atoms, self.n_items), np.ascontiguousarray(self.bids, dtype=float)
        if atoms.ndim != 3 or bids.shape != atoms.shape[:2] or not atoms.shape[1]:
            raise ValueError(
                "atoms must have shape (N, K, W) with K >= 1 and bids (N, K),"
                f" given {atoms.shape} and {np.shape(self.bids)}"
            )
        if not np.isfinite(bids).all() or (bids < 0).any():
            raise ValueError("bids must be finite and >= 0")
        if (bids[~atoms.any(axis=-1)] > 0).any():
            raise ValueError("bids must be 0 for an empty bundle, since nothing is worth nothing")
        object.__setattr__(self, "atoms", atoms)
        object.__setattr__(self, "bids", bids)

    @classmethod
    def from_atoms(cls, types: Sequence[Iterable[tuple[Iterable[int], float]]], n_items: int) -> Self:
        """Build types from lists of ``(items, bid)``, one list a type.

        Examples
        --------
        >>> types = XORValuations.from_atoms([[({0}, 2.0), ({1}, 2.0)], [({0, 1}, 5.0)]], n_items=2)
        >>> types.values(np.array([[3]], dtype=np.uint64)).tolist()
        [[2.0], [5.0]]
        """
        lists = [[(mask_of(items, n_items), float(bid)) for items, bid in atoms] for atoms in types]
        widest = max([1, *map(len, lists)])
        atoms = np.zeros((len(lists), widest, n_words(n_items)), dtype=np.uint64)
        bids = np.zeros((len(lists), widest))
        for n, pairs in enumerate(lists):
            for k, (mask, bid) in enumerate(pairs):
                atoms[n, k], bids[n, k] = mask, bid
        return cls(atoms, bids, n_items)

    @classmethod
    def from_dense(cls, table: ArrayLike) -> Self:
        """Build types from an array of shape (N, K, m + 1): indicators of the items, then the bid."""
        table = np.asarray(table, dtype=float)
        if table.ndim != 3 or table.shape[-1] < 2:
            raise ValueError(f"table must have shape (N, K, m + 1) with m >= 1, given {table.shape}")
        if not np.isin(table[..., :-1], (0, 1)).all():
            raise ValueError("table must hold 0 or 1 in its indicator columns")
        return cls(pack_items(table[..., :-1]), table[..., -1], table.shape[-1] - 1)

    def to_dense(self) -> NDArray[np.float64]:
        """Return the indicators of the items and the bids, shape (N, K, m + 1)."""
        return np.concatenate([unpack_items(self.atoms, self.n_items), self.bids[..., None]], axis=-1)

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Read what `to_json` wrote."""
        content = json.loads(text)
        return cls.from_atoms(content["types"], content["n_items"])

    def to_json(self) -> str:
        """Write the types as lists of ``[items, bid]``; padding is left out."""
        inside = unpack_items(self.atoms, self.n_items)
        types: list[list[Any]] = [
            [[np.flatnonzero(inside[n, k]).tolist(), bid] for k, bid in enumerate(row) if inside[n, k].any()]
            for n, row in enumerate(self.bids.tolist())
        ]
        return json.dumps({"n_items": self.n_items, "types": types})

    def __len__(self) -> int:
        return len(self.bids)

    def take(self, which: ArrayLike | slice) -> Self:
        """Return some of the types, by numbers, mask or slice."""
        if not isinstance(which, slice):
            which = np.asarray(which)
            which = which if which.size else which.astype(np.int64)  # an empty list is no list of floats
        return type(self)(self.atoms[which], self.bids[which], self.n_items)

    def scaled(self, factor: float) -> Self:
        """Return the types with all bids times a factor ``>= 0``."""
        return type(self)(self.atoms, self.bids * factor, self.n_items)

    def relabelled(self, order: ArrayLike) -> Self:
        """Return the types with item ``order[i]`` called i, for a permutation of the items."""
        order = np.asarray(order)
        if not np.array_equal(np.sort(order), np.arange(self.n_items)):
            raise ValueError(f"order must be a permutation of 0 to {self.n_items - 1}")
        return type(self)(pack_items(unpack_items(self.atoms, self.n_items)[..., order]), self.bids, self.n_items)

    def without_dominated(self) -> Self:
        """Return the same valuations without the atoms that never decide a value, the others in their order.

        An atom is dominated if another one of the same type lies in it and has a bid as high (of equal ones the first
        stays).
        """
        holds = ~(self.atoms[:, None, :, :] & ~self.atoms[:, :, None, :]).any(axis=-1)  # [n, k, l]: l lies in k
        higher = self.bids[:, None, :] >= self.bids[:, :, None]
        same = holds & holds.swapaxes(1, 2) & (self.bids[:, None, :] == self.bids[:, :, None])
        later = np.tri(self.bids.shape[1], k=-1, dtype=bool)  # of twins, l = the first one keeps its place
        dominated = (holds & higher & (~same | later) & ~np.eye(len(later), dtype=bool)).any(axis=-1)
        kept = ~dominated & (self.bids > 0)
        order = np.argsort(~kept, axis=1, kind="stable")[:, : max(1, kept.sum(axis=1).max(initial=0))]
        atoms = np.where(kept[..., None], self.atoms, np.uint64(0))
        bids = np.where(kept, self.bids, 0.0)
        return type(self)(
            np.take_along_axis(atoms, order[..., None], axis=1), np.take_along_axis(bids, order, axis=1), self.n_items
        )

    def values(self, bundles: Masks, out: NDArray[np.floating] | None = None) -> NDArray[np.floating]:
        """Return what every bundle is worth to every type.

        Parameters
        ----------
        bundles : ndarray of uint64, shape (A, W)
        out : ndarray of float, shape (N, A), optional
            Receives the values, in its own precision.

        Returns
        -------
        ndarray of float, shape (N, A)

        Raises
        ------
        ValueError
            If the bundles are no masks over the same items.
        """
        from common.auctions.xor_kernels import xor_values

        bundles = check_masks("bundles", bundles, self.n_items)
        if bundles.ndim != 2:
            raise ValueError(f"bundles must have shape (A, W), given {bundles.shape}")
        out = np.empty((len(self), len(bundles))) if out is None else out
        if out.shape != (len(self), len(bundles)):
            raise ValueError(f"out must have shape {(len(self), len(bundles))}, given {out.shape}")
        xor_values(self.atoms, self.bids, bundles, out)
        return out

    def grand_values(self) -> NDArray[np.float64]:
        """Return what all items together are worth, shape (N,); their mean is the full surplus of a single buyer."""
        return self.bids.max(axis=1, initial=0.0)

    def atom_sizes(self) -> NDArray[np.int64]:
        """Return the number of items of each atom, shape (N, K)."""
        return bundle_sizes(self.atoms)

    def n_atoms(self) -> NDArray[np.int64]:
        """Return the number of atoms of each type, shape (N,)."""
        return self.atoms.any(axis=-1).sum(axis=1)

    def demand(
        self, item_prices: ArrayLike, entry_fee: float = 0.0, tie: str = "seller"
    ) -> tuple[NDArray[np.int64], NDArray[np.float64], NDArray[np.float64]]:
        """Return what each type buys at prices per item, after an entry fee that a buyer of nothing does not pay.

        With prices ``>= 0`` no bundle is better than the type's own best atom, unless a gift makes one cost less than
        nothing: only atoms are looked at.

        Parameters
        ----------
        item_prices : array_like, shape (m,) or scalar
            Price of each item, ``>= 0``.
        entry_fee : float
            Paid once by a buyer of anything; negative for a gift, which may be as large as the lowest item price.
        tie : {"seller", "first"}
            As in `choose`.

        Returns
        -------
        atom : ndarray of int, shape (N,)
            Number of the atom, or -1 for nothing.
        utility : ndarray of float, shape (N,)
        payment : ndarray of float, shape (N,)
        """
        prices = np.asarray(item_prices, dtype=float)
        if prices.shape not in ((), (self.n_items,)):
            raise ValueError(f"item_prices must be a number or have shape ({self.n_items},), given {prices.shape}")
        if not np.isfinite(prices).all() or (prices < 0).any() or not np.isfinite(entry_fee):
            raise ValueError("item_prices must be finite and >= 0, and entry_fee finite")
        cost = prices * self.atom_sizes() if prices.ndim == 0 else unpack_items(self.atoms, self.n_items) @ prices
        cost = cost + entry_fee
        cost = np.where(self.bids > 0, cost, np.inf)  # places without an atom are not for sale
        return choose(self.bids - cost, cost, tie)
