"""Schedules: how a step size or an exploration rate falls over a run."""

from dataclasses import dataclass


@dataclass(frozen=True)
class LinearSchedule:
    """From `start` to `end` in equal steps, then constant.

    Attributes
    ----------
    start, end : float
        Values at step 0 and from step `steps` on.
    steps : int
        Length, ``>= 1``.

    Raises
    ------
    ValueError
        If `steps` is below 1.
    """

    start: float
    end: float
    steps: int

    def __post_init__(self) -> None:
        _check_steps(self.steps)

    def __call__(self, step: int) -> float:
        """Return the value at a step, ``>= 0``."""
        share = min(step / self.steps, 1.0)
        return self.start + share * (self.end - self.start)


@dataclass(frozen=True)
class ExponentialSchedule:
    """From `start` to `end` by a constant factor a step, then constant.

    Attributes
    ----------
    start, end : float
        Values at step 0 and from step `steps` on, both positive.
    steps : int
        Length, ``>= 1``.

    Raises
    ------
    ValueError
        If `steps` is below 1, or an end is not positive.
    """

    start: float
    end: float
    steps: int

    def __post_init__(self) -> None:
        _check_steps(self.steps)
        if not (self.start > 0 and self.end > 0):
            raise ValueError(f"start and end must be > 0, given start={self.start}, end={self.end}")

    def __call__(self, step: int) -> float:
        """Return the value at a step, ``>= 0``."""
        share = min(step / self.steps, 1.0)
        return self.start * (self.end / self.start) ** share


def _check_steps(steps: int) -> None:
    if steps < 1:
        raise ValueError(f"steps must be >= 1, given {steps}")
