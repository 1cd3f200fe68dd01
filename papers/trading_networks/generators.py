"""Random worlds and random values for trading networks.

A world is a bool table ``(n, m)`` of who knows whom, values a float table ``(n, m)`` in money; together they make
``TradingNetwork(values, world)``. Every function draws from the generator it is given and from nothing else.
"""

import numpy as np
from numpy.typing import NDArray

from common.stats import check_probability


def erdos_renyi_world(n: int, m: int, q: float, rng: np.random.Generator) -> NDArray[np.bool_]:
    """Draw a world in which every pair knows each other with probability ``q``, independently.

    Parameters
    ----------
    n, m : int
        Numbers of buyers and sellers, ``>= 0``.
    q : float
        Probability in ``[0, 1]``.
    rng : numpy.random.Generator
        Source of randomness.

    Returns
    -------
    ndarray of bool, shape (n, m)

    Raises
    ------
    ValueError
        If a size is negative or ``q`` is no probability.
    """
    _check_sizes(n, m)
    check_probability("q", q)
    return rng.random((n, m)) < q


def geometric_world(n: int, m: int, radius: float, rng: np.random.Generator) -> NDArray[np.bool_]:
    """Draw buyers and sellers uniformly in the unit square; those within ``radius`` know each other.

    Parameters
    ----------
    n, m : int
        Numbers of buyers and sellers, ``>= 0``.
    radius : float
        Distance, ``>= 0``; the side of the square is 1.
    rng : numpy.random.Generator
        Source of randomness.

    Returns
    -------
    ndarray of bool, shape (n, m)

    Raises
    ------
    ValueError
        If a size or the radius is negative.
    """
    _check_sizes(n, m)
    if not radius >= 0:
        raise ValueError(f"radius must be >= 0, given {radius}")
    buyers, sellers = rng.random((n, 1, 2)), rng.random((1, m, 2))
    return np.linalg.norm(buyers - sellers, axis=2) <= radius


def preferential_attachment_world(n: int, m: int, degree: int, rng: np.random.Generator) -> NDArray[np.bool_]:
    """Let buyers arrive one by one and get to know ``degree`` sellers, known ones more probably.

    A seller is drawn with probability proportional to one more than the number of buyers who know her.

    Parameters
    ----------
    n, m : int
        Numbers of buyers and sellers, ``>= 0``.
    degree : int
        Sellers each buyer knows, ``0..m``.
    rng : numpy.random.Generator
        Source of randomness.

    Returns
    -------
    ndarray of bool, shape (n, m)

    Raises
    ------
    ValueError
        If a size is negative or ``degree`` is out of range.
    """
    _check_sizes(n, m)
    if not 0 <= degree <= m:
        raise ValueError(f"degree must be in 0..{m}, given {degree}")
    world = np.zeros((n, m), dtype=bool)
    for i in range(n if degree else 0):
        fame = 1.0 + world.sum(axis=0)
        world[i, rng.choice(m, size=degree, replace=False, p=fame / fame.sum())] = True
    return world


def block_world(
    n: int, m: int, blocks: int, q_within: float, q_across: float, rng: np.random.Generator
) -> NDArray[np.bool_]:
    """Draw a world of communities: buyer ``i`` and seller ``j`` belong to blocks ``i`` and ``j`` modulo ``blocks``.

    Parameters
    ----------
    n, m : int
        Numbers of buyers and sellers, ``>= 0``.
    blocks : int
        Number of communities, ``>= 1``.
    q_within, q_across : float
        Probabilities in ``[0, 1]`` that two people of the same block, of different blocks, know each other.
    rng : numpy.random.Generator
        Source of randomness.

    Returns
    -------
    ndarray of bool, shape (n, m)

    Raises
    ------
    ValueError
        If a size, the number of blocks or a probability is out of range.
    """
    _check_sizes(n, m)
    if blocks < 1:
        raise ValueError(f"blocks must be >= 1, given {blocks}")
    check_probability("q_within", q_within)
    check_probability("q_across", q_across)
    same = np.equal.outer(np.arange(n) % blocks, np.arange(m) % blocks)
    return rng.random((n, m)) < np.where(same, q_within, q_across)


def independent_values(n: int, m: int, rng: np.random.Generator) -> NDArray[np.float64]:
    """Draw every value independently and uniformly from ``[0, 1)``.

    Parameters
    ----------
    n, m : int
        Numbers of buyers and sellers, ``>= 0``.
    rng : numpy.random.Generator
        Source of randomness.

    Returns
    -------
    ndarray of float, shape (n, m)

    Raises
    ------
    ValueError
        If a size is negative.
    """
    _check_sizes(n, m)
    return rng.random((n, m))


def additive_values(n: int, m: int, noise: float, rng: np.random.Generator) -> NDArray[np.float64]:
    r"""Draw values :math:`a_i+b_j+\text{noise}\cdot\varepsilon_{ij}` with uniform :math:`a,b,\varepsilon\in[0,1)`.

    Parameters
    ----------
    n, m : int
        Numbers of buyers and sellers, ``>= 0``.
    noise : float
        Weight of the part that belongs to the pair, ``>= 0`` and finite.
    rng : numpy.random.Generator
        Source of randomness.

    Returns
    -------
    ndarray of float, shape (n, m)

    Raises
    ------
    ValueError
        If a size is negative or the noise is negative or not finite.
    """
    _check_sizes(n, m)
    if not 0 <= noise < np.inf:
        raise ValueError(f"noise must be >= 0 and finite, given {noise}")
    return rng.random((n, 1)) + rng.random((1, m)) + noise * rng.random((n, m))


def homogeneous_goods(n: int, m: int, rng: np.random.Generator) -> NDArray[np.float64]:
    """Draw values uniform in ``[0, 1)`` by buyer, the same for all goods.

    Parameters
    ----------
    n, m : int
        Numbers of buyers and sellers, ``>= 0``.
    rng : numpy.random.Generator
        Source of randomness.

    Returns
    -------
    ndarray of float, shape (n, m)

    Raises
    ------
    ValueError
        If a size is negative.
    """
    _check_sizes(n, m)
    return np.repeat(rng.random((n, 1)), m, axis=1)


def _check_sizes(n: int, m: int) -> None:
    if n < 0 or m < 0:
        raise ValueError(f"n and m must be >= 0, given n={n}, m={m}")
