"""Equilibria of random depth-10 trees: closed form by layers, block-diagonal programmes, one programme at a time.

Run as ``python benchmarks/contracts_spe.py [TREES]`` (default 1000), on one thread. Milliseconds a tree, the best of
three runs. ``plain`` is what the others replace: one call of ``scipy.optimize.linprog`` for every state and action.
"""

import sys
import time

import numpy as np
from scipy.optimize import linprog
from threadpoolctl import threadpool_limits

from papers.contracts_rl.equilibrium import solve_spe
from papers.contracts_rl.response import best_response
from papers.contracts_rl.trees import random_binary_tree

DEPTH = 10


def best_of(function, repeats=3):
    seconds = []
    for _ in range(repeats):
        begin = time.perf_counter()
        answer = function()
        seconds.append(time.perf_counter() - begin)
    return min(seconds), answer


def plain(mdp):
    """Solve one tree state by state, action by action."""
    v_principal = v_agent = np.zeros(0)
    for t in reversed(range(mdp.horizon)):
        layer, n = mdp.layer(t), mdp.sizes[t]
        q = layer.agent_reward + mdp.gamma * layer.expect(layer.next_value(v_agent))
        gain = layer.expect(layer.principal_reward + mdp.gamma * layer.next_value(v_principal))
        cost, probs = np.empty_like(q), layer.outcome_probs[0]
        for s in range(n):
            for a in (0, 1):
                edge = probs[1 - a] - probs[a]
                cost[s, a] = linprog(probs[a], A_ub=edge[None], b_ub=[q[s, a] - q[s, 1 - a]], method="highs").fun
        action = (gain - cost).argmax(axis=1)
        at = np.arange(n), action
        v_principal, v_agent = (gain - cost)[at], (q + cost)[at]
    return v_principal[0]


def main(trees):
    rng = np.random.default_rng(0)
    print(f"{'':34} {'ms a tree':>10}")
    for block in (1, 10, 50, 250):
        forest = random_binary_tree(DEPTH, rng, block)
        seconds, _ = best_of(lambda forest=forest: solve_spe(forest))
        print(f"closed form, {block:4} trees at once {'':8} {1e3 * seconds / block:8.3f}")
    begin, values = time.perf_counter(), []
    for _ in range(trees // 250):
        values.append(solve_spe(random_binary_tree(DEPTH, rng, 250)).v_principal[0, :250])
    seconds = time.perf_counter() - begin
    print(f"closed form, {250 * len(values):5} trees with drawing {1e3 * seconds / (250 * len(values)):10.3f}")
    forest = random_binary_tree(DEPTH, rng, 250)
    spe = solve_spe(forest)
    seconds, _ = best_of(lambda: best_response(forest, spe.contract, spe.action))
    print(f"best response, 250 trees at once {'':6} {1e3 * seconds / 250:8.3f}")
    tree = random_binary_tree(DEPTH, rng)
    for name, solve in (
        ("closed form", lambda: solve_spe(tree).v_principal[0, 0]),
        ("block-diagonal programmes", lambda: solve_spe(tree, method="lp").v_principal[0, 0]),
        ("plain", lambda: plain(tree)),
    ):
        seconds, value = best_of(solve, 1 if name == "plain" else 3)
        print(f"{name:28} {'1 tree':10} {1e3 * seconds:8.3f}   principal {value:.12f}")


if __name__ == "__main__":
    with threadpool_limits(1):
        main(int(sys.argv[1]) if len(sys.argv) > 1 else 1000)
