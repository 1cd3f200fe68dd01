r"""What a learnt principal is worth against an agent who responds in the best way for her.

The principal asks for :math:`a^p=\arg\max q^\theta(s,\cdot)` and offers the cheapest contract that makes it the best
action by a margin :math:`\xi` *if the agent's network is right*. It is not quite, and the oracle agent knows better: a
strict one deviates from what is asked for whatever she gains by it, a tolerant one if she gains more than a tolerance
(dossier sections 4, 6 E6 and 10).
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from common.rl.contracts import binary_contracts
from papers.contracts_rl.equilibrium import solve_spe
from papers.contracts_rl.mdp import PrincipalAgentMDP
from papers.contracts_rl.response import best_response
from papers.contracts_rl.tree_arrays import layers_of, nodes_of, select_trees
from papers.contracts_rl.tree_learning import TreeLearning

STRICT = 1e-9  #: the tolerance of an oracle who deviates for any gain that rounding leaves visible


@dataclass(frozen=True, eq=False)
class TreeValidation:
    r"""What an oracle agent makes of K principals at C moments; arrays have shape (C, K) unless they say otherwise.

    A learner whose networks hold something that is no number has NaN everywhere.

    Attributes
    ----------
    step : ndarray of int, shape (C,)
        Gradient steps done.
    tree : ndarray of int, shape (K,)
        The tree of every learner.
    trained_margin, margin : ndarray, shape (K,)
        The margin in training, and that of the contracts offered here.
    tolerance : float
        By how much less than her best the agent takes if it was asked for.
    principal, agent : ndarray
        What both earn from the root on.
    principal_spe, agent_spe : ndarray, shape (K,)
        What they earn in the subgame-perfect equilibrium.
    accuracy : ndarray
        Share of states, each counting the same, in which what is asked for is what is asked for in the equilibrium.
    deviating : ndarray
        Share of states in which the agent does something else than is asked for.
    largest_error, mean_error : ndarray
        Absolute difference of the agent's network from the agent's true values :math:`\bar Q` under the contracts
        offered and this response, over all states and actions.
    """

    step: NDArray[np.int64]
    tree: NDArray[np.intp]
    trained_margin: NDArray[np.float64]
    margin: NDArray[np.float64]
    tolerance: float
    principal: NDArray[np.float64]
    agent: NDArray[np.float64]
    principal_spe: NDArray[np.float64]
    agent_spe: NDArray[np.float64]
    accuracy: NDArray[np.float64]
    deviating: NDArray[np.float64]
    largest_error: NDArray[np.float64]
    mean_error: NDArray[np.float64]

    def to_frame(self) -> pd.DataFrame:
        """Lay it out with a row for each moment and learner.

        Returns
        -------
        pandas.DataFrame
            Columns ``learner`` and the attributes, and ``principal_share`` and ``agent_share``, utilities over those in
            the equilibrium (NaN where that is 0).
        """
        table = {
            name: np.broadcast_to(values, self.principal.shape) for name, values in vars(self).items() if name != "step"
        }
        for who in ("principal", "agent"):
            spe = table[f"{who}_spe"]
            table[f"{who}_share"] = np.divide(table[who], spe, out=np.full(spe.shape, np.nan), where=spe != 0)
        rows = {"step": self.step[:, None], "learner": np.arange(len(self.tree))}
        rows = {name: np.broadcast_to(values, self.principal.shape) for name, values in rows.items()}
        return pd.DataFrame({name: values.ravel() for name, values in (rows | table).items()})


def validate_trees(
    forest: PrincipalAgentMDP, learning: TreeLearning, *, margins: ArrayLike | None = None, tolerance: float = STRICT
) -> TreeValidation:
    r"""Let an oracle agent respond to what learners had learnt at every recorded moment.

    Parameters
    ----------
    forest : PrincipalAgentMDP
        The trees that they learnt from.
    learning : TreeLearning
        What they had learnt.
    margins : array_like, shape (K,) or (), optional
        :math:`\xi\ge 0` of the contracts offered; by default that of each learner's training.
    tolerance : float
        By how much less than her best the agent takes if it was asked for, ``>= 0``.

    Returns
    -------
    TreeValidation

    Raises
    ------
    ValueError
        If an argument is malformed.
    """
    n_learners = len(learning.tree)
    margin = np.array(learning.margin if margins is None else margins, dtype=float)
    if margin.shape not in ((), (n_learners,)) or not ((margin >= 0) & (margin < np.inf)).all():
        raise ValueError(f"margins must be finite and >= 0, one or one for each of {n_learners}, given {margins}")
    margin = np.broadcast_to(margin, n_learners)
    game = select_trees(forest, learning.tree)
    spe = solve_spe(game)
    asked_in_spe = nodes_of(spe.action, n_learners)
    moments = [
        _validate(game, asked_in_spe, principal, agent, margin, tolerance)
        for principal, agent in zip(learning.q_principal, learning.q_agent, strict=True)
    ]
    measured = {name: np.stack([moment[name] for moment in moments]) for name in moments[0]}
    return TreeValidation(
        step=learning.step,
        tree=learning.tree,
        trained_margin=learning.margin,
        margin=margin,
        tolerance=tolerance,
        principal_spe=spe.v_principal[0, :n_learners],
        agent_spe=spe.v_agent[0, :n_learners],
        **measured,
    )


def offered_contracts(
    q_agent: NDArray[np.floating],
    asked: NDArray[np.intp],
    outcome_probs: NDArray[np.float64],
    margins: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Give the contracts that a principal offers who believes a network.

    Parameters
    ----------
    q_agent : ndarray, shape (K, S, 2)
        The agent's values, as the principal believes them.
    asked : ndarray of int, shape (K, S)
        What is asked for.
    outcome_probs : ndarray, shape (2, 2)
        Outcome distributions of both actions.
    margins : ndarray, shape (K,)
        By how much the agent shall prefer what is asked for.

    Returns
    -------
    ndarray, shape (K, S, 2)
        Payments for both outcomes.
    """
    contracts = [
        binary_contracts(values, outcome_probs[None], margin)[0][np.arange(len(actions)), actions]
        for values, actions, margin in zip(q_agent.astype(float), asked, margins, strict=True)
    ]
    return np.stack(contracts)


def _validate(
    game: PrincipalAgentMDP,
    asked_in_spe: NDArray[np.intp],
    q_principal: NDArray[np.float32],
    q_agent: NDArray[np.float32],
    margins: NDArray[np.float64],
    tolerance: float,
) -> dict[str, NDArray[np.float64]]:
    """Validate all learners at one moment."""
    broken = ~(np.isfinite(q_principal).all(axis=(1, 2)) & np.isfinite(q_agent).all(axis=(1, 2)))
    believed = np.where(broken[:, None, None], 0, q_agent)
    asked = q_principal.argmax(axis=-1)
    contracts = offered_contracts(believed, asked, game.outcome_probs[0, 0], margins)
    response = best_response(game, layers_of(contracts), layers_of(asked), tie_tolerance=tolerance)
    error = np.abs(nodes_of(response.q_trunc, len(asked)) - q_agent)
    measured = {
        "principal": response.v_principal[0, : len(asked)],
        "agent": response.v_agent[0, : len(asked)],
        "accuracy": (asked == asked_in_spe).mean(axis=1),
        "deviating": 1 - nodes_of(response.follows, len(asked)).mean(axis=1),
        "largest_error": error.max(axis=(1, 2)),
        "mean_error": error.mean(axis=(1, 2)),
    }
    return {name: np.where(broken, np.nan, values) for name, values in measured.items()}
