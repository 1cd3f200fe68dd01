"""Confidence interval for a share of successes."""

from common.stats.interval import Interval, check_level


def wilson_interval(successes: int, n: int, level: float = 0.95) -> Interval:
    """Wilson's score interval for a binomial proportion (Wilson 1927).

    Unlike the normal interval it stays within [0, 1] and has a positive width at 0 and n successes.

    Parameters
    ----------
    successes : int
        Number of successes, 0..n.
    n : int
        Number of independent trials, at least 1.
    level : float
        Confidence level, strictly between 0 and 1.

    Returns
    -------
    Interval
        The share ``successes / n`` and its interval.

    Raises
    ------
    ValueError
        If the counts are not whole numbers with ``0 <= successes <= n`` and ``n >= 1``, or level is not allowed.

    Examples
    --------
    >>> str(wilson_interval(8, 10))
    '0.8 [0.4902, 0.9433]'
    """
    check_level(level)
    if n != int(n) or n < 1:
        raise ValueError(f"n must be a whole number of trials, at least 1, got {n!r}")
    if successes != int(successes) or not 0 <= successes <= n:
        raise ValueError(f"successes must be a whole number in 0..{n}, got {successes!r}")
    from scipy.stats import binomtest

    ends = binomtest(int(successes), int(n)).proportion_ci(confidence_level=level, method="wilson")
    # rounding can leave an end a hair inside the estimate at 0 or n successes
    share = successes / n
    return Interval(share, min(float(ends.low), share), max(float(ends.high), share), level)
