r"""A city: where buyers, stores and couriers are, and what a delivery costs there.

A courier drives to the store and then to the buyer; the trip may count one way,
:math:`K_{cbs}=f\,(d(c,s)+d(s,b))`, or with the way home, :math:`K_{cbs}=f\,(d(c,s)+d(s,b)+d(b,c))`. One-way costs are
of family T3 in any metric, so an efficient tip-only equilibrium exists and is computed in polynomial time (P8); round
trips close the path of the three sides to a cycle, and the guarantee is lost.
"""

from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.distance import cdist

from common.markets.validation import check_values
from papers.delivery_tips.generators import Shape, check_scale, check_shape
from papers.delivery_tips.market import ThreeSidedMarket

Layout = Literal["uniform", "centre", "clusters"]


@dataclass(frozen=True, eq=False)
class City:
    """Positions in the plane, values, and the cost of a unit of distance.

    Parameters
    ----------
    buyers, stores, couriers : array_like, shapes (B, 2), (S, 2) and (C, 2)
        Positions; distances are Euclidean.
    V : array_like, shape (B, S)
        Values in money, ``>= 0``.
    cost_factor : float
        Cost of a unit of distance in money, ``>= 0``.

    Raises
    ------
    ValueError
        If an array is malformed or shapes disagree.
    """

    buyers: NDArray[np.float64]
    stores: NDArray[np.float64]
    couriers: NDArray[np.float64]
    V: NDArray[np.float64]
    cost_factor: float = 0.7

    def __post_init__(self) -> None:
        for side in ("buyers", "stores", "couriers"):
            positions = check_values(getattr(self, side), side, (side, "coordinates"), signed=True).copy()
            if positions.shape[1] != 2:
                raise ValueError(f"{side} must have shape ({side}, 2), given shape {positions.shape}")
            object.__setattr__(self, side, positions)
        V = check_values(self.V, "V", ("buyers", "stores")).copy()
        if V.shape != (len(self.buyers), len(self.stores)):
            raise ValueError(f"V must have shape ({len(self.buyers)}, {len(self.stores)}), given shape {V.shape}")
        object.__setattr__(self, "V", V)
        check_scale("cost_factor", self.cost_factor)

    def one_way(self) -> ThreeSidedMarket:
        """Build the market in which the way from the courier to the store and on to the buyer costs.

        Returns
        -------
        ThreeSidedMarket
            Of family T3.
        """
        return ThreeSidedMarket(self.V, self.cost_factor * self._one_way_distances())

    def round_trip(self) -> ThreeSidedMarket:
        """Build the market in which also the courier's way back from the buyer costs.

        Returns
        -------
        ThreeSidedMarket
            Of no family in general.
        """
        home = cdist(self.couriers, self.buyers)
        return ThreeSidedMarket(self.V, self.cost_factor * (self._one_way_distances() + home[:, :, None]))

    def _one_way_distances(self) -> NDArray[np.float64]:
        return cdist(self.couriers, self.stores)[:, None, :] + cdist(self.buyers, self.stores)


def random_city(
    shape: Shape, generator: np.random.Generator, *, cost_factor: float = 0.7, layout: Layout = "uniform"
) -> City:
    r"""Draw a city in the unit square, with values :math:`V_{bs}=0.3+U[0,1)` (artefact DT-10).

    Parameters
    ----------
    shape : (int, int, int)
        Numbers of buyers, stores and couriers, ``>= 0``.
    generator : numpy.random.Generator
        Source of randomness.
    cost_factor : float
        Cost of a unit of distance in money, ``>= 0``.
    layout : {"uniform", "centre", "clusters"}
        Everybody uniform in the square; stores in a central square with sides of 0.3; or buyers around four
        neighbourhoods (standard deviation 0.07, kept inside the square).

    Returns
    -------
    City

    Raises
    ------
    ValueError
        If the shape, the cost factor or the layout is out of range.
    """
    n_buyers, n_stores, n_couriers = check_shape(shape)
    if layout not in get_args(Layout):
        raise ValueError(f"layout must be one of {', '.join(get_args(Layout))}, given {layout!r}")
    buyers, stores, couriers = (generator.random((size, 2)) for size in (n_buyers, n_stores, n_couriers))
    if layout == "centre":
        stores = 0.35 + 0.3 * stores
    elif layout == "clusters":
        homes = generator.random((4, 2))[generator.integers(4, size=n_buyers)]
        buyers = np.clip(homes + 0.07 * generator.standard_normal((n_buyers, 2)), 0.0, 1.0)
    V = 0.3 + generator.random((n_buyers, n_stores))
    return City(buyers, stores, couriers, V, cost_factor)
