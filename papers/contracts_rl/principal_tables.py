"""A frozen principal of the Coin Game: what it recommends and pays in every state, as plain arrays."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from papers.contracts_rl.coin_rules import N_ACTIONS
from papers.contracts_rl.coin_states import n_states


@dataclass(frozen=True, eq=False)
class PrincipalTables:
    """Recommendations and payments of P principals in all ``S = n_states(grid)`` absolute states.

    Attributes
    ----------
    grid : int
        Side of the torus.
    recommended : ndarray of int, shape (P, S, 2)
        Action recommended to each agent.
    payments : ndarray of float, shape (P, S, 2, 2)
        What each agent is paid for following, in coins: ``[..., f]`` with f = 1 where the other follows too.

    Raises
    ------
    ValueError
        If shapes do not fit, an action is unknown, or a payment is negative or not finite.
    """

    grid: int
    recommended: NDArray[np.integer]
    payments: NDArray[np.floating]

    def __post_init__(self) -> None:
        principals = len(self.recommended)
        shape = (principals, n_states(self.grid), 2)
        if self.recommended.shape != shape or self.payments.shape != (*shape, 2):
            raise ValueError(
                f"recommended and payments must have shapes {shape} and {(*shape, 2)}, "
                f"given {self.recommended.shape} and {self.payments.shape}"
            )
        if self.recommended.min() < 0 or self.recommended.max() >= N_ACTIONS:
            raise ValueError(f"recommended must be in 0..{N_ACTIONS - 1}")
        if not np.isfinite(self.payments).all() or self.payments.min() < 0:
            raise ValueError("payments must be finite and >= 0")

    def __len__(self) -> int:
        return len(self.recommended)
