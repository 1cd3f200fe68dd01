r"""How much welfare do equilibria reach? First best, linear bound, best with and best without tips, on random markets.

Where no equilibrium without tips exists its welfare is missing (NaN) and never 0.
"""

from collections.abc import Iterable, Mapping, Sequence

import numpy as np
import pandas as pd

from common.stats import spawn_generators
from papers.delivery_tips.census import enumerate_equilibria
from papers.delivery_tips.conditions import equilibrium_conditions
from papers.delivery_tips.division import division_of_surplus
from papers.delivery_tips.first_best import FirstBest, first_best
from papers.delivery_tips.generators import Shape, integer_market, uniform_market
from papers.delivery_tips.market import ThreeSidedMarket, Transactions
from papers.delivery_tips.transactions import all_transactions
from papers.delivery_tips.with_tips import with_tip_optimum
from papers.delivery_tips.without_tips import without_tip_optimum

LEVELS = ("first_best", "linear_value", "with_tips", "without_tips")
TOLERANCE = 1e-6  #: differences of welfare below this, in money, are those of the solvers
SIDES = ("buyers", "stores", "couriers", "platform")


def welfare_levels(market: ThreeSidedMarket) -> dict[str, float]:
    """Solve a market four times.

    Parameters
    ----------
    market : ThreeSidedMarket
        The market.

    Returns
    -------
    dict of str to float
        Welfare in money: ``first_best``, ``linear_value`` (its linear bound), ``with_tips`` and ``without_tips`` (of
        the best equilibria; NaN where none exists).
    """
    return _levels(market, first_best(market))


def _levels(market: ThreeSidedMarket, best: FirstBest) -> dict[str, float]:
    optima = with_tip_optimum(market).welfare, without_tip_optimum(market).welfare
    return dict(zip(LEVELS, (best.welfare, best.linear_value, *map(float, optima)), strict=True))


def levels_by_census(market: ThreeSidedMarket) -> dict[str, float]:
    """Find the same four numbers of a tiny market by trying every set of transactions.

    Parameters
    ----------
    market : ThreeSidedMarket
        A market small enough for the census.

    Returns
    -------
    dict of str to float
        As `welfare_levels`; only the linear bound is that of the solver, as no census has it.
    """
    best = max(map(market.welfare, all_transactions(market.shape)))
    census = (enumerate_equilibria(market, tips=tips) for tips in (True, False))
    optima = (found[0].welfare if found else np.nan for found in census)
    return dict(zip(LEVELS, (best, first_best(market).linear_value, *optima), strict=True))


def welfare_study(n_orders: int, settings: Iterable[tuple[int, float, float]], draws: int, seed: int) -> pd.DataFrame:
    """Solve random markets over numbers of couriers, scales of costs and densities of values.

    A draw has the same random numbers in every setting: couriers are added to those who are there, all costs grow
    together, and a pair that is wanted stays wanted at a higher density. So differences between settings are paired.

    Parameters
    ----------
    n_orders : int
        Number of buyers, and of stores.
    settings : iterable of (int, float, float)
        Number of couriers, largest cost (the largest value is 1), and probability that a value is not 0.
    draws : int
        Number of markets in each setting.
    seed : int
        Seed of everything random.

    Returns
    -------
    pandas.DataFrame
        A row a market: ``couriers``, ``cost_scale``, ``density``, ``draw`` and the four of `welfare_levels`.
    """
    rows = []
    for couriers, cost_scale, density in settings:
        for draw, generator in enumerate(spawn_generators(seed, draws)):
            market = uniform_market((n_orders, n_orders, couriers), generator, cost_scale=cost_scale, density=density)
            setting = {"couriers": couriers, "cost_scale": cost_scale, "density": density, "draw": draw}
            rows.append(setting | welfare_levels(market))
    return pd.DataFrame(rows)


def ordering_violations(study: pd.DataFrame) -> int:
    """Count the markets in which best without tips, best with tips, first best and linear bound are not in this order.

    Parameters
    ----------
    study : pandas.DataFrame
        With the columns of `welfare_levels`; a missing equilibrium without tips violates nothing.

    Returns
    -------
    int
        Markets where P6 fails by more than 1e-6.
    """
    chain = study[["without_tips", "with_tips", "first_best", "linear_value"]].to_numpy()
    return int((chain[:, :-1] > chain[:, 1:] + TOLERANCE).any(axis=1).sum())


def welfare_ratios(study: pd.DataFrame, level: str) -> pd.Series:
    """Divide the welfare of equilibria by the first best, where both are defined.

    Parameters
    ----------
    study : pandas.DataFrame
        Of `welfare_study`.
    level : {"with_tips", "without_tips"}
        Which equilibria.

    Returns
    -------
    pandas.Series
        One number a market that has such an equilibrium and a positive first best.
    """
    defined = study[study[level].notna() & (study["first_best"] > TOLERANCE)]
    return defined[level] / defined["first_best"]


def frequency_study(shapes: Sequence[Shape], largest: int, draws: int, seed: int) -> pd.DataFrame:
    """Ask of random markets with integers whether the linear relaxation has a gap, and what supports a first best.

    Parameters
    ----------
    shapes : sequence of (int, int, int)
        Numbers of buyers, stores and couriers.
    largest : int
        Values and costs are uniform on 0 to this.
    draws : int
        Number of markets of each shape.
    seed : int
        Seed of everything random.

    Returns
    -------
    pandas.DataFrame
        A row a market: ``market`` (its shape in words), the four of `welfare_levels`, ``gap`` (the linear bound is
        above the first best), ``inefficient`` (no equilibrium with tips attains the first best) and
        ``first_best_supported_by``: ``tips alone`` (by the linear programme of the conditions without compensations,
        which knows nothing of the relaxation), ``tips and pay`` or ``nothing``.
    """
    rows = []
    for shape in shapes:
        for generator in spawn_generators(seed, draws):
            market = integer_market(shape, generator, largest)
            best = first_best(market)
            levels = _levels(market, best)
            inefficient = levels["with_tips"] < levels["first_best"] - TOLERANCE
            alone = equilibrium_conditions(market, best.transactions, tip_only=True).solve().status == "optimal"
            rows.append(
                {"market": "x".join(map(str, shape))}
                | levels
                | {
                    "gap": levels["linear_value"] > levels["first_best"] + TOLERANCE,
                    "inefficient": inefficient,
                    "first_best_supported_by": "nothing" if inefficient else "tips alone" if alone else "tips and pay",
                }
            )
    return pd.DataFrame(rows)


def side_ranges(
    market: ThreeSidedMarket, transactions: Transactions, *, tips: bool = True, tip_only: bool = False
) -> Mapping[str, tuple[float, float]]:
    """Compute the least and the most that each side can have in the equilibria with given transactions.

    Parameters
    ----------
    market : ThreeSidedMarket
        The market.
    transactions : tuple of (int, int, int)
        An equilibrium outcome that leaves a courier idle, or is supported by tips alone: otherwise couriers can have
        anything.
    tips, tip_only : bool
        Whether tips are allowed, and whether they alone pay the couriers.

    Returns
    -------
    mapping from str to (float, float)
        For ``buyers``, ``stores``, ``couriers`` and ``platform`` the smallest and the largest total, in money.

    Raises
    ------
    ValueError
        If the transactions are no equilibrium outcome of this kind, or a side can have anything.
    """
    conditions = equilibrium_conditions(market, transactions, tips=tips, tip_only=tip_only)
    kinds = dict(zip(SIDES, ("utilities", "prices", "rents", "compensations"), strict=True))
    ranges = {}
    for side, kind in kinds.items():
        c = np.zeros(conditions.upper.size)
        c[conditions.columns[kind]] = -1.0 if side == "platform" else 1.0
        c[conditions.upper == 0] = 0.0
        ends = []
        for maximise in (False, True):
            solution = conditions.solve(c, maximise=maximise)
            if solution.status != "optimal":
                raise ValueError(f"transactions must be supported and bound what {side} have, given {solution.status}")
            division = division_of_surplus(market, conditions.equilibrium(solution.x))
            ends.append(float(np.sum(getattr(division, side))))
        ranges[side] = (ends[0], ends[1])
    return ranges


def range_study(n_orders: int, n_couriers: int, cost_scale: float, draws: int, seed: int) -> pd.DataFrame:
    """Compute the ranges of what each side has, with tips alone and without tips, on random markets.

    Parameters
    ----------
    n_orders : int
        Number of buyers, and of stores.
    n_couriers : int
        Number of couriers, ``> n_orders``: then somebody is idle, which bounds what couriers can ask.
    cost_scale : float
        Largest cost; the largest value is 1.
    draws : int
        Number of markets.
    seed : int
        Seed of everything random.

    Returns
    -------
    pandas.DataFrame
        A row a market, rule (``tips alone`` or ``no tips``) and side: ``least`` and ``most`` as shares of the first
        best. A market whose linear relaxation has a gap is left out of the rule of tips alone.

    Raises
    ------
    ValueError
        If there are not more couriers than buyers.
    """
    if n_couriers <= n_orders:
        raise ValueError(f"n_couriers must be > n_orders = {n_orders}, given {n_couriers}")
    rows = []
    for draw, generator in enumerate(spawn_generators(seed, draws)):
        market = uniform_market((n_orders, n_orders, n_couriers), generator, cost_scale=cost_scale)
        best = first_best(market)
        rules = {"no tips": (without_tip_optimum(market).transactions, {"tips": False})}
        if best.linear_gap <= TOLERANCE:
            rules["tips alone"] = (best.transactions, {"tip_only": True})
        for rule, (tau, options) in rules.items():
            for side, ends in side_ranges(market, tau, **options).items():
                least, most = np.array(ends) / best.welfare
                rows.append({"draw": draw, "rule": rule, "side": side, "least": least, "most": most})
    return pd.DataFrame(rows)
