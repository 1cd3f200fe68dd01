"""What a picture of a two-sided market shows: who knows, meets and trades with whom, at which prices."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike, NDArray

from common.plots.checks import check_readouts
from common.stats import finite_array


@dataclass(frozen=True)
class NetworkState:
    """Buyers, sellers and the edges between them, ready to be drawn.

    Parameters
    ----------
    world : array_like of bool, shape (n, m)
        Pairs who know each other already.
    introduced : array_like of bool, shape (n, m), optional
        Pairs the platform introduces; disjoint from `world`.
    traded : array_like of bool, shape (n, m), optional
        Pairs who trade; a matching within the other two.
    prices : array_like, shape (m,), optional
        Prices of the goods, in value units.
    utilities : array_like, shape (n,), optional
        Utilities of the buyers, in value units.
    values : array_like, shape (n,), optional
        Values of the buyers for what they get, or for any good where goods are alike, in value units;
        drawn by `bipartite_network`.
    readouts : mapping from str to float or str
        Further numbers that belong to this state, as revenue and welfare.

    Raises
    ------
    ValueError
        If shapes differ, a pair is both known and introduced, a trade follows no edge, somebody trades twice,
        or a number is not finite.
    """

    world: ArrayLike
    introduced: ArrayLike | None = None
    traded: ArrayLike | None = None
    prices: ArrayLike | None = None
    utilities: ArrayLike | None = None
    values: ArrayLike | None = None
    readouts: Mapping[str, float | str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        world = _edges("world", self.world, None)
        introduced = _edges("introduced", self.introduced, world.shape)
        traded = _edges("traded", self.traded, world.shape)
        if (world & introduced).any():
            raise ValueError(f"introduced must not repeat world edges, got {_pairs(world & introduced)} in both")
        if (traded & ~(world | introduced)).any():
            raise ValueError(f"traded must follow edges, got {_pairs(traded & ~(world | introduced))} without one")
        if (traded.sum(axis=0) > 1).any() or (traded.sum(axis=1) > 1).any():
            raise ValueError(f"traded must be a matching, got {_pairs(traded)}")
        for name, array in (("world", world), ("introduced", introduced), ("traded", traded)):
            object.__setattr__(self, name, array)
        sizes = {"prices": world.shape[1:], "utilities": world.shape[:1], "values": world.shape[:1]}
        for name, shape in sizes.items():
            if getattr(self, name) is not None:
                object.__setattr__(self, name, _numbers(name, getattr(self, name), shape))
        check_readouts(self.readouts)

    @property
    def shape(self) -> tuple[int, int]:
        """Numbers of buyers and of sellers."""
        return self.world.shape


def _edges(name: str, edges: ArrayLike | None, shape: tuple[int, int] | None) -> NDArray[np.bool_]:
    """Return an edge set as booleans, empty where none is given."""
    if edges is None:
        return np.zeros(shape, dtype=bool)
    array = np.asarray(edges)
    if array.ndim != 2 or 0 in array.shape or (shape is not None and array.shape != shape):
        raise ValueError(f"{name} must have shape {shape or '(buyers, sellers)'}, got {array.shape}")
    if not np.isin(array, (0, 1)).all():
        raise ValueError(f"{name} must hold booleans, got {np.unique(array).tolist()}")
    return array.astype(bool)


def _numbers(name: str, values: ArrayLike, shape: tuple[int, ...]) -> NDArray[np.float64]:
    """Return finite numbers of exactly this shape."""
    array = finite_array(name, values, ndim=len(shape))
    if array.shape != shape:
        raise ValueError(f"{name} must have shape {shape}, got {array.shape}")
    return array


def _pairs(mask: NDArray[np.bool_]) -> list[tuple[int, int]]:
    """Return the marked (buyer, seller) pairs, for messages."""
    return [(int(i), int(j)) for i, j in np.argwhere(mask)]
