"""How soon learners are good: iterations and CPU seconds to a share of the best final revenue."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Literal

import pandas as pd
import torch

from common.auctions.cats import cats_bidders
from common.stats.seeds import spawn_seeds
from papers.bundleflow.config import BundleFlowConfig
from papers.bundleflow.mechanisms import fit_mechanism


def learning_curves(
    environment: str,
    n_items: int,
    market: str,
    learners: Sequence[str],
    config: BundleFlowConfig,
    seeds: int,
    n_train: int,
    budgets: Sequence[int],
    seed: int = 0,
    cats: Mapping[str, Any] | None = None,
) -> pd.DataFrame:
    r"""Train learners on the same types, with histories.

    Parameters
    ----------
    environment, n_items, market
        As in `cats_bidders`.
    learners : sequence of str
        Names in `MECHANISMS` that have a history.
    config : BundleFlowConfig
        Settings, the same for all.
    seeds : int
        Repetitions, ``>= 1``.
    n_train : int
        Training types, ``>= 1``; histories are measured on the first of them.
    budgets : sequence of int
        Numbers of iterations: a training for each, in which :math:`\lambda` has gone its whole way after the same share
        of the iterations.
    seed : int
        Seed of everything, ``>= 0``.
    cats : mapping, optional
        Further parameters of `cats_bidders`.

    Returns
    -------
    DataFrame
        A row a learner, seed, budget and look: ``learner``, ``seed``, ``budget``, ``iteration``, ``seconds`` (CPU,
        without Stage 1 and with the looks), ``stage_1_seconds`` (0 where there is none), ``hard_revenue`` and
        ``share``, of the surplus of the types looked at.

    Raises
    ------
    ValueError
        If a number is out of range, or a learner has no history.
    """
    torch.set_num_threads(1)
    pieces = []
    for number, draw in enumerate(spawn_seeds(seed, seeds)):
        types = cats_bidders(environment, n_items, n_train, market, seed=draw, **(cats or {}))
        surplus = float(types.take(slice(0, config.evaluation_types)).grand_values().mean())
        for budget in budgets:
            here = replace(config, n_items=n_items, iterations=budget, evaluate_every=max(1, budget // 20))
            for learner in learners:
                fitted = fit_mechanism(learner, types, here, draw)
                if fitted.history is None:
                    raise ValueError(f"learners must have a history, given {learner!r}")
                curve = fitted.history[["iteration", "seconds", "hard_revenue"]]
                names = {"learner": learner, "seed": number, "budget": budget}
                names["stage_1_seconds"] = fitted.stage_1_seconds
                pieces.append(curve.assign(share=curve["hard_revenue"] / surplus, **names))
    return pd.concat(pieces, ignore_index=True)


def reached(curves: pd.DataFrame, share: float = 0.9, target: Literal["better", "weaker"] = "better") -> pd.DataFrame:
    """Return from when on each learner has a share of the best, or of the least, final revenue of its seed and budget.

    Parameters
    ----------
    curves : DataFrame
        From `learning_curves`.
    share : float
        Of the target, in (0, 1].
    target : {"better", "weaker"}
        The final revenue of the best learner, which others may never come near; or that of the weakest one, which all
        of them reach.

    Returns
    -------
    DataFrame
        A row a budget, seed and learner: ``iterations`` and ``seconds`` of the look from which on it stays there (NaN
        if it ends below), ``stage_1_seconds``, ``final`` share of surplus, and ``target`` of its seed and budget.

    Raises
    ------
    ValueError
        If the share is not in (0, 1] or the target is unknown.
    """
    if not 0 < share <= 1:
        raise ValueError(f"share must be in (0, 1], given {share}")
    if target not in ("better", "weaker"):
        raise ValueError(f"target must be 'better' or 'weaker', given {target!r}")
    keys = ["budget", "seed", "learner"]
    ordered = curves.sort_values("iteration", kind="stable").reset_index(drop=True)
    table = ordered.groupby(keys, sort=False)[["share", "stage_1_seconds"]].last().rename(columns={"share": "final"})
    table["target"] = table.groupby(["budget", "seed"])["final"].transform("max" if target == "better" else "min")
    wanted = ordered.join(table["target"], on=keys)
    below = wanted["share"] < share * wanted["target"]
    stays = below[::-1].groupby([wanted[key] for key in keys]).cumsum() == 0  # at no later look below
    first = wanted[stays.sort_index()].groupby(keys)[["iteration", "seconds"]].first()
    return table.join(first.rename(columns={"iteration": "iterations"})).sort_index().reset_index()


def ratio_of_means(table: pd.DataFrame, first: str, second: str, column: str) -> float:
    """Return the ratio of two learners' means over the seeds.

    Parameters
    ----------
    table : DataFrame
        From `reached`.
    first, second : str
        Learners.
    column : {"iterations", "seconds", "total_seconds"}
        What is averaged; ``"total_seconds"`` has Stage 1 in it.

    Returns
    -------
    float
        NaN if one of the learners never got there.
    """
    whole = table.assign(total_seconds=table["seconds"] + table["stage_1_seconds"])
    means = whole.groupby("learner")[column].mean()
    return float(means[first] / means[second])
