"""Studies of the Coin Game: tables of exact yardsticks, checks by simulation, sweeps, and an episode to look at."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from common.games.bimatrix import Selection
from common.games.markov import Policy, policy_layers
from common.stats import spawn_generators
from papers.contracts_rl.batch_coin_game import BatchCoinGame
from papers.contracts_rl.coin_oracle import judge_principal
from papers.contracts_rl.coin_rules import N_ACTIONS
from papers.contracts_rl.constant_proportion import constant_proportion
from papers.contracts_rl.exact_coin_game import ExactCoinGame
from papers.contracts_rl.principal_play import principal_play
from papers.contracts_rl.yardsticks import CoinYardsticks, coin_game_yardsticks

#: What the paper leaves open, in the order of the dossier's table.
VARIANTS: Mapping[str, Mapping[str, Any]] = {
    "one collects": {},
    "both may collect": {"both_collect": True},
    "anywhere, random colour": {"respawn": "anywhere", "colour": "random"},
}


def all_yardsticks(sizes: Mapping[int, int], alpha: float, gamma: float) -> dict[str, CoinYardsticks]:
    """Solve every variant on every board.

    Parameters
    ----------
    sizes : mapping from int to int
        Horizon by side of the board.
    alpha, gamma : float
        As in `coin_game_yardsticks`.

    Returns
    -------
    dict of str to CoinYardsticks
        By name, such as ``"3x3, one collects"``; boards in the order given.
    """
    return {
        f"{grid}x{grid}, {name}": coin_game_yardsticks(grid, horizon, alpha=alpha, gamma=gamma, **changes)
        for grid, horizon in sizes.items()
        for name, changes in VARIANTS.items()
    }


def yardstick_table(solved: Mapping[str, CoinYardsticks]) -> pd.DataFrame:
    """Set yardsticks side by side.

    Parameters
    ----------
    solved : mapping from str to CoinYardsticks
        Solved variants by name.

    Returns
    -------
    pandas.DataFrame
        A row a variant; welfare in coins an episode under ``random``, ``selfish``, ``optimum`` and ``contracts`` (the
        principal's play), ``payments`` in coins, and ``share`` of payments in welfare.
    """
    rows = {
        name: {
            "random": found.random,
            "selfish": found.selfish,
            "optimum": found.optimum,
            "contracts": found.principal_welfare,
            "payments": found.principal_payments,
            "share": found.payment_share,
        }
        for name, found in solved.items()
    }
    return pd.DataFrame.from_dict(rows, orient="index")


def simulated_random_play(solved: Mapping[str, CoinYardsticks], episodes: int, seed: int) -> pd.DataFrame:
    """Let the batched environment play at random, beside the exact welfare of random play.

    Parameters
    ----------
    solved : mapping from str to CoinYardsticks
        Solved variants by name.
    episodes : int
        Episodes of each, at least 2.
    seed : int
        Of all of them.

    Returns
    -------
    pandas.DataFrame
        A row a variant: ``simulated`` mean welfare, its ``standard error``, ``exact`` welfare, and ``z``, the
        difference in standard errors.
    """
    rows = {}
    for (name, found), generator in zip(solved.items(), spawn_generators(seed, len(solved)), strict=True):
        game = BatchCoinGame(episodes, found.exact.rules, generator=generator, images=False)
        welfare = np.zeros(episodes)
        for _ in range(game.rules.horizon):
            welfare += game.step(generator.integers(0, N_ACTIONS, (episodes, 2)))[1].sum(axis=-1)
        mean, error = welfare.mean(), welfare.std(ddof=1) / episodes**0.5
        rows[name] = {
            "simulated": mean,
            "standard error": error,
            "exact": found.random,
            "z": (mean - found.random) / error,
        }
    return pd.DataFrame.from_dict(rows, orient="index")


def proportion_study(
    exact: ExactCoinGame,
    proportions: Sequence[float],
    gamma: float,
    selections: Sequence[Selection] = ("first", "best", "worst"),
) -> pd.DataFrame:
    """Solve the game at every constant proportion, with every selection of equilibria.

    Parameters
    ----------
    exact : ExactCoinGame
        The variant.
    proportions : sequence of float
        Shares p in [0, 1].
    gamma : float
        Discount factor.
    selections : sequence of {"first", "best", "worst"}
        Which equilibrium of a stage game is played where there are several.

    Returns
    -------
    pandas.DataFrame
        Welfare in coins by proportion (rows) and selection (columns), and ``mixed``, the share of stage games without a
        pure equilibrium under the first selection.
    """
    rows = {}
    for proportion in proportions:
        plays = {selection: constant_proportion(exact, proportion, gamma, selection) for selection in selections}
        rows[proportion] = {selection: play.welfare for selection, play in plays.items()}
        rows[proportion]["mixed"] = plays[selections[0]].mixed
    return pd.DataFrame.from_dict(rows, orient="index").rename_axis("proportion")


def alpha_study(exact: ExactCoinGame, alphas: Sequence[float], gamma: float) -> pd.DataFrame:
    """Solve the principal's problem for several costs of payments.

    Parameters
    ----------
    exact : ExactCoinGame
        The variant.
    alphas : sequence of float
        Weights of payments against welfare, at least 0.
    gamma : float
        Discount factor.

    Returns
    -------
    pandas.DataFrame
        ``welfare`` and ``payments`` in coins, and ``share`` of payments in welfare, by alpha.
    """
    rows = {}
    for alpha in alphas:
        play = principal_play(exact.game, alpha, gamma)
        welfare, payments = exact.start @ play.welfare, exact.start @ play.total_payments
        rows[alpha] = {"welfare": welfare, "payments": payments, "share": payments / welfare}
    return pd.DataFrame.from_dict(rows, orient="index").rename_axis("alpha")


def time_blind_study(solved: CoinYardsticks, nudges: Sequence[float]) -> pd.DataFrame:
    """Hold the contracts of the first step fixed for the whole episode, and let exact agents respond.

    Parameters
    ----------
    solved : CoinYardsticks
        A solved variant.
    nudges : sequence of float
        Shares of the optimum, at least 0, paid on top to two agents who always follow: the same sum to each in every
        step.

    Returns
    -------
    pandas.DataFrame
        By nudge: ``followed``, the share of recommendations that a best-responding agent follows while the other does;
        ``share`` of all payments in welfare if both follow; and the ratios ``SPE`` and ``IC`` of `OracleReport`. The
        latter three are discounted, as the agents' choices are.
    """
    contracts, exact, rows = solved.contracts, solved.exact, {}
    payments = np.repeat(contracts.payments[0][..., None], 2, axis=-1)
    for nudge in nudges:
        report = judge_principal(
            exact.game,
            exact.start,
            contracts.recommendation[0],
            payments,
            nudge=nudge * solved.optimum / (2 * exact.rules.horizon),
            others=solved.selfish_play.policies,
            gamma=solved.gamma,
        )
        rows[nudge] = {
            "followed": report.followed.mean(),
            "share": report.share,
            "SPE": report.spe_ratio,
            "IC": report.ic_ratio,
        }
    return pd.DataFrame.from_dict(rows, orient="index").rename_axis("nudge")


def play_episode(
    exact: ExactCoinGame, policies: tuple[Policy, Policy], generator: np.random.Generator
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]:
    """Play one episode with given policies.

    Parameters
    ----------
    exact : ExactCoinGame
        The variant; its frame is that of the policies.
    policies : tuple of two ndarray
        One policy a player, pure or mixed.
    generator : numpy.random.Generator
        Source of the first state, the coins and mixed moves.

    Returns
    -------
    states : ndarray of int, shape (H + 1, 5)
        Compact states, the first one included.
    actions : ndarray of int, shape (H, 2)
        Moves.
    rewards : ndarray of float, shape (H, 2)
        Coins.

    Raises
    ------
    ValueError
        If a policy is malformed.
    """
    layers = [policy_layers(exact.game, policy, player) for player, policy in enumerate(policies)]
    game = BatchCoinGame(1, exact.rules, generator=generator, autoreset=False, images=False)
    states, actions, rewards = [game.states[0]], [], []
    for step in range(exact.rules.horizon):
        here = exact.index(states[-1])
        moves = [
            layer[step, here] if layer.ndim == 2 else generator.choice(N_ACTIONS, p=layer[step, here])
            for layer in layers
        ]
        _, paid, _ = game.step(np.array([moves], dtype=np.int64))
        states.append(game.states[0])
        actions.append(moves)
        rewards.append(paid[0])
    return np.array(states), np.array(actions), np.array(rewards)
