r"""Random trees by the thousand: what the equilibrium asks for and pays, and what other rules would give.

Four yardsticks stand beside the hidden-action equilibrium, from the most to the least the principal can have in these
trees:

- **no agent**: the principal acts herself; her utility is the largest surplus.
- **observed action**: she sees the action and pays for it. The agent then gets what she would get without payments,
  in trees nothing (by induction: whatever is asked for is paid so that she is as well off as with her best
  alternative), and the principal the largest surplus less that.
- **commitment** (:mod:`~papers.contracts_rl.commitment`).
- **one share**: linear contracts, the agent gets the same share of every reward of the principal in the whole tree.
"""

from collections.abc import Iterator, Sequence
from itertools import product

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from common.stats import spawn_generators
from papers.contracts_rl.commitment import optimal_commitment
from papers.contracts_rl.equilibrium import SPESolution, solve_spe
from papers.contracts_rl.mdp import PrincipalAgentMDP
from papers.contracts_rl.nudging import share_by_tree
from papers.contracts_rl.response import best_response
from papers.contracts_rl.trees import WORK, random_binary_tree

_STATES = 2**18  # decision states of a batch of trees: what fits into memory easily


def tree_statistics(
    depth: int, n_trees: int, seed: int, *, noise: float = 0.1, cost_range: float = 1.0, reward_range: float = 2.0
) -> pd.DataFrame:
    """Solve random trees and say how often work is asked for and what both earn.

    Parameters
    ----------
    depth, noise, cost_range, reward_range
        Of the trees (:func:`~papers.contracts_rl.trees.random_binary_tree`).
    n_trees : int
        Number of trees, ``>= 1``.
    seed : int
        Seed of the trees.

    Returns
    -------
    pandas.DataFrame
        A row a tree: ``effort_share`` (share of the states, each counted once, in which work is asked for),
        ``paid_share`` (share in which anything is paid), ``principal`` and ``agent`` (their utilities).
    """
    tables = []
    for batch, generator in _batches(depth, n_trees, seed):
        forest = random_binary_tree(
            depth, generator, batch, noise=noise, cost_range=cost_range, reward_range=reward_range
        )
        spe = solve_spe(forest)
        table = {
            "effort_share": share_by_tree(spe.action == WORK, batch),
            "paid_share": share_by_tree((spe.contract > 0).any(axis=2), batch),
            "principal": spe.v_principal[0, :batch],
            "agent": spe.v_agent[0, :batch],
        }
        tables.append(pd.DataFrame(table))
    return pd.concat(tables, ignore_index=True)


def effort_by_layer(depth: int, n_trees: int, seed: int, *, noise: float = 0.1) -> NDArray[np.float64]:
    """Say in which layers work is asked for.

    Parameters
    ----------
    depth, noise
        Of the trees.
    n_trees : int
        Number of trees.
    seed : int
        Seed of the trees.

    Returns
    -------
    ndarray, shape (n_trees, depth)
        Share of the states of every layer of every tree in which the equilibrium asks for work.
    """
    parts = []
    for batch, generator in _batches(depth, n_trees, seed):
        action = solve_spe(random_binary_tree(depth, generator, batch, noise=noise)).action
        layers = [(action[t, : batch << t] == WORK).reshape(batch, -1).mean(axis=1) for t in range(depth)]
        parts.append(np.stack(layers, axis=1))
    return np.concatenate(parts)


def effort_in_last_layer(noise: float, cost_range: float = 1.0, reward_range: float = 2.0) -> float:
    r"""Give the probability that work is asked for in the last layer, by a formula.

    Work at cost :math:`u` is worth its pay if :math:`w(p_1-p_0)>p_1u/(p_1-p_0)`. Here :math:`u=cY` and :math:`w=rX`
    with independent :math:`X,Y` of the distribution function :math:`x-x\ln x`, so with :math:`k=cp_1/(r(p_1-p_0)^2)`
    it is :math:`P(X>kY)=1-\tfrac k2+\tfrac k4\ln k` for :math:`k\le1` and, by symmetry, one minus that of :math:`1/k`
    beyond.

    Parameters
    ----------
    noise, cost_range, reward_range : float
        Of the trees (:func:`~papers.contracts_rl.trees.random_binary_tree`), the noise below 1/2, the ranges ``> 0``.

    Returns
    -------
    float

    Raises
    ------
    ValueError
        If a parameter is out of range.
    """
    if not 0 <= noise < 0.5 or not cost_range > 0 or not reward_range > 0:
        raise ValueError(
            "noise must be in [0, 1/2) and both ranges > 0,"
            f" given noise={noise}, cost_range={cost_range}, reward_range={reward_range}"
        )
    k = cost_range * (1 - noise) / (reward_range * (1 - 2 * noise) ** 2)
    small = min(k, 1 / k)
    share = 1 - small / 2 + small / 4 * np.log(small)
    return float(share if k <= 1 else 1 - share)


def sensitivity(depths: Sequence[int], noises: Sequence[float], n_trees: int, seed: int) -> pd.DataFrame:
    """Repeat :func:`tree_statistics` for several depths and noises.

    Parameters
    ----------
    depths : sequence of int
        Numbers of layers.
    noises : sequence of float
        Probabilities that an action has the outcome of the other.
    n_trees : int
        Number of trees at each setting; at equal depth the same trees at every noise.
    seed : int
        Seed of the trees.

    Returns
    -------
    pandas.DataFrame
        As :func:`tree_statistics`, with the columns ``depth``, ``noise`` and ``tree`` before.
    """
    tables = [
        tree_statistics(depth, n_trees, seed, noise=noise)
        .rename_axis("tree")
        .reset_index()
        .assign(depth=depth, noise=noise)
        for depth, noise in product(depths, noises)
    ]
    return pd.concat(tables, ignore_index=True)


def commitment_study(
    depths: Sequence[int], noises: Sequence[float], n_trees: int, seed: int, *, gap: float = 1e-3
) -> pd.DataFrame:
    """Compare commitment with the equilibrium on random trees.

    Parameters
    ----------
    depths : sequence of int
        Numbers of layers; up to 6 the optimum is proven, beyond up to the gap.
    noises : sequence of float
        Probabilities that an action has the outcome of the other.
    n_trees : int
        Number of trees at each setting; at equal depth the same trees at every noise.
    seed : int
        Seed of the trees.
    gap : float
        Relative gap at which the search stops beyond depth 6.

    Returns
    -------
    pandas.DataFrame
        A row a tree: ``depth``, ``noise``, ``tree``, ``ratio`` (principal's utility with commitment over that in
        equilibrium), ``most`` (the proven bound over it), ``agent_ratio`` and ``changed`` (share of the states in which
        another action is asked for).
    """
    rows = []
    for depth, noise in product(depths, noises):
        for tree, generator in enumerate(spawn_generators(seed, n_trees)):
            mdp = random_binary_tree(depth, generator, noise=noise)
            rows.append({"depth": depth, "noise": noise, "tree": tree, **_price(mdp, 0.0 if depth <= 6 else gap)})
    return pd.DataFrame(rows)


def small_tree_commitments(depth: int = 2, seeds: int = 300) -> pd.DataFrame:
    """Compare commitment with the equilibrium on the trees that the seeds 0, 1, ... give.

    Parameters
    ----------
    depth : int
        Number of layers.
    seeds : int
        Number of trees.

    Returns
    -------
    pandas.DataFrame
        As :func:`commitment_study`, a row a seed.
    """
    return pd.DataFrame([_price(random_binary_tree(depth, seed), 0.0) for seed in range(seeds)])


def yardsticks(depth: int, n_trees: int, seed: int, *, noise: float = 0.1, shares: int = 101) -> pd.DataFrame:
    """Give the principal's utility under several rules, tree by tree.

    Parameters
    ----------
    depth, noise
        Of the trees.
    n_trees : int
        Number of trees.
    seed : int
        Seed of the trees.
    shares : int
        Number of shares between 0 and 1 tried for linear contracts, ``>= 2``.

    Returns
    -------
    pandas.DataFrame
        A row a tree: ``no agent``, ``observed action``, ``hidden action`` (the equilibrium), ``one share`` (the best
        linear contract), ``best share`` and ``agent, hidden action``.
    """
    tables = []
    for batch, generator in _batches(depth, n_trees, seed):
        forest = random_binary_tree(depth, generator, batch, noise=noise)
        spe, surplus = solve_spe(forest), largest_surplus(forest)[:batch]
        unpaid = best_response(forest, np.zeros(forest.principal_reward.shape)).v_agent[0, :batch]
        tried = np.linspace(0, 1, shares)
        linear = np.stack([linear_utilities(forest, share)[:batch] for share in tried])
        table = {
            "no agent": surplus,
            "observed action": surplus - unpaid,
            "hidden action": spe.v_principal[0, :batch],
            "one share": linear.max(axis=0),
            "best share": tried[linear.argmax(axis=0)],
            "agent, hidden action": spe.v_agent[0, :batch],
        }
        tables.append(pd.DataFrame(table))
    return pd.concat(tables, ignore_index=True)


def largest_surplus(mdp: PrincipalAgentMDP) -> NDArray[np.float64]:
    """Return the largest sum of both utilities in the states of layer 0, by backward induction.

    Parameters
    ----------
    mdp : PrincipalAgentMDP
        A game with layers.

    Returns
    -------
    ndarray, shape (S,)
        Without padding.

    Raises
    ------
    ValueError
        If the game is stationary.
    """
    if mdp.horizon is None:
        raise ValueError("mdp must have layers, given a stationary one")
    values = np.zeros(0)
    for t in reversed(range(mdp.horizon)):
        layer = mdp.layer(t)
        earned = layer.expect(layer.principal_reward + mdp.gamma * layer.next_value(values))
        values = (layer.agent_reward + earned).max(axis=1)
    return values


def linear_utilities(mdp: PrincipalAgentMDP, share: float) -> NDArray[np.float64]:
    """Return the principal's utility in layer 0 if the agent gets a share of each of her rewards.

    Parameters
    ----------
    mdp : PrincipalAgentMDP
        A game with layers and rewards ``>= 0``.
    share : float
        In [0, 1].

    Returns
    -------
    ndarray, shape (S,)
        Without padding.
    """
    return best_response(mdp, share * mdp.principal_reward).v_principal[0, : mdp.sizes[0]]


def _batches(depth: int, n_trees: int, seed: int) -> Iterator[tuple[int, np.random.Generator]]:
    """Split many trees into batches that fit into memory, each with its own stream."""
    size = max(1, _STATES >> depth)
    counts = [min(size, n_trees - done) for done in range(0, n_trees, size)]
    yield from zip(counts, spawn_generators(seed, len(counts)), strict=True)


def _price(mdp: PrincipalAgentMDP, gap: float) -> dict[str, float]:
    """Compare commitment with the equilibrium of one tree."""
    spe: SPESolution = solve_spe(mdp)
    plan = optimal_commitment(mdp, gap=gap, combinations=500_000 if gap == 0 else 60_000)
    before = spe.v_principal[0, 0]
    return {
        "ratio": plan.v_principal / before,
        "most": plan.bound / before,
        "agent_ratio": plan.v_agent / spe.v_agent[0, 0] if spe.v_agent[0, 0] else np.nan,
        "changed": 1 - share_by_tree(plan.action == spe.action, 1)[0],
    }
