"""Long trainings on the same types: BundleFlow as released and as set here, and menus of item-wise probabilities."""

import time
from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from common.auctions.xor import XORValuations
from papers.bundleflow.bundle_flow import BundleFlow
from papers.bundleflow.bundle_rochet import fit_bundle_rochet
from papers.bundleflow.config import BundleFlowConfig
from papers.bundleflow.flow_diagnostics import trace_sign_share
from papers.bundleflow.mechanisms import MECHANISMS, Rule

#: The learners by name, with their labels.
LEARNERS = {
    "released": "BundleFlow, released settings",
    "own": "BundleFlow, our settings",
    "rochet_st": MECHANISMS["rochet_st"].label,
    "rochet_exact": MECHANISMS["rochet_exact"].label,
}


@dataclass(frozen=True)
class Trained:
    """A learner at the end of its training.

    Attributes
    ----------
    rule : Rule
        The menu that is sold: BundleFlow's best one on held-out types, Bundle-RochetNet's last one.
    history : DataFrame
        A row a look: ``iteration``, CPU ``seconds`` of Stage 2, ``hard_revenue`` on held-out types, and more.
    seconds, stage_1_seconds : float
        CPU seconds of the training and of Stage 1 before it; 0 where there is none.
    trace_share : float
        Share of coordinates along which the flow's trace rises (`trace_sign_share`); NaN without a flow.
    """

    rule: Rule
    history: pd.DataFrame
    seconds: float
    stage_1_seconds: float
    trace_share: float


def train_long(
    learner: str,
    train: XORValuations,
    held_out: XORValuations,
    configs: Mapping[str, BundleFlowConfig],
    seed: int = 0,
) -> Trained:
    """Train a learner from the start.

    Parameters
    ----------
    learner : str
        One of `LEARNERS`.
    train, held_out : XORValuations
        Types to learn from, and types to look at the menu with; at least one of each.
    configs : mapping from str to BundleFlowConfig
        The settings named ``"released"`` and ``"own"``. Bundle-RochetNet takes our own.
    seed : int
        Of everything random, ``>= 0``.

    Returns
    -------
    Trained

    Raises
    ------
    ValueError
        If there is no learner of this name.
    """
    if learner not in LEARNERS:
        raise ValueError(f"learner must be one of {list(LEARNERS)}, given {learner!r}")
    start = time.process_time()
    if learner in ("released", "own"):
        bundle_flow = BundleFlow(configs[learner], seed).fit_flow()
        stage_1 = time.process_time() - start
        bundle_flow.fit_menu(train, held_out)
        rule, history, share = bundle_flow.menu(), bundle_flow.history, trace_sign_share(bundle_flow.flow, seed=seed)
    else:
        form, sold = ("straight_through", "rounded") if learner == "rochet_st" else ("exact", "lottery")
        fitted = fit_bundle_rochet(train, configs["own"], form, sold, seed, held_out)
        rule, history, share, stage_1 = fitted.menu, fitted.history, float("nan"), 0.0
    return Trained(rule, history, time.process_time() - start - stage_1, stage_1, share)


def course_measures(history: pd.DataFrame, surplus: float) -> dict[str, float]:
    """Say how a training ended, and how far it ever fell.

    Parameters
    ----------
    history : DataFrame
        With ``iteration`` and ``hard_revenue``, two rows or more.
    surplus : float
        Mean value of all items to the types that were looked at, ``> 0``.

    Returns
    -------
    dict
        Shares of surplus: the ``last look``, the ``best look``, and the ``largest fall`` from one look to the next, 0
        if there is none; and the ``iteration`` of the best look.
    """
    shares = history["hard_revenue"] / surplus
    return {
        "last look": shares.iloc[-1],
        "best look": shares.max(),
        "largest fall": max(0.0, -shares.diff().min()),
        "iteration of the best": int(history["iteration"].iloc[shares.argmax()]),
    }
