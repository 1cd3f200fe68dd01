"""Recorded sweeps of this paper's notebooks as tidy tables, and why even boards differ from odd ones.

The notebooks record lists, whose order only they know: `05_coin_game` solves two boards under three rules each, and
`04_learning_on_trees` measures every error with every margin.
"""

from collections.abc import Mapping
from dataclasses import replace
from itertools import product
from typing import Any

import numpy as np
import pandas as pd

from common.stats.unfolding import unfold
from papers.contracts_rl.coin_study import VARIANTS
from papers.contracts_rl.yardsticks import coin_game_yardsticks, expected_welfare

ERRORS = (0.001, 0.01, 0.03)  #: of the agent's values (units of reward), as in notebook 04
MARGINS = (0.0, 1.0, 2.0, 4.0)  #: as multiples of the error, as in notebook 04
TOLERANT = "tolerant"  #: in place of a margin: none, but an agent who forgoes up to twice the error

_BOARDS = ("small", "large")
_EXACT = ("exact_optimum", "exact_selfish", "exact_spe_welfare", "exact_spe_share")  # an entry a board and rule
_RECORDED_APART = 0.5  # notebook 05 records the large board at this proportion under another name


def board_table(table: pd.DataFrame, parameters: Mapping[str, Any], proportion: float) -> pd.DataFrame:
    """Turn runs of `05_coin_game` into solved boards.

    Parameters
    ----------
    table : pandas.DataFrame
        A row a run, with what the notebook records.
    parameters : mapping
        What was the same in all runs; what was swept is a column of the table.
    proportion : float
        Constant proportion whose welfare is wanted: one of those solved, not 1/2.

    Returns
    -------
    pandas.DataFrame
        A row a run, board and rule: ``discount``, ``grid``, ``horizon``, ``rule``; the welfare of ``selfish`` play, of
        ``contracts`` and of the ``proportion`` (NaN but for the first rule) as shares of the optimum at that
        discount; and ``payments``, as a share of the welfare under contracts.

    Raises
    ------
    ValueError
        If the proportion was not solved in the sweep, or is 1/2, or a run recorded another number of solutions.
    """
    runs = pd.DataFrame([{**parameters, **run} for run in table.to_dict("records")])
    solved = unfold(runs, list(_EXACT), "place", list(product(_BOARDS, VARIANTS)))
    return pd.DataFrame([_solved_board(row, *row["place"], proportion) for row in solved.to_dict("records")])


def _solved_board(run: Mapping[str, Any], board: str, rule: str, proportion: float) -> dict[str, Any]:
    """Return the row of a board under a rule, given what its run recorded."""
    tried = [p for p in run["proportions"] if board == "small" or p != _RECORDED_APART]
    if proportion not in tried or proportion == _RECORDED_APART:
        raise ValueError(f"proportion must be one of {run['proportions']} but 1/2, given {proportion}")
    optimum, selfish, contracts, payments = (run[name] for name in _EXACT)
    compared = rule == next(iter(VARIANTS))
    return {
        "discount": run["gamma"],
        "grid": run[f"{board}_grid"],
        "horizon": run[f"{board}_horizon"],
        "rule": rule,
        "selfish": selfish / optimum,
        "contracts": contracts / optimum,
        "proportion": run[f"proportion_{board}"][tried.index(proportion)] / optimum if compared else np.nan,
        "payments": payments,
    }


def longest(boards: pd.DataFrame) -> pd.DataFrame:
    """Keep, of every size of the board, the rows with the longest episodes.

    Parameters
    ----------
    boards : pandas.DataFrame
        From `board_table`.

    Returns
    -------
    pandas.DataFrame
        Sorted by grid.
    """
    last = boards.groupby("grid")["horizon"].transform("max")
    return boards[boards["horizon"] == last].sort_values("grid")


def colour_table(grid: int, horizon: int, gamma: float) -> pd.DataFrame:
    """Solve a board and tell starts on cells of one colour of a chessboard from those on two.

    With an even side every step changes the colour of both players' cells, so players who start on two colours never
    reach a coin together.

    Parameters
    ----------
    grid : int
        Side of the board, even.
    horizon, gamma
        As in `papers.contracts_rl.yardsticks.coin_game_yardsticks`.

    Returns
    -------
    pandas.DataFrame
        Index ``start`` (``"one colour"`` or ``"two colours"``); ``probability`` of such a start; and for each of the
        first two rules of `VARIANTS` the welfare of selfish play as a share of the optimum from such starts.

    Raises
    ------
    ValueError
        If the side is odd: the colours of a chessboard do not go round.
    """
    if grid % 2:
        raise ValueError(f"grid must be even, given {grid}")
    table = {}
    for rule in list(VARIANTS)[:2]:
        found = coin_game_yardsticks(grid, horizon, gamma=gamma, **VARIANTS[rule])
        rows, columns = np.divmod(found.exact.states[:, :2], grid)
        same = np.ptp((rows + columns) % 2, axis=1) == 0
        for start, chosen in (("one colour", same), ("two colours", ~same)):
            weights = found.exact.start * chosen
            part = replace(found.exact, start=weights / weights.sum())
            best, selfish = (expected_welfare(part, play.policies) for play in (found.optimal_play, found.selfish_play))
            table.setdefault(start, {"probability": weights.sum()})[rule] = selfish / best
    return pd.DataFrame.from_dict(table, orient="index").rename_axis("start")


def margin_table(table: pd.DataFrame) -> pd.DataFrame:
    """Turn runs of `04_learning_on_trees` into rows of utilities, with errors made by hand.

    Parameters
    ----------
    table : pandas.DataFrame
        A row a run, with ``nudge_depth``, ``seed``, ``nudge_utility`` and ``tolerant_utility``.

    Returns
    -------
    pandas.DataFrame
        A row a run, error and margin: ``depth``, ``seed``, ``error``, ``margin`` (text: a multiple of the error, or
        `TOLERANT`) and ``utility``, the principal's as a share of that in equilibrium.

    Raises
    ------
    ValueError
        If a run recorded another number of utilities than there are errors and margins.
    """
    names = [f"{margin:g}" for margin in MARGINS]
    cells = [*product(ERRORS, names), *product(ERRORS, [TOLERANT])]
    runs = table[["nudge_depth", "seed"]].rename(columns={"nudge_depth": "depth"})
    pairs = zip(table["nudge_utility"], table["tolerant_utility"], strict=True)
    rows = unfold(runs.assign(utility=[[*strict, *tolerant] for strict, tolerant in pairs]), "utility", "cell", cells)
    rows["error"], rows["margin"] = zip(*rows.pop("cell"), strict=True)
    return rows[["depth", "seed", "error", "margin", "utility"]]
