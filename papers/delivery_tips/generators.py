"""Random and structured delivery markets.

A market has a shape ``(B, S, C)``: numbers of buyers, stores and couriers, any of them 0. Every function draws from the
generator it is given and from nothing else.
"""

from collections.abc import Iterable, Sequence
from typing import Literal, get_args

import numpy as np
from numpy.typing import ArrayLike, NDArray

from common.markets.validation import check_values
from common.stats import check_probability
from papers.delivery_tips.market import ThreeSidedMarket

Shape = tuple[int, int, int]  #: numbers of buyers, stores and couriers
Family = Literal["T1", "T2", "T3", "T4", "T5"]


def uniform_market(
    shape: Shape, generator: np.random.Generator, *, cost_scale: float = 1.0, density: float = 1.0
) -> ThreeSidedMarket:
    """Draw values uniform on [0, 1) and costs uniform on [0, `cost_scale`).

    Parameters
    ----------
    shape : (int, int, int)
        Numbers of buyers, stores and couriers, ``>= 0``.
    generator : numpy.random.Generator
        Source of randomness.
    cost_scale : float
        Largest cost, in money, ``>= 0``.
    density : float
        Probability in ``[0, 1]`` that a buyer wants the good of a store at all; otherwise the value is 0.

    Returns
    -------
    ThreeSidedMarket

    Raises
    ------
    ValueError
        If the shape, the cost scale or the density is out of range.
    """
    n_buyers, n_stores, n_couriers = check_shape(shape)
    check_scale("cost_scale", cost_scale)
    wanted = bernoulli_values((n_buyers, n_stores), density, generator)
    return ThreeSidedMarket(wanted, cost_scale * generator.random((n_couriers, n_buyers, n_stores)))


def integer_market(shape: Shape, generator: np.random.Generator, largest: int = 6) -> ThreeSidedMarket:
    """Draw integer values and costs, uniform on ``0..largest``: small numbers bring ties and zero values.

    Parameters
    ----------
    shape : (int, int, int)
        Numbers of buyers, stores and couriers, ``>= 0``.
    generator : numpy.random.Generator
        Source of randomness.
    largest : int
        Largest value and cost, in money, ``>= 0``.

    Returns
    -------
    ThreeSidedMarket

    Raises
    ------
    ValueError
        If the shape or `largest` is out of range.
    """
    n_buyers, n_stores, n_couriers = check_shape(shape)
    if not isinstance(largest, int | np.integer) or largest < 0:
        raise ValueError(f"largest must be an integer >= 0, given {largest!r}")
    V = generator.integers(0, largest, (n_buyers, n_stores), endpoint=True)
    return ThreeSidedMarket(V, generator.integers(0, largest, (n_couriers, n_buyers, n_stores), endpoint=True))


def bernoulli_values(shape: tuple[int, int], density: float, generator: np.random.Generator) -> NDArray[np.float64]:
    """Draw values uniform on [0, 1), each kept with probability `density` and 0 otherwise.

    Parameters
    ----------
    shape : (int, int)
        Numbers of buyers and stores, ``>= 0``.
    density : float
        Probability in ``[0, 1]``.
    generator : numpy.random.Generator
        Source of randomness.

    Returns
    -------
    ndarray of float, shape (B, S)
        Values in money.

    Raises
    ------
    ValueError
        If the shape or the density is out of range.
    """
    check_shape((*shape, 0))
    check_probability("density", density)
    return generator.random(shape) * (generator.random(shape) < density)


def family_market(family: Family, shape: Shape, generator: np.random.Generator) -> ThreeSidedMarket:
    r"""Draw a market of one of the five families whose surplus splits along a path of the three sides (P8).

    Values are uniform on [0, 1) (T5: :math:`\alpha_b+\beta_s`, both uniform on [0, 0.5)), parts of costs uniform on
    [0, 0.5): some orders are worth their delivery and some are not.

    Parameters
    ----------
    family : {"T1", "T2", "T3", "T4", "T5"}
        Costs are :math:`\kappa_{bs}` (T1), :math:`k_c+\kappa_{bs}` (T2), :math:`k_{cs}+\kappa_{bs}` (T3),
        :math:`k_{cb}+\kappa_{bs}` (T4) or :math:`k_{cs}+k_{cb}` (T5).
    shape : (int, int, int)
        Numbers of buyers, stores and couriers, ``>= 0``.
    generator : numpy.random.Generator
        Source of randomness.

    Returns
    -------
    ThreeSidedMarket

    Raises
    ------
    ValueError
        If the family is unknown or the shape out of range.
    """
    n_buyers, n_stores, n_couriers = check_shape(shape)
    if family not in get_args(Family):
        raise ValueError(f"family must be one of {', '.join(get_args(Family))}, given {family!r}")

    def half(*sizes: int) -> NDArray[np.float64]:
        return generator.random(sizes) / 2

    # Parts of the cost broadcast against (couriers, buyers, stores).
    to_store, to_buyer, order = (n_couriers, 1, n_stores), (n_couriers, n_buyers, 1), (1, n_buyers, n_stores)
    parts = {
        "T1": (order,),
        "T2": ((n_couriers, 1, 1), order),
        "T3": (to_store, order),
        "T4": (to_buyer, order),
        "T5": (to_store, to_buyer),
    }[family]
    V = half(n_buyers, 1) + half(1, n_stores) if family == "T5" else generator.random((n_buyers, n_stores))
    K = sum((half(*part) for part in parts), np.zeros((n_couriers, n_buyers, n_stores)))
    return ThreeSidedMarket(V, K)


def diagonal_market(
    n_couriers: int, values: ArrayLike = (5.0, 4.0, 3.0, 2.0), background: float = 0.5, cost: float = 1.0
) -> ThreeSidedMarket:
    """Build the market of artefact DT-11: everybody has a favourite store, and couriers are added one by one.

    Parameters
    ----------
    n_couriers : int
        Number of couriers, ``>= 0``; all alike.
    values : array_like, shape (n,)
        How much buyer ``i`` values store ``i`` above the others, in money, ``>= 0``.
    background : float
        Value of every pair beside that, in money, ``>= 0``.
    cost : float
        Cost of every delivery, in money, ``>= 0``.

    Returns
    -------
    ThreeSidedMarket

    Raises
    ------
    ValueError
        If a number is out of range.

    Examples
    --------
    >>> diagonal_market(2).V[0]
    array([5.5, 0.5, 0.5, 0.5])
    """
    values = check_values(values, "values", ("buyers",))
    check_shape((0, 0, n_couriers))
    check_scale("background", background)
    check_scale("cost", cost)
    return ThreeSidedMarket(np.diag(values) + background, np.full((n_couriers, values.size, values.size), float(cost)))


def three_dimensional_matching_market(n: int, triples: Iterable[Sequence[int]]) -> ThreeSidedMarket:
    r"""Build the market whose optimal equilibrium welfare is the size of a largest 3-dimensional matching (P9).

    There are ``n`` agents on each side, :math:`V\equiv2`, and :math:`K_{cbs}` is 1 for the given triples and 2 for all
    others, so that a triple yields 1 if it is given and 0 otherwise. A largest matching within the given triples is
    completed by others to a :math:`\tau` that uses every courier; taken with couriers of least cost it is a with-tip
    equilibrium outcome (P5), and the first best. Deciding whether the welfare is ``n`` is 3-dimensional matching.

    Parameters
    ----------
    n : int
        Agents on each side, ``>= 0``.
    triples : iterable of (int, int, int)
        Buyer, store and courier of each triple that may be matched, in ``0..n-1``.

    Returns
    -------
    ThreeSidedMarket

    Raises
    ------
    ValueError
        If ``n`` is negative or a triple is malformed.
    """
    check_shape((n, n, n))
    V, K = np.full((n, n), 2.0), np.full((n, n, n), 2.0)
    for b, s, c in ThreeSidedMarket(V, K).check_transactions(triples):
        K[c, b, s] = 1.0
    return ThreeSidedMarket(V, K)


def random_triples(n: int, density: float, generator: np.random.Generator, planted: bool = False) -> NDArray[np.intp]:
    """Draw the triples of a 3-dimensional matching problem, each of the ``n**3`` with probability `density`.

    Parameters
    ----------
    n : int
        Agents on each side, ``>= 0``.
    density : float
        Probability in ``[0, 1]``.
    generator : numpy.random.Generator
        Source of randomness.
    planted : bool
        Whether a random perfect matching is added, so that the optimum is ``n``.

    Returns
    -------
    ndarray of int, shape (triples, 3)
        Buyer, store and courier of each, sorted, without repetitions.

    Raises
    ------
    ValueError
        If ``n`` is negative or `density` is no probability.
    """
    check_shape((n, n, n))
    check_probability("density", density)
    chosen = generator.random((n, n, n)) < density
    if planted:
        chosen[np.arange(n), generator.permutation(n), generator.permutation(n)] = True
    return np.argwhere(chosen)


def check_shape(shape: Sequence[int]) -> Shape:
    """Check numbers of buyers, stores and couriers.

    Parameters
    ----------
    shape : sequence of int
        Three numbers ``>= 0``.

    Returns
    -------
    (int, int, int)

    Raises
    ------
    ValueError
        If it is no triple of integers ``>= 0``.
    """
    array = np.asarray(shape)
    if (
        array.shape != (3,)
        or array.dtype.kind not in "iu"
        or any(isinstance(size, bool) for size in shape)
        or (array < 0).any()
    ):
        raise ValueError(f"shape must hold the numbers of buyers, stores and couriers, all >= 0, given {shape!r}")
    return int(array[0]), int(array[1]), int(array[2])


def check_scale(name: str, number: float) -> None:
    """Refuse a number that is negative, infinite or NaN.

    Parameters
    ----------
    name : str
        What the caller calls it; used in the message.
    number : float
        The number.

    Raises
    ------
    ValueError
        If it is not finite or below 0.
    """
    if not 0 <= number < np.inf:
        raise ValueError(f"{name} must be finite and >= 0, given {number}")
