"""The Coin Game as a PettingZoo environment: one game of the batched one."""

from dataclasses import replace
from typing import Any, ClassVar

import numpy as np
from gymnasium.spaces import Box, Discrete
from numpy.typing import NDArray
from pettingzoo import ParallelEnv

from papers.contracts_rl.batch_coin_game import BatchCoinGame
from papers.contracts_rl.coin_rules import N_ACTIONS, CoinRules

AGENTS: tuple[str, str] = ("red", "blue")
_View = NDArray[np.uint8]


class CoinGame(ParallelEnv):
    """Red and blue collect coins on a torus (PettingZoo's parallel interface).

    Observations are four binary pictures of N x N cells: me, other, my coin, other's coin. Episodes are cut at the
    horizon, which nobody sees: that is a truncation, not a termination.

    Parameters
    ----------
    rules : CoinRules, optional
        The variant; the default rules if left out.
    render_mode : {None, "ansi"}
        ``"ansi"`` lets `render` draw the board as text.
    **changes
        Single fields of `CoinRules`, such as ``grid=7``.

    Raises
    ------
    ValueError
        If a rule is out of range or the render mode is another one.

    Examples
    --------
    >>> game = CoinGame(grid=3, render_mode="ansi")
    >>> views, infos = game.reset(seed=1)
    >>> print(game.render())
    . . .
    . R B
    . . b
    """

    metadata: ClassVar[dict[str, Any]] = {"name": "coin_game_v0", "render_modes": ["ansi"]}

    def __init__(self, rules: CoinRules | None = None, render_mode: str | None = None, **changes: Any) -> None:
        if render_mode not in (None, "ansi"):
            raise ValueError(f"render_mode must be None or 'ansi', given {render_mode!r}")
        self.rules, self.render_mode = replace(rules or CoinRules(), **changes), render_mode
        self.possible_agents = list(AGENTS)
        self.agents: list[str] = []
        shape = (4, self.rules.grid, self.rules.grid)
        self.observation_spaces = {agent: Box(0, 1, shape, np.uint8) for agent in AGENTS}
        self.action_spaces = {agent: Discrete(N_ACTIONS) for agent in AGENTS}
        self._game: BatchCoinGame | None = None

    def observation_space(self, agent: str) -> Box:
        """Space of the views of one agent (always the same object).

        Parameters
        ----------
        agent : str
            ``"red"`` or ``"blue"``.

        Returns
        -------
        gymnasium.spaces.Box
            Pictures of shape (4, N, N) with entries 0 and 1.
        """
        return self.observation_spaces[agent]

    def action_space(self, agent: str) -> Discrete:
        """Space of the moves of one agent (always the same object).

        Parameters
        ----------
        agent : str
            ``"red"`` or ``"blue"``.

        Returns
        -------
        gymnasium.spaces.Discrete
            0..3: up, down, left, right.
        """
        return self.action_spaces[agent]

    def reset(
        self, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[dict[str, _View], dict[str, dict[str, Any]]]:
        """Start an episode.

        Parameters
        ----------
        seed : int, optional
            Seed of everything that follows; without it the old stream goes on (fresh entropy in the first reset).
        options : dict, optional
            Ignored.

        Returns
        -------
        observations : dict of str to ndarray of uint8, shape (4, N, N)
            Views of the agents.
        infos : dict of str to dict
            Empty.
        """
        if seed is not None or self._game is None:
            self._game = BatchCoinGame(
                1, self.rules, generator=np.random.default_rng(seed), autoreset=False, images=False
            )
        else:
            self._game.reset()
        self.agents = list(AGENTS)
        return self._views(), {agent: {} for agent in AGENTS}

    def step(
        self, actions: dict[str, int]
    ) -> tuple[dict[str, _View], dict[str, float], dict[str, bool], dict[str, bool], dict[str, dict[str, Any]]]:
        """Move both agents.

        Parameters
        ----------
        actions : dict of str to int
            Moves in 0..3 of both agents.

        Returns
        -------
        observations, rewards, terminations, truncations, infos : dict
            One entry an agent; rewards in coins; all agents are truncated at the horizon, none is terminated.

        Raises
        ------
        ValueError
            If no episode is running, an agent's move is missing, or a move is outside 0..3.
        """
        if self._game is None or not self.agents:
            raise ValueError("step must be called within an episode: call reset first")
        missing = set(AGENTS) - set(actions)
        if missing:
            raise ValueError(f"actions must name a move for every agent, given none for {sorted(missing)}")
        _, rewards, done = self._game.step(np.array([[actions[agent] for agent in AGENTS]]))
        over = bool(done[0])
        self.agents = [] if over else self.agents
        return (
            self._views(),
            dict(zip(AGENTS, rewards[0].tolist(), strict=True)),
            dict.fromkeys(AGENTS, False),
            dict.fromkeys(AGENTS, over),
            {agent: {} for agent in AGENTS},
        )

    def state(self) -> NDArray[np.int32]:
        """Compact state: both cells, cell and colour of the coin, the step.

        Returns
        -------
        ndarray of int, shape (5,)

        Raises
        ------
        ValueError
            If the game was never reset.
        """
        return self._running().states[0]

    def render(self) -> str | None:
        """Draw the board: R and B are the players (X where they share a cell), r and b the coin.

        A player hides a coin under it.

        Returns
        -------
        str or None
            One line a row of cells; None without ``render_mode="ansi"``.

        Raises
        ------
        ValueError
            If the game was never reset.
        """
        if self.render_mode is None:
            return None
        red, blue, coin, colour, _ = self._running().states[0]
        board = np.full(self.rules.n_cells, ".")
        board[coin] = "rb"[colour]
        board[blue], board[red] = "B", "X" if red == blue else "R"
        return "\n".join(" ".join(row) for row in board.reshape(self.rules.grid, self.rules.grid))

    def _running(self) -> BatchCoinGame:
        """Return the game underneath, or say that there is none yet."""
        if self._game is None:
            raise ValueError("state and picture must be asked for after the first reset")
        return self._game

    def _views(self) -> dict[str, _View]:
        """Return what each agent sees."""
        return dict(zip(AGENTS, self._running().observe(np.uint8)[0], strict=True))
