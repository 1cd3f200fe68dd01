"""Cities: one-way trips to a verified tip-only equilibrium, round trips between a heuristic and the LP bound.

Run as ``python benchmarks/delivery_city.py [ONE_WAY_SIZE ...]`` (default 50 100 200; 400 needs 2 GB). On one thread,
seconds; ``violations`` are those beyond 1e-9 that the verifier lists. Ascending tips are run on one-way cities, too;
round trips are those of three cities of 60 buyers, stores and couriers.
"""

import sys
import time

import numpy as np
from threadpoolctl import threadpool_limits

from papers.delivery_tips.ascending import ascending_tips
from papers.delivery_tips.bounded import bounded_first_best
from papers.delivery_tips.city import random_city
from papers.delivery_tips.tip_only import tip_only_equilibrium
from papers.delivery_tips.verification import check_equilibrium


def timed(function, *arguments, **options):
    begin = time.perf_counter()
    return function(*arguments, **options), time.perf_counter() - begin


def one_way(size):
    market, build = timed(random_city((size,) * 3, np.random.default_rng(0)).one_way)
    outcome, solve = timed(tip_only_equilibrium, market)
    violations, verify = timed(check_equilibrium, market, outcome, tol=1e-9)
    print(
        f"{size:5} | build {build:6.2f}  solve {solve:6.2f}  verify {verify:6.2f}"
        f" | welfare {outcome.welfare:10.4f}  orders {len(outcome.transactions):4}  violations {len(violations)}",
        flush=True,
    )


def ascending(size, epsilon):
    market = random_city((size,) * 3, np.random.default_rng(0)).one_way()
    outcome, seconds = timed(ascending_tips, market, epsilon)
    best = tip_only_equilibrium(market).welfare
    print(
        f"{size:5} | epsilon {epsilon:g}  seconds {seconds:6.2f}  bids {outcome.bids:7}"
        f" | below the first best {best - outcome.welfare:8.5f} (proven {2 * size * epsilon:g})"
        f"  largest violation / epsilon {outcome.violation / epsilon:.2f}  converged {outcome.converged}",
        flush=True,
    )


def round_trip(size, seed):
    market = random_city((size,) * 3, np.random.default_rng(seed)).round_trip()
    answer, seconds = timed(bounded_first_best, market, np.random.default_rng(seed))
    print(
        f"{size:5} | seed {seed}  seconds {seconds:6.2f}"
        f" | heuristic {answer.welfare:10.5f}  LP bound {answer.bound:10.5f}  gap {answer.gap:.2e}",
        flush=True,
    )


def main(sizes):
    print("one way, tip-only equilibrium")
    for size in sizes:
        one_way(size)
    print("one way, ascending tips")
    for size, epsilon in ((30, 1e-2), (30, 1e-3), (60, 1e-3), (100, 1e-3)):
        ascending(size, epsilon)
    print("round trips")
    for seed in range(3):
        round_trip(60, seed)


if __name__ == "__main__":
    with threadpool_limits(1):
        main([int(size) for size in sys.argv[1:]] or [50, 100, 200])
