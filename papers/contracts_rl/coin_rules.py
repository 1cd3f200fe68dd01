"""The rules of the Coin Game: one frozen object that environments and exact solvers share.

Two players walk on an N x N torus with one coin on it. Who steps on the coin collects it: `own` for a coin of one's own
colour, `other` for one of the other's. The coin then comes back elsewhere. The owner of a stolen coin loses nothing:
the paper (Ivanov, Dütting, Talgam-Cohen, Wang and Parkes 2024, Appendix D.2, second-hand) removed the usual -2.
What the paper leaves open (who collects when both arrive, where the coin comes back, its colour) is a field here.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np
from numpy.typing import NDArray

#: Row and column steps of the actions 0..3.
MOVES: NDArray[np.int64] = np.array([[-1, 0], [1, 0], [0, -1], [0, 1]])
ACTION_NAMES: tuple[str, ...] = ("up", "down", "left", "right")
N_ACTIONS: int = len(ACTION_NAMES)


@dataclass(frozen=True)
class CoinRules:
    """Rules of one variant of the Coin Game.

    Parameters
    ----------
    grid : int
        Side N of the torus in cells, 2..100.
    horizon : int
        Steps of an episode, at least 1.
    both_collect : bool
        Whether both players are paid when they reach the coin together (RLlib's rule); otherwise a fair draw decides.
    respawn : {"free", "anywhere"}
        Where the coin comes back: uniformly over the cells without a player, or over all cells. A coin under a player
        is not collected before somebody steps on it. The first coin of an episode follows the same rule.
    colour : {"alternate", "random"}
        Colour of the next coin: the other one, or a fair draw. The first coin's colour is a fair draw in both.
    own, other : float
        Coins paid for a coin of one's own and of the other's colour, finite.

    Raises
    ------
    ValueError
        If a field is out of its range.

    Examples
    --------
    >>> CoinRules(grid=7, horizon=50).n_cells
    49
    """

    grid: int = 3
    horizon: int = 20
    both_collect: bool = False
    respawn: Literal["free", "anywhere"] = "free"
    colour: Literal["alternate", "random"] = "alternate"
    own: float = 1.0
    other: float = 0.2

    def __post_init__(self) -> None:
        for name, high in (("grid", 100), ("horizon", None)):
            low, value = 1 + (name == "grid"), getattr(self, name)
            whole = isinstance(value, int | np.integer) and not isinstance(value, bool)
            if not whole or value < low or (high is not None and value > high):
                limits = f"in {low}..{high}" if high else f"of at least {low}"
                raise ValueError(f"{name} must be an integer {limits}, given {value!r}")
        if not isinstance(self.both_collect, bool | np.bool_):
            raise ValueError(f"both_collect must be True or False, given {self.both_collect!r}")
        for name, allowed in (("respawn", ("free", "anywhere")), ("colour", ("alternate", "random"))):
            if getattr(self, name) not in allowed:
                raise ValueError(f"{name} must be one of {allowed}, given {getattr(self, name)!r}")
        for name in ("own", "other"):
            value = getattr(self, name)
            if not isinstance(value, int | float | np.number) or not np.isfinite(value):
                raise ValueError(f"{name} must be a finite number, given {value!r}")

    @property
    def n_cells(self) -> int:
        """Number of cells of the torus."""
        return self.grid**2

    @cached_property
    def worth(self) -> NDArray[np.float64]:
        """What a coin of colour ``c`` pays player ``i``, shape (2, 2): ``worth[c, i]``."""
        return np.where(np.eye(2, dtype=bool), float(self.own), float(self.other))

    @cached_property
    def next_cell(self) -> NDArray[np.int64]:
        """Cell reached from each cell by each action, shape (N*N, 4); cell ``row * N + column``."""
        cells = np.stack(np.divmod(np.arange(self.n_cells), self.grid), axis=-1)
        rows, columns = np.moveaxis((cells[:, None] + MOVES) % self.grid, -1, 0)
        return rows * self.grid + columns
