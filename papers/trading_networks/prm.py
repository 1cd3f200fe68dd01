r"""The price of revenue maximisation, and a search for markets where it is high.

:math:`\mathrm{PRM}=W^*/W_R` with :math:`W_R` the welfare of the revenue-optimal introductions, the largest among ties.
It is at most :math:`1+H_K` (dossier S5) and comes arbitrarily close to 2 (S6). Whether it can exceed 2 is open.
"""

from dataclasses import dataclass

import numpy as np

from papers.trading_networks.exact import optimal_revenue
from papers.trading_networks.network import PlatformOutcome, TradingNetwork


def price_of_revenue_maximisation(net: TradingNetwork, outcome: PlatformOutcome | None = None) -> float:
    r"""Compute :math:`\mathrm{PRM}=W^*/W_R`.

    Parameters
    ----------
    net : TradingNetwork
        The market.
    outcome : PlatformOutcome, optional
        A revenue-optimal outcome with the largest welfare; :func:`optimal_revenue` computes it by default.

    Returns
    -------
    float
        ``>= 1``; 1 if no trade is worth anything.

    Raises
    ------
    ValueError
        If the outcome is not known to be optimal with the largest welfare (``welfare_is_largest`` is False: another
        method, ``welfare_stage=False``, or its time was up).
    """
    if net.optimal_welfare == 0:
        return 1.0
    outcome = optimal_revenue(net) if outcome is None else outcome
    if not outcome.welfare_is_largest:
        raise ValueError(
            "outcome must be revenue-optimal with the largest welfare, given one with welfare_is_largest=False; "
            "use optimal_revenue with a longer time_limit"
        )
    return net.optimal_welfare / outcome.welfare


@dataclass(frozen=True, eq=False)
class HuntResult:
    """The best markets of a search.

    Attributes
    ----------
    leaders : tuple of (float, TradingNetwork)
        Price of revenue maximisation and market, the highest first, no market twice.
    """

    leaders: tuple[tuple[float, TradingNetwork], ...]


def hunt(
    n: int,
    m: int,
    steps: int,
    rng: np.random.Generator,
    *,
    largest_value: int = 10,
    temperature: float = 0.05,
    leaders: int = 10,
) -> HuntResult:
    """Search by simulated annealing over integer values and worlds for a high price of revenue maximisation.

    A step redraws one value, moves it by 1, or flips one world pair, and is taken if it helps, or with probability
    ``exp(change / temperature)`` with a temperature that falls linearly to zero.

    Parameters
    ----------
    n, m : int
        Numbers of buyers and sellers, ``>= 1``.
    steps : int
        Number of steps, ``>= 0``; each solves the market exactly.
    rng : numpy.random.Generator
        Source of randomness.
    largest_value : int
        Values are drawn from ``0..largest_value``, ``>= 1``.
    temperature : float
        First temperature, in units of the price, ``> 0``.
    leaders : int
        How many of the best markets are kept, ``>= 1``.

    Returns
    -------
    HuntResult

    Raises
    ------
    ValueError
        If an argument is out of range.
    """
    for name, value, least in (
        ("n", n, 1),
        ("m", m, 1),
        ("steps", steps, 0),
        ("largest_value", largest_value, 1),
        ("leaders", leaders, 1),
    ):
        if value < least:
            raise ValueError(f"{name} must be >= {least}, given {value}")
    if not temperature > 0:
        raise ValueError(f"temperature must be > 0, given {temperature}")
    net = TradingNetwork(rng.integers(0, largest_value + 1, (n, m)), rng.random((n, m)) < 0.3)
    price = price_of_revenue_maximisation(net)
    seen = {_key(net): (price, net)}
    for step in range(steps):
        other = _neighbour(net, largest_value, rng)
        if _key(other) not in seen:
            seen[_key(other)] = price_of_revenue_maximisation(other), other
        other_price = seen[_key(other)][0]
        heat = temperature * (1 - step / steps)
        if rng.random() < np.exp(min(other_price - price, 0.0) / heat):
            net, price = other, other_price
    board = sorted(seen.values(), key=lambda entry: -entry[0])[:leaders]
    return HuntResult(tuple(board))


def _neighbour(net: TradingNetwork, largest_value: int, rng: np.random.Generator) -> TradingNetwork:
    values, world = net.values.copy(), net.world.copy()
    pair = tuple(rng.integers(0, values.shape))
    kind = rng.integers(3)
    if kind == 0:
        values[pair] = rng.integers(0, largest_value + 1)
    elif kind == 1:
        values[pair] = np.clip(values[pair] + rng.choice((-1, 1)), 0, largest_value)
    else:
        world[pair] = not world[pair]
    return TradingNetwork(values, world)


def _key(net: TradingNetwork) -> bytes:
    return net.values.tobytes() + net.world.tobytes()
