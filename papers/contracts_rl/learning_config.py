"""Settings of deep Q-learning in the Coin Game: the paper's, and a faster variant that a laptop finishes in minutes."""

from dataclasses import dataclass
from typing import Any, Literal, Self

import numpy as np


@dataclass(frozen=True)
class LearningConfig:
    """How Q-networks are trained in the Coin Game; the defaults are the paper's (Appendix D.2, second-hand).

    Attributes
    ----------
    steps : int
        Gradient steps, one after each step of all environments, ``>= 1``.
    environments : int
        Games that each learner plays side by side, ``>= 1``.
    batch : int
        Transitions in a gradient step, each seen by both agents, ``>= 1``.
    network : {"conv", "mlp"}
        One convolution before the fully connected layers, or fully connected layers alone.
    hidden : tuple of int
        Widths of the fully connected layers.
    learning_rate : tuple of float
        First and last step size of Adam, exponential in between, positive.
    exploration : tuple of float
        First and last probability of a random action, linear in between, in ``[0, 1]``.
    discount : float
        In ``[0, 1]``.
    target_every : int
        Gradient steps between two copies into the target networks, ``>= 1``.
    replay : int
        Transitions remembered, ``>= environments``.
    priority : float
        Exponent of prioritised replay, ``>= 0``; 0 draws uniformly.
    warm_up : int
        Transitions collected by random play before the first gradient step, ``>= 1``. Not reported for the paper.
    largest_gradient : float
        Largest norm of a learner's gradient, ``> 0``. Not reported for the paper.
    loss : {"huber", "squared"}
        Not reported for the paper.
    mask_horizon : bool
        Whether nothing is expected after an episode's last step. Agents do not see the time, so the alternative, to
        treat the horizon as an interruption, is sensible too.
    evaluate_every : int
        Gradient steps between two measurements, ``>= 1``.
    episodes : int
        Episodes in a measurement, ``>= 1``.
    device : str
        ``"auto"``, ``"cpu"``, ``"cuda"``, ...

    Raises
    ------
    ValueError
        If a field is out of its range.
    """

    steps: int = 1_000_000
    environments: int = 1
    batch: int = 128
    network: Literal["conv", "mlp"] = "conv"
    hidden: tuple[int, ...] = (64, 64)
    learning_rate: tuple[float, float] = (5e-4, 1e-4)
    exploration: tuple[float, float] = (0.4, 0.0)
    discount: float = 0.99
    target_every: int = 100
    replay: int = 100_000
    priority: float = 0.4
    warm_up: int = 5_000
    largest_gradient: float = 10.0
    loss: Literal["huber", "squared"] = "huber"
    mask_horizon: bool = True
    evaluate_every: int = 10_000
    episodes: int = 80
    device: str = "auto"

    @classmethod
    def variant(cls, name: str, grid: int, steps: int, **changes: Any) -> Self:
        """Return the ``"paper"`` configuration, or the ``"fast"`` one of `fast`, with other fields changed.

        Raises
        ------
        ValueError
            If the name is neither.
        """
        if name not in ("fast", "paper"):
            raise ValueError(f"name must be 'fast' or 'paper', given {name!r}")
        return cls.fast(grid, steps, **changes) if name == "fast" else cls(steps=steps, **changes)

    @classmethod
    def fast(cls, grid: int, steps: int, **changes: Any) -> Self:
        """Return the same algorithm with 64 environments for each gradient step and no convolution.

        Two more fields change, both measured on 3 x 3. As in the paper, memory holds the last tenth of a run (or
        100,000 transitions): what fresh agents did while they still explored misleads them about each other later
        (after 3,000 steps they follow 91 % of unnudged recommendations, and 81 % with 16 environments and the whole
        run in memory). And the horizon is not masked: agents do not see it coming, so to them it is noise in every
        target (after 4,000 steps, principals who mask it leave 0.7 coins to be gained by deviating, others 0.4).

        Parameters
        ----------
        grid : int
            Side of the torus; beyond 4 the step size is larger.
        steps : int
            Gradient steps.
        **changes
            Other fields.

        Returns
        -------
        LearningConfig
        """
        environments = changes.get("environments", 64)
        fast = {
            "environments": environments,
            "network": "mlp",
            "hidden": (128, 64, 64),
            "replay": min(100_000, max(environments * steps // 10, environments)),
            "mask_horizon": False,
            "evaluate_every": max(1, steps // 20),
        }
        rates = {} if grid <= 4 else {"learning_rate": (1e-3, 2e-4)}
        return cls(steps=steps, **(fast | rates | changes))

    def __post_init__(self) -> None:
        for name in (
            "steps",
            "environments",
            "batch",
            "target_every",
            "replay",
            "warm_up",
            "evaluate_every",
            "episodes",
        ):
            self._check_whole(name, getattr(self, name))
        for width in self.hidden or (0,):
            self._check_whole("hidden", width)
        self._check("learning_rate", "two positive numbers", self._pair(self.learning_rate, np.nextafter(0, 1), np.inf))
        self._check("exploration", "two numbers in [0, 1]", self._pair(self.exploration, 0, 1))
        self._check("discount", "in [0, 1]", 0 <= self.discount <= 1)
        self._check("replay", f"at least environments={self.environments}", self.replay >= self.environments)
        self._check("priority", "finite and >= 0", 0 <= self.priority < np.inf)
        self._check("largest_gradient", "> 0", self.largest_gradient > 0)
        self._check("network", "'conv' or 'mlp'", self.network in ("conv", "mlp"))
        self._check("loss", "'huber' or 'squared'", self.loss in ("huber", "squared"))

    def _check(self, name: str, allowed: str, holds: bool) -> None:
        if not holds:
            raise ValueError(f"{name} must be {allowed}, given {getattr(self, name)!r}")

    def _check_whole(self, name: str, value: Any) -> None:
        whole = isinstance(value, int | np.integer) and not isinstance(value, bool)
        self._check(
            name,
            "made of integers of at least 1" if name == "hidden" else "an integer of at least 1",
            whole and value >= 1,
        )

    @staticmethod
    def _pair(values: Any, low: float, high: float) -> bool:
        return len(values) == 2 and all(low <= value <= high and np.isfinite(value) for value in values)
