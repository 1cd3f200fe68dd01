r"""The baseline of sharing a constant proportion of rewards, solved exactly.

After Christoffersen et al. (2023), as the paper uses it (second-hand; the exact definition was not read): agent i's
reward becomes :math:`r_i'=(1-p)r_i+p\,\bar r` with :math:`\bar r` the mean of both. At :math:`p=0` everybody is
selfish, at :math:`p=1` everybody wants welfare. It moves the share :math:`p` of all rewards, so its budget is
comparable with that of a principal who pays the share :math:`p` of welfare.
"""

from dataclasses import dataclass, replace

from common.games.backward_induction import markov_perfect
from common.games.bimatrix import Selection
from papers.contracts_rl.exact_coin_game import ExactCoinGame
from papers.contracts_rl.yardsticks import expected_welfare


@dataclass(frozen=True)
class ProportionalPlay:
    """Markov-perfect play when a proportion of rewards is shared.

    Attributes
    ----------
    proportion : float
        The share p.
    welfare : float
        Expected coins of both players in an episode, undiscounted.
    mixed : float
        Share of stage games without a pure equilibrium.
    """

    proportion: float
    welfare: float
    mixed: float


def constant_proportion(
    exact: ExactCoinGame, proportion: float, gamma: float = 0.99, selection: Selection = "first"
) -> ProportionalPlay:
    """Solve the Coin Game in which every reward is shared by a constant proportion.

    Parameters
    ----------
    exact : ExactCoinGame
        The variant.
    proportion : float
        p in [0, 1].
    gamma : float
        Discount factor by which agents choose, in [0, 1].
    selection : {"first", "best", "worst"}
        Which of several pure equilibria of a stage game is played. It matters where interests are almost common.

    Returns
    -------
    ProportionalPlay

    Raises
    ------
    ValueError
        If a parameter is out of range.
    """
    if not 0 <= proportion <= 1:
        raise ValueError(f"proportion must be in [0, 1], given {proportion}")
    rewards = exact.game.rewards
    shared = (1 - proportion) * rewards + proportion * rewards.mean(axis=-1, keepdims=True)
    play = markov_perfect(replace(exact.game, rewards=shared), gamma, selection)
    return ProportionalPlay(proportion, expected_welfare(exact, play.policies), play.mixed)
