"""What couriers earn as they get plenty, and who has what."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from common.stats import spawn_generators
from papers.delivery_tips.city import City, random_city
from papers.delivery_tips.division import Division, division_of_surplus
from papers.delivery_tips.first_best import first_best
from papers.delivery_tips.intervals import payment_intervals
from papers.delivery_tips.market import ThreeSidedMarket
from papers.delivery_tips.subsidy_study import frugal_equilibrium
from papers.delivery_tips.with_tips import SecondStage, with_tip_optimum
from papers.delivery_tips.without_tips import without_tip_optimum

QUANTITIES = ("tips", "rent", "buyer surplus")


def rents_by_couriers(build: Callable[[int], ThreeSidedMarket], couriers: Iterable[int]) -> pd.DataFrame:
    r"""Compute how much tips alone can pay identical couriers, by their number.

    With :math:`W(n)` the first best with ``n`` couriers, rents can be anything in
    :math:`[W(n+1)-W(n),\,W(n)-W(n-1)]`: tip-only equilibria are the optimal duals of the assignment problem (P7); its
    identical couriers have the same dual price :math:`\lambda`, and :math:`\lambda` is optimal exactly if
    :math:`W(k)-\lambda k` is largest at ``k = n``, which by concavity of :math:`W` (a flow) need be checked at
    :math:`n\pm1` alone.

    Parameters
    ----------
    build : callable
        Market with a given number of couriers, all alike.
    couriers : iterable of int
        Numbers of couriers, ``>= 1``.

    Returns
    -------
    pandas.DataFrame
        By number of couriers: ``deliveries`` and ``welfare`` of the first best; the ends of the courier's rent (``least
        rent``, ``most rent``) and of the tip on an order that is carried (``least tip``, ``most tip``) over all
        tip-only equilibria; and, from first bests alone, what ``one more courier`` would add and the ``last courier``
        adds.

    Raises
    ------
    ValueError
        If the couriers are not alike.
    """
    rows = {}
    for n in couriers:
        market = build(n)
        if np.ptp(market.K, axis=0).max(initial=0.0) > 0:
            raise ValueError(f"build must give couriers that are alike, given other costs at {n} couriers")
        best = first_best(market)
        payments = payment_intervals(market, best.transactions, tip_only=True)
        b, s, _ = np.array(best.transactions).T
        rows[n] = {
            "deliveries": len(best.transactions),
            "welfare": best.welfare,
            "least rent": payments.rents[:, 0].min(),
            "most rent": payments.rents[:, 1].max(),
            "least tip": payments.tips[b, s, 0].min(),
            "most tip": payments.tips[b, s, 1].max(),
            "one more courier": first_best(build(n + 1)).welfare - best.welfare,
            "last courier": best.welfare - first_best(build(n - 1)).welfare,
        }
    return pd.DataFrame.from_dict(rows, orient="index").rename_axis("couriers")


def second_stages(market: ThreeSidedMarket) -> pd.DataFrame:
    """Optimise what there is to optimise among the best equilibria that tips alone pay for.

    Parameters
    ----------
    market : ThreeSidedMarket
        A market without a gap of the linear relaxation.

    Returns
    -------
    pandas.DataFrame
        The ``least`` and ``most`` total tips, rent of couriers and surplus of buyers, in money.
    """
    rows = {quantity: [_extreme(market, f"{end} {quantity}") for end in ("least", "most")] for quantity in QUANTITIES}
    return pd.DataFrame.from_dict(rows, orient="index", columns=["least", "most"])


def _extreme(market: ThreeSidedMarket, stage: SecondStage) -> float:
    division = division_of_surplus(market, with_tip_optimum(market, tip_only=True, then=stage))
    totals = (division.tips_paid, float(division.couriers.sum()), float(division.buyers.sum()))
    return dict(zip(QUANTITIES, totals, strict=True))[stage.split(maxsplit=1)[1]]


def division_study(
    n_orders: int, couriers: Sequence[int], draws: int, seed: int, cost_factor: float = 0.7
) -> pd.DataFrame:
    """Divide the welfare of one-way cities among the four sides, with and without tips, as couriers get plenty.

    The payments are those of :func:`frugal_equilibrium`: the least compensation, and with it the buyers' best.

    Parameters
    ----------
    n_orders : int
        Number of buyers, and of stores.
    couriers : sequence of int
        Numbers of couriers; in each city they are added to those who are there.
    draws : int
        Number of cities.
    seed : int
        Seed of everything random.
    cost_factor : float
        Cost of a unit of distance in money.

    Returns
    -------
    pandas.DataFrame
        A row a city, number of couriers and rule (``tips`` or not): what ``buyers``, ``stores``, ``couriers`` and the
        ``platform`` have and their sum, the ``welfare``, in money; missing where no equilibrium exists.
    """
    rows = []
    for draw, generator in enumerate(spawn_generators(seed, draws)):
        city = random_city((n_orders, n_orders, max(couriers)), generator, cost_factor=cost_factor)
        for n in couriers:
            market = first_couriers(city, n).one_way()
            for tips, solve in ((True, with_tip_optimum), (False, without_tip_optimum)):
                row = {"draw": draw, "couriers_there": n, "tips": tips}
                outcome = solve(market)
                if outcome.exists:
                    division = division_of_surplus(market, frugal_equilibrium(market, outcome.transactions, tips=tips))
                    row |= {**_sides(division), "welfare": division.welfare}
                rows.append(row)
    return pd.DataFrame(rows)


def first_couriers(city: City, n: int) -> City:
    """Send home all couriers but the first ``n``.

    Parameters
    ----------
    city : City
        The city.
    n : int
        Couriers who stay, ``>= 0``.

    Returns
    -------
    City
    """
    return replace(city, couriers=city.couriers[:n])


def _sides(division: Division) -> dict[str, float]:
    return {
        "buyers": float(division.buyers.sum()),
        "stores": float(division.stores.sum()),
        "couriers": float(division.couriers.sum()),
        "platform": round(division.platform, 9) + 0.0,  # no negative zero
    }
