"""Coin Game: the batched environment beside the one-environment loop it replaces, and the exact solvers.

Run as ``python benchmarks/coin_game.py``. Random moves, drawn beforehand; one thread. ``states`` answers with compact
states, ``images`` with both players' float32 pictures; the loop steps one PettingZoo environment.
"""

import time

import numpy as np
from threadpoolctl import threadpool_limits

from papers.contracts_rl.batch_coin_game import BatchCoinGame
from papers.contracts_rl.coin_game import CoinGame
from papers.contracts_rl.coin_rules import CoinRules
from papers.contracts_rl.exact_coin_game import exact_coin_game
from papers.contracts_rl.yardsticks import coin_game_yardsticks

SIZES = ((3, 20), (7, 50))


def batched(grid, horizon, batch, images, steps):
    game = BatchCoinGame(batch, grid=grid, horizon=horizon, generator=0, images=images)
    actions = np.random.default_rng(1).integers(0, 4, (20, batch, 2))
    begin = time.perf_counter()
    for step in range(steps):
        game.step(actions[step % 20])
    return batch * steps / (time.perf_counter() - begin)


def one_by_one(grid, horizon, steps):
    game = CoinGame(grid=grid, horizon=horizon)
    game.reset(seed=0)
    actions = np.random.default_rng(1).integers(0, 4, (steps, 2))
    begin = time.perf_counter()
    for red, blue in actions:
        game.step({"red": red, "blue": blue})
        if not game.agents:
            game.reset()
    return steps / (time.perf_counter() - begin)


def timed(function, *arguments):
    begin = time.perf_counter()
    function(*arguments)
    return time.perf_counter() - begin


def main():
    print("environment steps a second (one step moves both players)")
    for grid, horizon in SIZES:
        loop = one_by_one(grid, horizon, 5_000)
        print(f"{grid} x {grid}  one environment in a loop {loop:12,.0f}")
        for batch in (64, 1_024, 8_192):
            steps = max(50, 1_000_000 // batch)
            states, images = (batched(grid, horizon, batch, kind, steps) for kind in (False, True))
            print(
                f"{grid} x {grid}  batch {batch:5}  states {states:12,.0f}  images {images:12,.0f}"
                f"  against the loop x {states / loop:5.0f}",
                flush=True,
            )
    print("exact (seconds)")
    for grid, horizon in SIZES:
        rules = CoinRules(grid, horizon)
        print(
            f"{grid} x {grid}  all yardsticks {timed(coin_game_yardsticks, grid, horizon):6.2f}"
            f"  listing the relative game {timed(exact_coin_game, rules):6.3f}"
            f"  the absolute one {timed(exact_coin_game, rules, 'absolute'):6.2f}",
            flush=True,
        )


if __name__ == "__main__":
    with threadpool_limits(1):
        main()
