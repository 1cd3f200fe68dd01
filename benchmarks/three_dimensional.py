"""The three-dimensional assignment problem: chains, and round trips by relaxation, alternation and exactly.

Run as ``python benchmarks/three_dimensional.py [SECONDS]``: seconds allowed for each exact search, 60 by default.
Points are uniform in the unit square, V = .3 + U, and money is .7 a unit of distance. A chain is the way courier,
store, buyer; the round trip goes back to where the courier began. Means and largest over the seeds, on one core.
"""

import sys
import time

import numpy as np

from common.markets.three_dimensional import (
    alternating_assignment,
    chain_assignment,
    linear_relaxation,
    three_dimensional_assignment,
)

SEEDS = 3


def city(n, seed):
    """Values (B, S) and distances buyer-store, store-courier, buyer-courier."""
    rng = np.random.default_rng(seed)
    buyers, stores, couriers = rng.random((3, n, 2))
    pairs = (buyers, stores), (stores, couriers), (buyers, couriers)
    return 0.3 + rng.random((n, n)), *(0.7 * np.linalg.norm(a[:, None] - b, axis=2) for a, b in pairs)


def cells(seconds):
    return f"{np.mean(seconds):7.2f} {max(seconds):7.2f}"


def chains():
    print(
        f"Chains: courier, store, buyer\n   n | {'mean s':>7} {'max s':>7} | prices - value, relative | worst uncovered"
    )
    for n in (200, 500, 1000):
        seconds, slack, bare = [], [], []
        for seed in range(SEEDS):
            values, order, pickup, _ = city(n, seed)
            begin = time.perf_counter()
            answer = chain_assignment(-pickup.T, (values - order).T)
            seconds.append(time.perf_counter() - begin)
            couriers, stores, buyers = answer.prices
            slack.append(abs(sum(side.sum() for side in answer.prices) / answer.value - 1))
            for s in range(n):
                need = -pickup[s][:, None] + (values - order)[:, s]
                bare.append((need - couriers[:, None] - stores[s] - buyers).max())
        print(f"{n:4} | {cells(seconds)} | {max(slack):24.1e} | {max(bare):15.1e}", flush=True)


def round_trips(limit):
    print("\nRound trips: relaxation | alternating (50 starts, without the relaxation) | exact, from that start")
    head = f"{'mean s':>7} {'max s':>7}"
    print(f"   n | {head} | {head} {'gap':>8} | {head} {'gap':>8}")
    for n in (20, 40, 60, 100):
        bounds, found, exact = [], [], []
        for seed in range(SEEDS):
            values, order, pickup, back = city(n, seed)
            table = values[:, :, None] - order[:, :, None] - pickup - back[:, None]
            bounds.append(linear_relaxation(table))
            found.append(alternating_assignment(table, np.random.default_rng(seed), relaxation=bounds[-1]))
            exact.append(three_dimensional_assignment(table, start=found[-1].triples, time_limit=limit))
        columns = [cells([answer.seconds for answer in answers]) for answers in (bounds, found, exact)]
        gaps = [f"{max(answer.gap for answer in answers):8.1e}" for answers in (found, exact)]
        print(f"{n:4} | {columns[0]} | {columns[1]} {gaps[0]} | {columns[2]} {gaps[1]}", flush=True)


if __name__ == "__main__":
    chains()
    round_trips(float(sys.argv[1]) if len(sys.argv) > 1 else 60.0)
