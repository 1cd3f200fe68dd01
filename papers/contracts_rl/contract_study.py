"""The contract programme under the magnifier: against its formula and another solver, and in single states."""

from itertools import product

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from common.rl.contracts import binary_contracts, contracts_for_all_actions
from papers.contracts_rl.commitment_promises import PromiseRelaxation
from papers.contracts_rl.decision_graph import decision_nodes
from papers.contracts_rl.equilibrium import SPESolution
from papers.contracts_rl.mdp import PrincipalAgentMDP


def programme_against_formula(n_states: int, generator: np.random.Generator) -> NDArray[np.float64]:
    """Compare the linear programme with the closed form on random states with two actions and two outcomes.

    Parameters
    ----------
    n_states : int
        Number of states; outcome probabilities are uniform, utilities and margins between 0 and 1.
    generator : numpy.random.Generator
        Source of randomness.

    Returns
    -------
    ndarray, shape (n_states, 2)
        Difference of the least expected payments for either action, relative to the larger of 1 and the payment.
    """
    probs = generator.dirichlet(np.ones(2), (n_states, 2))
    utilities, margin = generator.random((n_states, 2)), float(generator.random())
    _, formula = binary_contracts(utilities, probs, margin)
    _, programme = contracts_for_all_actions(utilities, probs, margin, method="lp")
    return np.abs(programme - formula) / np.maximum(1.0, formula)


def programme_against_cvxpy(
    n_states: int, n_actions: int, n_outcomes: int, generator: np.random.Generator
) -> pd.DataFrame:
    """Compare HiGHS with an interior-point method, cvxpy's Clarabel, on random states.

    Parameters
    ----------
    n_states, n_actions, n_outcomes : int
        Numbers of states, and of actions and outcomes in each.
    generator : numpy.random.Generator
        Source of randomness.

    Returns
    -------
    pandas.DataFrame
        A row a state and action: ``highs`` and ``clarabel``, the least expected payment, infinite where the action
        cannot be had, and ``gap``, their difference relative to the larger of 1 and the payment (0 if both are
        infinite).
    """
    probs = generator.dirichlet(np.ones(n_outcomes), (n_states, n_actions))
    utilities = generator.random((n_states, n_actions))
    highs = contracts_for_all_actions(utilities, probs, method="lp")[1]
    clarabel = np.array([[_clarabel(u, p, a) for a in range(n_actions)] for u, p in zip(utilities, probs, strict=True)])
    both = np.isinf(highs) & np.isinf(clarabel)
    gap = np.where(both, 0.0, np.abs(np.where(both, 0, highs) - np.where(both, 0, clarabel)) / np.maximum(1.0, highs))
    index = pd.MultiIndex.from_product([range(n_states), range(n_actions)], names=["state", "action"])
    columns = {"highs": highs, "clarabel": clarabel, "gap": gap}
    return pd.DataFrame({name: values.ravel() for name, values in columns.items()}, index)


def _clarabel(utilities: NDArray[np.float64], probs: NDArray[np.float64], action: int) -> float:
    """Return the least expected payment for one action, by cvxpy."""
    import cvxpy as cp

    payment = cp.Variable(probs.shape[1], nonneg=True)
    others = np.arange(len(utilities)) != action
    kept = (probs[action] - probs[others]) @ payment >= utilities[others] - utilities[action]
    problem = cp.Problem(cp.Minimize(probs[action] @ payment), [kept])
    problem.solve(solver="CLARABEL", tol_gap_abs=1e-11, tol_gap_rel=1e-11, tol_feas=1e-11)
    return float(problem.value) if problem.status.startswith("optimal") else np.inf


def payments_of_one_state(mdp: PrincipalAgentMDP, spe: SPESolution, state: int, payments: NDArray) -> pd.DataFrame:
    """Say what both get in one state if the first outcome is paid for, all later states being in equilibrium.

    Parameters
    ----------
    mdp : PrincipalAgentMDP
        A stationary game.
    spe : SPESolution
        Its equilibrium.
    state : int
        The state.
    payments : ndarray, shape (k,)
        Payments for the first outcome, ``>= 0``; the others are not paid for.

    Returns
    -------
    pandas.DataFrame
        A row a payment: ``payment``, ``action`` (what the agent does; among what is equally good, what suits the
        principal), ``principal`` and ``agent``.
    """
    layer = mdp.layer(0)
    chance = layer.outcome_probs[state if len(layer.outcome_probs) > 1 else 0].astype(float)
    earned = (layer.principal_reward + mdp.gamma * layer.next_value(spe.v_principal))[state].astype(float)
    paid = payments[:, None] * chance[:, 0]
    agent = spe.q_trunc[state].astype(float) + paid
    principal = chance @ earned - paid
    best = agent >= agent.max(axis=1, keepdims=True) - 1e-12
    action = np.where(best, principal, -np.inf).argmax(axis=1)
    at = np.arange(len(payments)), action
    return pd.DataFrame({"payment": payments, "action": action, "principal": principal[at], "agent": agent[at]})


def profile_table(mdp: PrincipalAgentMDP) -> pd.DataFrame:
    """Pay for every action profile as little as possible.

    Parameters
    ----------
    mdp : PrincipalAgentMDP
        A stationary game with few states and actions that ends by itself, without cycles.

    Returns
    -------
    pandas.DataFrame
        A row a profile that can be had: the action in every state (column ``0``, ``1``, ...), ``agent`` (her least
        utility), ``surplus`` and ``principal``, fractions if the game has fractions; the best for the principal
        first.

    Raises
    ------
    ValueError
        If the game has cycles.
    """
    nodes = decision_nodes(mdp, mdp.start)
    if nodes is None:
        raise ValueError("mdp must have no cycles, given one with a state that can follow itself")
    states = [node.state[1] for node in nodes]
    relaxation = PromiseRelaxation(nodes, mdp.n_actions, 1)
    rows = []
    for actions in product(range(mdp.n_actions), repeat=len(nodes)):
        plan = relaxation.evaluate(dict(enumerate(actions)))
        if plan is not None:
            values = {"agent": plan.v_agent, "surplus": plan.v_principal + plan.v_agent, "principal": plan.v_principal}
            rows.append({**dict(sorted(zip(states, actions, strict=True))), **values})
    return pd.DataFrame(rows).sort_values("principal", ascending=False, ignore_index=True)
