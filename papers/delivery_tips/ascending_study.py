"""How close ascending tips come to the efficient equilibrium, how long they take, and where they fail."""

from collections.abc import Callable, Iterable, Sequence

import numpy as np
import pandas as pd

from common.stats import spawn_generators
from papers.delivery_tips.ascending import AscendingOutcome, ascending_tips
from papers.delivery_tips.city import City, random_city
from papers.delivery_tips.first_best import FirstBest, first_best
from papers.delivery_tips.generators import Shape, family_market
from papers.delivery_tips.market import ThreeSidedMarket
from papers.delivery_tips.tip_only import tip_only_equilibrium

Draw = Callable[[Shape, np.random.Generator], ThreeSidedMarket]


def one_way_market(shape: Shape, generator: np.random.Generator) -> ThreeSidedMarket:
    """Draw a city in which couriers drive to the store and then to the buyer: family T3, all trips different.

    Parameters
    ----------
    shape : (int, int, int)
        Numbers of buyers, stores and couriers.
    generator : numpy.random.Generator
        Source of randomness.

    Returns
    -------
    ThreeSidedMarket
    """
    return random_city(shape, generator).one_way()


def alike_market(shape: Shape, generator: np.random.Generator) -> ThreeSidedMarket:
    """Draw a market whose couriers are all alike: family T1, a special case of T3.

    Parameters
    ----------
    shape : (int, int, int)
        Numbers of buyers, stores and couriers.
    generator : numpy.random.Generator
        Source of randomness.

    Returns
    -------
    ThreeSidedMarket
    """
    return family_market("T1", shape, generator)


def accuracy_study(draw_market: Draw, shape: Shape, epsilons: Sequence[float], draws: int, seed: int) -> pd.DataFrame:
    r"""Let tips ascend in random markets of family T3 and compare with the efficient tip-only equilibrium.

    Parameters
    ----------
    draw_market : callable
        Draws a market of a shape.
    shape : (int, int, int)
        Largest numbers of buyers, stores and couriers; each market has between half of them and all.
    epsilons : sequence of float
        Least raises in money, ``> 0``.
    draws : int
        Number of markets, the same for every raise.
    seed : int
        Seed of everything random.

    Returns
    -------
    pandas.DataFrame
        A row a market and raise: ``draw``, ``epsilon``, ``bids``, ``first_best`` and ``shortfall`` of the welfare from
        it in money, ``agents`` (buyers and stores: the guarantee is their number times epsilon), the worst
        ``violation`` of a condition of equilibrium in money, and ``converged``.
    """
    rows = []
    for draw, generator in enumerate(spawn_generators(seed, draws)):
        market = draw_market(tuple(int(generator.integers((n + 1) // 2, n + 1)) for n in shape), generator)
        efficient = tip_only_equilibrium(market, family="T3").welfare
        for epsilon in epsilons:
            outcome = ascending_tips(market, epsilon)
            rows.append(
                {
                    "draw": draw,
                    "epsilon": epsilon,
                    "bids": outcome.bids,
                    "first_best": efficient,
                    "shortfall": efficient - outcome.welfare,
                    "agents": market.n_buyers + market.n_stores,
                    "violation": outcome.violation,
                    "converged": outcome.converged,
                }
            )
    return pd.DataFrame(rows)


def steps_table(outcome: AscendingOutcome, rows: int) -> pd.DataFrame:
    """Tell the first bids of a run whose history holds every bid: whose ask rose, by how much, to what.

    Parameters
    ----------
    outcome : AscendingOutcome
        A run with ``record_every=1``.
    rows : int
        Number of bids, ``>= 1``.

    Returns
    -------
    pandas.DataFrame
        A row a bid.

    Raises
    ------
    ValueError
        If the history leaves bids out.
    """
    history = outcome.history
    bids, moments = np.unique(history.bids, return_index=True)
    if bids.size != outcome.bids + 1:
        raise ValueError("outcome must come from a run with record_every=1, given a history that leaves bids out")
    asks = np.hstack([history.asks, history.rents])[moments]
    names = [f"good of store {s + 1}" for s in range(history.asks.shape[1])]
    names += [f"courier {c + 1}" for c in range(history.rents.shape[1])]
    told = []
    for bid in range(1, min(rows, outcome.bids) + 1):
        (raised,) = np.flatnonzero(asks[bid] != asks[bid - 1])
        told.append(
            {
                "bid": bid,
                "for": names[raised],
                "ask rises by": asks[bid, raised] - asks[bid - 1, raised],
                "to": asks[bid, raised],
                "welfare of orders with a courier": history.welfare[moments[bid]],
            }
        )
    return pd.DataFrame(told)


def market_with_gap(shape: Shape, seed: int, most: int = 10_000) -> tuple[City, FirstBest, int]:
    """Draw cities until one has a gap of the linear relaxation when couriers drive home again.

    Parameters
    ----------
    shape : (int, int, int)
        Numbers of buyers, stores and couriers.
    seed : int
        Seed of everything random.
    most : int
        Cities drawn at most.

    Returns
    -------
    city : City
        The first city with a gap.
    best : FirstBest
        First best and linear value of its round-trip market.
    drawn : int
        How many cities it took.

    Raises
    ------
    ValueError
        If none of them has a gap.
    """
    for drawn, generator in enumerate(spawn_generators(seed, most), start=1):
        city = random_city(shape, generator)
        best = first_best(city.round_trip())
        if best.linear_gap > 1e-6:
            return city, best, drawn
    raise ValueError(f"most must allow for a city with a gap, given {most} and found none of shape {shape}")


def least_violation(market: ThreeSidedMarket, best: FirstBest) -> float:
    r"""Compute what no payments without compensations can go below, :math:`(\mathrm{LP}-\mathrm{FB})/(4\min(B,S,C))`.

    Parameters
    ----------
    market : ThreeSidedMarket
        The market, no side empty.
    best : FirstBest
        Its first best and linear value.

    Returns
    -------
    float
        Amount in money by which some condition of buyers or couriers fails in any tip-only payments; the proof is in
        :mod:`papers.delivery_tips.ascending`.
    """
    return (best.linear_value - best.welfare) / (4 * min(market.shape))


def violations_by_raise(market: ThreeSidedMarket, epsilons: Iterable[float]) -> pd.DataFrame:
    """Let tips ascend in one market with several least raises.

    Parameters
    ----------
    market : ThreeSidedMarket
        The market.
    epsilons : iterable of float
        Least raises in money, ``> 0``.

    Returns
    -------
    pandas.DataFrame
        By ``epsilon``: ``bids``, ``welfare`` and ``violation`` in money, ``converged``.
    """
    runs = {epsilon: ascending_tips(market, epsilon) for epsilon in epsilons}
    columns = ("bids", "welfare", "violation", "converged")
    rows = {epsilon: [getattr(run, column) for column in columns] for epsilon, run in runs.items()}
    return pd.DataFrame.from_dict(rows, orient="index", columns=columns).rename_axis("epsilon")


def round_trip_study(shape: Shape, epsilon: float, draws: int, seed: int) -> pd.DataFrame:
    """Let tips ascend in random cities whose couriers drive home again.

    Parameters
    ----------
    shape : (int, int, int)
        Numbers of buyers, stores and couriers.
    epsilon : float
        Least raise in money, ``> 0``.
    draws : int
        Number of cities.
    seed : int
        Seed of everything random.

    Returns
    -------
    pandas.DataFrame
        A row a city: ``gap`` (linear value less first best), ``shortfall`` of the welfare from the first best, both in
        money, and ``converged``.
    """
    rows = []
    for generator in spawn_generators(seed, draws):
        market = random_city(shape, generator).round_trip()
        best, outcome = first_best(market), ascending_tips(market, epsilon)
        rows.append((best.linear_value - best.welfare, best.welfare - outcome.welfare, outcome.converged))
    return pd.DataFrame(rows, columns=["gap", "shortfall", "converged"])
