"""What the notebook on Stage 2 measures: menus trained side by side on the same types, variant by variant."""

import dataclasses
from collections.abc import Mapping, Sequence
from itertools import pairwise

import pandas as pd

from common.auctions.cats import cats_bidders
from common.auctions.xor import XORValuations
from common.stats.seeds import spawn_seeds
from papers.bundleflow.bundle_flow import BundleFlow
from papers.bundleflow.config import BundleFlowConfig
from papers.bundleflow.diagonal_flow import DiagonalFlow
from papers.bundleflow.flow_diagnostics import trace_sign_share

QUANTILES = ("price_05", "price_25", "price_50", "price_75", "price_95")
_KEPT = ("hard_revenue", "soft_revenue", "effective_support", "bundles_bought", "bundle_size", "seconds")


class TrainingStudy:
    """Menus of many configurations, each with the same few seeds, on the same types.

    A seed stands for a flow, a start and an order of batches. Variants share the flows of their seeds where their
    settings of Stage 1 agree, and a configuration is trained once however often it is asked for: differences between
    variants are differences of pairs.

    Parameters
    ----------
    training : XORValuations
        Types to learn from.
    test : XORValuations
        Types that revenue is reported on; nothing is learnt or selected from them.
    n_seeds : int
        Runs of each configuration, ``>= 1``.
    seed : int
        From which theirs are made, ``>= 0``.

    Raises
    ------
    ValueError
        If there is no run, or a seed is negative.
    """

    def __init__(self, training: XORValuations, test: XORValuations, n_seeds: int, seed: int = 0) -> None:
        if n_seeds < 1:
            raise ValueError(f"n_seeds must be >= 1, given {n_seeds}")
        self.training, self.test = training, test
        self.seeds = spawn_seeds(seed, n_seeds)
        self._flows: dict[tuple, DiagonalFlow] = {}
        self._runs: dict[BundleFlowConfig, list[BundleFlow]] = {}

    def runs(self, config: BundleFlowConfig) -> list[BundleFlow]:
        """Return the trained learners of a configuration, one a seed; the histories are measured on test types."""
        if config not in self._runs:
            self._runs[config] = [
                BundleFlow(config, seed, self._flow(config, seed)).fit_menu(self.training, self.test)
                for seed in self.seeds
            ]
        return self._runs[config]

    def table(self, variants: Mapping[str, BundleFlowConfig]) -> pd.DataFrame:
        """Train variants and say what became of them.

        Returns
        -------
        DataFrame
            A row a variant and seed: ``variant``, ``seed`` (its number), ``revenue`` of a test type under the final
            menu, ``trace_share`` of the flow (`trace_sign_share`), and the last row of the history without prices.
        """
        rows = []
        for name, config in variants.items():
            for number, learner in enumerate(self.runs(config)):
                row = {"variant": name, "seed": number, "revenue": learner.menu().revenue(self.test)}
                last = learner.history.iloc[-1]
                rows.append(row | {"trace_share": trace_sign_share(learner.flow)} | last[list(_KEPT)].to_dict())
        return pd.DataFrame(rows)

    def courses(self, config: BundleFlowConfig) -> pd.DataFrame:
        """Return the histories of a configuration below each other, with the number of the ``seed``."""
        return pd.concat([run.history.assign(seed=n) for n, run in enumerate(self.runs(config))], ignore_index=True)

    def _flow(self, config: BundleFlowConfig, seed: int) -> DiagonalFlow:
        stage_one = tuple(v for name, v in dataclasses.asdict(config).items() if name.startswith("flow_"))
        key = (seed, config.n_items, *stage_one)
        if key not in self._flows:
            self._flows[key] = BundleFlow(config, seed).fit_flow().flow
        return self._flows[key]


def cats_types(
    n_items: int, n_training: int, n_test: int, seed: int, additional_location: float = 0.9
) -> tuple[XORValuations, XORValuations]:
    """Draw types to train on and types to test on: arbitrary, upv, each from a market of their own.

    Parameters
    ----------
    n_items, n_training, n_test : int
        Sizes, ``>= 1``.
    seed : int
        Of all of them, ``>= 0``.
    additional_location : float
        Probability of one item more, in [0, 1); bundles hold 10 items on average at .9, 2.5 at .6.

    Returns
    -------
    training, test : XORValuations
    """
    types = cats_bidders("arbitrary", n_items, n_training + n_test, seed=seed, additional_location=additional_location)
    return types.take(slice(0, n_training)), types.take(slice(n_training, None))


def clock_measures(courses: pd.DataFrame) -> dict[str, float]:
    """Say how prices rose and fell, on average over the seeds.

    Parameters
    ----------
    courses : DataFrame
        Of `TrainingStudy.courses`.

    Returns
    -------
    dict
        ``clock_peak_at``: when the median price first stops rising, as a share of the iterations; ``clock_fall_05``,
        ``clock_fall_25``, ``clock_fall_50``: price at the end over that at its first peak, for quantiles of the prices
        over the elements; ``soft_over_hard``: smoothed over exact revenue at the end.
    """
    found: list[dict[str, float]] = []
    for _, course in courses.groupby("seed"):
        measures = {"clock_peak_at": _first_peak(course["price_50"].tolist()) / (len(course) - 1)}
        for quantile in QUANTILES[:3]:
            prices = course[quantile].tolist()
            peak = _first_peak(prices)
            measures[f"clock_fall_{quantile[-2:]}"] = prices[-1] / prices[peak]
        last = course.iloc[-1]
        found.append(measures | {"soft_over_hard": last["soft_revenue"] / last["hard_revenue"]})
    return pd.DataFrame(found).mean().to_dict()


def _first_peak(prices: Sequence[float]) -> int:
    """Return the place of the first number that the next one falls short of, or the last place."""
    falls = (place for place, (now, after) in enumerate(pairwise(prices)) if after < now)
    return next(falls, len(prices) - 1)
