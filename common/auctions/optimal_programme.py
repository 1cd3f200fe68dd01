r"""The linear or integer programme of the revenue-optimal mechanism for finitely many XOR types, with rows as needed.

Variables are the probabilities :math:`x_{tk}` with which type t gets its own atom k, and its utility :math:`u_t\ge0`
(so that taking part is voluntary without a row):

.. math:: \max \sum_t q_t\Bigl(\sum_k b_{tk}x_{tk}-u_t\Bigr)\quad\text{s.t.}\quad \sum_k x_{tk}\le 1,\qquad
    u_t\ \ge\ u_{t'}-\sum_k\bigl(b_{t'k}-v_t(S_{t'k})\bigr)x_{t'k}\quad\forall t\ne t'.

Few of the T (T - 1) incentive rows bind, so they are added where the last solution breaks them, the worst ones of every
type first.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from common.auctions.xor import XORValuations
from common.optim.milp import Solution, solve_milp
from common.optim.scale import magnitude

#: The largest bid as the solver sees it. Its tolerances are absolute (1e-7), so this makes them 1e-10 of a bid.
_LARGEST = 1024.0
_VIOLATED = 2e-7
_ROWS_PER_TYPE = 10

Pairs = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class OwnAtomProgramme:
    """Data of the programme, in the solver's units.

    Attributes
    ----------
    bids : ndarray of float, shape (T, K)
        Values of own atoms: the bids, or what a dominated atom is worth for what lies in it.
    losses : ndarray of float, shape (T, T, K)
        ``[t, s, k]``: by how much atom k of type s is worth less to type t than to type s.
    probabilities : ndarray of float, shape (T,)
        Of the types.
    unit : float
        A bid of 1 in the solver's units, in the caller's units; a power of two.
    deterministic : bool
        Whether each type gets one atom for certain or nothing.
    """

    bids: NDArray[np.float64]
    losses: NDArray[np.float64]
    probabilities: NDArray[np.float64]
    unit: float
    deterministic: bool = False

    @classmethod
    def of(cls, types: XORValuations, probabilities: NDArray[np.float64]) -> "OwnAtomProgramme":
        """Set the programme up for XOR types."""
        size, places = types.bids.shape
        unit = magnitude(types.bids) / _LARGEST
        values = types.values(types.atoms.reshape(size * places, -1)).reshape(size, size, places) / unit
        own = values[np.arange(size), np.arange(size)]  # not the bid where it is dominated: nobody envies herself
        return cls(own, own - values, probabilities, unit)

    def solve(self, pairs: Pairs, time_limit: float, gap: float) -> Solution:
        """Solve with the incentive rows of some pairs of types, shape (R, 2); the objective is in solver's units."""
        size, places = self.bids.shape
        atoms, rows = size * places, len(pairs)
        at_most_one = sparse.hstack(
            [sparse.kron(sparse.eye_array(size), np.ones((1, places))), sparse.csr_array((size, size))]
        )
        kinds = None
        if self.deterministic:
            kinds = np.repeat([1.0, 0.0], [atoms, size])
        return solve_milp(
            np.concatenate([(self.probabilities[:, None] * self.bids).ravel(), -self.probabilities]) * size,
            sparse.vstack([at_most_one, self._incentive_rows(pairs)]).tocsr(),
            np.concatenate([np.full(size, -np.inf), np.zeros(rows)]),
            np.concatenate([np.ones(size), np.full(rows, np.inf)]),
            upper=np.concatenate([np.where(self.bids.ravel() > 0, 1.0, 0.0), np.full(size, np.inf)]),
            integrality=kinds,
            maximise=True,
            time_limit=time_limit,
            gap=gap,
        )

    def _incentive_rows(self, pairs: Pairs) -> sparse.csr_array:
        size, places = self.bids.shape
        truth, lie = pairs.T
        row = np.arange(len(pairs))
        entries = [
            (
                self.losses[truth, lie].ravel(),
                np.repeat(row, places),
                (lie[:, None] * places + np.arange(places)).ravel(),
            ),
            (np.ones(len(pairs)), row, size * places + truth),
            (-np.ones(len(pairs)), row, size * places + lie),
        ]
        data, rows, columns = (np.concatenate(part) for part in zip(*entries, strict=True))
        matrix = sparse.csr_array((data, (rows, columns)), shape=(len(pairs), size * (places + 1)))
        matrix.eliminate_zeros()
        return matrix

    def split(self, point: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return the allocation x, shape (T, K), as probabilities without the solver's dust, and the utilities (T,)."""
        size, places = self.bids.shape
        x = np.clip(point[: size * places].reshape(size, places), 0.0, 1.0)
        x[x < 1e-11] = 0.0
        return x / np.maximum(1.0, x.sum(axis=1, keepdims=True)), point[size * places :]

    def worst_violated(self, x: NDArray[np.float64], utilities: NDArray[np.float64], present: Pairs) -> Pairs:
        """Return the pairs, up to ten for each type, whose incentive rows are broken and not yet present."""
        size = len(utilities)
        envy = utilities[None, :] - np.einsum("tsk,sk->ts", self.losses, x) - utilities[:, None]
        np.fill_diagonal(envy, -np.inf)
        envy[tuple(present.T)] = -np.inf
        lies = np.argsort(-envy, axis=1)[:, :_ROWS_PER_TYPE]
        pairs = np.column_stack([np.repeat(np.arange(size), lies.shape[1]), lies.ravel()])
        return pairs[envy[tuple(pairs.T)] > _VIOLATED]

    def highest_prices(self, x: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the highest prices at which nobody envies another one, for an allocation that allows it, shape (T,).

        They are shortest paths (Rochet, *J. Math. Econ.* 16, 1987): no type pays more than its value, nor more than
        another type's price plus what its own lottery is worth beyond the other's. An allocation that allows no such
        prices has a cycle of negative length; the search then stops after T rounds.
        """
        own = (self.bids * x).sum(axis=1)
        worth = own[None, :] - np.einsum("tsk,sk->ts", self.losses, x)  # [t, s]: of the lottery of s to t
        prices = own.copy()
        for _ in range(len(own)):
            lower = np.minimum(prices, (prices[None, :] - worth).min(axis=1) + own)
            if (prices - lower).max() <= 1e-13 * _LARGEST:
                break
            prices = lower
        return np.maximum(prices, 0.0) * self.unit
