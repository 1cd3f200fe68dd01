"""Homogeneous goods: the dynamic programme to n = 200, and the exact search against the integer programmes.

Run as ``python benchmarks/homogeneous.py [SECONDS]``: seconds allowed for each integer programme, 45 by default. All on
one core, in one run. The table shows mean and largest seconds and the largest gap: six seeds for our methods, the first
three of them for the plain programme (B2 of the dossier) and for ``optimal_revenue``.
"""

import sys

import numpy as np
from optimal_revenue import market, plain_programme

from common.optim import solve_milp
from papers.trading_networks import (
    TradingNetwork,
    homogeneous_dp,
    homogeneous_goods,
    homogeneous_optimal_revenue,
    optimal_revenue,
)

SEEDS = 6
SLOW_SEEDS = 3


def knowing_at_most_one(n, m, seed):
    """Four buyers of five know one seller, the others nobody."""
    rng = np.random.default_rng(seed)
    home = np.where(rng.random(n) < 0.2, -1, rng.integers(0, m, n))
    return TradingNetwork(homogeneous_goods(n, m, rng), home[:, None] == np.arange(m))


def cells(answers):
    seconds, gap = [answer.seconds for answer in answers], max(answer.gap for answer in answers)
    return f"{np.mean(seconds):8.3f} {max(seconds):8.3f} {gap:7.1%}"


def dynamic_programme():
    print("Each buyer knows one seller at most: the dynamic programme, with the check of its revenue")
    print(f"   n    m | {'mean':>8} {'max':>8} {'gap':>7}")
    for n, m in ((50, 40), (100, 75), (200, 150), (200, 200), (150, 200), (400, 300)):
        print(f"{n:4} {m:4} | {cells([homogeneous_dp(knowing_at_most_one(n, m, seed)) for seed in range(SEEDS)])}")


def against_integer_programmes(limit):
    print("\nAny world of density q, n sellers: search over sets of goods | plain programme | optimal_revenue")
    for n in (10, 12, 14):
        for q in (0.1, 0.2, 0.3):
            nets = [market(n, q, True, seed) for seed in range(SEEDS)]
            search = [homogeneous_optimal_revenue(net) for net in nets]
            plain = [solve_milp(**plain_programme(net), maximise=True, time_limit=limit) for net in nets[:SLOW_SEEDS]]
            ours = [optimal_revenue(net, welfare_stage=False, time_limit=limit) for net in nets[:SLOW_SEEDS]]
            for answer, first, second in zip(search, plain, ours, strict=False):
                low, high = max(first.objective, second.revenue), min(first.bound, second.bound)
                if not low - 1e-5 <= answer.revenue <= high + 1e-5:
                    raise AssertionError(f"n={n}, q={q}: {answer.revenue} is not in [{low}, {high}]")
            print(f"{n:4} {q:4} | {cells(search)} | {cells(plain)} | {cells(ours)}", flush=True)


def scaling():
    print("\nThe search alone, n sellers")
    for n in (16, 18, 20, 22, 24):
        for q in (0.05, 0.1, 0.2, 0.3):
            print(f"{n:4} {q:4} | {cells([homogeneous_optimal_revenue(market(n, q, True, s)) for s in range(SEEDS)])}")


if __name__ == "__main__":
    dynamic_programme()
    against_integer_programmes(float(sys.argv[1]) if len(sys.argv) > 1 else 45.0)
    scaling()
