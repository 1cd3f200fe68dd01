r"""Verification of an equilibrium of the three-sided market: every violated condition, or none.

The conditions are those of dossier section 3 (this companion's formalisation of what the abstract says): buyers take
preferred stores given prices and tips, couriers deliver preferred orders given compensations and tips, and what is not
traded is not paid for. Without tips, every tip is zero besides.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np

from papers.delivery_tips.market import DeliveryEquilibrium, DeliveryOutcome, ThreeSidedMarket, Transactions

Side = Literal["buyer", "store", "courier", "platform"]
Condition = Literal[
    "overlap",
    "negative price",
    "negative compensation",
    "negative tip",
    "buyer rationality",
    "buyer envy",
    "courier rationality",
    "courier envy",
    "unsold price",
    "untransacted compensation",
    "tip",
]
_SENTENCES: dict[Condition, str] = {
    "overlap": "trades {amount:g} times too often",
    "negative price": "has the price -{amount:g}",
    "negative compensation": "pays -{amount:g} for order {order}",
    "negative tip": "tips -{amount:g} for order {order}",
    "buyer rationality": "loses {amount:g} with order {order}",
    "buyer envy": "would gain {amount:g} by order {order}",
    "courier rationality": "loses {amount:g} with order {order}",
    "courier envy": "would gain {amount:g} by order {order}",
    "unsold price": "sells nothing and has the price {amount:g}",
    "untransacted compensation": "pays {amount:g} for order {order}, which nobody carries",
    "tip": "tips {amount:g} for order {order} where tips are forbidden",
}


@dataclass(frozen=True)
class Violation:
    """One condition of equilibrium that does not hold.

    Attributes
    ----------
    agent : (str, int)
        Whose condition it is: ``("buyer", b)``, ``("store", s)``, ``("courier", c)`` or ``("platform", 0)``, which sets
        the compensations.
    condition : str
        ``overlap``: the agent is in several transactions. ``negative price``, ``negative compensation``, ``negative
        tip``: the payment is below 0. ``buyer rationality``, ``courier rationality``: the agent loses by her
        transaction. ``buyer envy``, ``courier envy``: she would rather have the order named, at its payments, than what
        she has (or than staying away). ``unsold price``: a store that sells nothing has a positive price.
        ``untransacted compensation``: an order that nobody carries has a positive compensation. ``tip``: there is a tip
        in an equilibrium without tips.
    order : (int, int) or None
        Buyer and store of the order it is about; None where it is about none (``overlap`` and the prices).
    amount : float
        By how much it is violated, in money (for ``overlap``: the number of transactions too many).
    """

    agent: tuple[Side, int]
    condition: Condition
    order: tuple[int, int] | None
    amount: float

    def __str__(self) -> str:
        """Tell it in a sentence."""
        side, index = self.agent
        name = "the platform" if side == "platform" else f"{side} {index}"
        return f"{self.condition}: {name} {_SENTENCES[self.condition].format(amount=self.amount, order=self.order)}"


def check_equilibrium(
    market: ThreeSidedMarket,
    equilibrium: DeliveryEquilibrium | DeliveryOutcome,
    *,
    tips: bool = True,
    tol: float = 1e-6,
) -> tuple[Violation, ...]:
    r"""List every condition of equilibrium that is violated by more than ``tol`` (dossier section 3).

    With utilities :math:`u_b=V_{bs}-p_s-t_{bs}` and :math:`y_c=w_{bs}+t_{bs}-K_{cbs}` for :math:`(b,s,c)\in\tau`, and
    0 for whoever is in no transaction, an equilibrium has :math:`p,w,t\ge 0`, :math:`p_s=0` for unsold stores,
    :math:`w_{bs}=0` for untransacted orders, and

    .. math:: u_b\ge\max\{0,\max_{s}(V_{bs}-p_{s}-t_{bs})\},\qquad
        y_c\ge\max\{0,\max_{(b,s)}(w_{bs}+t_{bs}-K_{cbs})\}.

    An agent in several transactions (an ``overlap``) is held to the worst of them.

    Parameters
    ----------
    market : ThreeSidedMarket
        The market.
    equilibrium : DeliveryEquilibrium or DeliveryOutcome
        Payments and transactions, or a solver's answer that carries them.
    tips : bool
        Whether tips are allowed; if not, every tip but 0 is a violation.
    tol : float
        Largest violation that is let pass, in money (not relative to it), finite and ``>= 0``.

    Returns
    -------
    tuple of Violation
        Empty exactly if it is an equilibrium within ``tol``.

    Raises
    ------
    ValueError
        If shapes do not fit the market, a transaction names somebody who is not there, the outcome carries no
        equilibrium, or ``tol`` is out of range.

    Examples
    --------
    >>> market = ThreeSidedMarket([[1]], [[[2]]])
    >>> no_trade = DeliveryEquilibrium([0], [[0]], [[0.25]], [])
    >>> [str(violation) for violation in check_equilibrium(market, no_trade)]
    ['buyer envy: buyer 0 would gain 0.75 by order (0, 0)']
    """
    equilibrium = certificate(market, equilibrium)
    if not 0 <= tol < np.inf:
        raise ValueError(f"tol must be finite and >= 0, given {tol}")
    triples = market.check_transactions(equilibrium.transactions)
    return (
        *_overlaps(triples),
        *_payments(equilibrium, triples, tips, tol),
        *_buyers(market, equilibrium, triples, tol),
        *_couriers(market, equilibrium, triples, tol),
    )


def certificate(market: ThreeSidedMarket, equilibrium: DeliveryEquilibrium | DeliveryOutcome) -> DeliveryEquilibrium:
    """Take the payments and transactions out of a solver's answer, and check that they have the market's shape.

    Parameters
    ----------
    market : ThreeSidedMarket
        The market.
    equilibrium : DeliveryEquilibrium or DeliveryOutcome
        Payments and transactions, or an answer that carries them.

    Returns
    -------
    DeliveryEquilibrium

    Raises
    ------
    ValueError
        If it is neither, the outcome carries no equilibrium, or shapes do not fit the market.
    """
    if isinstance(equilibrium, DeliveryOutcome):
        if equilibrium.equilibrium is None:
            raise ValueError(f"equilibrium must carry payments, given an outcome without any ({equilibrium.status})")
        equilibrium = equilibrium.equilibrium
    if not isinstance(equilibrium, DeliveryEquilibrium):
        raise ValueError(f"equilibrium must be a DeliveryEquilibrium or a DeliveryOutcome, given {equilibrium!r}")
    if equilibrium.tips.shape != market.V.shape:
        raise ValueError(
            f"equilibrium must have tips of shape {market.V.shape} to fit the market, given {equilibrium.tips.shape}"
        )
    return equilibrium


def _overlaps(triples: Transactions) -> Iterator[Violation]:
    for position, side in enumerate(("buyer", "store", "courier")):
        for agent, count in sorted(Counter(triple[position] for triple in triples).items()):
            if count > 1:
                yield Violation((side, agent), "overlap", None, count - 1.0)


def _payments(equilibrium: DeliveryEquilibrium, triples: Transactions, tips: bool, tol: float) -> Iterator[Violation]:
    prices, compensations = equilibrium.prices, equilibrium.compensations
    unsold = np.ones(prices.shape, dtype=bool)
    untransacted = np.ones(compensations.shape, dtype=bool)
    for b, s, _ in triples:
        unsold[s] = untransacted[b, s] = False
    for s in np.flatnonzero(prices < -tol).tolist():
        yield Violation(("store", s), "negative price", None, float(-prices[s]))
    for s in np.flatnonzero(unsold & (prices > tol)).tolist():
        yield Violation(("store", s), "unsold price", None, float(prices[s]))
    for b, s in np.argwhere(compensations < -tol).tolist():
        yield Violation(("platform", 0), "negative compensation", (b, s), float(-compensations[b, s]))
    for b, s in np.argwhere(untransacted & (compensations > tol)).tolist():
        yield Violation(("platform", 0), "untransacted compensation", (b, s), float(compensations[b, s]))
    for b, s in np.argwhere(equilibrium.tips < -tol).tolist():
        yield Violation(("buyer", b), "negative tip", (b, s), float(-equilibrium.tips[b, s]))
    if not tips:
        for b, s in np.argwhere(equilibrium.tips > tol).tolist():
            yield Violation(("buyer", b), "tip", (b, s), float(equilibrium.tips[b, s]))


def _buyers(
    market: ThreeSidedMarket, equilibrium: DeliveryEquilibrium, triples: Transactions, tol: float
) -> Iterator[Violation]:
    gain = market.V - equilibrium.prices - equilibrium.tips
    utility = np.full(market.n_buyers, np.inf)
    for b, s, _ in triples:
        utility[b] = min(utility[b], gain[b, s])
        if gain[b, s] < -tol:
            yield Violation(("buyer", b), "buyer rationality", (b, s), float(-gain[b, s]))
    fallback = np.where(np.isinf(utility), 0.0, np.maximum(utility, 0.0))
    for b, s in np.argwhere(gain - fallback[:, None] > tol).tolist():
        yield Violation(("buyer", b), "buyer envy", (b, s), float(gain[b, s] - fallback[b]))


def _couriers(
    market: ThreeSidedMarket, equilibrium: DeliveryEquilibrium, triples: Transactions, tol: float
) -> Iterator[Violation]:
    pay = equilibrium.compensations + equilibrium.tips
    rent = np.full(market.n_couriers, np.inf)
    for b, s, c in triples:
        gain = float(pay[b, s] - market.K[c, b, s])
        rent[c] = min(rent[c], gain)
        if gain < -tol:
            yield Violation(("courier", c), "courier rationality", (b, s), -gain)
    fallback = np.where(np.isinf(rent), 0.0, np.maximum(rent, 0.0))
    best = (pay - market.K).max(axis=(1, 2), initial=-np.inf)
    for c in np.flatnonzero(best - fallback > tol).tolist():
        envy = pay - market.K[c] - fallback[c]
        for b, s in np.argwhere(envy > tol).tolist():
            yield Violation(("courier", c), "courier envy", (b, s), float(envy[b, s]))
