import copy

import pytest
import torch

from common.rl.networks import ConvolutionalQNetworks, QNetworks
from common.rl.q_learning import (
    choose_device,
    chosen,
    clip_each_learner,
    copy_weights,
    epsilon_greedy,
    regression_loss,
)


def generator(seed=0):
    return torch.Generator().manual_seed(seed)


def only(networks, k):
    """Learner k of an ensemble of 3, cut out."""
    alone = QNetworks(1, 10, 2, (8,), 4, generator())
    for single, many in zip(alone.parameters(), networks.parameters(), strict=True):
        single.data = many.data.view(3, *single.shape).clone()[k]
    return alone


def train(networks, active, targets, steps=5, largest=0.05):
    optimiser = torch.optim.Adam(networks.parameters(), lr=1e-2, fused=True)
    for _ in range(steps):
        optimiser.zero_grad()
        regression_loss(networks(active)[..., 0], targets).backward()
        clip_each_learner(networks.parameters(), len(active), largest)
        optimiser.step()


def test_learners_train_as_if_alone():
    networks = QNetworks(3, 10, 2, (8,), 4, generator())
    alone = [only(networks, k) for k in range(3)]
    active = torch.randint(10, (3, 20, 2), generator=generator(1))
    targets = torch.randn(3, 20, generator=generator(2)) * torch.tensor([[0.01], [1.0], [100.0]])
    train(networks, active, targets)
    for k in range(3):
        train(alone[k], active[k : k + 1], targets[k : k + 1])
        torch.testing.assert_close(networks(active)[k], alone[k](active[k : k + 1])[0], rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize(
    "networks", [QNetworks(3, 10, 2, (8,), 4, generator()), ConvolutionalQNetworks(3, 3, 1, 1, 4, generator())]
)
def test_clipping_bounds_each_learner_and_leaves_short_gradients(networks):
    active = torch.randint(10, (3, 20, 2), generator=generator(1))
    regression_loss(networks(active)[..., 0], torch.tensor([[1e-3], [1.0], [9.0]]).expand(3, 20), "squared").backward()

    def norms():
        return sum(p.grad.view(3, -1).square().sum(1) for p in networks.parameters()).sqrt()

    before = norms()
    largest = float(before.median())
    clip_each_learner(networks.parameters(), 3, largest)
    torch.testing.assert_close(norms(), before.clamp(max=largest))


def test_copied_weights_are_equal_and_apart():
    source, target = (QNetworks(2, 6, 1, (4,), 3, generator(seed)) for seed in (0, 1))
    before = copy.deepcopy(source.state_dict())
    copy_weights(source, target)
    for name, weights in target.state_dict().items():
        torch.testing.assert_close(weights, before[name], rtol=0, atol=0)
    next(target.parameters()).data += 1
    torch.testing.assert_close(next(source.parameters()), before["first.weight"])


def test_exploration_rate_and_choice():
    values = torch.tensor([[0.0, 5.0, 1.0]]).expand(30_000, 3)
    assert (epsilon_greedy(values, 0.0, generator()) == 1).all()
    off = (epsilon_greedy(values, 0.3, generator()) != 1).double().mean()
    assert off == pytest.approx(0.2, abs=0.01)
    assert chosen(values, torch.full((30_000,), 2)).unique().tolist() == [1.0]


def test_devices_and_losses_by_name():
    assert choose_device("cpu").type == "cpu"
    assert choose_device().type in {"cpu", "cuda"}
    with pytest.raises(ValueError, match="device must be 'auto', 'cpu' or a GPU that is there, given 'abacus'"):
        choose_device("abacus")
    with pytest.raises(ValueError, match="kind must be one of"):
        regression_loss(torch.zeros(1, 1), torch.zeros(1, 1), "absolute")
    assert regression_loss(torch.tensor([[0.0, 0.0]]), torch.tensor([[0.5, 3.0]])).item() == pytest.approx(
        (0.125 + 2.5) / 2
    )
