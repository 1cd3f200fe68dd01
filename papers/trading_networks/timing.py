"""How long exact optimisation takes on random markets, and how much it leaves open."""

import time
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from matplotlib.axes import Axes

from common.plots import COLOURS, label_axes, legend_above
from common.stats import spawn_generators
from papers.trading_networks.experiments import Goods, random_market
from papers.trading_networks.network import PlatformOutcome, TradingNetwork

if TYPE_CHECKING:
    import pandas as pd

DOSSIER_PROGRAMME_SECONDS = {
    "heterogeneous": {6: 0.06, 8: 0.04, 10: 0.3, 12: 0.9, 14: 1.2},
    "homogeneous": {12: 11.0},
}
"""Seconds of the plain programme (dossier, TN-15): q = 0.2, one core, means over six markets where the goods are
heterogeneous."""

DOSSIER_PROGRAMME_LIMITS: dict[str, dict[int, float]] = {"heterogeneous": {}, "homogeneous": {14: 45.0}}
"""Time limits in seconds at which the plain programme had left a gap (dossier, TN-15): 28 % at this one."""

_ARROW = "$\\uparrow$"
_CLOSED = 1e-5
"""Relative gap below which a market counts as solved."""


def solver_study(
    solve: Callable[[TradingNetwork], PlatformOutcome],
    goods: Goods,
    sizes: Sequence[int],
    density: float,
    draws: int,
    seed: int,
) -> "pd.DataFrame":
    """Time an exact method on random markets with as many buyers as sellers.

    Parameters
    ----------
    solve : callable
        From a market to an outcome with a bound.
    goods : {"heterogeneous", "homogeneous"}
        As for :func:`papers.trading_networks.experiments.random_market`.
    sizes : sequence of int
        Numbers of buyers, each ``>= 1``.
    density : float
        Probability in [0, 1] that a pair knows each other.
    draws : int
        Markets of each size, ``>= 1``. The first ones do not depend on how many follow.
    seed : int
        Seed of the markets, ``>= 0``.

    Returns
    -------
    pandas.DataFrame
        A row a market: ``n``, ``draw``, ``seconds`` (wall clock), ``gap`` (relative, 0 if the optimum is proven).
    """
    import pandas as pd

    rows = []
    for n in sizes:
        for draw, rng in enumerate(spawn_generators(seed, draws)):
            net = random_market(goods, n, n, density, rng)
            begin = time.perf_counter()
            outcome = solve(net)
            rows.append({"n": n, "draw": draw, "seconds": time.perf_counter() - begin, "gap": outcome.gap})
    return pd.DataFrame(rows)


def draw_times(
    studies: Mapping[str, "pd.DataFrame"],
    dossier: Mapping[int, float],
    dossier_limits: Mapping[int, float],
    recorded: tuple[int, float, str] | None,
    ax: Axes,
) -> Axes:
    """Draw seconds by size on a logarithmic axis: a faint mark a market, the means joined.

    A run that its time limit stopped is an upward arrow; means count it with the limit.

    Parameters
    ----------
    studies : mapping from str to pandas.DataFrame
        From the method's name to what :func:`solver_study` measured; at most two.
    dossier : mapping from int to float
        Seconds by size that the dossier reports for the plain programme.
    dossier_limits : mapping from int to float
        Time limits by size at which the dossier's run had left a gap; drawn as arrows.
    recorded : (int, float, str), optional
        Size, seconds and label of a recorded larger run.
    ax : matplotlib.axes.Axes
        Panel to draw into.

    Returns
    -------
    matplotlib.axes.Axes
        The panel.
    """
    for (name, study), role, marker in zip(studies.items(), ("ours", "bound"), "o^", strict=False):
        mean = study.groupby("n")["seconds"].mean()
        stopped = study["gap"] > _CLOSED
        closed, open_ = study[~stopped], study[stopped]
        ax.plot(closed["n"], closed["seconds"], marker, color=COLOURS[role], alpha=0.35, mew=0)
        ax.plot(mean.index, mean, "-" + marker, color=COLOURS[role], mfc="white", label=name)
        if len(open_):
            ax.plot(
                open_["n"],
                open_["seconds"],
                marker=_ARROW,
                ls="none",
                color=COLOURS[role],
                ms=13,
                label=f"{name}: limit, not closed",
            )
    label = "expected (dossier simulation)"
    ax.plot(list(dossier), list(dossier.values()), "s", color=COLOURS["expected"], mfc="white", mew=2, label=label)
    if dossier_limits:
        label = "dossier: limit, not closed"
        ax.plot(
            *zip(*dossier_limits.items(), strict=True),
            marker=_ARROW,
            ls="none",
            color=COLOURS["expected"],
            ms=13,
            label=label,
        )
    if recorded is not None:
        n, seconds, label = recorded
        ax.plot(n, seconds, "D", color=COLOURS["recorded"], label=label)
    ax.set_yscale("log")
    label_axes(ax, "buyers, and as many sellers (count)", "time on one core (seconds)")
    legend_above(ax, ax.get_legend_handles_labels()[0])
    return ax
