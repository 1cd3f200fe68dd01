r"""Sets of disjoint deliveries: the check at the door, their number, and all of them for a tiny market."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import combinations, permutations
from math import comb, factorial

from papers.delivery_tips.generators import Shape, check_shape
from papers.delivery_tips.market import ThreeSidedMarket, Transactions


def disjoint_transactions(market: ThreeSidedMarket, transactions: Iterable[Sequence[int]]) -> Transactions:
    """Check that triples exist in the market and that nobody is in two of them.

    Parameters
    ----------
    market : ThreeSidedMarket
        The market.
    transactions : iterable of (int, int, int)
        Buyer, store and courier of each delivery.

    Returns
    -------
    tuple of (int, int, int)
        The triples, sorted.

    Raises
    ------
    ValueError
        If a triple is malformed, or an agent is in more than one.
    """
    triples = market.check_transactions(transactions)
    for side, agents in zip(("buyer", "store", "courier"), zip(*triples, strict=True), strict=False):
        if len(set(agents)) < len(agents):
            twice = next(agent for agent in agents if agents.count(agent) > 1)
            raise ValueError(f"transactions must be disjoint, given {side} {twice} more than once in {triples}")
    return triples


def order_sets(n_buyers: int, n_stores: int, most: int) -> Iterator[tuple[tuple[int, int], ...]]:
    """Go through the sets of at most ``most`` disjoint orders (matchings of buyers and stores).

    Parameters
    ----------
    n_buyers, n_stores : int
        Numbers of buyers and stores, ``>= 0``.
    most : int
        Largest number of orders, ``>= 0``.

    Yields
    ------
    tuple of (int, int)
        Buyer and store of each order, by buyer.
    """
    for size in range(min(n_buyers, n_stores, most) + 1):
        for buyers in combinations(range(n_buyers), size):
            for stores in permutations(range(n_stores), size):
                yield tuple(zip(buyers, stores, strict=True))


def all_transactions(shape: Shape) -> Iterator[Transactions]:
    """Go through all sets of disjoint triples, the empty one first.

    Parameters
    ----------
    shape : (int, int, int)
        Numbers of buyers, stores and couriers, ``>= 0``.

    Yields
    ------
    tuple of (int, int, int)
        Buyer, store and courier of each delivery, sorted.

    Raises
    ------
    ValueError
        If the shape is no triple of integers ``>= 0``.

    Examples
    --------
    >>> list(all_transactions((1, 1, 2)))
    [(), ((0, 0, 0),), ((0, 0, 1),)]
    """
    n_buyers, n_stores, n_couriers = check_shape(shape)
    for orders in order_sets(n_buyers, n_stores, n_couriers):
        for couriers in permutations(range(n_couriers), len(orders)):
            yield tuple((b, s, c) for (b, s), c in zip(orders, couriers, strict=True))


def count_transactions(shape: Shape) -> int:
    r"""Count the sets of disjoint triples, :math:`\sum_k\binom Bk\binom Sk\binom Ck(k!)^2`.

    Parameters
    ----------
    shape : (int, int, int)
        Numbers of buyers, stores and couriers, ``>= 0``.

    Returns
    -------
    int

    Raises
    ------
    ValueError
        If the shape is no triple of integers ``>= 0``.

    Examples
    --------
    >>> [count_transactions(shape) for shape in ((2, 2, 1), (2, 2, 2), (2, 3, 4), (3, 3, 3))]
    [5, 13, 97, 172]
    """
    n_buyers, n_stores, n_couriers = check_shape(shape)
    return sum(
        comb(n_buyers, k) * comb(n_stores, k) * comb(n_couriers, k) * factorial(k) ** 2
        for k in range(min(n_buyers, n_stores, n_couriers) + 1)
    )
