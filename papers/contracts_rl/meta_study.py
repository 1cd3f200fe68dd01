r"""Studies of the meta-algorithm: how soon it ends on trees, and how often it cycles without a horizon.

**Random stationary instances.** The dossier (E5) says that "about 5-9 %" of random instances with 2 and 3 states cycle
at :math:`\gamma=0.9`, not how they were drawn. Here: two actions with the outcome distributions 0.9/0.1 and 0.1/0.9 of
the paper's trees; in every state the two outcomes lead to two different states, drawn uniformly; effort costs are
uniform on [0, 1], the principal's rewards for the good outcome uniform on [0, 2].
"""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from common.stats import spawn_generators
from papers.contracts_rl.equilibrium import solve_spe
from papers.contracts_rl.mdp import PrincipalAgentMDP
from papers.contracts_rl.meta import MetaHistory, meta_algorithm
from papers.contracts_rl.stationary_equilibria import pure_stationary_equilibria
from papers.contracts_rl.trees import random_binary_tree

_TOLERANCE = 1e-7  # payments this close are the same where only the end of the iteration matters


def iterations_on_trees(depths: Sequence[int], draws: int, seed: int) -> pd.DataFrame:
    """Run the meta-algorithm from zero contracts on random trees, and solve the same trees by backward induction.

    Parameters
    ----------
    depths : sequence of int
        Numbers of layers ``T``, ``>= 1``.
    draws : int
        Trees of every depth.
    seed : int
        Seed of everything.

    Returns
    -------
    DataFrame
        A row a tree: ``depth``, ``iterations``, ``excess`` (iterations beyond ``T + 1``) and ``limit_gap`` (largest
        difference of values and payments between limit and equilibrium; infinite if it did not converge).
    """
    rows = []
    for depth, generator in zip(depths, spawn_generators(seed, len(depths)), strict=True):
        for _ in range(draws):
            mdp = random_binary_tree(depth, generator)
            history = meta_algorithm(mdp)
            rows.append((depth, history.iterations, history.iterations - depth - 1, limit_gap(mdp, history)))
    return pd.DataFrame(rows, columns=["depth", "iterations", "excess", "limit_gap"])


def limit_gap(mdp: PrincipalAgentMDP, history: MetaHistory) -> float:
    """Return how far the end of the meta-algorithm is from the equilibrium found by backward induction.

    Parameters
    ----------
    mdp : PrincipalAgentMDP
        A process with layers.
    history : MetaHistory
        What the meta-algorithm went through on it.

    Returns
    -------
    float
        Largest difference of values and payments; infinite if it did not converge.
    """
    if not history.converged:
        return np.inf
    spe = solve_spe(mdp)
    pairs = (
        (history.contracts[-1], spe.contract),
        (history.v_principal[-1], spe.v_principal),
        (history.v_agent[-1], spe.v_agent),
    )
    return max(float(np.nanmax(np.abs(ours - theirs))) for ours, theirs in pairs)


def settled_from(history: MetaHistory, tolerance: float = 1e-9) -> NDArray[np.intp]:
    """Return for every layer the iteration from which its contracts are the final ones.

    Parameters
    ----------
    history : MetaHistory
        A run on a process with layers.
    tolerance : float
        Payments that differ by no more are the same.

    Returns
    -------
    ndarray of int, shape (H,)
        0 if they were right from the start; the theorem says at most ``H - t`` for layer ``t`` of 0..H-1.
    """
    away = np.nan_to_num(np.abs(history.contracts - history.contracts[-1])).max(axis=(2, 3)) > tolerance
    return np.where(away.any(axis=0), len(away) - away[::-1].argmax(axis=0), 0)


def random_stationary_instances(
    n_states: int, draws: int, generator: np.random.Generator, gamma: float
) -> list[PrincipalAgentMDP]:
    """Draw discounted instances with two actions and two outcomes, as the module's head says.

    Parameters
    ----------
    n_states : int
        Number of states, ``>= 2``.
    draws : int
        Number of instances.
    generator : Generator
        Source of randomness.
    gamma : float
        Discount in [0, 1).

    Returns
    -------
    list of PrincipalAgentMDP
    """
    if n_states < 2:
        raise ValueError(f"n_states must be >= 2 for two outcomes to lead to different states, given {n_states}")
    probs = np.broadcast_to([[0.9, 0.1], [0.1, 0.9]], (n_states, 2, 2))
    instances = []
    for _ in range(draws):
        transitions = generator.random((n_states, n_states)).argsort(axis=1)[:, :2]
        agent_reward, principal_reward = np.zeros((2, n_states, 2))
        agent_reward[:, 1] = -generator.random(n_states)
        principal_reward[:, 1] = 2 * generator.random(n_states)
        instances.append(PrincipalAgentMDP(probs, transitions, agent_reward, principal_reward, gamma))
    return instances


def cycling_study(
    n_states: Sequence[int], gammas: Sequence[float], draws: int, seed: int, *, damping: float = 0.5
) -> pd.DataFrame:
    """See which random instances cycle, whether they have an equilibrium at all, and whether damping finds it.

    Parameters
    ----------
    n_states : sequence of int
        Numbers of states, ``>= 2``.
    gammas : sequence of float
        Discounts in [0, 1); instances differ in nothing else between them.
    draws : int
        Instances of every number of states.
    seed : int
        Seed of everything.
    damping : float
        Weight of the old contracts that is tried on instances that do not converge without.

    Returns
    -------
    DataFrame
        A row an instance and discount: ``states``, ``gamma``, ``converged``, ``period`` (NaN where it converged, and
        where it was broken off without a cycle), ``equilibria`` (number of pure stationary ones; NaN where it
        converged: there is one) and ``damped`` (whether it converged then; NaN where it did without).
    """
    rows = []
    for states, stream in zip(n_states, np.random.SeedSequence(seed).spawn(len(n_states)), strict=True):
        for gamma in gammas:
            for mdp in random_stationary_instances(states, draws, np.random.default_rng(stream), gamma):
                run = meta_algorithm(mdp, tolerance=_TOLERANCE)
                rest = (np.nan, np.nan, np.nan)
                if not run.converged:
                    damped = meta_algorithm(mdp, damping=damping, tolerance=_TOLERANCE).converged
                    rest = (run.period or np.nan, len(pure_stationary_equilibria(mdp)), float(damped))
                rows.append((states, gamma, run.converged, *rest))
    return pd.DataFrame(rows, columns=["states", "gamma", "converged", "period", "equilibria", "damped"])
