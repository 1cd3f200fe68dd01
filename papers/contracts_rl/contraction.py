r"""What is a contraction in the meta-algorithm, and what is not (Theorem 3.4 of the paper, dossier E4).

Let ``F(s, b)`` be what the principal thinks that offering contract ``b`` in state ``s`` is worth. For a *fixed* policy
:math:`\pi(s,b)` of the agent,

.. math:: (HF)(s,b)=\mathbb E_{o\sim\mathcal O(s,\pi(s,b))}\big[r^p(s,o)-b(o)+\gamma\,\max_{b'}F(s',b')\big]

satisfies :math:`\|HF-HG\|_\infty\le\gamma\|F-G\|_\infty`: it is the optimality operator of the principal's process.
The map that also lets the agent answer anew, from ``F`` to its greedy contracts, to her best response, to ``HF``, is
not even continuous: the agent looks at the contracts offered, and those jump where the principal is nearly indifferent.
"""

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from common.rl.mdp import greedy
from papers.contracts_rl.equilibrium import solve_spe
from papers.contracts_rl.instances import figure_one
from papers.contracts_rl.mdp import PrincipalAgentMDP
from papers.contracts_rl.response import agent_optimum


def principal_operator(
    mdp: PrincipalAgentMDP, grid: NDArray[Any], policy: NDArray[np.intp], F: NDArray[Any]
) -> NDArray[Any]:
    """Apply the principal's operator :math:`H` for a fixed agent.

    Parameters
    ----------
    mdp : PrincipalAgentMDP
        A stationary process.
    grid : ndarray, shape (B, M)
        The contracts that may be offered.
    policy : ndarray of int, shape (S, B)
        The agent's action under every contract.
    F : ndarray, shape (S, B)
        What the principal thinks every contract is worth.

    Returns
    -------
    ndarray, shape (S, B)
    """
    every = np.take_along_axis(_worth(mdp, grid, F), policy[:, :, None], axis=2)
    return every[:, :, 0]


def composite_map(
    mdp: PrincipalAgentMDP, grid: NDArray[Any], F: NDArray[Any]
) -> tuple[NDArray[np.intp], NDArray[np.intp], NDArray[Any]]:
    """Offer the contracts that look best, let the agent answer anew to all, and apply the operator.

    Parameters
    ----------
    mdp : PrincipalAgentMDP
        A stationary process.
    grid : ndarray, shape (B, M)
        The contracts that may be offered.
    F : ndarray, shape (S, B)
        What the principal thinks every contract is worth.

    Returns
    -------
    offered : ndarray of int, shape (S,)
        Which contract of the grid is offered, the first among ties.
    policy : ndarray of int, shape (S, B)
        The agent's best action under every contract, ties broken for the principal.
    output : ndarray, shape (S, B)
        What every contract is worth against this agent.
    """
    offered = greedy(F)
    _, q_trunc = agent_optimum(mdp, grid[offered])
    own = q_trunc[:, None, :] + _expected_payments(mdp, grid)
    worth = _worth(mdp, grid, F)
    policy = greedy(np.where(own == own.max(axis=2, keepdims=True), worth, -np.inf))
    return offered, policy, np.take_along_axis(worth, policy[:, :, None], axis=2)[:, :, 0]


def counter_example(epsilon: Fraction) -> tuple[PrincipalAgentMDP, NDArray[Any], NDArray[Any], NDArray[Any]]:
    r"""Give two values on Figure 1 that differ by `epsilon` and whose images under the composite map are far apart.

    Both are the equilibrium's, except that in :math:`s_R` paying nothing seems worth ``epsilon / 2`` less, or more,
    than the equilibrium contract :math:`b(L)=1`.

    Parameters
    ----------
    epsilon : Fraction
        Their distance, ``> 0``.

    Returns
    -------
    mdp : PrincipalAgentMDP
        Figure 1, in fractions.
    grid : ndarray, shape (3, 2)
        The contracts: nothing, 0.95 and 1 for L.
    F, G : ndarray, shape (3, 3)
        The values.

    Raises
    ------
    ValueError
        If `epsilon` is not positive.
    """
    if not epsilon > 0:
        raise ValueError(f"epsilon must be > 0, given {epsilon}")
    mdp = figure_one()
    grid = np.array([[Fraction(0), Fraction(0)], [Fraction(19, 20), Fraction(0)], [Fraction(1), Fraction(0)]])
    spe = solve_spe(mdp)
    own = spe.q_trunc[:, None, :] + _expected_payments(mdp, grid)
    worth = _worth(mdp, grid, np.repeat(spe.v_principal[:, None], 3, axis=1))
    values = np.where(own == own.max(axis=2, keepdims=True), worth, -np.inf).max(axis=2)
    F, G = values.copy(), values.copy()
    F[2, 0], G[2, 0] = values[2, 2] - epsilon / 2, values[2, 2] + epsilon / 2
    return mdp, grid, F, G


def counter_example_table(epsilons: Sequence[Fraction]) -> pd.DataFrame:
    """Apply the composite map, and the operator for one fixed agent, to the pairs of the counter-example.

    Parameters
    ----------
    epsilons : sequence of Fraction
        Distances of the two values, ``> 0``.

    Returns
    -------
    DataFrame
        A row a distance: ``input gap``, what the two images say of paying 0.95 for L in the first state, and the gaps
        of the two images with and without a new answer of the agent.
    """
    rows = []
    for epsilon in epsilons:
        mdp, grid, F, G = counter_example(epsilon)
        (_, policy, low), (_, _, high) = (composite_map(mdp, grid, values) for values in (F, G))
        fixed = principal_operator(mdp, grid, policy, F) - principal_operator(mdp, grid, policy, G)
        rows.append((abs(F - G).max(), low[0, 1], high[0, 1], abs(low - high).max(), abs(fixed).max()))
    names = ["input gap", "first output", "second output", "gap, agent answers anew", "gap, agent fixed"]
    return pd.DataFrame(rows, columns=names).astype(float)


def contraction_study(draws: int, rng: np.random.Generator) -> pd.DataFrame:
    """Apply the operator to random pairs of values on random stationary instances with random agents.

    Parameters
    ----------
    draws : int
        Instances; each is used for three kinds of pairs.
    rng : Generator
        Source of randomness.

    Returns
    -------
    DataFrame
        Columns ``gamma``, ``kind`` of the difference (``"noise"`` everywhere, ``"one entry"``, ``"shift"`` by a
        constant), ``input gap``, ``output gap`` and ``ratio``, the output gap over ``gamma`` times the input gap.
    """
    rows = []
    for _ in range(draws):
        states, actions, outcomes = rng.integers(2, 6, size=3)
        gamma, size = rng.uniform(0.05, 0.99), 10 ** rng.uniform(-3, 1)
        mdp = PrincipalAgentMDP(
            rng.dirichlet(np.ones(outcomes), (states, actions)),
            rng.integers(states, size=(states, outcomes)),
            -rng.random((states, actions)),
            2 * rng.random((states, outcomes)),
            gamma,
        )
        grid, policy = 2 * rng.random((12, outcomes)), rng.integers(actions, size=(states, 12))
        F = rng.normal(size=policy.shape)
        differences = {"noise": rng.normal(size=F.shape), "one entry": np.zeros(F.shape), "shift": np.ones(F.shape)}
        state = rng.integers(states)
        differences["one entry"][state, F[state].argmax()] = 1.0
        for kind, difference in differences.items():
            H, K = (principal_operator(mdp, grid, policy, values) for values in (F, F + size * difference))
            gaps = size * np.abs(difference).max(), np.abs(H - K).max()
            rows.append((gamma, kind, *gaps, gaps[1] / (gamma * gaps[0])))
    return pd.DataFrame(rows, columns=["gamma", "kind", "input gap", "output gap", "ratio"])


def _expected_payments(mdp: PrincipalAgentMDP, grid: NDArray[Any]) -> NDArray[Any]:
    """Return the expected payment of every contract under every action, shape (S, B, A)."""
    return np.moveaxis(mdp.outcome_probs @ grid.T, 1, 2)


def _worth(mdp: PrincipalAgentMDP, grid: NDArray[Any], F: NDArray[Any]) -> NDArray[Any]:
    """Return what the principal thinks every contract and action is worth, shape (S, B, A)."""
    layer = mdp.layer(0)
    gain = layer.expect(layer.principal_reward + mdp.gamma * layer.next_value(F.max(axis=1)))
    return gain[:, None, :] - _expected_payments(mdp, grid)
