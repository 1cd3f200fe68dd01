r"""Nudging: contracts computed from a slightly wrong Q-function, with and without a margin (dossier section 6, E6).

The principal asks for the actions :math:`a^*` of the subgame-perfect equilibrium, but computes the payments from
:math:`\hat Q` with :math:`|\hat Q-\bar Q|\le\varepsilon`, where :math:`\bar Q` is the agent's truncated Q-function
under what is offered later. The least payments leave her indifferent, so any error may turn her: the principal's
utility is discontinuous. A margin :math:`\xi` restores it (Proposition 4.1 and Appendix B.9.2 of the paper, not read;
what is provable is this):

1. With :math:`\xi\ge2\varepsilon` the agent follows everywhere: her gain from :math:`a^*` is at least
   :math:`\xi-2\varepsilon`.
2. Then the surplus is that of the equilibrium: the principal's loss is the agent's gain.
3. In a binary tree of depth :math:`T`, outcome 1 having probability :math:`p_1` under work and :math:`p_0<p_1` under
   shirking (:math:`1-p_0=p_1`), the loss is between 0 and :math:`(2\varepsilon+\xi)\,T\,p_1/(p_1-p_0)`: a payment
   :math:`(d+\xi)^+/(p_1-p_0)` rises by at most :math:`(2\varepsilon+\xi)/(p_1-p_0)`, and the agent's utility is
   monotone in, and grows no faster than, her utilities in the next states.
"""

from collections.abc import Sequence
from typing import Literal, get_args

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from common.rl.contracts import binary_contracts, minimal_payment_contracts
from common.stats import spawn_generators
from papers.contracts_rl.equilibrium import SPESolution, solve_spe
from papers.contracts_rl.mdp import Layer, PrincipalAgentMDP, truncated_values
from papers.contracts_rl.response import best_response
from papers.contracts_rl.trees import random_binary_tree

Around = Literal["realised", "idealised", "equilibrium"]


def nudged_contracts(
    mdp: PrincipalAgentMDP,
    equilibrium: SPESolution,
    error: float,
    margin: float,
    generator: np.random.Generator,
    *,
    around: Around = "realised",
    tie_tolerance: float = 1e-9,
) -> NDArray[np.float64]:
    r"""Compute contracts for the equilibrium's actions from a Q-function with errors.

    Parameters
    ----------
    mdp : PrincipalAgentMDP
        A game with layers.
    equilibrium : SPESolution
        Its subgame-perfect equilibrium, whose actions are asked for.
    error : float
        :math:`\varepsilon\ge0`: the errors of single states and actions are independent and uniform in
        :math:`[-\varepsilon,\varepsilon]`.
    margin : float
        :math:`\xi\ge 0`, by how much the agent must seem to prefer what is asked for.
    generator : numpy.random.Generator
        Source of the errors.
    around : {"realised", "idealised", "equilibrium"}
        What the errors are added to: the agent's true truncated Q-function, given the contracts of later layers and her
        response to them; that of an exact dynamic programme with the margin in which she always follows; or that of the
        equilibrium, without the margin. The promises above hold for the first.
    tie_tolerance : float
        How much the agent who responds forgoes to follow, ``>= 0``; of the realised variant only.

    Returns
    -------
    ndarray, shape (H, S, M)
        Contracts; NaN in the padding.

    Raises
    ------
    ValueError
        If an option is out of range, the game is stationary, or an action cannot be had with the margin.
    """
    if mdp.horizon is None:
        raise ValueError("mdp must have layers, given a stationary one")
    for name, number in (("error", error), ("margin", margin), ("tie_tolerance", tie_tolerance)):
        if not 0 <= number < np.inf:
            raise ValueError(f"{name} must be finite and >= 0, given {number}")
    if around not in get_args(Around):
        raise ValueError(f"around must be one of {get_args(Around)}, given {around!r}")
    contracts = np.full(mdp.principal_reward.shape, np.nan)
    v_agent = np.zeros(0)
    for t in reversed(range(mdp.horizon)):
        layer, n = mdp.layer(t), mdp.sizes[t]
        at = np.arange(n), equilibrium.action[t, :n]
        q_trunc = truncated_values(layer, mdp.gamma, v_agent)
        seen = q_trunc + generator.uniform(-error, error, q_trunc.shape)
        contracts[t, :n] = offered = _contracts_for(layer, seen, at[1], margin)
        if np.isnan(offered).any():
            raise ValueError(
                f"margin must allow the equilibrium's actions, given {margin}: one in layer {t} cannot be had"
            )
        if around == "realised":
            own = q_trunc + layer.expect(offered)
            best = own.max(axis=1)
            v_agent = np.where(own[at] >= best - tie_tolerance, own[at], best)
        else:
            exact = _contracts_for(layer, q_trunc, at[1], margin if around == "idealised" else 0.0)
            v_agent = (q_trunc + layer.expect(exact))[at]
    return contracts


def nudging_curve(
    errors: Sequence[float] = (0.001, 0.01, 0.03),
    margins: Sequence[float] = (0.0, 1.0, 2.0, 4.0),
    *,
    depth: int = 10,
    n_trees: int = 50,
    seed: int = 0,
    noise: float = 0.1,
    around: Around = "realised",
    tolerance: float = 0.0,
) -> pd.DataFrame:
    """Measure on random trees what errors and margins do, tree by tree.

    Parameters
    ----------
    errors : sequence of float
        Largest errors, ``> 0``.
    margins : sequence of float
        Margins as multiples of the error, ``>= 0``.
    depth, n_trees, noise
        Of the trees (:func:`~papers.contracts_rl.trees.random_binary_tree`); the noise is below 1/2.
    seed : int
        Seed of the trees and of the errors, which are the same for all margins (common random numbers).
    around : {"realised", "idealised", "equilibrium"}
        What the errors are added to (:func:`nudged_contracts`).
    tolerance : float
        How much the agent forgoes to follow, as a multiple of the error: 0 is the strict oracle, 2 a tolerant one.

    Returns
    -------
    pandas.DataFrame
        A row for each error, margin and tree: ``error``, ``margin`` (a multiple), ``tree``, ``utility`` (the
        principal's, as a share of that in equilibrium), ``deviates`` (share of all states in which the agent does not
        follow), ``loss`` (the principal's), ``gain`` (the agent's) and ``bound`` of the loss while the agent follows.

    Raises
    ------
    ValueError
        If an option is out of range.
    """
    if noise == 0.5:
        raise ValueError("noise must be below 1/2 for outcomes to tell actions apart, given 0.5")
    trees, *streams = spawn_generators(seed, 1 + len(errors))
    forest = random_binary_tree(depth, trees, n_trees, noise=noise)
    equilibrium = solve_spe(forest)
    tables = []
    for error, stream in zip(errors, streams, strict=True):
        beginning = stream.bit_generator.state
        for factor in margins:
            stream.bit_generator.state = beginning
            patience = {"tie_tolerance": max(tolerance * error, 1e-9)}
            contracts = nudged_contracts(forest, equilibrium, error, factor * error, stream, around=around, **patience)
            answer = best_response(forest, contracts, equilibrium.action, **patience)
            measured = {
                "utility": (answer.v_principal / equilibrium.v_principal)[0, :n_trees],
                "deviates": 1 - share_by_tree(answer.follows, n_trees),
                "loss": (equilibrium.v_principal - answer.v_principal)[0, :n_trees],
                "gain": (answer.v_agent - equilibrium.v_agent)[0, :n_trees],
                "bound": (2 + factor) * error * depth * (1 - noise) / (1 - 2 * noise),
            }
            tables.append(pd.DataFrame({"error": error, "margin": factor, "tree": range(n_trees), **measured}))
    return pd.concat(tables, ignore_index=True)


def nudging_table(curve: pd.DataFrame) -> pd.DataFrame:
    """Average over trees: the table of E6.

    Parameters
    ----------
    curve : pandas.DataFrame
        From :func:`nudging_curve`.

    Returns
    -------
    pandas.DataFrame
        Indexed by ``error`` and ``margin`` (a multiple of the error), with the means of ``utility`` and ``deviates``
        and the largest ``loss / bound``.
    """
    groups = curve.assign(worst=curve["loss"] / curve["bound"]).groupby(["error", "margin"])
    return groups.agg(utility=("utility", "mean"), deviates=("deviates", "mean"), worst=("worst", "max"))


def share_by_tree(flags: NDArray[np.bool_], n_trees: int) -> NDArray[np.float64]:
    """Count a property of the states of a forest, tree by tree.

    Parameters
    ----------
    flags : ndarray of bool, shape (T, S)
        Whether a state has the property, in the layout of :func:`~papers.contracts_rl.trees.random_binary_tree`.
    n_trees : int
        Number of trees.

    Returns
    -------
    ndarray, shape (n_trees,)
        Share of the states of each tree.
    """
    parts = [row[: n_trees << t].reshape(n_trees, -1) for t, row in enumerate(flags)]
    return np.concatenate(parts, axis=1).mean(axis=1)


def _contracts_for(
    layer: Layer, q_trunc: NDArray[np.float64], asked: NDArray[np.intp], margin: float
) -> NDArray[np.float64]:
    if layer.outcome_probs.shape[1:] == (2, 2):
        return binary_contracts(q_trunc, layer.outcome_probs, margin)[0][np.arange(len(asked)), asked]
    return minimal_payment_contracts(q_trunc, layer.outcome_probs, asked, margin)[0]
