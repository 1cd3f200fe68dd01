r"""Simple tariffs for one buyer: one price for everything, and a fee plus a price per item.

A tariff is a menu of all bundles whose price depends on little: :math:`p(S)=a+b\,|S|` for every bundle but the empty
one. It is incentive compatible as every menu is (taxation principle), and with :math:`b\ge0` a buyer with an XOR
valuation finds its best bundle among its own atoms, since anything more only costs more (dossier, section 6.1).
"""

from abc import ABC, abstractmethod
from dataclasses import dataclass, replace
from heapq import heappop, heappush

import numpy as np
from numpy.typing import ArrayLike, NDArray

from common.auctions.choices import Tie
from common.auctions.probabilities import probability_vector
from common.auctions.xor import XORValuations
from common.optim.milp import solve_milp
from common.optim.scale import magnitude
from common.stats import finite_array

_MOST_INTERVALS = 2000


@dataclass(frozen=True)
class PostedPrice:
    """The best price of one thing.

    Attributes
    ----------
    price : float
        The lowest of the best prices.
    revenue : float
        Price times the probability of a value at least as high.
    """

    price: float
    revenue: float


def posted_price(values: ArrayLike, probabilities: ArrayLike | None = None) -> PostedPrice:
    """Return the best take-it-or-leave-it price, exact by sorting; a buyer whose value equals the price buys.

    Parameters
    ----------
    values : array_like, shape (N,)
        Values of the types, finite.
    probabilities : array_like, shape (N,), optional
        Of the types; equal by default.

    Returns
    -------
    PostedPrice
        At price and revenue 0 if no value is positive.

    Examples
    --------
    >>> posted_price([1.0, 2.0, 3.0])
    PostedPrice(price=2.0, revenue=1.3333333333333333)
    """
    values = finite_array("values", values)
    chances = probability_vector("probabilities", probabilities, len(values))
    order = np.argsort(values)[::-1]
    ladder = values[order] * np.cumsum(chances[order])
    # of equal values only the last has all their buyers: it is the best of them
    best = len(ladder) - 1 - int(ladder[::-1].argmax())
    if not ladder[best] > 0:
        return PostedPrice(0.0, 0.0)
    return PostedPrice(float(values[order[best]]), float(ladder[best]))


class Tariff(ABC):
    """A rule that prices every bundle; a subclass says what types pay."""

    @abstractmethod
    def payments(self, types: XORValuations, tie: Tie = "seller") -> NDArray[np.float64]:
        """Return what each type pays, shape (N,); ties as in `choose`."""

    def revenue_on(self, types: XORValuations, probabilities: ArrayLike | None = None, tie: Tie = "seller") -> float:
        """Return the expected payment of a type drawn with ``probabilities`` (equal ones by default)."""
        return float(probability_vector("probabilities", probabilities, len(types)) @ self.payments(types, tie))


@dataclass(frozen=True)
class SizeLinearTariff(Tariff):
    """A fee plus a price per item: every bundle of k >= 1 items costs ``entry_fee + item_price * k``.

    Attributes
    ----------
    entry_fee : float
        Paid once by a buyer of anything, ``>= -item_price`` (no bundle has a negative price).
    item_price : float
        Price of each item, ``>= 0``.
    revenue : float
        From the types it was made for.
    bound : float
        No tariff of this form earns more from them.
    """

    entry_fee: float
    item_price: float
    revenue: float
    bound: float

    def payments(self, types: XORValuations, tie: Tie = "seller") -> NDArray[np.float64]:
        """Return what each type pays, shape (N,); ties as in `choose`."""
        return types.demand(self.item_price, self.entry_fee, tie)[2]


def size_linear_tariff(
    types: XORValuations, probabilities: ArrayLike | None = None, *, entry_fee: bool = True, gap: float = 1e-6
) -> SizeLinearTariff:
    r"""Return the best tariff :math:`a+b|S|` with :math:`b\ge0,\ a\ge-b`, by branch and bound over the price per item.

    At a price b each type has a net value, the highest of :math:`b_k-b|S_k|`, and the best fee is the net value of some
    type: sorting finds it. In :math:`[b_0,b_1]` nobody's net value is above the one at :math:`b_0`, and nobody wants
    more items than at :math:`b_0`; so what could be earned if they paid :math:`b_1` for those items is a bound, and an
    interval is halved until its bound is within the gap. Where revenue does not depend on b (only one size is sold,
    say) that would take too long: after 2000 intervals the search ends with a bound further off. At last the fee and
    the price are raised to the corner where the same types buy the same atoms, by a linear programme in two variables.

    Parameters
    ----------
    types : XORValuations
        The types.
    probabilities : array_like, shape (N,), optional
        Of the types; equal by default.
    entry_fee : bool
        Whether there is a fee; without one a is 0, a common price for all items.
    gap : float
        Relative gap between the revenue and its bound at which the search stops, ``> 0``.

    Returns
    -------
    SizeLinearTariff

    Raises
    ------
    ValueError
        If there are no types, the probabilities are none, or the gap is not positive.

    Examples
    --------
    Prices 6 and 10 for one and two items are a fee of 2 and a price of 4 (dossier, section 8.5):

    >>> tariff = size_linear_tariff(XORValuations.from_atoms([[({0}, 6)], [({0, 1}, 10)]], n_items=2))
    >>> round(tariff.entry_fee, 6), round(tariff.item_price, 6), round(tariff.revenue, 6)
    (2.0, 4.0, 8.0)
    """
    chances = probability_vector("probabilities", probabilities, len(types))
    if not gap > 0:
        raise ValueError(f"gap must be > 0, given {gap}")
    sample = _Sample(types.bids, types.atom_sizes().astype(float), chances, entry_fee)
    highest = float(types.bids.max(initial=0.0))
    revenue, fee = sample.best_fee(0.0, 0.0)
    price = 0.0
    bound, _ = sample.best_fee(0.0, highest)
    intervals = [(-bound, 0.0, highest)]
    for _ in range(_MOST_INTERVALS):
        if -intervals[0][0] <= revenue * (1 + gap):
            break
        _, low, high = heappop(intervals)
        middle = (low + high) / 2
        found, its_fee = sample.best_fee(middle, middle)
        if found > revenue:
            revenue, fee, price = found, its_fee, middle
        for start, end in ((low, middle), (middle, high)):
            heappush(intervals, (-sample.best_fee(start, end)[0], start, end))
    bound = max(-intervals[0][0], revenue)
    fee, price = sample.corner(fee, price)
    tariff = SizeLinearTariff(fee, price, 0.0, bound)
    revenue = tariff.revenue_on(types, chances)
    return replace(tariff, revenue=revenue, bound=max(bound, revenue))


@dataclass(frozen=True, eq=False)
class _Sample:
    """Bids and sizes of atoms, shape (N, K), probabilities of the types, shape (N,), and whether there is a fee."""

    bids: NDArray[np.float64]
    sizes: NDArray[np.float64]
    chances: NDArray[np.float64]
    has_fee: bool

    def slack(self) -> float:
        """Return by how much utilities may differ and count as equal."""
        return 1e-12 * float(self.bids.max(initial=0.0))

    def choices(self, price: float) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.int64]]:
        """Return each type's net value, the size it wants (the largest of equals) and the number of its atom."""
        net = np.where(self.bids > 0, self.bids - price * self.sizes, -np.inf)
        best = net.max(axis=1)
        atom = np.where(net >= best[:, None] - self.slack(), self.sizes, -1.0).argmax(axis=1)
        return best, np.take_along_axis(self.sizes, atom[:, None], axis=1)[:, 0], atom

    def best_fee(self, price: float, paid: float) -> tuple[float, float]:
        """Return the highest revenue, and its fee, if items are chosen at a price and paid for at another one."""
        net, sizes, _ = self.choices(price)
        if not self.has_fee:
            return float(paid * (self.chances * sizes)[net >= 0].sum()), 0.0
        order = np.argsort(-net)
        order = order[: np.count_nonzero(net >= -paid)]
        if not len(order):
            return 0.0, 0.0
        chances = self.chances[order]
        revenues = net[order] * np.cumsum(chances) + paid * np.cumsum(chances * sizes[order])
        best = int(revenues.argmax())
        return (float(revenues[best]), float(net[order[best]])) if revenues[best] > 0 else (0.0, 0.0)

    def corner(self, fee: float, price: float) -> tuple[float, float]:
        """Return the best fee and price at which those who buy still want what they buy."""
        net, sizes, atom = self.choices(price)
        buyers = (net >= fee - self.slack()) & np.isfinite(net)
        if not buyers.any():
            return fee, price
        weight, size = self.chances[buyers], sizes[buyers]
        bid = np.take_along_axis(self.bids, atom[:, None], axis=1)[buyers, 0]
        unit = magnitude(bid)
        others = self.bids[buyers] > 0
        rows = [
            np.column_stack([np.ones(len(size)), size]),  # a buyer's atom costs at most its bid,
            np.column_stack([np.zeros(others.sum()), (size[:, None] - self.sizes[buyers])[others]]),  # and beats others
            np.array([[-1.0, -1.0]]),  # one item has no negative price
        ]
        limits = [bid, (bid[:, None] - self.bids[buyers])[others], [0.0]]
        solution = solve_milp(
            [weight.sum(), weight @ size],
            np.concatenate(rows),
            -np.inf,
            np.concatenate(limits) / unit,
            lower=[-np.inf if self.has_fee else 0.0, 0.0],
            upper=[np.inf if self.has_fee else 0.0, np.inf],
            maximise=True,
        )
        return (fee, price) if solution.x is None else tuple((solution.x * unit).tolist())
