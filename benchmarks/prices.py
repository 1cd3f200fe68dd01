"""Competitive prices of a 200 x 200 market: one shortest-path search against one matching for each good.

Run as ``python benchmarks/prices.py [SIZE]``. Both compute the same prices in the same run; the times are the median
and the largest of five, on one thread, in milliseconds.
"""

import sys
import time

import numpy as np
from threadpoolctl import threadpool_limits

from common.markets.assignment import competitive_prices, matching_welfare, max_weight_matching


def by_removal(V, mask):
    """Largest prices from their definition: the welfare lost when the good is taken away."""
    welfare = matching_welfare(V, max_weight_matching(V, mask))
    prices = np.zeros(V.shape[1])
    for j in range(V.shape[1]):
        others = mask.copy()
        others[:, j] = False
        prices[j] = welfare - matching_welfare(V, max_weight_matching(V, others))
    return prices


def by_duplication(V, mask):
    """Smallest prices from their definition: the welfare gained by a second unit of the good."""
    welfare = matching_welfare(V, max_weight_matching(V, mask))
    prices = np.zeros(V.shape[1])
    for j in range(V.shape[1]):
        wider = np.hstack([V, V[:, [j]]]), np.hstack([mask, mask[:, [j]]])
        prices[j] = matching_welfare(wider[0], max_weight_matching(*wider)) - welfare
    return prices


def milliseconds(method, *arguments):
    begin = time.perf_counter()
    answer = method(*arguments)
    return answer, 1e3 * (time.perf_counter() - begin)


def main(size):
    rng = np.random.default_rng(0)
    values = {
        "uniform": rng.random((size, size)),
        "integer": rng.integers(0, 10, (size, size)).astype(float),
        "homogeneous": np.repeat(rng.random((size, 1)), size, axis=1),
    }
    print(f"{size} x {size}: values, density, end | search (median, max of 5) | m matchings | ratio | difference")
    for (name, V), density in ((item, q) for item in values.items() for q in (0.02, 0.2, 1.0)):
        mask = rng.random((size, size)) < density
        for which, reference in (("max", by_removal), ("min", by_duplication)):
            runs = [milliseconds(competitive_prices, V, mask, which) for _ in range(5)]
            times = [run[1] for run in runs]
            expected, slow = milliseconds(reference, V, mask)
            print(
                f"{name:12} {density:4.2f} {which} | {np.median(times):6.1f} {max(times):6.1f} | {slow:7.0f}"
                f" | {slow / np.median(times):5.0f} | {np.abs(runs[0][0] - expected).max():.0e}"
            )


if __name__ == "__main__":
    with threadpool_limits(1):
        main(int(sys.argv[1]) if len(sys.argv) > 1 else 200)
