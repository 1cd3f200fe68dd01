"""How fast a sweep goes, and how long it will still take."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Collection

#: Seconds over which the rate is taken.
_WINDOW = 120.0
#: Fewer runs than these in the window say less about the rate than their durations do.
_ENOUGH = 5


class Pace:
    """The rate of the last two minutes and the durations of the last runs.

    Parameters
    ----------
    clock
        Seconds from any origin; tests pass their own.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._began: float | None = None
        self._ends: deque[float] = deque()
        self._seconds: deque[float] = deque(maxlen=50)

    def started(self) -> float:
        """Note that a run has started, and return when."""
        now = self._clock()
        self._began = now if self._began is None else self._began
        return now

    def finished(self, seconds: float | None) -> None:
        """Note that a run has ended after so many seconds; None if it was given up and nobody knows."""
        self._ends.append(self._clock())
        if seconds is not None:
            self._seconds.append(seconds)

    def rate(self, slots: int) -> float | None:
        """Return the runs finished in a second, or None while nothing is known.

        Parameters
        ----------
        slots
            Runs that can go side by side; with their durations they give the rate of runs so long that few
            of them end within the window.
        """
        now = self._clock()
        while self._ends and self._ends[0] < now - _WINDOW:
            self._ends.popleft()
        span = min(_WINDOW, now - self._began) if self._began is not None else 0.0
        if len(self._ends) >= _ENOUGH and span > 0:
            return len(self._ends) / span
        return slots / self._mean if slots and self._mean else None

    def left(self, waiting: int, running: Collection[float], slots: int) -> float | None:
        """Return the seconds until all is done, or None while nothing is known.

        Parameters
        ----------
        waiting
            Runs that have not started.
        running
            For each run that has, the seconds since.
        slots
            As in `rate`.
        """
        rate, mean = self.rate(slots), self._mean
        if rate is None:
            return None
        shares = [max(1 - each / mean, 0.0) if mean else 0.0 for each in running]  # of a run, still to be done
        return max((waiting + sum(shares)) / rate, max(shares, default=0.0) * mean)

    @property
    def _mean(self) -> float:
        return sum(self._seconds) / len(self._seconds) if self._seconds else 0.0
