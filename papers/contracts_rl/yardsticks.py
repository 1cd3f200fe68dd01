"""Exact yardsticks of the Coin Game: random, selfish, optimal and contracted play (dossier section 6.1).

Play is chosen with the discount factor of the learners and reported without one, in coins an episode, as the paper
reports it. The paper's own reference curves are learned; these are solved.
"""

from dataclasses import dataclass, field
from typing import Literal

import numpy as np

from common.games.backward_induction import Play, evaluate, joint_optimum, markov_perfect
from common.games.bimatrix import Selection
from papers.contracts_rl.coin_rules import N_ACTIONS, CoinRules
from papers.contracts_rl.exact_coin_game import ExactCoinGame, exact_coin_game
from papers.contracts_rl.principal_play import PrincipalPlay, principal_play


@dataclass(frozen=True, eq=False)
class CoinYardsticks:
    """What the Coin Game is worth under four ways of playing it, in expected coins an episode (both players together).

    Attributes
    ----------
    exact : ExactCoinGame
        The variant, solved in the relative frame; `exact.index` finds the states of an environment in the arrays below.
    alpha, gamma : float
        The principal's cost of payments, and the discount factor by which everybody chooses.
    random : float
        Welfare of uniform random moves.
    selfish : float
        Welfare of Markov-perfect play without payments.
    optimum : float
        Welfare of play that maximises the (discounted) sum of rewards.
    principal_welfare : float
        Welfare when both agents follow the principal's subgame-perfect recommendations, payments not counted.
    principal_payments : float
        Her expected payments.
    mixed : float
        Share of stage games of the selfish play without a pure equilibrium.
    optimal_play, selfish_play : Play
        The policies and discounted values behind `optimum` and `selfish`.
    contracts : PrincipalPlay
        The recommendations and payments behind `principal_welfare`.
    """

    exact: ExactCoinGame = field(repr=False)
    alpha: float
    gamma: float
    random: float
    selfish: float
    optimum: float
    principal_welfare: float
    principal_payments: float
    mixed: float
    optimal_play: Play = field(repr=False)
    selfish_play: Play = field(repr=False)
    contracts: PrincipalPlay = field(repr=False)

    @property
    def payment_share(self) -> float:
        """Payments as a share of welfare, under the principal's play; NaN if coins are worth nothing."""
        return self.principal_payments / self.principal_welfare if self.principal_welfare else float("nan")


def coin_game_yardsticks(
    grid: int = 3,
    horizon: int = 20,
    *,
    both_collect: bool = False,
    respawn: Literal["free", "anywhere"] = "free",
    colour: Literal["alternate", "random"] = "alternate",
    own: float = 1.0,
    other: float = 0.2,
    alpha: float = 0.1,
    gamma: float = 0.99,
    selection: Selection = "first",
) -> CoinYardsticks:
    """Solve a variant of the Coin Game exactly.

    Parameters
    ----------
    grid, horizon, both_collect, respawn, colour, own, other
        The variant; see `CoinRules`.
    alpha : float
        What a paid coin costs the principal relative to a coin of welfare, at least 0.
    gamma : float
        Discount factor by which everybody chooses, in [0, 1]; reports are undiscounted.
    selection : {"first", "best", "worst"}
        Which of several equilibria of a stage game the selfish players take; see `common.games.bimatrix.select_pure`.

    Returns
    -------
    CoinYardsticks

    Raises
    ------
    ValueError
        If a rule or parameter is out of range.

    Examples
    --------
    >>> solved = coin_game_yardsticks(3, 20)
    >>> round(solved.selfish, 3), round(solved.optimum, 3), round(solved.payment_share, 3)
    (10.901, 13.9, 0.185)
    """
    rules = CoinRules(grid, horizon, both_collect, respawn, colour, own, other)
    exact = exact_coin_game(rules)
    uniform = np.full((exact.game.n_states, N_ACTIONS), 1 / N_ACTIONS)
    selfish = markov_perfect(exact.game, gamma, selection)
    optimal = joint_optimum(exact.game, gamma)
    contracts = principal_play(exact.game, alpha, gamma)
    return CoinYardsticks(
        exact=exact,
        alpha=alpha,
        gamma=gamma,
        random=expected_welfare(exact, (uniform, uniform)),
        selfish=expected_welfare(exact, selfish.policies),
        optimum=expected_welfare(exact, optimal.policies),
        principal_welfare=float(exact.start @ contracts.welfare),
        principal_payments=float(exact.start @ contracts.total_payments),
        mixed=selfish.mixed,
        optimal_play=optimal,
        selfish_play=selfish,
        contracts=contracts,
    )


def expected_welfare(exact: ExactCoinGame, policies: tuple[np.ndarray, np.ndarray]) -> float:
    """Return the expected coins of both players in an episode.

    Parameters
    ----------
    exact : ExactCoinGame
        The variant.
    policies : tuple of two ndarray
        One policy a player over the game's states; see `common.games.markov`.

    Returns
    -------
    float
        Undiscounted.

    Raises
    ------
    ValueError
        If a policy is malformed.
    """
    return float(exact.start @ evaluate(exact.game, policies).sum(axis=-1))
