r"""Ascending tips: buyers and stores' counters outbid each other until nobody wants to bid.

Every store has a pick-up counter. Every good carries an ask :math:`P_s` (its price and the tip for the pick-up), every
courier an ask :math:`y_c` (her rent); all start at 0 and never fall. Let :math:`\kappa_{bs}=\min_cK_{cbs}` be what
order ``(b, s)`` costs in any case. One at a time,

- a buyer without a good bids for the one she likes best at :math:`V_{bs}-\kappa_{bs}-P_s`, if that is positive;
- a counter whose good was taken by buyer ``b`` bids for the courier of least :math:`K_{cbs}-\kappa_{bs}+y_c`, or buys
  its own good back at :math:`P_s` if that is cheaper;

and raises the ask by how much better the best is than the second best (for a buyer at least 0), plus
:math:`\varepsilon`. Whoever is displaced bids in turn. A counter whose order changes keeps its courier as long as she
is within :math:`\varepsilon` of the best for the new order; otherwise it lets her go and bids again.

**Chains courier-store-buyer (T3).** :math:`K_{cbs}-\kappa_{bs}` does not depend on ``b``: a counter never lets a
courier go, and the rules are the auction algorithm of Bertsekas (1988) on the assignment problem of buyers and counters
to goods and couriers that a chain is. Every bid keeps :math:`\varepsilon`-complementary slackness: what anybody has is
within :math:`\varepsilon` of her best at the asks. Hence it ends, the welfare is within :math:`\varepsilon(B+S)` of
the first best, and with

.. math:: p_s=\max\{0,P_s-(K_{cbs}-\kappa_{bs}+y_c)\},\quad t_{bs}=K_{cbs}+y_c\ \text{ on transacted }(b,s,c),
    \quad t_{bs}=\min_c(K_{cbs}+y_c)\ \text{ elsewhere}

(:math:`p_s=0` for the unsold, :math:`y_c=0` for the idle, no compensations) every condition of an equilibrium holds
within :math:`3\varepsilon`: one for the buyer's bid, one for the counter's, one for the price that stays above 0.

**Other markets.** The ask of a store cannot say whom the order suits. Bidding still ends, as asks rise by at least
:math:`\varepsilon` and are bounded, and in small markets often in an equilibrium; but couriers may be let go at
positive asks and envy beyond :math:`3\varepsilon` may remain. If the LP relaxation has a gap it *must*, for small
:math:`\varepsilon`: let the conditions of buyers and couriers in a tip-only equilibrium hold within :math:`\delta`.
Their gains, raised to 0 where negative, and the prices fall short of a dual solution by at most :math:`2\delta` for
each triple, so :math:`2\delta` more for everybody on the smallest side makes them one; and they add up to at most
:math:`W(\tau)+2\delta|\tau|`. Thus :math:`\mathrm{LP}\le W(\tau)+4\delta\min(B,S,C)`, and no
:math:`\delta<(\mathrm{LP}-\mathrm{FB})/(4\min(B,S,C))` can be reached, by these rules or by any other.
"""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from papers.delivery_tips.market import DeliveryEquilibrium, ThreeSidedMarket
from papers.delivery_tips.verification import check_equilibrium


@dataclass(frozen=True, eq=False)
class AscendingHistory:
    """What could be seen while the bids went on, at ``T`` moments.

    Attributes
    ----------
    bids : ndarray of int, shape (T,)
        Bids made so far; the first moment is 0, the last is the end.
    asks : ndarray of float, shape (T, S)
        Ask of every good in money: price and tip for the pick-up.
    rents : ndarray of float, shape (T, C)
        Ask of every courier in money: tip beyond her cost.
    welfare : ndarray of float, shape (T,)
        Welfare of the orders that had a courier at that moment, in money.
    """

    bids: NDArray[np.intp]
    asks: NDArray[np.float64]
    rents: NDArray[np.float64]
    welfare: NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class AscendingOutcome:
    """How the bidding ended.

    Attributes
    ----------
    converged : bool
        Whether nobody wanted to bid any more and every condition of an equilibrium holds within ``3 * epsilon``.
    violation : float
        Largest amount by which a condition of an equilibrium fails, in money, as the verifier says.
    equilibrium : DeliveryEquilibrium
        Prices, tips and transactions at the end, without compensations.
    rents : ndarray of float, shape (C,)
        Ask of every courier, in money.
    welfare : float
        Welfare of the transactions, in money.
    bids : int
        Number of bids.
    epsilon : float
        Least raise, in money.
    history : AscendingHistory
        Asks and welfare over time.
    """

    converged: bool
    violation: float
    equilibrium: DeliveryEquilibrium
    rents: NDArray[np.float64]
    welfare: float
    bids: int
    epsilon: float
    history: AscendingHistory


def ascending_tips(
    market: ThreeSidedMarket, epsilon: float, *, max_bids: int = 1_000_000, record_every: int = 100
) -> AscendingOutcome:
    """Let buyers and counters bid until nobody wants to any more.

    Parameters
    ----------
    market : ThreeSidedMarket
        Any market; convergence is guaranteed for courier-store-buyer chains (T3, and with it T1 and T2).
    epsilon : float
        Least raise of an ask in money, ``> 0``.
    max_bids : int
        Bids after which it is broken off, ``>= 1``.
    record_every : int
        Bids between two moments of the history, ``>= 1``.

    Returns
    -------
    AscendingOutcome

    Raises
    ------
    ValueError
        If an option is out of range.
    """
    if not 0 < epsilon < np.inf:
        raise ValueError(f"epsilon must be finite and > 0, given {epsilon}")
    if not max_bids >= 1 or not record_every >= 1:
        raise ValueError(f"max_bids and record_every must be >= 1, given {max_bids} and {record_every}")
    bidding = _Bidding(market, epsilon)
    bidding.record()
    while bidding.waiting and bidding.bids < max_bids:
        bidding.step()
        if bidding.bids % record_every == 0:
            bidding.record()
    bidding.record()
    equilibrium = bidding.equilibrium()
    violation = max((v.amount for v in check_equilibrium(market, equilibrium, tol=0.0)), default=0.0)
    return AscendingOutcome(
        not bidding.waiting and bool(violation <= 3 * epsilon + bidding.rounding),
        violation,
        equilibrium,
        bidding.rents,
        market.welfare(equilibrium.transactions),
        bidding.bids,
        epsilon,
        bidding.history(),
    )


@dataclass
class _Bidding:
    """Who holds what at which asks, and who waits to bid (buyers as ``b``, counters as ``-1 - s``; the last first)."""

    market: ThreeSidedMarket
    epsilon: float
    bids: int = 0
    moments: list[tuple[int, NDArray[np.float64], NDArray[np.float64], float]] = field(default_factory=list)

    def __post_init__(self) -> None:
        V, K = self.market.V, self.market.K
        n_buyers, n_stores, n_couriers = self.market.shape
        least_cost = _cheapest(K, V)
        self.pick_up, self.net_value = K - least_cost, V - least_cost
        self.asks, self.rents = np.zeros(n_stores), np.zeros(n_couriers)
        self.buyer = np.full(n_stores, -1)  # who took the good; -1: it lies on its counter
        self.courier = np.full(n_stores, -1)  # whom the counter holds
        self.counter = np.full(n_couriers, -1)  # who holds the courier
        self.waiting = list(range(n_buyers))[::-1] if n_stores else []
        self.rounding = 1e-12 * max(V.max(initial=0.0), K.max(initial=0.0))

    def step(self) -> None:
        agent = self.waiting.pop()
        if agent >= 0:
            self.buyer_bids(agent)
        else:
            self.counter_bids(-1 - agent)

    def buyer_bids(self, b: int) -> None:
        gains = self.net_value[b] - self.asks
        s = int(gains.argmax())
        best = gains[s]
        if best <= 0:
            return
        gains[s] = 0.0
        self.asks[s] += best - max(gains.max(), 0.0) + self.epsilon
        self.bids += 1
        displaced, self.buyer[s] = self.buyer[s], b
        if displaced >= 0:
            self.waiting.append(int(displaced))
            self.reconsider(s)
        else:
            self.waiting.append(-1 - s)

    def reconsider(self, s: int) -> None:
        c = self.courier[s]
        if c < 0:  # the counter waits for its bid anyway
            return
        costs = self.pick_up[:, self.buyer[s], s] + self.rents
        if costs[c] > min(costs.min(), self.asks[s]) + self.epsilon + self.rounding:
            self.courier[s] = self.counter[c] = -1
            self.waiting.append(-1 - s)

    def counter_bids(self, s: int) -> None:
        costs = self.pick_up[:, self.buyer[s], s] + self.rents
        c = int(costs.argmin())
        best = costs[c]
        self.bids += 1
        if self.asks[s] < best:
            self.asks[s] = best + self.epsilon
            self.waiting.append(int(self.buyer[s]))
            self.buyer[s] = -1
            return
        costs[c] = np.inf
        self.rents[c] += min(costs.min(), self.asks[s]) - best + self.epsilon
        displaced, self.counter[c], self.courier[s] = self.counter[c], s, c
        if displaced >= 0:
            self.courier[displaced] = -1
            self.waiting.append(-1 - int(displaced))

    def transactions(self) -> tuple[NDArray[np.intp], NDArray[np.intp], NDArray[np.intp]]:
        stores = np.flatnonzero((self.buyer >= 0) & (self.courier >= 0))
        return self.buyer[stores], stores, self.courier[stores]

    def record(self) -> None:
        if self.moments and self.moments[-1][0] == self.bids:  # whoever does not bid changes nothing
            return
        b, s, c = self.transactions()
        self.moments.append((self.bids, self.asks.copy(), self.rents.copy(), float(self.market.surplus[c, b, s].sum())))

    def history(self) -> AscendingHistory:
        bids, asks, rents, welfare = zip(*self.moments, strict=True)
        return AscendingHistory(np.array(bids), np.array(asks), np.array(rents), np.array(welfare))

    def equilibrium(self) -> DeliveryEquilibrium:
        b, s, c = self.transactions()
        K, prices, rents = self.market.K, np.zeros_like(self.asks), np.zeros_like(self.rents)
        prices[s] = np.maximum(self.asks[s] - self.pick_up[c, b, s] - self.rents[c], 0.0)
        rents[c] = self.rents[c]
        tips = _cheapest(K + rents[:, None, None], self.market.V)
        tips[b, s] = K[c, b, s] + rents[c]
        triples = tuple(zip(b.tolist(), s.tolist(), c.tolist(), strict=True))
        return DeliveryEquilibrium(prices, np.zeros_like(tips), tips, triples)


def _cheapest(costs: NDArray[np.float64], V: NDArray[np.float64]) -> NDArray[np.float64]:
    """Cost of the cheapest courier; without couriers the value, so that nothing is worth its delivery."""
    return costs.min(axis=0) if len(costs) else V.copy()
