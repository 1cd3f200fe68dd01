import numpy as np
import pytest
import torch
from scipy import stats

from common.rl.replay import PrioritizedReplayBuffer, ReplayBuffer

FIELDS = {"state": ((2,), torch.int16), "reward": ((), torch.float32)}


def generator(seed=0):
    return torch.Generator().manual_seed(seed)


def transitions(first, count, learners=2):
    """Numbers first, first + 1, ... for learner 0, and 1000 more for each further learner."""
    numbers = torch.arange(first, first + count) + 1000 * torch.arange(learners)[:, None]
    return {"state": torch.stack([numbers, -numbers], dim=-1), "reward": numbers.float()}


@pytest.mark.parametrize("kind", [ReplayBuffer, PrioritizedReplayBuffer])
def test_keeps_the_newest_and_learners_apart(kind):
    buffer = kind(2, 5, FIELDS, generator())
    for first in (0, 3, 6):
        buffer.add(transitions(first, 3))
    drawn, places = buffer.sample(400)
    assert buffer.size == 5
    assert places.shape == (2, 400)
    for learner in range(2):
        assert set(drawn["reward"][learner].tolist()) == {1000 * learner + n for n in range(4, 9)}
    torch.testing.assert_close(drawn["state"][..., 0].float(), drawn["reward"])
    torch.testing.assert_close(drawn["state"][..., 1].float(), -drawn["reward"])


@pytest.mark.parametrize("capacity", [1, 7, 8, 100])
def test_priorities_decide_how_often(capacity):
    buffer = PrioritizedReplayBuffer(2, capacity, FIELDS, generator(), alpha=0.5, floor=1e-3)
    buffer.add(transitions(0, capacity))
    rng = np.random.default_rng(3)
    differences = rng.exponential(size=(2, capacity))
    buffer.update(torch.arange(capacity).expand(2, -1), torch.tensor(differences))
    _, places = buffer.sample(20_000)
    for learner in range(2):
        weight = (differences[learner] + 1e-3) ** 0.5
        seen = np.bincount(places[learner].numpy(), minlength=capacity)
        # slices are equal, so counts vary less than independent draws would: the test is conservative
        assert capacity == 1 or stats.chisquare(seen, 20_000 * weight / weight.sum()).pvalue > 1e-6
        assert np.abs(seen - 20_000 * weight / weight.sum()).max() < 3


def test_new_transitions_get_the_largest_priority_so_far():
    buffer = PrioritizedReplayBuffer(1, 8, FIELDS, generator(), alpha=1.0)
    buffer.add(transitions(0, 4, learners=1))
    buffer.update(torch.arange(4)[None], torch.tensor([[1.0, 2.0, 3.0, 4.0]]))
    buffer.add(transitions(4, 1, learners=1))
    _, places = buffer.sample(1400)
    assert np.abs(np.bincount(places[0].numpy()) - np.array([100, 200, 300, 400, 400])).max() <= 1


def test_refuses_by_name():
    with pytest.raises(ValueError, match="capacity must be >= 1"):
        ReplayBuffer(1, 0, FIELDS, generator())
    with pytest.raises(ValueError, match="alpha must be >= 0 and floor > 0"):
        PrioritizedReplayBuffer(1, 4, FIELDS, generator(), floor=0.0)
    buffer = ReplayBuffer(2, 4, FIELDS, generator())
    with pytest.raises(ValueError, match="must hold a transition"):
        buffer.sample(3)
    with pytest.raises(ValueError, match="transitions must have fields"):
        buffer.add({"state": torch.zeros(2, 1, 2)})
    with pytest.raises(ValueError, match="at most capacity=4, given 5"):
        buffer.add(transitions(0, 5))
