"""Learning in the Coin Game: K learners in one set of tensors against the same learners one after another.

Run as ``python benchmarks/coin_learning.py [STEPS]``, on one thread. Milliseconds for a gradient step of all K
learners, with the steps of their games and the draws from memory; the median of three runs. Processor time stands
beside it, for machines that are shared.
"""

import sys
import time
from collections.abc import Callable

import numpy as np
import torch
from threadpoolctl import threadpool_limits

from papers.contracts_rl.baselines import train_with_proportion
from papers.contracts_rl.coin_rules import CoinRules
from papers.contracts_rl.learning_config import LearningConfig
from papers.contracts_rl.principal_learning import train_principals
from papers.contracts_rl.validation import Nudge, validate


def a_step(train: Callable[[], object], steps: int) -> tuple[float, float]:
    """Wall and processor milliseconds a step: the median of three runs."""
    taken = []
    for _ in range(3):
        wall, processor = time.perf_counter(), time.process_time()
        train()
        taken.append((time.perf_counter() - wall, time.process_time() - processor))
    wall, processor = np.median(taken, axis=0)
    return 1e3 * wall / steps, 1e3 * processor / steps


def rows(grid: int, horizon: int, learners: int, agents: int, steps: int) -> None:
    """Print the phases on one board."""
    rules, rng = CoinRules(grid=grid, horizon=horizon), np.random.default_rng(0)
    config = LearningConfig.fast(grid, steps, warm_up=200, episodes=2, evaluate_every=steps, device="cpu")
    principals = train_principals(rules, config, [0.1], rng)  # also warms the process up
    phases: dict[str, tuple[int, Callable[[int], object]]] = {
        "training": (learners, lambda k: train_principals(rules, config, [0.1] * k, rng)),
        "validation": (agents, lambda k: validate(principals, config, [Nudge(0.1)] * k, rng)),
        "constant proportion": (agents, lambda k: train_with_proportion(rules, config, [0.2] * k, rng)),
    }
    for phase, (k, train) in phases.items():
        wall, processor = a_step(lambda k=k, train=train: train(k), steps)
        single = k * a_step(lambda train=train: train(1), steps)[0]
        print(f"{phase:<22}{grid:>4}x{grid}{k:>4}{wall:>12.1f}{processor:>12.1f}{single:>12.1f}{single / wall:>7.2f}")


def main() -> None:
    steps = int(sys.argv[1]) if len(sys.argv) > 1 else 200
    torch.set_num_threads(1)
    print(
        f"{'ms a step of all K':<22}{'board':>6}{'K':>4}{'together':>12}{'processor':>12}{'one by one':>12}{'ratio':>7}"
    )
    rows(3, 20, 5, 20, steps)
    rows(7, 50, 2, 6, steps)


if __name__ == "__main__":
    with threadpool_limits(1):
        main()
