"""Tables on the worked instances, and the census beside the programmes on random markets."""

from collections.abc import Mapping
from dataclasses import replace
from typing import NamedTuple

import numpy as np
import pandas as pd

from common.stats import spawn_generators
from papers.delivery_tips.census import enumerate_equilibria
from papers.delivery_tips.first_best import first_best
from papers.delivery_tips.generators import integer_market, uniform_market
from papers.delivery_tips.instances import WorkedInstance
from papers.delivery_tips.market import DeliveryEquilibrium, DeliveryOutcome, ThreeSidedMarket
from papers.delivery_tips.verification import check_equilibrium
from papers.delivery_tips.with_tips import with_tip_optimum
from papers.delivery_tips.without_tips import without_tip_optimum


class Payment(NamedTuple):
    """One payment of E2, and the interval in which it may move alone."""

    kind: str
    place: tuple[int, ...]
    low: float
    high: float


#: By hand from the three conditions of equilibrium, for the equilibrium of E2 in full (dossier section 5): prices 0,
#: compensations 0, tips [[4.5, 0.5], [1, 4]]; the buyer served has utility 0.5 and the courier rent 3.5.
MOVES_OF_E2 = (
    Payment("prices", (0,), 0.0, 0.0),
    Payment("prices", (1,), 0.0, 0.0),
    Payment("compensations", (0, 0), 0.0, np.inf),
    Payment("compensations", (0, 1), 0.0, 0.0),
    Payment("compensations", (1, 0), 0.0, 0.0),
    Payment("compensations", (1, 1), 0.0, 0.0),
    Payment("tips", (0, 0), 4.0, 4.5),
    Payment("tips", (0, 1), 0.5, 4.5),
    Payment("tips", (1, 0), 1.0, 4.5),
    Payment("tips", (1, 1), 4.0, 4.5),
)


def perturbation_table(market: ThreeSidedMarket, equilibrium: DeliveryEquilibrium, step: float) -> pd.DataFrame:
    """Move every payment of E2 alone to the ends of its interval, and beyond them.

    Parameters
    ----------
    market : ThreeSidedMarket
        Instance E2.
    equilibrium : DeliveryEquilibrium
        Its equilibrium in full.
    step : float
        How far beyond the ends, in money, ``> 0``.

    Returns
    -------
    pandas.DataFrame
        A row a payment: its interval (worked out by hand), the conditions that the verifier finds broken `step` below
        and above, whether both ends are accepted and everything beyond them is refused.
    """
    rows = []
    for payment in MOVES_OF_E2:
        below, above = (
            check_equilibrium(market, _moved(equilibrium, payment, end), tol=1e-9)
            for end in (payment.low - step, payment.high + step)
        )
        at_ends = [check_equilibrium(market, _moved(equilibrium, payment, e), tol=1e-9) for e in payment[2:]]
        endless = not np.isfinite(payment.high)
        rows.append(
            {
                "payment": _name(payment),
                "lowest": payment.low,
                "highest": payment.high,
                "below it": _conditions(below),
                "above it": "–" if endless else _conditions(above),
                "accepted at the ends": not any(at_ends),
                "refused beyond": bool(below) and (bool(above) or endless),
            }
        )
    return pd.DataFrame(rows)


def _moved(equilibrium: DeliveryEquilibrium, payment: Payment, amount: float) -> DeliveryEquilibrium:
    values = getattr(equilibrium, payment.kind).copy()
    values[payment.place] = amount if np.isfinite(amount) else 1e6
    return replace(equilibrium, **{payment.kind: values})


def _name(payment: Payment) -> str:
    places = (f"b{payment.place[0] + 1}", f"s{payment.place[-1] + 1}")
    return f"{payment.kind[:-1]} of {', '.join(places[-len(payment.place) :])}"


def _conditions(violations: tuple) -> str:
    return "; ".join(sorted({f"{found.condition} ({found.agent[0]} {found.agent[1] + 1})" for found in violations}))


def instance_table(instances: Mapping[str, WorkedInstance]) -> pd.DataFrame:
    """Solve the worked instances by census and by programme.

    Parameters
    ----------
    instances : mapping from str to WorkedInstance
        The instances by name.

    Returns
    -------
    pandas.DataFrame
        A row an instance: numbers of outcomes of the census, best welfare by census and by programme; missing where no
        equilibrium exists.

    Raises
    ------
    ArithmeticError
        If census and programme disagree by more than 1e-6.
    """
    rows = {}
    for name, instance in instances.items():
        market = instance.market
        best, optima = first_best(market), (with_tip_optimum(market), without_tip_optimum(market))
        census = tuple(enumerate_equilibria(market, tips=tips) for tips in (True, False))
        if max(map(_difference, optima, census)) > 1e-6:
            raise ArithmeticError(f"census and programme disagree on {name}")
        rows[name] = {
            "first best": best.welfare,
            "linear value": best.linear_value,
            "best, tips": optima[0].welfare,
            "best, no tips": optima[1].welfare,
            "outcomes, tips": len(census[0]),
            "outcomes, no tips": len(census[1]),
        }
    return pd.DataFrame.from_dict(rows, orient="index")


def programme_against_census(n_markets: int, largest_side: int, largest_number: int, seed: int) -> pd.Series:
    """Compare the best welfare of census and programme on random markets, with and without tips.

    Parameters
    ----------
    n_markets : int
        Number of markets, half with integers from 0 to `largest_number`, half with real numbers.
    largest_side : int
        Every side has 0 to this many agents.
    largest_number : int
        Largest value and cost of the markets with integers.
    seed : int
        Seed of everything random.

    Returns
    -------
    pandas.Series
        Absolute difference of the welfare, in money, by kind of numbers, tips and draw; infinite where only one
        of the two finds an equilibrium.
    """
    differences = {}
    for draw, generator in enumerate(spawn_generators(seed, n_markets)):
        shape = tuple(int(size) for size in generator.integers(0, largest_side + 1, 3))
        numbers = ("integer", "real")[draw % 2]
        market = integer_market(shape, generator, largest_number) if draw % 2 == 0 else uniform_market(shape, generator)
        for tips, solve in (("with", with_tip_optimum), ("without", without_tip_optimum)):
            census = enumerate_equilibria(market, tips=tips == "with")
            differences[numbers, tips, draw] = _difference(solve(market), census)
    series = pd.Series(differences, name="difference")
    series.index.names = ["numbers", "tips", "draw"]
    return series


def _difference(optimum: DeliveryOutcome, census: tuple[DeliveryOutcome, ...]) -> float:
    if not census or not optimum.exists:
        return 0.0 if bool(census) == optimum.exists else np.inf
    return abs(optimum.welfare - census[0].welfare)
