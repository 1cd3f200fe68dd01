"""Confidence intervals for a mean and for a mean difference of paired observations."""

from math import sqrt
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from common.stats.arrays import finite_array
from common.stats.interval import Interval, check_level


def mean_interval(
    sample: ArrayLike,
    level: float = 0.95,
    method: Literal["t", "bootstrap"] = "t",
    rng: np.random.Generator | None = None,
    resamples: int = 9999,
) -> Interval:
    r"""Confidence interval for the mean of independent observations.

    Method ``"t"`` is Student's :math:`\bar x \pm t_{n-1,(1+c)/2}\, s/\sqrt n`, exact for normal observations;
    ``"bootstrap"`` is the bias-corrected and accelerated (BCa) interval of Efron (1987), for skewed ones.

    Parameters
    ----------
    sample : array_like, shape (n,)
        Observations, n >= 2, one for each seed or instance.
    level : float
        Confidence level, strictly between 0 and 1.
    method : {"t", "bootstrap"}
        How the ends are found.
    rng : numpy.random.Generator, optional
        Source of the resamples; required by ``"bootstrap"``, unused otherwise.
    resamples : int
        Number of bootstrap resamples, at least 1.

    Returns
    -------
    Interval
        The mean and its interval; both ends equal the mean if the sample is constant.

    Raises
    ------
    ValueError
        If the sample has fewer than two observations or any that is not finite, if level or method is
        not allowed, or if the bootstrap is asked for without `rng`.

    Examples
    --------
    >>> str(mean_interval([1.0, 2.0, 3.0]))
    '2 [-0.4841, 4.484]'
    """
    values = finite_array("sample", sample, least=2)
    check_level(level)
    mean = float(values.mean())
    if method == "t":
        half = _t_half_width(values, level)
        return Interval(mean, mean - half, mean + half, level)
    if method != "bootstrap":
        raise ValueError(f"method must be 't' or 'bootstrap', got {method!r}")
    if rng is None:
        raise ValueError("rng must be a numpy Generator for method='bootstrap', got None")
    if resamples < 1:
        raise ValueError(f"resamples must be at least 1, got {resamples}")
    if np.ptp(values) == 0:  # BCa divides by the spread of the resamples
        return Interval(mean, mean, mean, level)
    from scipy.stats import bootstrap

    ends = bootstrap((values,), np.mean, confidence_level=level, n_resamples=resamples, rng=rng)
    return Interval(mean, float(ends.confidence_interval.low), float(ends.confidence_interval.high), level)


def _t_half_width(values: NDArray[np.float64], level: float) -> float:
    """Return half the width of the Student interval."""
    from scipy.special import stdtrit  # Student's quantile, without the second that scipy.stats takes to import

    quantile = stdtrit(values.size - 1, (1 + level) / 2)
    return float(quantile * values.std(ddof=1) / sqrt(values.size))


def paired_interval(
    first: ArrayLike,
    second: ArrayLike,
    level: float = 0.95,
    method: Literal["t", "bootstrap"] = "t",
    rng: np.random.Generator | None = None,
) -> Interval:
    """Confidence interval for the mean of ``first - second`` on the same seeds or instances.

    Parameters
    ----------
    first, second : array_like, shape (n,)
        Two measurements of the same n >= 2 units, in the same order.
    level, method, rng
        As in `mean_interval`.

    Returns
    -------
    Interval
        The mean difference and its interval.

    Raises
    ------
    ValueError
        If the lengths differ, or as `mean_interval` does.

    Examples
    --------
    >>> paired_interval([3.0, 5.0, 7.0], [2.0, 4.0, 6.0]).estimate
    1.0
    """
    left, right = finite_array("first", first), finite_array("second", second)
    if left.shape != right.shape:
        raise ValueError(f"first and second must have the same length, got {left.size} and {right.size}")
    return mean_interval(left - right, level, method, rng)
