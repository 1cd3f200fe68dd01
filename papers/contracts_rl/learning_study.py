"""Studies of learned principals of the Coin Game: exact verdicts, and names for what is compared."""

from collections.abc import Sequence
from itertools import product

import numpy as np
import pandas as pd

from common.games.markov import Policy
from papers.contracts_rl.coin_oracle import OracleReport, judge_principal
from papers.contracts_rl.exact_coin_game import ExactCoinGame, exact_coin_game
from papers.contracts_rl.principal_learning import TrainedPrincipals
from papers.contracts_rl.validation import Nudge
from papers.contracts_rl.yardsticks import CoinYardsticks


def exact_verdicts(
    principals: TrainedPrincipals,
    nudges: Sequence[Nudge],
    solved: CoinYardsticks,
    tolerances: Sequence[float] = (1e-9,),
) -> pd.DataFrame:
    """Judge learned principals by the exact best responses of one agent (`judge_principal`).

    One agent is enough, since both are served by the same networks.

    Parameters
    ----------
    principals : TrainedPrincipals
        P principals.
    nudges : sequence of Nudge
        Bonuses, in shares of the welfare that each principal measured.
    solved : CoinYardsticks
        The same variant, solved; its selfish play is what the other does off the principal's plan.
    tolerances : sequence of float
        What an agent gives up, at most, in a single step to follow, in coins.

    Returns
    -------
    DataFrame
        A row for each principal, nudge and tolerance: ``principal``, ``alpha``, ``nudge``, ``reading``, ``tolerance``,
        ``welfare``, ``payments``, ``nudges``, ``share``, ``gain`` (of deviating, in coins), ``followed``,
        ``spe_ratio`` and ``ic_ratio``.
    """
    absolute = exact_coin_game(principals.rules, "absolute")
    others = selfish_policies(solved, absolute)
    rows = []
    for principal, nudge, tolerance in product(range(len(principals.tables)), nudges, tolerances):
        report = judge_principal(
            absolute.game,
            absolute.start,
            principals.tables.recommended[principal],
            principals.tables.payments[principal],
            nudge=nudge.bonus(principals.welfare[principal], principals.rules.horizon),
            others=others,
            tolerance=tolerance,
            agents=(1,),
        )
        about = {"principal": principal, "alpha": principals.alphas[principal], "nudge": nudge.rate}
        rows.append(about | {"reading": nudge.reading, "tolerance": tolerance} | _row(report))
    return pd.DataFrame(rows)


def selfish_policies(solved: CoinYardsticks, absolute: ExactCoinGame) -> tuple[Policy, Policy]:
    """Carry the exact selfish play over to absolute states.

    Parameters
    ----------
    solved : CoinYardsticks
        A solved variant (in the relative frame).
    absolute : ExactCoinGame
        The same variant in the absolute frame.

    Returns
    -------
    tuple of two ndarray
        One policy a player.
    """
    here = solved.exact.index(absolute.states)
    red, blue = (policy[:, here] for policy in solved.selfish_play.policies)
    return red, blue


def named_nudges(table: pd.DataFrame) -> pd.DataFrame:
    """Add a column ``name`` of nudges to a table with columns ``nudge`` and ``reading``."""
    pairs = table[["nudge", "reading"]].itertuples(index=False)
    return table.assign(name=[nudge_name(rate, reading) for rate, reading in pairs])


def named_proportions(table: pd.DataFrame, proportions: Sequence[float]) -> pd.DataFrame:
    """Add columns ``proportion`` and ``name`` to a table of baselines.

    Parameters
    ----------
    table : DataFrame
        With ``learner``, as a column or as the index.
    proportions : sequence of float, shape (K,)
        Each learner's.

    Returns
    -------
    DataFrame
    """
    mine = np.asarray(proportions)[table.reset_index()["learner"].to_numpy()]
    return table.assign(proportion=mine, name=[f"p = {proportion:.2g}" for proportion in mine])


def nudge_name(rate: float, reading: str) -> str:
    """Name a nudge in a figure: ``"no nudge"``, ``"nudge 10 %"``, ``"nudge 10 % each"``."""
    return "no nudge" if rate == 0 else f"nudge {100 * rate:g} %" + (" each" if reading == "each" else "")


def _row(report: OracleReport) -> dict[str, float]:
    """Spell a report out."""
    return {
        "welfare": report.welfare,
        "payments": report.payments,
        "nudges": report.nudges,
        "share": report.share,
        "gain": report.gains.mean(),
        "followed": report.followed.mean(),
        "spe_ratio": report.spe_ratio,
        "ic_ratio": report.ic_ratio,
    }
