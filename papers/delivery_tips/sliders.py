"""The explorer: one city in which couriers come, distances get dear, trips get longer, and tips are forbidden."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import product

import numpy as np
from scipy.spatial.distance import pdist

from common.plots import Explorer, Slider, SpatialState, explorer
from papers.delivery_tips.city import City, random_city
from papers.delivery_tips.city_pictures import city_state
from papers.delivery_tips.division import division_of_surplus
from papers.delivery_tips.first_best import first_best
from papers.delivery_tips.generators import Shape
from papers.delivery_tips.market import DeliveryEquilibrium, ThreeSidedMarket
from papers.delivery_tips.scarcity_study import first_couriers
from papers.delivery_tips.subsidy_study import frugal_equilibrium
from papers.delivery_tips.with_tips import with_tip_optimum
from papers.delivery_tips.without_tips import without_tip_optimum

TRIPS = ("one way", "round trip")
RULES = ("with tips", "without tips")
_PAID = ("deliveries", "tips paid", "compensations", "mean rent of a courier")


def spread_city(shape: Shape, generator: np.random.Generator, apart: float = 0.12) -> City:
    """Draw cities until everybody can be told apart in a picture.

    Parameters
    ----------
    shape : (int, int, int)
        Numbers of buyers, stores and couriers, together at most 20.
    generator : numpy.random.Generator
        Source of randomness.
    apart : float
        Least distance between any two, in ``[0, 0.15]``; the city is the unit square.

    Returns
    -------
    City

    Raises
    ------
    ValueError
        If so many cannot be so far apart.
    """
    if sum(shape) > 20 or not 0 <= apart <= 0.15:
        raise ValueError(f"shape must hold at most 20 agents and apart be in [0, 0.15], given {shape} and {apart}")
    while True:
        city = random_city(shape, generator)
        if pdist(np.concatenate([city.buyers, city.stores, city.couriers])).min(initial=np.inf) >= apart:
            return city


def city_explorer(city: City, cost_factors: Sequence[float]) -> Explorer:
    """Build the explorer of one city.

    Parameters
    ----------
    city : City
        Who is where, and the values; readable up to about six agents a side. Its couriers come one by one, and its cost
        factor is left aside.
    cost_factors : sequence of float
        Stops of the slider for the cost of a unit of distance in money, all different, ``>= 0``.

    Returns
    -------
    Explorer
        Sliders for the number of couriers, the cost of distance, one-way or round trips, and whether tips are allowed.
        Shown is the best equilibrium (:func:`best_equilibrium`). Read out are whether there is one, its welfare, the
        first best, deliveries, tips, compensations and the mean rent of the couriers.

    Raises
    ------
    ValueError
        If there is no courier, or a cost factor is out of range.
    """
    if not len(city.couriers):
        raise ValueError("city must have a courier, given none")
    counts = range(1, len(city.couriers) + 1)
    frames: dict[tuple[int, float, str, str], SpatialState] = {}
    for n, factor, trip in product(counts, cost_factors, TRIPS):
        there = replace(first_couriers(city, n), cost_factor=factor)
        market = there.round_trip() if trip == "round trip" else there.one_way()
        optimum = first_best(market).welfare
        for rule in RULES:
            equilibrium = best_equilibrium(market, tips=rule == "with tips")
            state = _picture(there, market, equilibrium, home=trip == "round trip", tips=rule == "with tips")
            frames[n, factor, trip, rule] = replace(state, readouts=_readouts(market, equilibrium, optimum))
    sliders = [
        Slider("couriers (count)", counts),
        Slider("cost of a unit of distance (money)", cost_factors),
        Slider("couriers drive", TRIPS),
        Slider("equilibrium", RULES),
    ]
    title = f"A city of {len(city.buyers)} buyers and {len(city.stores)} stores, with couriers coming one by one"
    start = (min(3, len(counts)), cost_factors[len(cost_factors) // 2], TRIPS[0], RULES[0])
    return explorer(frames, sliders, title=title, start=start)


def best_equilibrium(market: ThreeSidedMarket, *, tips: bool) -> DeliveryEquilibrium | None:
    """Choose the equilibrium that the explorer shows.

    Parameters
    ----------
    market : ThreeSidedMarket
        The market.
    tips : bool
        Whether tips are allowed.

    Returns
    -------
    DeliveryEquilibrium or None
        One of the largest welfare, with the least compensation for that, and among those the buyers' best payments for
        its transactions; None if there is no equilibrium.
    """
    outcome = with_tip_optimum(market, then="least compensation") if tips else without_tip_optimum(market)
    return frugal_equilibrium(market, outcome.transactions, tips=tips) if outcome.exists else None


def _picture(
    city: City, market: ThreeSidedMarket, equilibrium: DeliveryEquilibrium | None, *, home: bool, tips: bool
) -> SpatialState:
    """Add rents and compensations to the map, which has the same kinds of arrows in every frame."""
    state = city_state(city, () if equilibrium is None else equilibrium.transactions, equilibrium, home=True)
    (couriers, *others), (to_store, order, back) = state.agents, state.arrows
    if equilibrium is not None:
        rents = division_of_surplus(market, equilibrium).couriers
        working = zip(rents.tolist(), ~couriers.idle, strict=True)
        couriers = replace(couriers, notes={"y": [rent if busy else "" for rent, busy in working]})
        paid = [float(equilibrium.compensations[b, s]) for b, s, _ in equilibrium.transactions]
        added = {"w": [amount if amount > 0.005 else "" for amount in paid]}
        order = replace(order, notes={**order.notes, **added} if tips else added)
    return SpatialState([couriers, *others], [to_store, order, back if home else replace(back, pairs=[])])


def _readouts(
    market: ThreeSidedMarket, equilibrium: DeliveryEquilibrium | None, optimum: float
) -> dict[str, float | str]:
    if equilibrium is None:
        return {"equilibrium": "none", "first best": optimum, **dict.fromkeys(("welfare", *_PAID), "–")}
    gains = division_of_surplus(market, equilibrium)
    deliveries = f"{len(equilibrium.transactions)}"
    paid = (deliveries, gains.tips_paid, gains.compensations_paid, float(gains.couriers.mean()))
    return {
        "equilibrium": "yes",
        "first best": optimum,
        "welfare": gains.welfare,
        **dict(zip(_PAID, paid, strict=True)),
    }
