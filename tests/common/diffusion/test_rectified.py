from itertools import pairwise

import numpy as np
import pytest
import torch
from torch import nn

from common.diffusion.flows import euler
from common.diffusion.rectified import rectified_flow_loss, train_rectified_flow


def generator(seed=0):
    return torch.Generator().manual_seed(seed)


class Shift(nn.Module):
    """The same velocity everywhere."""

    def __init__(self, n_items=3):
        super().__init__()
        self.by = nn.Parameter(torch.zeros(n_items))

    def forward(self, t, s0, s):
        return self.by.expand_as(s)


def shifted(n, g):
    s0 = torch.rand(n, 3, generator=g)
    return s0, s0 + torch.tensor([1.0, -2.0, 0.5])


def settings(**changes):
    return {"iterations": 400, "batch": 16, "learning_rate": 0.05, "generator": generator()} | changes


def test_a_straight_field_has_no_loss():
    s0, target = torch.rand(2, 8, 3, generator=generator())
    t = torch.rand(8, 1, generator=generator(1))
    assert rectified_flow_loss(lambda t, s0, s: target - s0, s0, target, t) == 0
    # the field may find the line from where it starts and where it is
    seen = rectified_flow_loss(lambda t, s0, s: (s - s0) / t, s0, target, t)
    assert seen < 1e-9


def test_the_loss_sums_over_coordinates_and_averages_over_lines():
    s0, target = torch.zeros(2, 3), torch.tensor([[1.0, 2.0, 2.0], [0.0, 0.0, 0.0]])
    assert rectified_flow_loss(lambda t, s0, s: torch.zeros_like(s), s0, target, torch.rand(2, 1)) == 4.5


def test_it_passes_the_time_and_the_point_between():
    s0, target, t = torch.zeros(1, 2), torch.full((1, 2), 4.0), torch.full((1, 1), 0.25)
    seen = []
    rectified_flow_loss(lambda *given: seen.extend(given) or given[2], s0, target, t)
    assert seen[0].item() == 0.25
    torch.testing.assert_close(seen[2], torch.ones(1, 2))


def test_a_constant_shift_is_learnt_and_integrated():
    field = Shift()
    history = train_rectified_flow(field, shifted, cosine=True, **settings())
    torch.testing.assert_close(field.by.detach(), torch.tensor([1.0, -2.0, 0.5]), atol=1e-3, rtol=0)
    s0, target = shifted(4, generator(2))
    torch.testing.assert_close(euler(field, s0)[-1].detach(), target, atol=2e-3, rtol=0)
    assert history.loss[0] > 1
    assert history.loss[-1] < 1e-4
    assert history.iterations.tolist() == list(range(4, 401, 4))
    assert (np.diff(history.seconds) >= 0).all()


def test_the_last_iteration_is_always_recorded_and_snapshots_start_at_none():
    seen = []
    run = settings(iterations=7, record_every=3)
    history = train_rectified_flow(Shift(), shifted, **run, after=seen.append)
    assert history.iterations.tolist() == [3, 6, 7]
    assert seen == list(range(8))


def test_a_record_is_the_mean_since_the_one_before():
    every, third = (
        train_rectified_flow(Shift(), shifted, **settings(iterations=6, record_every=k)).loss for k in (1, 3)
    )
    np.testing.assert_allclose(third, every.reshape(2, 3).mean(axis=1), rtol=1e-6)


def test_the_cosine_ends_at_no_step_at_all():
    ends = []
    field = Shift()
    train_rectified_flow(
        field,
        lambda n, g: (torch.zeros(n, 3), torch.full((n, 3), 1e3)),
        cosine=True,
        **settings(iterations=50),
        after=lambda _: ends.append(field.by.detach().clone()),
    )
    moves = [(after - before).max().item() for before, after in pairwise(ends)]
    assert moves[0] == pytest.approx(0.05, rel=1e-4)
    assert moves[25] == pytest.approx(0.025, rel=0.05)
    assert moves[-1] < 1e-3


def test_the_seed_decides_all():
    def train(seed):
        g = generator(seed)
        return train_rectified_flow(
            Shift(),
            lambda n, g: (torch.rand(n, 3, generator=g), torch.rand(n, 3, generator=g)),
            **settings(iterations=20, generator=g),
        ).loss

    np.testing.assert_array_equal(train(0), train(0))
    assert (train(0) != train(1)).all()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"iterations": 0}, "iterations"),
        ({"batch": 1.5}, "batch"),
        ({"record_every": 0}, "record_every"),
        ({"learning_rate": 0.0}, "learning_rate must be positive and finite, given 0.0"),
        ({"learning_rate": float("nan")}, "learning_rate"),
    ],
)
def test_bad_settings_are_refused(change, message):
    with pytest.raises(ValueError, match=message):
        train_rectified_flow(Shift(), shifted, **settings(**change))


def test_shapes_that_do_not_fit_are_refused():
    s0, t = torch.zeros(4, 3), torch.zeros(4, 1)
    for given in ((s0[0], s0[0], t), (s0, s0[:2], t), (s0, s0, t[:, 0])):
        with pytest.raises(ValueError, match="must have shapes"):
            rectified_flow_loss(lambda t, s0, s: s, *given)


def test_a_training_that_diverges_says_so():
    run = settings(iterations=5, record_every=1)
    with pytest.raises(FloatingPointError, match="smaller learning_rate"):
        train_rectified_flow(Shift(), lambda n, g: (torch.zeros(n, 3), torch.full((n, 3), torch.inf)), **run)
