r"""The market of the paper, an equilibrium of it, and the answer of a solver.

The model of Gonczarowski, Ma and Parkes, "Pricing with Tips in Three-Sided Delivery Platforms" (arXiv 2507.10872), as
the abstract tells it (dossier section 3): unit-demand buyers, unit-supply stores without costs, couriers who carry one
order each. The platform sets a price for every store and a compensation for every order; buyers tip for orders. The
body of the paper was not read.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from common.markets.validation import check_values

Triple = tuple[int, int, int]  #: buyer, store, courier
Transactions = tuple[Triple, ...]
_ORDERS = ("buyers", "stores")


@dataclass(frozen=True, eq=False)
class ThreeSidedMarket:
    r"""Buyers, stores and couriers: who values what, and what it costs whom to bring it.

    Parameters
    ----------
    V : array_like, shape (B, S)
        :math:`V_{bs}\ge 0`, the value of buyer ``b`` for a delivered good of store ``s``, in money.
    K : array_like, shape (C, B, S)
        :math:`K_{cbs}\ge 0`, the cost of courier ``c`` for carrying order ``(b, s)``, in money. The courier's axis
        comes first. Any side may be empty: without couriers ``K`` has shape ``(0, B, S)``.

    Raises
    ------
    ValueError
        If an array is malformed (ragged, text, complex, NaN, infinite, negative, wrong shape); the message names it and
        the first offending index.

    Examples
    --------
    >>> market = ThreeSidedMarket([[5, 1], [1, 4]], [[[1, 1], [1, 1]]])
    >>> market.shape
    (2, 2, 1)
    >>> market.welfare([(0, 0, 0)])
    4.0
    """

    V: NDArray[np.float64]
    K: NDArray[np.float64]

    def __post_init__(self) -> None:
        # Copies that cannot be written keep what is derived from them true for as long as the market lives.
        V = check_values(self.V, "V", _ORDERS).copy()
        K = check_values(self.K, "K", ("couriers", *_ORDERS)).copy()
        if K.shape[1:] != V.shape:
            raise ValueError(
                f"K must have shape (couriers, {V.shape[0]}, {V.shape[1]}) to fit V, given shape {K.shape}"
            )
        V.flags.writeable = K.flags.writeable = False
        object.__setattr__(self, "V", V)
        object.__setattr__(self, "K", K)

    @property
    def n_buyers(self) -> int:
        """Number of buyers :math:`|B|`."""
        return self.V.shape[0]

    @property
    def n_stores(self) -> int:
        """Number of stores :math:`|S|`."""
        return self.V.shape[1]

    @property
    def n_couriers(self) -> int:
        """Number of couriers :math:`|C|`."""
        return self.K.shape[0]

    @property
    def shape(self) -> tuple[int, int, int]:
        """Numbers of buyers, stores and couriers."""
        return self.n_buyers, self.n_stores, self.n_couriers

    @cached_property
    def surplus(self) -> NDArray[np.float64]:
        """Gain :math:`V_{bs}-K_{cbs}` of every triple in money, shape (C, B, S); may be negative."""
        surplus = self.V - self.K
        surplus.flags.writeable = False
        return surplus

    def check_transactions(self, transactions: Iterable[Sequence[int]]) -> Transactions:
        """Return triples of buyer, store and courier as sorted tuples of integers that exist in this market.

        Parameters
        ----------
        transactions : iterable of (int, int, int)
            Buyer, store and courier of each delivery, in any order. Triples may overlap: that is a violation for the
            verifier, not an error.

        Returns
        -------
        tuple of (int, int, int)

        Raises
        ------
        ValueError
            If an entry is no triple of integers or names somebody who is not there.
        """
        triples = as_transactions(transactions)
        for triple in triples:
            for side, agent, size in zip(("buyer", "store", "courier"), triple, self.shape, strict=True):
                if not 0 <= agent < size:
                    raise ValueError(f"transactions must name a {side} in 0..{size - 1}, given {agent} in {triple}")
        return triples

    def welfare(self, transactions: Iterable[Sequence[int]]) -> float:
        r"""Add up :math:`V_{bs}-K_{cbs}` over the transactions; payments are transfers and cancel.

        Parameters
        ----------
        transactions : iterable of (int, int, int)
            Buyer, store and courier of each delivery.

        Returns
        -------
        float
            Welfare in money; may be negative.

        Raises
        ------
        ValueError
            If a triple is malformed.
        """
        return float(sum(self.surplus[c, b, s] for b, s, c in self.check_transactions(transactions)))


@dataclass(frozen=True, eq=False)
class DeliveryEquilibrium:
    r"""Prices, compensations, tips and transactions; whether they are an equilibrium, the verifier says.

    Parameters
    ----------
    prices : array_like, shape (S,)
        :math:`p_s`, what a buyer pays for the good of store ``s``, in money.
    compensations : array_like, shape (B, S)
        :math:`w_{bs}`, what the platform pays for carrying order ``(b, s)``, in money.
    tips : array_like, shape (B, S)
        :math:`t_{bs}`, what buyer ``b`` offers for a delivery from store ``s``, in money; quoted for every order.
    transactions : iterable of (int, int, int)
        Buyer, store and courier of each delivery.

    Raises
    ------
    ValueError
        If shapes disagree, a payment is not finite, or a transaction is no triple of integers. Negative payments and
        overlapping triples are left to the verifier.
    """

    prices: NDArray[np.float64]
    compensations: NDArray[np.float64]
    tips: NDArray[np.float64]
    transactions: Transactions

    def __post_init__(self) -> None:
        for name, axes in (("prices", ("stores",)), ("compensations", _ORDERS), ("tips", _ORDERS)):
            payments = check_values(getattr(self, name), name, axes, signed=True).copy()
            payments.flags.writeable = False
            object.__setattr__(self, name, payments)
        shape = self.compensations.shape
        if self.tips.shape != shape:
            raise ValueError(f"tips must have the shape {shape} of compensations, given shape {self.tips.shape}")
        if self.prices.shape != shape[1:]:
            raise ValueError(
                f"prices must have shape {shape[1:]} to fit compensations, given shape {self.prices.shape}"
            )
        object.__setattr__(self, "transactions", as_transactions(self.transactions))

    def __repr__(self) -> str:
        """Show the payments rounded, as a reader would write them."""
        numbers = ", ".join(
            f"{name}={np.round(getattr(self, name), 4).tolist()}" for name in ("prices", "compensations", "tips")
        )
        return f"DeliveryEquilibrium({numbers}, transactions={self.transactions})"


@dataclass(frozen=True, eq=False)
class DeliveryOutcome:
    """Answer of a solver that looks for an equilibrium.

    Attributes
    ----------
    exists : bool
        Whether what was asked for exists.
    welfare : float
        Welfare of the transactions, in money; NaN where nothing exists, never 0.
    transactions : tuple of (int, int, int), or None
        Buyer, store and courier of each delivery, sorted; None where nothing exists.
    equilibrium : DeliveryEquilibrium or None
        The certificate: payments that the verifier accepts for these transactions.
    bound : float
        Proven upper bound on the welfare (on every equilibrium of the kind asked for); NaN where nothing exists.
    gap : float
        ``bound - welfare`` relative to the welfare (to 1 if that is 0); 0 if the optimum is proven, NaN where no
        optimum was asked for or nothing exists.
    status : str
        ``"optimal"``, ``"time limit"``, ``"feasible"`` (an equilibrium, no optimum asked for) or the reason why nothing
        exists.
    seconds : float
        Wall-clock time.
    """

    exists: bool
    welfare: float
    transactions: Transactions | None
    equilibrium: DeliveryEquilibrium | None
    bound: float
    gap: float
    status: str
    seconds: float = 0.0

    @classmethod
    def missing(cls, reason: str, seconds: float = 0.0) -> "DeliveryOutcome":
        """Return the answer that nothing of the kind exists.

        Parameters
        ----------
        reason : str
            Why not, in words.
        seconds : float
            Wall-clock time it took to know.

        Returns
        -------
        DeliveryOutcome
        """
        return cls(False, np.nan, None, None, np.nan, np.nan, reason, seconds)


def as_transactions(transactions: Iterable[Sequence[int]]) -> Transactions:
    """Return triples of integers as a sorted tuple of tuples.

    Parameters
    ----------
    transactions : iterable of (int, int, int)
        Buyer, store and courier of each delivery.

    Returns
    -------
    tuple of (int, int, int)

    Raises
    ------
    ValueError
        If it is no iterable, or an entry is no triple of integers.
    """
    if not isinstance(transactions, Iterable):
        raise ValueError(f"transactions must be an iterable of triples (buyer, store, courier), given {transactions!r}")
    triples = []
    for entry in transactions:
        triple = tuple(entry) if isinstance(entry, Iterable) else ()
        if len(triple) != 3 or not all(isinstance(a, int | np.integer) and not isinstance(a, bool) for a in triple):
            raise ValueError(f"transactions must hold triples (buyer, store, courier) of integers, given {entry!r}")
        triples.append(tuple(map(int, triple)))
    return tuple(sorted(triples))
