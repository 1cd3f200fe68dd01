"""How long the exact methods take on random markets, and how much they leave open (DT-14)."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from common.companion import Recorded
from common.plots import COLOURS, PALETTE, label_axes, legend_above
from common.stats import spawn_generators
from papers.delivery_tips.first_best import first_best
from papers.delivery_tips.generators import Shape, uniform_market
from papers.delivery_tips.with_tips import with_tip_optimum
from papers.delivery_tips.without_tips import without_tip_optimum

DOSSIER_SECONDS: dict[Shape, float] = {
    (4, 4, 6): 0.06,
    (8, 8, 10): 0.45,
    (10, 10, 12): 0.5,
    (12, 12, 14): 1.2,
    (16, 16, 18): 2.4,
}
"""Seconds of the plain programme of the best equilibrium with tips (dossier, DT-14), by buyers, stores and couriers."""

COST_SCALE = 0.8
"""Costs of these markets are uniform on [0, 0.8), values on [0, 1), as in the dossier."""

SOLVERS = {"with tips": with_tip_optimum, "without tips": without_tip_optimum, "first best": first_best}
"""The exact methods that are timed, by what they compute."""


def solver_times(shapes: Sequence[Shape], draws: int, seed: int, time_limit: float = 60.0) -> pd.DataFrame:
    """Time the exact methods on random markets.

    Parameters
    ----------
    shapes : sequence of (int, int, int)
        Numbers of buyers, stores and couriers.
    draws : int
        Markets of each shape; the first ones do not depend on how many follow.
    seed : int
        Seed of everything random.
    time_limit : float
        Seconds for each method on each market.

    Returns
    -------
    pandas.DataFrame
        A row a market and method: ``shape``, ``draw``, ``method``, ``seconds`` (wall clock) and ``gap`` (relative; 0 if
        the optimum is proven).
    """
    rows = []
    for shape in shapes:
        for draw, generator in enumerate(spawn_generators(seed, draws)):
            market = uniform_market(shape, generator, cost_scale=COST_SCALE)
            for method, solve in SOLVERS.items():
                found = solve(market, time_limit=time_limit)
                row = {"shape": tuple(shape), "draw": draw, "method": method}
                rows.append({**row, "seconds": found.seconds, "gap": found.gap})
    return pd.DataFrame(rows)


def slowest_to_dossier(times: pd.DataFrame) -> float:
    """Compare the median time to the best equilibrium with tips with the dossier's, at the dossier's shapes.

    Parameters
    ----------
    times : pandas.DataFrame
        Of `solver_times`.

    Returns
    -------
    float
        The largest ratio of our median to the dossier's seconds.

    Raises
    ------
    ValueError
        If a shape that the dossier timed is missing.
    """
    medians = times[times["method"] == "with tips"].groupby("shape")["seconds"].median().to_dict()
    missing = sorted(DOSSIER_SECONDS.keys() - medians.keys())
    if missing:
        raise ValueError(f"times must hold all shapes that the dossier timed, missing {missing}")
    return max(medians[shape] / seconds for shape, seconds in DOSSIER_SECONDS.items())


def times_panel(ax: Axes, times: pd.DataFrame, run: Recorded | None) -> Axes:
    """Draw the times of all markets and their medians, with the dossier's.

    Parameters
    ----------
    ax : matplotlib.axes.Axes
        Panel to draw into.
    times : pandas.DataFrame
        Of `solver_times`.
    run : Recorded or None
        The ratio of :func:`slowest_to_dossier` in a larger run on record: an upper bound on its medians, drawn as such.

    Returns
    -------
    matplotlib.axes.Axes
    """
    shapes = sorted(set(times["shape"]))
    places = {shape: place for place, shape in enumerate(shapes)}
    for index, (method, part) in enumerate(times.groupby("method", sort=False)):
        shift = 0.14 * (index - 1)
        x = part["shape"].map(places).to_numpy() + shift
        ax.plot(x, part["seconds"], "o", ms=5, alpha=0.35, mew=0, color=PALETTE[index])
        medians = part.groupby("shape")["seconds"].median()
        style = {"ms": 13, "mew": 2.5, "color": PALETTE[index]}
        ax.plot([places[shape] + shift for shape in medians.index], medians, "_", label=f"{method}, median", **style)
    dossier = np.array([[places[shape], seconds] for shape, seconds in DOSSIER_SECONDS.items() if shape in places])
    square = {"color": COLOURS["expected"], "mfc": "none", "mew": 1.6}
    ax.plot(*dossier.T, "s", ms=8, label="with tips, expected (dossier)", **square)
    if run is not None:
        limit = {"color": COLOURS["recorded"], "ms": 7, "label": f"with tips, at most ({run.label})"}
        ax.plot(dossier[:, 0], run.value * dossier[:, 1], "v", **limit)
    ax.set_yscale("log")
    ax.set_xticks(range(len(shapes)), ["x".join(map(str, shape)) for shape in shapes])
    label_axes(ax, "buyers x stores x couriers", "time (s)", categorical="x")
    legend_above(ax, ax.get_legend_handles_labels()[0])
    return ax
