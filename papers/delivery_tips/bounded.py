"""The first best of a large market of no family: a local search, and the bound of the linear relaxation."""

from dataclasses import dataclass

import numpy as np

from common.markets.three_dimensional import alternating_assignment
from papers.delivery_tips.market import ThreeSidedMarket, Transactions


@dataclass(frozen=True, eq=False)
class BoundedFirstBest:
    """Good transactions, and how far they may be from the best.

    Attributes
    ----------
    welfare : float
        Welfare of the transactions in money, ``>= 0``.
    transactions : tuple of (int, int, int)
        Buyer, store and courier of each delivery, sorted.
    bound : float
        Value of the linear relaxation in money: no transactions have a larger welfare.
    gap : float
        ``bound - welfare`` relative to the welfare (to 1 if that is 0).
    status : str
        ``"optimal"`` if the bound is met, else ``"local optimum"``.
    seconds : float
        Wall-clock time.
    """

    welfare: float
    transactions: Transactions
    bound: float
    gap: float
    status: str
    seconds: float


def bounded_first_best(
    market: ThreeSidedMarket, generator: np.random.Generator, *, restarts: int = 50
) -> BoundedFirstBest:
    """Search for transactions of a large welfare by alternating assignment, with a proven bound.

    Round trips close the path of the three sides to a cycle, so the first best is a three-dimensional assignment
    problem without the structure of P8. The search fixes the pairs of two sides and assigns the third at best, side
    after side, from the rounded weights of the relaxation and from random pairs.

    Parameters
    ----------
    market : ThreeSidedMarket
        The market, for instance the round trips of 60 buyers, stores and couriers.
    generator : numpy.random.Generator
        Draws the starts.
    restarts : int
        Number of starts, ``>= 1``; fewer are made if the bound is met.

    Returns
    -------
    BoundedFirstBest

    Raises
    ------
    ValueError
        If `restarts` is below 1.
    """
    found = alternating_assignment(market.surplus, generator, restarts=restarts)
    transactions = market.check_transactions((b, s, c) for c, b, s in found.triples)
    return BoundedFirstBest(found.value, transactions, found.bound, found.gap, found.status, found.seconds)
