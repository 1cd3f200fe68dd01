"""Markets of CATS: what every item is worth to everybody, and which items go well together.

The Combinatorial Auction Test Suite (Leyton-Brown, Pearson and Shoham, EC 2000, section 4) makes its bidders in two
steps. A *market* has common values ``c_i`` and affinities ``d_ij``; a *bidder* draws private values and bundles in it.
In *regions* the items are lots on a map and ``d`` is 1 between neighbours; in *arbitrary* every pair has an affinity of
its own. Dossier of 2502.15283, section 5.2.
"""

from dataclasses import dataclass
from math import isqrt
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

from common.auctions.cats_kernels import draw_affinity_row, draw_common_values, draw_connected_map

Environment = Literal["arbitrary", "regions"]


@dataclass(frozen=True, eq=False)
class CatsMarket:
    """One market of CATS: the part of a bidder's values that all bidders share.

    Attributes
    ----------
    environment : {"arbitrary", "regions"}
        How the affinities came about.
    common_values : ndarray, shape (m,)
        What each item is worth to everybody, in money, ``>= 0``.
    affinities : ndarray, shape (m, m)
        Symmetric with zeros on the diagonal, ``>= 0``: *arbitrary* pairs have U(0, 1), neighbours on the map of
        *regions* have 1, all others 0.

    Raises
    ------
    ValueError
        If the environment is unknown, a shape is another one, an entry is negative or not finite, or the affinities
        are not symmetric with zeros on the diagonal.
    """

    environment: Environment
    common_values: NDArray[np.float64]
    affinities: NDArray[np.float64]

    def __post_init__(self) -> None:
        check_environment(self.environment, len(self.common_values))
        for name, shape in (("common_values", (self.n_items,)), ("affinities", (self.n_items, self.n_items))):
            array = np.ascontiguousarray(getattr(self, name), dtype=float)
            if array.shape != shape:
                raise ValueError(f"{name} must have shape {shape}, given shape {array.shape}")
            if not (np.isfinite(array) & (array >= 0)).all():
                raise ValueError(
                    f"{name} must be finite and >= 0, given {array[~(np.isfinite(array) & (array >= 0))][0]}"
                )
            object.__setattr__(self, name, array)
        if (self.affinities != self.affinities.T).any() or self.affinities.diagonal().any():
            raise ValueError("affinities must be symmetric with zeros on the diagonal, given others")

    @property
    def n_items(self) -> int:
        """Number of items m."""
        return len(self.common_values)

    def isolated_items(self) -> NDArray[np.intp]:
        """Return the items without neighbours: in *regions* those beyond the grid of ``floor(sqrt(m))`` squared cells.

        They have values as all others, but can be in a bundle only as its first item or by a jump.
        """
        return np.flatnonzero(~self.affinities.any(axis=1))


def draw_market(
    environment: Environment,
    n_items: int,
    rng: np.random.Generator,
    *,
    max_good_value: float = 100,
    remove_neighbour: float = 0.1,
    additional_diagonal: float = 0.2,
) -> CatsMarket:
    """Draw a market of CATS.

    Parameters
    ----------
    environment : {"arbitrary", "regions"}
        *Arbitrary*: a symmetric affinity U(0, 1) for every pair. *Regions*: cells of a square grid are neighbours of
        the cell below and of the cell beside with probability ``1 - remove_neighbour`` each, and with probability
        ``additional_diagonal`` a 2 x 2 block gets one of its diagonals, by a fair coin; the map is drawn anew until
        every cell has a neighbour. (The official program then draws over the edges of the map refused, which differs
        for about one map in thirty.)
    n_items : int
        Number of items m, ``>= 2``; ``>= 4`` in *regions*.
    rng : numpy.random.Generator
        Source of the draws.
    max_good_value : float
        Common values are uniform on ``[1, max_good_value]``; ``>= 1``.
    remove_neighbour : float
        Probability in ``[0, 1]`` that a cell is not connected with the one below, or beside; *regions* only.
    additional_diagonal : float
        Probability in ``[0, 1]`` of a diagonal; *regions* only.

    Returns
    -------
    CatsMarket

    Raises
    ------
    ValueError
        If an argument is out of its range, or no map gives every cell a neighbour in 10,000 attempts.

    Examples
    --------
    >>> market = draw_market("regions", 50, np.random.default_rng(0))
    >>> market.isolated_items()  # 7 x 7 cells
    array([49])
    """
    check_environment(environment, n_items)
    check_number("max_good_value", max_good_value, 1)
    check_number("remove_neighbour", remove_neighbour, 0, 1)
    check_number("additional_diagonal", additional_diagonal, 0, 1)
    common, affinities = np.empty(n_items), np.zeros((n_items, n_items))
    draw_common_values(common, float(max_good_value), rng)
    if environment == "arbitrary":
        known = np.zeros(n_items, dtype=bool)
        for item in range(n_items):
            draw_affinity_row(affinities, known, item, rng)
    elif not draw_connected_map(affinities, float(remove_neighbour), float(additional_diagonal), rng):
        raise no_map(remove_neighbour, additional_diagonal)
    return CatsMarket(environment, common, affinities)


def grid_side(n_items: int) -> int:
    """Return how many rows and columns the grid of *regions* has, ``floor(sqrt(m))``."""
    return isqrt(n_items)


def check_environment(environment: str, n_items: int) -> None:
    """Refuse an unknown environment and a number of items that it has no market for.

    Raises
    ------
    ValueError
        If either is not allowed.
    """
    if environment not in get_args(Environment):
        raise ValueError(f"environment must be one of {get_args(Environment)}, given {environment!r}")
    least = 4 if environment == "regions" else 2
    if not isinstance(n_items, int | np.integer) or n_items < least:
        raise ValueError(f"n_items must be a whole number >= {least} in {environment}, given {n_items!r}")


def check_number(name: str, value: float, low: float, high: float = np.inf, *, open_ends: bool = False) -> None:
    """Refuse what is no finite number between two ends.

    Raises
    ------
    ValueError
        If it is not finite, beyond an end, or at one with ``open_ends``.
    """
    inside = low < value < high if open_ends else low <= value <= high
    if not (np.isfinite(value) and inside):
        ends = f"strictly between {low} and {high}" if open_ends else f"in [{low}, {high}]"
        raise ValueError(f"{name} must be a finite number {ends}, given {value}")


def no_map(remove_neighbour: float, additional_diagonal: float) -> ValueError:
    """Return the error of parameters that leave a cell of every map without a neighbour."""
    return ValueError(
        "remove_neighbour must be small enough, or additional_diagonal large enough, that a map in which every cell has"
        f" a neighbour turns up; none did, given {remove_neighbour} and {additional_diagonal}"
    )
