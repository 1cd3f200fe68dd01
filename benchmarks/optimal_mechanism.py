"""Exact optima for one buyer: lotteries for 100, 300 and 800 types, deterministic menus for 50 and 100.

Run as ``python benchmarks/optimal_mechanism.py [SECONDS]``: seconds allowed for each, 300 by default. One core; the
types are single bidders of CATS (arbitrary, 6 items, three substitutes at most, additional location .5), as in the
dossier of 2502.15283, section 8.3, which reports 0.1 s, 1 s and 28 s for lotteries with all rows at once and 0.1 to
20 s for deterministic menus. CPU seconds are those of this process.
"""

import sys
import time

from common.auctions.cats import cats_bidders
from common.auctions.optimal import optimal_mechanism


def main(limit):
    print("lotteries |    T | CPU s | revenue | share of surplus | gap     | elements")
    for deterministic, sizes in ((False, (100, 300, 800)), (True, (50, 100))):
        for size in sizes:
            types = cats_bidders("arbitrary", 6, size, seed=size, additional_location=0.5, max_substitutes=3)
            begin = time.process_time()
            answer = optimal_mechanism(types, deterministic=deterministic, time_limit=limit)
            seconds = time.process_time() - begin
            print(
                f"{'no' if deterministic else 'yes':9} | {size:4} | {seconds:5.1f} | {answer.revenue:7.2f} |"
                f" {answer.revenue / types.grand_values().mean():16.3f} | {answer.gap:.1e} | {len(answer.menu)}",
                flush=True,
            )


if __name__ == "__main__":
    main(float(sys.argv[1]) if len(sys.argv) > 1 else 300.0)
