import numpy as np
import pytest
import torch

from common.rl.networks import ConvolutionalQNetworks, EnsembleActive, QNetworks


def generator(seed=0):
    return torch.Generator().manual_seed(seed)


def places(learners, batch, n_features, n_active):
    rng = np.random.default_rng(1)
    rows = [rng.choice(n_features, n_active, replace=False) for _ in range(learners * batch)]
    return torch.tensor(np.array(rows)).view(learners, batch, n_active)


def ones(active, n_features):
    return torch.zeros(*active.shape[:2], n_features).scatter_(2, active, 1.0)


def test_active_features_are_a_linear_layer_on_zeros_and_ones():
    layer = EnsembleActive(3, 10, 4, generator(), fan_in=2)
    active = places(3, 5, 10, 2)
    dense = ones(active, 10) @ layer.weight.view(3, 10, 4) + layer.bias
    torch.testing.assert_close(layer(active), dense)


def test_every_learner_is_a_network_of_its_own():
    networks = QNetworks(3, 10, 2, (8, 7), 4, generator())
    active = places(3, 5, 10, 2)
    for k in range(3):
        hidden = ones(active, 10)[k] @ networks.first.weight.view(3, 10, 8)[k] + networks.first.bias[k]
        for layer in networks.rest:
            hidden = torch.relu(hidden) @ layer.weight[k] + layer.bias[k]
        torch.testing.assert_close(networks(active)[k], hidden)


@pytest.mark.parametrize(("side", "seen"), [(3, 4), (5, 2), (7, 4)])
def test_convolution_is_torchs_own_for_each_learner(side, seen):
    networks = ConvolutionalQNetworks(2, side, 4, 1, 5, generator(), filters=6, hidden=(8, 7))
    active = places(2, 9, 4 * side**2 + 1, 4)
    values = networks(active)
    assert values.shape == (2, 9, 5)
    for k in range(2):
        pixels, extra = ones(active, 4 * side**2 + 1)[k].split([4 * side**2, 1], dim=1)
        layer = torch.nn.Conv2d(4, 6, 4, padding=networks.padding)
        layer.weight.data, layer.bias.data = networks.kernels.view(2, 6, 4, 4, 4)[k], networks.bias.view(2, 6)[k]
        picture = torch.relu(layer(pixels.view(9, 4, side, side)))
        assert picture.shape[2:] == (seen, seen)
        hidden = torch.cat([picture.flatten(1), extra], dim=1)
        for number, fully in enumerate(networks.rest):
            hidden = (torch.relu(hidden) if number else hidden) @ fully.weight[k] + fully.bias[k]
        torch.testing.assert_close(values[k], hidden)


def test_the_same_seed_gives_the_same_weights():
    first, second, third = (QNetworks(2, 6, 1, (4,), 3, generator(seed)) for seed in (5, 5, 6))
    active = places(2, 3, 6, 1)
    torch.testing.assert_close(first(active), second(active), rtol=0, atol=0)
    assert not torch.allclose(first(active), third(active))
