"""CATS bidders per second of CPU, and what 100,000 of them cost, on one core.

Run as ``python benchmarks/cats.py [BIDDERS]`` (20,000). Compilation is not counted.
"""

import sys
import time

from common.auctions.cats import cats_bidders

ITEMS = (50, 100, 150, 500)


def seconds(environment: str, n_items: int, n: int, **kinds: str) -> float:
    started = time.process_time()
    cats_bidders(environment, n_items, n, **kinds)
    return time.process_time() - started


def main(n: int = 20_000) -> None:
    print(f"{'environment':<12}{'market':<8}{'private':<8}{'items':>6}{'bidders/s':>12}{'s for 100,000':>15}")
    for environment in ("arbitrary", "regions"):
        for market in ("fresh", "shared"):
            for private in ("upv", "npv"):
                seconds(environment, 4, 1, market=market, private=private)
                for n_items in ITEMS:
                    took = seconds(environment, n_items, n, market=market, private=private)
                    print(
                        f"{environment:<12}{market:<8}{private:<8}{n_items:>6}{n / took:>12,.0f}{took / n * 1e5:>15.1f}"
                    )


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
