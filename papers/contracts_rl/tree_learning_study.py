"""Questions put to learnt principals, and to errors made by hand: margins other than those of training."""

from collections.abc import Sequence
from itertools import product

import numpy as np
import pandas as pd

from papers.contracts_rl.mdp import PrincipalAgentMDP
from papers.contracts_rl.nudging import nudging_curve
from papers.contracts_rl.tree_learning import TreeLearning
from papers.contracts_rl.tree_validation import STRICT, validate_trees


def at_the_end(frame: pd.DataFrame) -> pd.DataFrame:
    """Keep the last moment of a validation.

    Parameters
    ----------
    frame : pandas.DataFrame
        Of `TreeValidation.to_frame`.

    Returns
    -------
    pandas.DataFrame
        One row for each learner.
    """
    return frame[frame["step"] == frame["step"].max()]


def oracle_sweep(
    forest: PrincipalAgentMDP,
    learning: TreeLearning,
    *,
    margins: Sequence[float | None] = (None,),
    tolerances: Sequence[float] = (STRICT,),
) -> pd.DataFrame:
    r"""Validate what was learnt in the end with other margins than those of training, and against other oracles.

    Parameters
    ----------
    forest : PrincipalAgentMDP
        The trees that they learnt from.
    learning : TreeLearning
        What they had learnt; the last moment counts.
    margins : sequence of float or None
        :math:`\xi\ge 0` of the contracts offered, one after the other; None: that of each learner's training.
    tolerances : sequence of float
        By how much less than her best the agent takes if it was asked for, ``>= 0``, one after the other.

    Returns
    -------
    pandas.DataFrame
        A row for each margin, tolerance and learner, as of `TreeValidation.to_frame`.

    Raises
    ------
    ValueError
        If an argument is malformed.
    """
    last = TreeLearning(
        learning.step[-1:], learning.tree, learning.margin, learning.q_principal[-1:], learning.q_agent[-1:]
    )
    return pd.concat(
        [
            validate_trees(forest, last, margins=margin, tolerance=tolerance).to_frame()
            for margin, tolerance in product(margins, tolerances)
        ],
        ignore_index=True,
    )


def nudging_map(
    errors: Sequence[float], margins: Sequence[float], *, depth: int, n_trees: int, seed: int
) -> pd.DataFrame:
    """Average what errors made by hand and margins do, both in units of reward, over the same trees and draws.

    Parameters
    ----------
    errors : sequence of float
        Largest errors, ``> 0``.
    margins : sequence of float
        Margins, ``>= 0`` (not multiples of the error).
    depth, n_trees, seed
        Of the trees, as for `nudging_curve`.

    Returns
    -------
    pandas.DataFrame
        The principal's mean share of the utility in equilibrium, a row for each margin and a column for each error.

    Raises
    ------
    ValueError
        If an argument is out of range.
    """
    columns = {}
    for error in errors:
        curve = nudging_curve([error], np.asarray(margins) / error, depth=depth, n_trees=n_trees, seed=seed)
        columns[error] = curve.groupby("margin")["utility"].mean().to_numpy()
    return pd.DataFrame(columns, index=pd.Index(margins, name="margin")).rename_axis(columns="error")
