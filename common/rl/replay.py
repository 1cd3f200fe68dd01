"""Replay buffers for ensembles of learners: each learner has its own memory, all are filled and drawn in one call."""

from collections.abc import Mapping

import torch
from torch import Tensor

Fields = Mapping[str, tuple[tuple[int, ...], torch.dtype]]


class ReplayBuffer:
    """The last `capacity` transitions of each learner, drawn uniformly with replacement.

    Parameters
    ----------
    n_learners : int
        Number of learners, ``>= 1``.
    capacity : int
        Transitions kept for each, ``>= 1``.
    fields : mapping of str to (shape, dtype)
        What a transition consists of, without the axes of learners and transitions.
    generator : torch.Generator
        Source of the draws; its device is the buffer's.

    Attributes
    ----------
    size : int
        Transitions held for each learner.

    Raises
    ------
    ValueError
        If a size is below 1.
    """

    def __init__(self, n_learners: int, capacity: int, fields: Fields, generator: torch.Generator) -> None:
        if min(n_learners, capacity) < 1:
            raise ValueError(f"n_learners and capacity must be >= 1, given {n_learners} and {capacity}")
        self.generator, self.capacity, self.size, self._next = generator, capacity, 0, 0
        self._learner = torch.arange(n_learners, device=generator.device)[:, None]
        self._stored = {
            name: torch.zeros((n_learners, capacity, *shape), dtype=dtype, device=generator.device)
            for name, (shape, dtype) in fields.items()
        }

    def add(self, transitions: Mapping[str, Tensor]) -> Tensor:
        """Store new transitions over the oldest.

        Parameters
        ----------
        transitions : mapping of str to Tensor, each (n_learners, count, *shape)
            All fields; ``count`` is the same for all and at most the capacity.

        Returns
        -------
        Tensor of int64, shape (count,)
            Where they were stored.

        Raises
        ------
        ValueError
            If the fields are not those of the buffer, or there are more than it holds.
        """
        if transitions.keys() != self._stored.keys():
            raise ValueError(f"transitions must have fields {sorted(self._stored)}, given {sorted(transitions)}")
        count = next(iter(transitions.values())).shape[1]
        if count > self.capacity:
            raise ValueError(f"transitions must be at most capacity={self.capacity}, given {count}")
        places = (self._next + torch.arange(count, device=self.generator.device)) % self.capacity
        for name, values in transitions.items():
            self._stored[name][:, places] = values.to(self._stored[name])
        self._next = (self._next + count) % self.capacity
        self.size = min(self.size + count, self.capacity)
        return places

    def sample(self, batch: int) -> tuple[dict[str, Tensor], Tensor]:
        """Draw transitions for every learner from its own memory.

        Parameters
        ----------
        batch : int
            Transitions a learner.

        Returns
        -------
        transitions : dict of str to Tensor, each (n_learners, batch, *shape)
        places : Tensor of int64, shape (n_learners, batch)

        Raises
        ------
        ValueError
            If the buffer is empty.
        """
        if self.size == 0:
            raise ValueError("the buffer must hold a transition before one is drawn")
        places = self._draw(batch)
        return {name: stored[self._learner, places] for name, stored in self._stored.items()}, places

    def _draw(self, batch: int) -> Tensor:
        shape = (len(self._learner), batch)
        return torch.randint(self.size, shape, generator=self.generator, device=self.generator.device)


class PrioritizedReplayBuffer(ReplayBuffer):
    """Transitions drawn in proportion to ``(|temporal difference| + floor) ** alpha`` (Schaul et al. 2016).

    New transitions get the learner's largest priority so far. Weights that correct for the draws are not applied
    (``beta = 0``). The priorities of each learner are the leaves of a binary tree of sums, so a draw and an update
    cost ``log2(capacity)`` steps, taken for all learners and draws at once.

    Parameters
    ----------
    n_learners, capacity, fields, generator
        As in `ReplayBuffer`.
    alpha : float
        Exponent, ``>= 0``; 0 draws uniformly.
    floor : float
        Added to every absolute difference, ``> 0``.

    Raises
    ------
    ValueError
        If a size is below 1, `alpha` is negative or `floor` is not positive.
    """

    def __init__(
        self,
        n_learners: int,
        capacity: int,
        fields: Fields,
        generator: torch.Generator,
        alpha: float = 0.4,
        floor: float = 1e-7,
    ) -> None:
        if not (alpha >= 0 and floor > 0):
            raise ValueError(f"alpha must be >= 0 and floor > 0, given alpha={alpha}, floor={floor}")
        super().__init__(n_learners, capacity, fields, generator)
        self.alpha, self.floor = alpha, floor
        self._depth = max(capacity - 1, 1).bit_length()
        device = generator.device
        # node 1 is the root, 2i and 2i+1 are the children of i; float64, since large sums are split
        self._sums = torch.zeros((n_learners, 2 << self._depth), dtype=torch.float64, device=device)
        self._largest = torch.ones((n_learners, 1), dtype=torch.float64, device=device)

    def add(self, transitions: Mapping[str, Tensor]) -> Tensor:
        """Store new transitions over the oldest, with the largest priority so far; see `ReplayBuffer.add`."""
        places = super().add(transitions)
        self._set(places.expand(len(self._learner), -1), self._largest)
        return places

    def update(self, places: Tensor, differences: Tensor) -> None:
        """Set priorities after a step of learning.

        Parameters
        ----------
        places : Tensor of int64, shape (n_learners, batch)
            What `sample` returned.
        differences : Tensor, shape (n_learners, batch)
            Temporal differences of these transitions.
        """
        priorities = (differences.detach().abs().double() + self.floor) ** self.alpha
        self._largest = torch.maximum(self._largest, priorities.amax(dim=1, keepdim=True))
        self._set(places, priorities)

    def _set(self, places: Tensor, priorities: Tensor) -> None:
        nodes = places + (1 << self._depth)
        self._sums[self._learner, nodes] = priorities.expand(nodes.shape)
        for _ in range(self._depth):
            nodes = nodes >> 1
            children = self._sums.gather(1, 2 * nodes) + self._sums.gather(1, 2 * nodes + 1)
            self._sums.scatter_(1, nodes, children)

    def _draw(self, batch: int) -> Tensor:
        """Draw one transition from each of `batch` equal slices of the total priority, as in the source."""
        shape, device = (len(self._learner), batch), self.generator.device
        spread = torch.rand(shape, generator=self.generator, device=device, dtype=torch.float64)
        slices = torch.arange(batch, device=device, dtype=torch.float64)
        left_over = (slices + spread) / batch * self._sums[:, 1:2]
        nodes = torch.ones(shape, dtype=torch.int64, device=device)
        for _ in range(self._depth):
            nodes = 2 * nodes
            left = self._sums.gather(1, nodes)
            right = left_over >= left
            left_over = left_over - left * right
            nodes = nodes + right
        # rounding of sums may step past the last transition that is there
        return (nodes - (1 << self._depth)).clamp_(max=self.size - 1)
