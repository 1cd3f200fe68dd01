"""Settings of BundleFlow: the released ones, and those with which a laptop learns a menu in a minute."""

import math
from dataclasses import dataclass
from typing import Any, Literal, Self, get_args

from papers.bundleflow.flow_diagnostics import TRACE_SIGN_LIMIT
from papers.bundleflow.flow_stage import Initial

WeightMode = Literal["released", "dirac", "no_density"]
SupportStart = Literal["released", "diverse"]
Selection = Literal["last", "validation"]

#: The size of values that step sizes and temperatures are stated for: CATS bidders value all items at about 700.
REFERENCE_SCALE = 700.0

_COUNTS = (
    *("n_items", "menu_size", "support_size", "flow_iterations", "flow_batch", "euler_steps", "iterations", "batch"),
    *("annealing_every", "evaluate_every", "evaluation_types"),
)
_POSITIVE = (
    *("flow_learning_rate", "value_scale", "price_rate", "mean_rate", "weight_rate", "adam_eps"),
    "largest_trace_share",
)


@dataclass(frozen=True)
class BundleFlowConfig:
    r"""Every setting of both stages; the defaults are those of `laptop` for up to 100 items.

    Prices and weight logits are in the unit of the bids. Their step sizes are multiplied, and inverse temperatures
    divided, by ``value_scale / 700``: bids times c with ``value_scale`` times c give the same menu, at prices times c.

    Attributes
    ----------
    n_items : int
        Items m, ``>= 1``.
    menu_size : int
        Elements J of the menu besides nothing, ``>= 1``. Released: 5,000, above 100 items 20,000.
    support_size : int
        Bundles D of each element, ``>= 1``. Released: 8 (additive values: 16).
    flow_initial : {"wide", "official", "stage-2"}
        Distribution that Stage 1 is trained on, see `flow_stage.initial_draw`.
    flow_iterations, flow_batch : int
        Length and batch of Stage 1, ``>= 1``.
    flow_learning_rate : float
        Adam's step size in Stage 1, ``> 0``.
    flow_cosine : bool
        Whether that falls to 0 along a cosine.
    flow_target_noise : float
        Deviation of the targets around corners, ``>= 0``.
    flow_hidden, flow_hidden2 : int, optional
        Widths of Q's hidden layers, ``>= 1``; as released where not given.
    euler_steps : int
        Steps N of the flow in Stage 2, ``>= 1``.
    weights : {"released", "dirac", "no_density"}
        What the logarithm of a bundle's weight holds besides its logit: the log-density of the jitter that is added to
        a support point, and the flow's trace; the trace alone, without any jitter; nothing (then support points get no
        gradient at all).
    trace_sign : {1, -1}
        -1 turns the trace around: an ablation that keeps the flow and reverses what Stage 2 learns from it.
    support_start : {"released", "diverse"}
        How support points start: all normal, so that every bundle holds about half of the items; or with a share of
        items that is uniform over the elements (dossier 6.6).
    support_range : tuple of float
        Lowest and highest coordinate of a support point, within [0, 1]. Released: 0.05 to 0.95 (additive values: 0.5 to
        0.6, which starts from full bundles).
    learn_means : bool
        Whether support points move; if not, weights and prices learn.
    iterations, batch : int
        Length of Stage 2 and types in a gradient, ``>= 1``.
    value_scale : float
        Typical value of all items together, ``> 0``.
    price_rate, mean_rate, weight_rate : float
        Adam's step sizes of prices, support points (before the sigmoid) and weight logits, ``> 0``.
    adam_eps : float
        What Adam adds to the root of the second moment, ``> 0``. With 1e-8, as released, elements that nobody takes
        hardly move: their gradients are smaller than that.
    inverse_temperature : tuple of float
        First and last :math:`\lambda`, ``0 < first <= last``, of the choice among elements and of the weights.
    annealing_factor : float, optional
        Growth of :math:`\lambda` every `annealing_every` iterations, ``> 1``. Not given: such that the last one is
        reached after `annealing_share` of the iterations.
    annealing_every : int
        See there, ``>= 1``.
    annealing_share : float
        See there, in (0, 1].
    odd_rule : bool
        Whether the released code's restart of the annealing is applied, see `annealing.InverseTemperature`.
    evaluate_every : int
        Iterations between two rows of the history, ``>= 1``.
    evaluation_types : int
        Types that a row is measured on, at most, ``>= 1``.
    selection : {"last", "validation"}
        Whether the menu is the last one, or the one of the row with the highest revenue on held-out types.
    validation_share : float
        Share of the types, the last ones, that are held out where selection needs them and none are given; in (0, 1).
    check_trace : bool
        Whether Stage 2 refuses a flow under which it would learn to drop what it should add.
    largest_trace_share : float
        `flow_diagnostics.trace_sign_share` above which it does, ``> 0``.
    device : str
        ``"auto"``, ``"cpu"``, ``"cuda"``, ...

    Raises
    ------
    ValueError
        If a field is out of its range.

    References
    ----------
    Dossier sections 4.1 (Stage 1), 4.2 (Stage 2 as released) and 4.4 (what this companion recommends, and why).
    """

    n_items: int
    menu_size: int = 500
    support_size: int = 8
    flow_initial: Initial = "wide"
    flow_iterations: int = 3000
    flow_batch: int = 512
    flow_learning_rate: float = 5e-3
    flow_cosine: bool = True
    flow_target_noise: float = 0.1
    flow_hidden: int | None = None
    flow_hidden2: int | None = None
    euler_steps: int = 5
    weights: WeightMode = "released"
    trace_sign: Literal[1, -1] = 1
    support_start: SupportStart = "released"
    support_range: tuple[float, float] = (0.05, 0.95)
    learn_means: bool = True
    iterations: int = 1000
    batch: int = 128
    value_scale: float = REFERENCE_SCALE
    price_rate: float = 3.0
    mean_rate: float = 0.3
    weight_rate: float = 3.0
    adam_eps: float = 1e-20
    inverse_temperature: tuple[float, float] = (0.003, 0.1)
    annealing_factor: float | None = None
    annealing_every: int = 1
    annealing_share: float = 0.7
    odd_rule: bool = False
    evaluate_every: int = 50
    evaluation_types: int = 1000
    selection: Selection = "last"
    validation_share: float = 0.05
    check_trace: bool = True
    largest_trace_share: float = TRACE_SIGN_LIMIT
    device: str = "auto"

    @classmethod
    def laptop(cls, n_items: int, **changes: Any) -> Self:
        """Return the settings that dossier 4.4 recommends at small scale, with other fields changed.

        Above 100 items Stage 1 is ours: trained on the start of Stage 2, with smaller steps and at least as many units
        as items. With the settings of 50 items its loss stays at that of the best Q that ignores its starting point.
        """
        many = {"flow_initial": "stage-2", "flow_learning_rate": 3e-4, "flow_hidden": max(256, n_items)}
        return cls(n_items=n_items, **((many if n_items > 100 else {}) | changes))

    @classmethod
    def released(cls, n_items: int, **changes: Any) -> Self:
        """Return the settings of the released code, with other fields changed.

        It runs until it is stopped (`BundleFlow.fit_menu` takes a time limit) and keeps the menu that is best on its
        test types; here these have to be held out from the training types.
        """
        released = {
            "menu_size": 5000 if n_items <= 100 else 20_000,
            "flow_initial": "official",
            "flow_iterations": 30_000,
            "flow_batch": 2048,
            "flow_cosine": False,
            "iterations": 10_000_000,
            "price_rate": 0.3,
            "weight_rate": 0.3,
            "adam_eps": 1e-8,
            "inverse_temperature": (0.001, 0.2),
            "annealing_factor": 1.05,
            "annealing_every": 200,
            "evaluate_every": 1000,
            "selection": "validation",
        }
        return cls(n_items=n_items, **(released | changes))

    @property
    def scale(self) -> float:
        """The size of values over the one that step sizes and temperatures are stated for."""
        return self.value_scale / REFERENCE_SCALE

    def __post_init__(self) -> None:
        for name in _COUNTS:
            self._check(name, _whole(getattr(self, name)), "a whole number >= 1")
        for name in ("flow_hidden", "flow_hidden2"):
            self._check(name, getattr(self, name) is None or _whole(getattr(self, name)), "a whole number >= 1")
        for name in _POSITIVE:
            self._check(name, 0 < getattr(self, name) < math.inf, "> 0 and finite")
        self._check("flow_target_noise", 0 <= self.flow_target_noise < math.inf, ">= 0 and finite")
        for name, names in (
            ("flow_initial", Initial),
            ("weights", WeightMode),
            ("support_start", SupportStart),
            ("selection", Selection),
        ):
            self._check(name, getattr(self, name) in get_args(names), f"one of {get_args(names)}")
        self._check("trace_sign", self.trace_sign in (1, -1), "1 or -1")
        low, high = self._pair("support_range")
        self._check("support_range", 0 <= low < high <= 1, "two increasing numbers in [0, 1]")
        first, last = self._pair("inverse_temperature")
        self._check("inverse_temperature", 0 < first <= last < math.inf, "two numbers, 0 < first <= last")
        factor = self.annealing_factor
        self._check("annealing_factor", factor is None or 1 < factor < math.inf, "> 1 and finite, or None")
        self._check("annealing_share", 0 < self.annealing_share <= 1, "in (0, 1]")
        self._check("validation_share", 0 < self.validation_share < 1, "in (0, 1)")

    def _pair(self, name: str) -> tuple[float, float]:
        pair = getattr(self, name)
        self._check(name, isinstance(pair, tuple) and len(pair) == 2, "a pair")
        return pair

    def _check(self, name: str, fine: bool, allowed: str) -> None:
        if not fine:
            raise ValueError(f"{name} must be {allowed}, given {getattr(self, name)!r}")


def _whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 1
