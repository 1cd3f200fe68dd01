"""Independent random streams from one seed (`numpy.random.SeedSequence`)."""

import numpy as np


def _children(seed: int, n: int) -> list[np.random.SeedSequence]:
    """Return n independent children of the seed, refusing what is not a count."""
    if isinstance(seed, bool) or seed != int(seed) or seed < 0:
        raise ValueError(f"seed must be a whole number, at least 0, got {seed!r}")
    if isinstance(n, bool) or n != int(n) or n < 0:
        raise ValueError(f"n must be a whole number, at least 0, got {n!r}")
    return np.random.SeedSequence(int(seed)).spawn(int(n))


def spawn_generators(seed: int, n: int) -> list[np.random.Generator]:
    """Return n statistically independent generators, one for each instance or worker.

    The first k are the same whatever n is, so that a longer run extends a shorter one.

    Parameters
    ----------
    seed : int
        Seed of the whole experiment, at least 0.
    n : int
        Number of generators, at least 0.

    Returns
    -------
    list of numpy.random.Generator
        One for each child of the seed.

    Raises
    ------
    ValueError
        If seed or n is negative or not whole.

    Examples
    --------
    >>> [g.integers(100).item() for g in spawn_generators(0, 2)] == [
    ...     g.integers(100).item() for g in spawn_generators(0, 5)[:2]
    ... ]
    True
    """
    return [np.random.default_rng(child) for child in _children(seed, n)]


def spawn_seeds(seed: int, n: int) -> list[int]:
    """Return n whole-number seeds, for runs that take their seed as a parameter.

    They have 53 bits, so that they survive JSON, YAML and a column of floats, and collide with
    probability below ``n**2 / 2**54``.

    Parameters
    ----------
    seed : int
        Seed of the whole experiment, at least 0.
    n : int
        Number of seeds, at least 0.

    Returns
    -------
    list of int
        Seeds in ``0 .. 2**53 - 1``; the first k are the same whatever n is.

    Raises
    ------
    ValueError
        If seed or n is negative or not whole.
    """
    return [int(child.generate_state(1, np.uint64)[0] >> np.uint64(11)) for child in _children(seed, n)]
