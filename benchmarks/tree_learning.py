"""Milliseconds a step of several learners of Algorithm 2 at once, against the same learners one after another.

Run as ``python benchmarks/tree_learning.py [DEPTH] [LEARNERS] [STEPS]`` on one thread. CPU time of this process, the
warm-up of the replay buffers and the records left out; the loop that is replaced is the same code with one learner.
"""

import sys
import time

import torch

from papers.contracts_rl.tree_learning import TreeLearningConfig, learn_trees
from papers.contracts_rl.trees import random_binary_tree


def milliseconds_a_step(depth: int, n_learners: int, steps: int) -> float:
    """Time the steps of a run against one of a single step."""
    forest = random_binary_tree(depth, 0)
    spent = []
    for length in (1, 1 + steps):
        config = TreeLearningConfig(steps=length, record_every=2 * steps, device="cpu")
        start = time.process_time()
        learn_trees(forest, [0] * n_learners, [0.02] * n_learners, config, seed=0)
        spent.append(time.process_time() - start)
    return (spent[1] - spent[0]) / steps * 1e3


def main(depth: int = 10, n_learners: int = 9, steps: int = 200) -> None:
    torch.set_num_threads(1)
    milliseconds_a_step(2, 1, 1)  # what the first run of a process pays for
    together = milliseconds_a_step(depth, n_learners, steps)
    one = milliseconds_a_step(depth, 1, steps)
    print(f"depth {depth}, {n_learners} learners, CPU milliseconds a gradient step of all of them")
    print(f"{'together':>24}{together:10.2f}")
    print(f"{'one after another':>24}{n_learners * one:10.2f}")
    print(f"{'ratio':>24}{n_learners * one / together:10.2f}")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
