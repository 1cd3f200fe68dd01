"""Plain references of the tests: random tiny markets, the definition of equilibrium in loops, and P1 as a programme."""

from itertools import product

import numpy as np
from scipy.optimize import linprog

from papers.delivery_tips.market import ThreeSidedMarket


def random_market(rng, most=3, least=0):
    """A market of any shape with 0.4 real numbers (some values 0), else small integers with ties and zeros."""
    n_buyers, n_stores, n_couriers = rng.integers(least, most + 1, 3)
    top = rng.integers(2, 6)
    real = rng.random() < 0.4

    def draw(shape):
        return rng.random(shape) * 4 * (rng.random(shape) < 0.8) if real else rng.integers(0, top, shape)

    return ThreeSidedMarket(draw((n_buyers, n_stores)), draw((n_couriers, n_buyers, n_stores)))


def broken_by_definition(market, equilibrium, tips=True, tol=1e-6):
    """The conditions of dossier section 3, read aloud; for disjoint transactions."""
    p, w, t = equilibrium.prices, equilibrium.compensations, equilibrium.tips
    tau = equilibrium.transactions
    gains = {("buyer", b): market.V[b] - p - t[b] for b in range(market.n_buyers)}
    gains |= {("courier", c): w + t - market.K[c] for c in range(market.n_couriers)}
    broken = set()
    for (side, agent), gain in gains.items():
        mine = [(b, s) for b, s, c in tau if agent == {"buyer": b, "courier": c}[side]]
        places = {(agent, s): (s,) for s in range(market.n_stores)} if side == "buyer" else None
        places = places or {order: order for order in np.ndindex(market.V.shape)}
        value = {order: gain[place] for order, place in places.items()}
        broken |= {(f"{side} rationality", (side, agent), order) for order in mine if value[order] < -tol}
        has = max([0.0, *(value[order] for order in mine)])
        broken |= {(f"{side} envy", (side, agent), order) for order in value if value[order] > has + tol}
    return broken | _broken_payments(p, w, t, tau, tips, tol)


def _broken_payments(p, w, t, tau, tips, tol):
    sold, orders = {s for _, s, _ in tau}, {(b, s) for b, s, _ in tau}
    stores, pairs = range(len(p)), list(np.ndindex(w.shape))
    broken = {("negative price", ("store", s), None) for s in stores if p[s] < -tol}
    broken |= {("unsold price", ("store", s), None) for s in stores if p[s] > tol and s not in sold}
    broken |= {("negative compensation", ("platform", 0), pair) for pair in pairs if w[pair] < -tol}
    unpaid = [pair for pair in pairs if pair not in orders]
    broken |= {("untransacted compensation", ("platform", 0), pair) for pair in unpaid if w[pair] > tol}
    broken |= {("negative tip", ("buyer", pair[0]), pair) for pair in pairs if t[pair] < -tol}
    return broken | {("tip", ("buyer", pair[0]), pair) for pair in pairs if t[pair] > tol and not tips}


def least_compensation(market, tau, *, tips=True, balanced=False):
    """Least total compensation by the linear programme of dossier P1; None if tau is no equilibrium outcome."""
    n_buyers, n_stores, n_couriers = market.shape
    names = [("u", b) for b in range(n_buyers)] + [("p", s) for s in range(n_stores)]
    names += [("y", c) for c in range(n_couriers)] + [("w", *order) for order in np.ndindex(market.V.shape)]
    if not names:
        return 0.0
    place = {name: column for column, name in enumerate(names)}
    rows = {"at most": [], "equal": []}
    for kind, terms, limit in _p1_rows(market, tau, tips, balanced):
        row = np.zeros(len(names))
        for name, coefficient in terms:
            row[place[name]] = coefficient
        rows[kind].append((row, limit))
    free = {("u", b) for b, _, _ in tau} | {("p", s) for _, s, _ in tau} | {("y", c) for _, _, c in tau}
    free |= {("w", b, s) for b, s, _ in tau}
    systems = [np.array([part[i] for part in rows[kind]]) if rows[kind] else None for kind in rows for i in (0, 1)]
    bounds = [(0, None if name in free else 0) for name in names]
    answer = linprog([float(name[0] == "w") for name in names], *systems, bounds)
    return answer.fun if answer.status == 0 else None


def _p1_rows(market, tau, tips, balanced):
    """Rows (kind, terms, limit). Without tips u_b + p_s >= V_bs besides: a tip of 0 is enough for every order."""
    for b, s in np.ndindex(market.V.shape):
        pair = [(("u", b), 1.0), (("p", s), 1.0)]
        if any((b, s) == triple[:2] for triple in tau):
            yield "at most", pair, market.V[b, s]
        if not tips:
            yield "at most", [(name, -1.0) for name, _ in pair], -market.V[b, s]
        for c in range(market.n_couriers):
            terms = [*pair, (("y", c), 1.0), (("w", b, s), -1.0)]
            yield "at most", [(name, -coefficient) for name, coefficient in terms], -market.surplus[c, b, s]
            if (b, s, c) in tau:
                yield "equal", terms, market.surplus[c, b, s]
    if balanced:
        prices = [(("p", s), -1.0) for s in range(market.n_stores)]
        yield "at most", [*prices, *((("w", b, s), 1.0) for b, s, _ in tau)], 0.0


def linear_value(market):
    """Value of the linear relaxation of the three-dimensional assignment problem."""
    triples = list(product(*map(range, market.shape)))
    agents = [(side, agent) for side in range(3) for agent in range(market.shape[side])]
    A = [[float(triple[side] == agent) for triple in triples] for side, agent in agents]
    return -linprog([-market.surplus[c, b, s] for b, s, c in triples], A, np.ones(len(agents))).fun
