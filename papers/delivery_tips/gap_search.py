"""Search for a city whose round trips leave a gap between the linear relaxation and the first best."""

from dataclasses import dataclass

import numpy as np

from papers.delivery_tips.city import City, Layout, random_city
from papers.delivery_tips.first_best import first_best
from papers.delivery_tips.generators import Shape


@dataclass(frozen=True, eq=False)
class GapCity:
    """A city found by looking at one after the other.

    Attributes
    ----------
    city : City
        The city; the gap is that of its round trips.
    gap : float
        Value of the linear relaxation less the first best, in money.
    welfare : float
        The first best, in money.
    looked_at : int
        How many cities were drawn, this one included.
    """

    city: City
    gap: float
    welfare: float
    looked_at: int


def find_gap_city(
    shape: Shape, least_gap: float, *, seed: int = 0, most: int = 1000, layout: Layout = "uniform"
) -> GapCity | None:
    """Draw cities until the round trips of one have a linear gap; such markets are rare (artefact DT-10).

    Parameters
    ----------
    shape : (int, int, int)
        Numbers of buyers, stores and couriers, ``>= 0``.
    least_gap : float
        The gap looked for in money, ``> 0``; differences of the order of ``1e-6`` are those of the solvers.
    seed : int
        City ``i`` is ``random_city(shape, numpy.random.default_rng(seed + i))``, ``>= 0``.
    most : int
        Cities after which the search ends, ``>= 1``.
    layout : {"uniform", "centre", "clusters"}
        Where they are, see `random_city`.

    Returns
    -------
    GapCity or None
        None if none of the cities has such a gap.

    Raises
    ------
    ValueError
        If an argument is out of range.
    """
    if not 0 < least_gap < np.inf:
        raise ValueError(f"least_gap must be finite and > 0, given {least_gap}")
    if most < 1 or seed < 0:
        raise ValueError(f"most must be >= 1 and seed >= 0, given {most} and {seed}")
    for i in range(most):
        city = random_city(shape, np.random.default_rng(seed + i), layout=layout)
        best = first_best(city.round_trip())
        gap = best.linear_value - best.welfare
        if best.status == "optimal" and gap >= least_gap:
            return GapCity(city, gap, best.welfare, i + 1)
    return None
