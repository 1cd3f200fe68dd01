"""An estimate with its confidence interval."""

from dataclasses import dataclass
from math import isfinite


def check_level(level: float) -> None:
    """Refuse a confidence level outside the open interval (0, 1).

    Raises
    ------
    ValueError
        If `level` is not strictly between 0 and 1.
    """
    if not 0 < level < 1:
        raise ValueError(f"level must be strictly between 0 and 1, got {level!r}")


@dataclass(frozen=True)
class Interval:
    """An estimate and the confidence interval around it.

    Parameters
    ----------
    estimate : float
        The point estimate, in the unit of the sample.
    low, high : float
        Ends of the interval, ``low <= high``, same unit. The estimate usually lies between them; a
        bootstrap interval of a very skewed sample may leave it outside.
    level : float
        Confidence level, strictly between 0 and 1.

    Raises
    ------
    ValueError
        If an entry is not finite, the ends are crossed, or the level is not a confidence level.
    """

    estimate: float
    low: float
    high: float
    level: float = 0.95

    def __post_init__(self) -> None:
        check_level(self.level)
        if not all(map(isfinite, (self.estimate, self.low, self.high))):
            raise ValueError(f"estimate, low and high must be finite, got {self}")
        if self.low > self.high:
            raise ValueError(f"low must not exceed high, got {self.low} > {self.high}")

    def __str__(self) -> str:
        return f"{self.estimate:.4g} [{self.low:.4g}, {self.high:.4g}]"
