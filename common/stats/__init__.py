"""Intervals and seeds: what every paper needs before it may call a number a result."""

from common.stats.arrays import check_probability, finite_array
from common.stats.interval import Interval
from common.stats.means import mean_interval, paired_interval
from common.stats.proportions import wilson_interval
from common.stats.seeds import spawn_generators, spawn_seeds

__all__ = [
    "Interval",
    "check_probability",
    "finite_array",
    "mean_interval",
    "paired_interval",
    "spawn_generators",
    "spawn_seeds",
    "wilson_interval",
]
