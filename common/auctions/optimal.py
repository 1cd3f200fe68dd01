r"""The revenue-optimal mechanism for one buyer whose XOR type is one of finitely many: exact, for any number of items.

**Own-atom lemma** (dossier, section 8.3). *Some optimal incentive compatible and individually rational mechanism gives
each type t a lottery over t's own atoms and nothing.* Proof. Take an optimal mechanism. In the lottery of type t,
replace each bundle S by the atom of t in S that decides :math:`v_t(S)`, or by nothing if there is none. The value of
this lottery to t is what it was. To any other type it is worth at most what it was, since every bundle was replaced by
a subset and values are monotone. Prices stay. So nobody gained a reason to lie or to leave, and the revenue is the
same. The replacement takes a bundle to a bundle, so the lemma also holds among deterministic mechanisms.

So the best lotteries are found by a linear programme with T (K + 1) variables, and the best deterministic mechanism by
the same programme with binary allocations; `common.auctions.optimal_programme` states it.

The answer is an ordinary `Menu`. The solver keeps its rows only to a tolerance, and a type that envies another one by a
trifle would still walk away from a dear element, so only the solver's allocation is kept. Prices are computed anew,
as the highest ones without envy; the types are then indifferent by construction, and buy as the seller likes. The
revenue reported is what this menu earns by `Menu.revenue`; the bound is the solver's.
"""

import time
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike, NDArray

from common.auctions.menu import Menu
from common.auctions.optimal_programme import OwnAtomProgramme, Pairs
from common.auctions.probabilities import probability_vector
from common.auctions.tariffs import posted_price
from common.auctions.xor import XORValuations


@dataclass(frozen=True, eq=False)
class OptimalMechanism:
    """A menu, what it earns, and how far that can be from the best.

    Attributes
    ----------
    revenue : float
        What ``menu`` earns from the types, ties broken for the seller.
    menu : Menu
        The elements that are bought.
    payments : ndarray of float, shape (T,)
        What each type pays.
    allocation : ndarray of float, shape (T, K)
        Probabilities of the bundles bid for: a type's lottery over its own atoms, which the menu gives it at least.
    bound : float
        No mechanism of the kind asked for earns more (up to the solver's tolerance, 1e-9 of the largest bid).
    gap : float
        ``(bound - revenue) / bound``, at least 0.
    seconds : float
        Wall-clock time.
    status : str
        ``"optimal"`` (within the gap asked for, or 1e-6), ``"time limit"``, or ``"inexact"`` if prices that leave
        nobody tempted had to be lower than the solver's, whose tolerances are looser.
    """

    revenue: float
    menu: Menu
    payments: NDArray[np.float64]
    allocation: NDArray[np.float64]
    bound: float
    gap: float
    seconds: float
    status: str


def optimal_mechanism(
    types: XORValuations,
    probabilities: ArrayLike | None = None,
    deterministic: bool = False,
    *,
    time_limit: float = np.inf,
    gap: float = 1e-6,
) -> OptimalMechanism:
    """Return the mechanism with the highest revenue from one buyer of a random type.

    Memory grows as ``T**2 * K`` numbers, and time steeply with T: about 1 s for 300 types and 30 s for 800; for the
    deterministic optimum seconds to minutes for 100 types.

    Parameters
    ----------
    types : XORValuations
        The T types.
    probabilities : array_like, shape (T,), optional
        Of the types; equal by default.
    deterministic : bool
        Whether every element of the menu must be one bundle for certain.
    time_limit : float
        Seconds after which the best menu so far is returned, ``> 0``.
    gap : float
        Relative gap at which the search for a deterministic menu stops, ``>= 0``.

    Returns
    -------
    OptimalMechanism

    Raises
    ------
    ValueError
        If there are no types, the probabilities are none, or an option is out of range.

    Examples
    --------
    Half of either item at price 2 keeps the third type from taking the first one's bargain (dossier, section 8.4):

    >>> types = XORValuations.from_atoms([[({0}, 2), ({1}, 2)], [({1}, 4)], [({0}, 4)]], n_items=2)
    >>> round(optimal_mechanism(types).revenue, 6), round(optimal_mechanism(types, deterministic=True).revenue, 6)
    (3.333333, 2.666667)
    """
    chances = probability_vector("probabilities", probabilities, len(types))
    if not time_limit > 0 or not gap >= 0:
        raise ValueError(f"time_limit must be > 0 and gap >= 0, given time_limit={time_limit}, gap={gap}")
    begin = time.perf_counter()
    search = _Search(types, chances, begin + time_limit, gap)
    programme = OwnAtomProgramme.of(types, chances)
    pairs = search.run(programme, np.empty((0, 2), dtype=np.int64))
    if deterministic:  # the rows that the lotteries needed are most of those that the bundles need
        search.forget()
        search.run(replace(programme, deterministic=True), pairs)
    return search.answer(time.perf_counter() - begin)


class _Search:
    """The best menu and the lowest bound so far, beginning with a price for everything and the full surplus."""

    def __init__(self, types: XORValuations, probabilities: NDArray[np.float64], deadline: float, gap: float) -> None:
        self.types, self.probabilities, self.deadline, self.gap = types, probabilities, deadline, gap
        self.bound = float(probabilities @ types.grand_values())
        self.forget()

    def forget(self) -> None:
        """Go back to the price for everything."""
        types, worth = self.types, self.types.grand_values()
        price = posted_price(worth, self.probabilities).price
        self.menu = Menu.from_elements([([(range(types.n_items), 1.0)], price)], types.n_items)
        self.revenue = self.menu.revenue(types, self.probabilities)
        best = types.bids.argmax(axis=1)[:, None] == np.arange(types.bids.shape[1])
        self.allocation = np.where(best & ((worth >= price) & (worth > 0))[:, None], 1.0, 0.0)

    def run(self, programme: OwnAtomProgramme, pairs: Pairs) -> Pairs:
        """Add incentive rows until none is broken, the gap is closed or time is over; return them."""
        while self.revenue < self.bound * (1 - self.gap):
            left = self.deadline - time.perf_counter()
            solution = programme.solve(pairs, left, self.gap / 2) if left > 0 else None
            if solution is None or solution.x is None:
                break
            if np.isfinite(solution.bound):  # with rows left out the optimum is only higher
                self.bound = min(self.bound, solution.bound * programme.unit / len(self.types))
            x, utilities = programme.split(solution.x)
            missing = programme.worst_violated(x, utilities, pairs)
            pairs = np.concatenate([pairs, missing])
            if programme.deterministic or not len(missing):
                self.offer(np.round(x) if programme.deterministic else x, programme)
            if not len(missing):
                break
        return pairs

    def offer(self, x: NDArray[np.float64], programme: OwnAtomProgramme) -> None:
        """Price an allocation and keep its menu if it earns more."""
        sold = x.any(axis=1)
        menu = Menu(self.types.atoms[sold], x[sold], programme.highest_prices(x)[sold])
        revenue = menu.revenue(self.types, self.probabilities)
        if revenue > self.revenue:
            self.menu, self.revenue, self.allocation = menu, revenue, x

    def answer(self, seconds: float) -> OptimalMechanism:
        """Return what was found, with a menu of different elements only."""
        menu = _without_twins(self.menu).prune(self.types)
        revenue = menu.revenue(self.types, self.probabilities)
        bound = max(self.bound, revenue)
        late = time.perf_counter() >= self.deadline
        gap = (bound - revenue) / (bound or 1.0)
        return OptimalMechanism(
            revenue=revenue,
            menu=menu,
            payments=menu.payments(self.types),
            allocation=self.allocation,
            bound=bound,
            gap=gap,
            seconds=seconds,
            status="optimal" if gap <= max(self.gap, 1e-6) else "time limit" if late else "inexact",
        )


def _without_twins(menu: Menu) -> Menu:
    """Return the menu with one element for each lottery, at the lowest of its prices."""
    used = menu.weights > 0
    masks = np.where(used[..., None], menu.bundles, np.uint64(0))
    order = np.lexsort([*np.moveaxis(masks, -1, 0)], axis=-1)
    masks = np.take_along_axis(masks, order[..., None], axis=1).reshape(len(menu), -1)
    weights = np.take_along_axis(menu.weights, order, axis=1)
    keys = np.hstack([masks.view(np.int64), np.round(weights * 1e9).astype(np.int64)])
    _, first, group = np.unique(keys, axis=0, return_index=True, return_inverse=True)
    lowest = np.full(len(first), np.inf)
    np.minimum.at(lowest, group.ravel(), menu.prices)
    return Menu(menu.bundles[first], menu.weights[first], lowest)
