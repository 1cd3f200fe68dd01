"""Exact revenue: payments for each pair against the plain programme with big-M, in the same run on one core.

Run as ``python benchmarks/optimal_revenue.py [SECONDS]``: seconds allowed for each programme, 60 by default. For each
kind of market six seeds are solved; the table shows mean and largest seconds of the plain programme (B2 of the
dossier), of ours, and of ours with the second stage for the welfare. HiGHS and its gap are the same for both.
"""

import sys
import time

import numpy as np

from common.optim import solve_milp
from papers.trading_networks import (
    TradingNetwork,
    erdos_renyi_world,
    homogeneous_goods,
    independent_values,
    optimal_revenue,
)

SEEDS = range(6)
MARKETS = [(6, 0.2, False), (10, 0.2, False), (12, 0.2, False), (14, 0.2, False), (14, 0.4, False), (20, 0.15, False)]
MARKETS += [(8, 0.2, True), (10, 0.2, True)]


def plain_programme(net):
    """B2 of the dossier word by word: matching, utilities, prices and revenues, with big-M rows."""
    V, E = net.values, net.world
    n, m = V.shape
    x = np.arange(n * m).reshape(n, m)
    u, p, r = n * m + np.arange(n), n * m + n + np.arange(m), n * m + n + m + np.arange(m)
    big = V.max(axis=1)[:, None] + V.max(axis=0) - V
    rows, lower, upper = [], [], []

    def row(terms, low, high):
        dense = np.zeros(n * m + n + 2 * m)
        for columns, coefficients in terms:
            dense[columns] += coefficients
        rows.append(dense)
        lower.append(low)
        upper.append(high)

    for i in range(n):
        row([(x[i], 1.0)], -np.inf, 1.0)
        row([(u[i], 1.0), (x[i], -V[i])], -np.inf, 0.0)
    for j in range(m):
        row([(x[:, j], 1.0)], -np.inf, 1.0)
        row([(p[j], 1.0), (x[:, j], -V[:, j])], -np.inf, 0.0)
        row([(r[j], 1.0), (p[j], -1.0)], -np.inf, 0.0)
        row([(r[j], 1.0), (x[:, j], -V[:, j] * ~E[:, j])], -np.inf, 0.0)
    for i, j in np.ndindex(n, m):
        floor = [] if E[i, j] else [(x[i, j], -V[i, j])]
        row([(u[i], 1.0), (p[j], 1.0), *floor], V[i, j] * E[i, j], np.inf)
        row([(u[i], 1.0), (p[j], 1.0), (x[i, j], big[i, j])], -np.inf, V[i, j] + big[i, j])
    row([(u, 1.0), (p, 1.0), (x.ravel(), -V.ravel())], 0.0, 0.0)
    columns = np.arange(n * m + n + 2 * m)
    return {
        "c": (columns >= r[0]) * 1.0,
        "A": np.array(rows),
        "row_lower": lower,
        "row_upper": upper,
        "upper": np.where(columns < n * m, 1.0, np.inf),
        "integrality": columns < n * m,
    }


def market(n, q, homogeneous, seed):
    rng = np.random.default_rng(seed)
    values = (homogeneous_goods if homogeneous else independent_values)(n, n, rng)
    return TradingNetwork(values, erdos_renyi_world(n, n, q, rng))


def main(limit):
    print("market                       | plain mean   max | ours mean   max | with welfare mean   max | not closed")
    for n, q, homogeneous in MARKETS:
        seconds, unfinished = np.zeros((len(SEEDS), 3)), np.zeros(3, dtype=int)
        for seed in SEEDS:
            net = market(n, q, homogeneous, seed)
            plain = solve_milp(**plain_programme(net), maximise=True, time_limit=limit)
            ours = optimal_revenue(net, welfare_stage=False, time_limit=limit)
            begin = time.perf_counter()
            both = optimal_revenue(net, time_limit=limit)
            seconds[seed] = plain.seconds, ours.seconds, time.perf_counter() - begin
            closed = plain.status == "optimal", ours.gap < 1e-5, both.gap < 1e-5
            unfinished += ~np.array(closed)
            if closed[0] and closed[1] and abs(plain.objective - ours.revenue) > 1e-5 * ours.revenue:
                raise AssertionError(f"the programmes disagree: {plain.objective} and {ours.revenue} at seed {seed}")
        name = f"{n:2} x {n:2}, q = {q:4}{', homogeneous' if homogeneous else ''}"
        mean, worst = seconds.mean(axis=0), seconds.max(axis=0)
        times = " | ".join(f"{mean[k]:10.2f} {worst[k]:6.2f}" for k in range(3))
        print(f"{name:28} | {times} | {unfinished.tolist()}", flush=True)


if __name__ == "__main__":
    main(float(sys.argv[1]) if len(sys.argv) > 1 else 60.0)
