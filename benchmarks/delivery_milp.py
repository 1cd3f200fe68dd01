"""The best equilibrium with tips: our solver and our programmes against the plain programme in cvxpy, in the same run.

Run as ``python benchmarks/delivery_milp.py [SECONDS]``: seconds allowed for each solve, 60 by default. One thread,
HiGHS and a relative gap of 1e-7 for all. Seconds are medians over five markets (in brackets the largest) and include
building:

- ``first best``: the relaxation and the integer programme that bound every equilibrium;
- ``ours``: ``with_tip_optimum``, which seldom needs its programme;
- ``search``: the first best, then our programme over the triples that matter, without any of the short cuts;
- ``programme``: our programme alone over all triples, from nothing;
- ``cvxpy``: the plain programme (A3 of the dossier) as one would write it down.

Ratios are those of the medians, cvxpy to each of ours. The last families are markets of 10 x 10 x 12 with a gap of the
linear relaxation, where tips alone pay for no efficient equilibrium, and such where no payments support the first best
that is found.
"""

import sys
import time
from itertools import count, islice

import cvxpy as cp
import numpy as np

from papers.delivery_tips.city import random_city
from papers.delivery_tips.first_best import first_best
from papers.delivery_tips.generators import integer_market, uniform_market
from papers.delivery_tips.market import ThreeSidedMarket
from papers.delivery_tips.support import supporting_equilibrium
from papers.delivery_tips.timing import COST_SCALE, DOSSIER_SECONDS
from papers.delivery_tips.with_tips import with_tip_optimum
from papers.delivery_tips.with_tips_rows import equilibrium_programme
from papers.delivery_tips.with_tips_search import WithTipSearch

SEEDS, GAP = 5, 1e-7


def ours(market, limit):
    return with_tip_optimum(market, time_limit=limit, gap=GAP)


def without_short_cuts(market, limit):
    end = time.perf_counter() + limit
    relaxed = first_best(market, time_limit=limit, gap=GAP)
    return WithTipSearch(market, relaxed, False, False, end, GAP, 1).by_programme(None)


def programme_alone(market, limit):
    programme = equilibrium_programme(market, np.ones(market.surplus.shape, dtype=bool), tips=False)
    return programme.solve(programme.welfare, time_limit=limit, gap=GAP)


def plain_programme(market, limit):
    """A3 of the dossier word by word, with its constants."""
    V, K, (n_buyers, n_stores, n_couriers) = market.V, market.K, market.shape
    x = [cp.Variable((n_buyers, n_stores), boolean=True) for _ in range(n_couriers)]
    u, p, y = (cp.Variable(size, nonneg=True) for size in market.shape)
    w = cp.Variable((n_buyers, n_stores), nonneg=True)
    rent = 2 * V.max() + (min(market.shape) + 1) * K.max()
    big = 2 * V.max() + rent + K.max()
    z, utilities = sum(x), u[:, None] + p[None, :]
    constraints = [cp.sum(z, axis=1) <= 1, cp.sum(z, axis=0) <= 1]
    constraints += [u <= cp.sum(cp.multiply(V, z), axis=1), p <= cp.sum(cp.multiply(V, z), axis=0)]
    constraints += [w <= 2 * rent * z, utilities <= V + 2 * V.max() * (1 - z)]
    for c in range(n_couriers):
        constraints += [cp.sum(x[c]) <= 1, y[c] <= rent * cp.sum(x[c])]
        constraints += [utilities + y[c] - w >= V - K[c], utilities + y[c] - w <= V - K[c] + big * (1 - x[c])]
    welfare = sum(cp.sum(cp.multiply(V - K[c], x[c])) for c in range(n_couriers))
    problem = cp.Problem(cp.Maximize(welfare), constraints)
    problem.solve(solver=cp.HIGHS, threads=1, mip_rel_gap=GAP, time_limit=limit)
    return problem


def quarters(shape, rng):
    """Integers 0..6, counted in quarters: the unit that our solver would count in."""
    market = integer_market(shape, rng)
    return ThreeSidedMarket(market.V / 4, market.K / 4)


def families():
    """Names and endless markets."""
    for shape in DOSSIER_SECONDS:
        draws = (uniform_market(shape, np.random.default_rng(seed), cost_scale=COST_SCALE) for seed in count())
        yield "uniform " + "x".join(map(str, shape)), draws
    shape = (10, 10, 12)
    with_gap = {
        "uniform": lambda rng: uniform_market(shape, rng, cost_scale=COST_SCALE),
        "0..6": lambda rng: quarters(shape, rng),
        "round trip": lambda rng: random_city(shape, rng, cost_factor=0.7).round_trip(),
    }
    for name, draw in with_gap.items():
        markets = (draw(np.random.default_rng(seed)) for seed in count())
        yield f"{name}, linear gap", (market for market in markets if first_best(market).linear_gap > 1e-6)
    markets = (quarters(shape, np.random.default_rng(seed)) for seed in count())
    yield (
        "0..6, no support",
        (market for market in markets if supporting_equilibrium(market, first_best(market).transactions) is None),
    )


METHODS = {
    "first best": lambda market, limit: first_best(market, time_limit=limit, gap=GAP),
    "ours": ours,
    "search": without_short_cuts,
    "programme": programme_alone,
    "cvxpy": plain_programme,
}


def measure(markets, limit):
    """Seconds by market and method, and how many did not finish."""
    seconds, late = np.zeros((len(markets), len(METHODS))), dict.fromkeys(METHODS, 0)
    for row, market in enumerate(markets):
        answers = {}
        for column, (name, solve) in enumerate(METHODS.items()):
            begin = time.perf_counter()
            answers[name] = solve(market, limit)
            seconds[row, column] = time.perf_counter() - begin
            late[name] += answers[name].status != "optimal"
        welfare = answers["ours"].welfare, answers["search"].welfare
        welfare += answers["programme"].objective, answers["cvxpy"].value
        finished = [
            value for value, name in zip(welfare, list(METHODS)[1:], strict=True) if answers[name].status == "optimal"
        ]
        if np.ptp(finished) > 1e-5 * max(finished):
            raise AssertionError(f"the methods disagree: {welfare}")
    return seconds, late


def main(limit):
    print(f"{'':22} | " + " | ".join(f"{name:^16}" for name in METHODS) + " | cvxpy to ours, search, programme")
    for name, markets in families():
        seconds, late = measure(list(islice(markets, SEEDS)), limit)
        median, largest = np.median(seconds, axis=0), seconds.max(axis=0)
        cells = " | ".join(f"{middle:7.3f} ({most:6.2f})" for middle, most in zip(median, largest, strict=True))
        ratios = " ".join(f"{median[-1] / middle:6.1f}" for middle in median[1:-1])
        unfinished = {method: number for method, number in late.items() if number}
        print(f"{name:22} | {cells} | {ratios} {f'not finished: {unfinished}' if unfinished else ''}", flush=True)


if __name__ == "__main__":
    main(float(sys.argv[1]) if len(sys.argv) > 1 else 60.0)
