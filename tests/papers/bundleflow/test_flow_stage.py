import itertools
import math

import numpy as np
import pytest
import torch

from papers.bundleflow.flow_stage import fit_flow, initial_draw, rounding_target, support_points


def generator(seed=0):
    return torch.Generator().manual_seed(seed)


@pytest.fixture(scope="module")
def small():
    return fit_flow(4, iterations=2000, batch=128, hidden=32, seed=1)


def test_the_wide_distribution_is_uniform():
    s0 = initial_draw("wide", 3, generator())(20_000, generator(1)).numpy()
    assert s0.shape == (20_000, 3)
    assert s0.min() >= 0.05
    assert s0.max() <= 0.95
    shares = np.histogram(s0, bins=np.linspace(0.05, 0.95, 7))[0] / s0.size
    np.testing.assert_allclose(shares, 1 / 6, atol=4 * math.sqrt(5 / 36 / s0.size))


def test_the_official_distribution_is_a_mixture_of_three_with_the_released_moments():
    draw = initial_draw("official", 40, generator(3))
    s0 = draw(60_000, generator(4)).double().numpy()
    # over draws: a coordinate's mean is that of three means in [0.5, 0.5232], its deviation little more than exp(-3)
    assert (s0.mean(axis=0) > 0.499).all()
    assert (s0.mean(axis=0) < 0.5242).all()
    spread = (0.1 * (1 / (1 + math.exp(-1)) - 0.5)) / 2
    assert (s0.std(axis=0) > 0.99 * math.exp(-3)).all()
    assert (s0.std(axis=0) < 1.01 * math.hypot(math.exp(-3), spread)).all()
    # the means are drawn once: another generator for the points finds them again
    again = draw(60_000, generator(5)).double().numpy()
    np.testing.assert_allclose(s0.mean(axis=0), again.mean(axis=0), atol=6 * math.exp(-3) / math.sqrt(60_000))
    # and they are of three components: points move together along one direction at least
    largest = np.linalg.eigvalsh(np.cov(s0.T))[-3:]
    assert largest[0] == pytest.approx(math.exp(-6), rel=0.1)
    assert largest[2] > 1.05 * largest[0]


def test_stage_2s_points_are_those_of_standard_normal_parameters():
    s0 = initial_draw("stage-2", 2, generator())(40_000, generator(1)).numpy()
    assert s0.min() >= 0.05
    assert s0.max() <= 0.95
    quantile = 0.05 + 0.9 / (1 + math.exp(-10 * 0.1))  # normal quantile of 0.1 is at probability 0.53983
    assert (s0 < quantile).mean() == pytest.approx(0.53983, abs=4 * 0.5 / math.sqrt(s0.size))
    torch.testing.assert_close(support_points(torch.tensor([0.0, 50, -50])), torch.tensor([0.5, 0.95, 0.05]))


def test_targets_are_corners_with_noise():
    s0 = torch.tensor([[0.2, 0.5, 0.9]]).repeat(20_000, 1)
    torch.testing.assert_close(rounding_target(s0, 0.0, generator())[0], torch.tensor([0.0, 1.0, 1.0]))
    noise = rounding_target(s0, 0.3, generator()) - torch.tensor([0.0, 1.0, 1.0])
    assert noise.mean(dim=0).abs().max() < 5 * 0.3 / math.sqrt(20_000)
    torch.testing.assert_close(noise.std(dim=0), torch.full((3,), 0.3), rtol=0.03, atol=0)


def test_a_small_flow_learns_to_round_and_reaches_every_bundle(small):
    corners = torch.tensor(list(itertools.product((0.2, 0.8), repeat=4)))
    assert (small.bundles(corners) == (corners > 0.5)).all()
    s0 = small.draw(4000, generator(9))
    assert (small.bundles(s0) == (s0 >= 0.5)).double().mean() > 0.95
    assert len(torch.unique(small.bundles(s0), dim=0)) == 16


def test_its_loss_stands_between_the_noise_and_standing_still(small):
    noise = 4 * 0.1**2
    standing = noise + 4 * (0.5**3 - 0.05**3) / 3 / 0.45  # mean squared distance to the corner, uniform on [0.05, 0.5]
    assert noise < small.history.loss[-1] < 0.6 * standing


def test_bundles_are_rounded_ends_and_the_flow_is_frozen(small):
    s0 = small.draw(50, generator(2))
    assert torch.equal(small.bundles(s0), small.flow.transport(s0, 5) >= 0.5)
    assert torch.equal(small.bundles(s0, None), small.flow.transport(s0, None) >= 0.5)
    assert not small.flow.training
    assert not any(parameter.requires_grad for parameter in small.flow.parameters())
    assert small.initial == "wide"


def test_the_seed_decides_all():
    run = {"iterations": 10, "batch": 16, "hidden": 8, "initial": "official"}
    first, again, other = (fit_flow(3, **run, seed=seed) for seed in (0, 0, 1))
    s0 = torch.rand(5, 3, generator=generator())
    assert torch.equal(first.flow.transport(s0), again.flow.transport(s0))
    assert (first.flow.transport(s0) != other.flow.transport(s0)).any()
    assert torch.equal(first.draw(6, generator(1)), again.draw(6, generator(1)))


@pytest.mark.parametrize(("n_items", "widths"), [(100, (128, 128)), (101, (256, 512))])
def test_widths_are_the_released_ones(n_items, widths):
    flow = fit_flow(n_items, iterations=1, batch=2).flow
    assert (flow.q_network[0].out_features, flow.q_network[2].out_features) == widths
    assert flow.eta_network[0].out_features == widths[0]


def test_snapshots_see_the_flow_in_training():
    seen = []
    weight = lambda flow: flow.q_network[0].weight.sum().item()  # noqa: E731
    fitted = fit_flow(2, iterations=3, batch=4, hidden=4, after=lambda done, flow: seen.append((done, weight(flow))))
    assert [done for done, _ in seen] == [0, 1, 2, 3]
    assert len({value for _, value in seen}) == 4
    assert seen[-1][1] == weight(fitted.flow)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"n_items": 0}, "n_items"),
        ({"initial": "narrow"}, "initial must be one of official, wide, stage-2, given 'narrow'"),
        ({"iterations": 0}, "iterations"),
        ({"target_noise": -0.1}, "target_noise"),
        ({"target_noise": float("nan")}, "target_noise"),
        ({"learning_rate": -1.0}, "learning_rate"),
        ({"hidden": 0}, "hidden"),
        ({"seed": -1}, "seed"),
        ({"device": "abacus"}, "device"),
    ],
)
def test_bad_arguments_are_refused(change, message):
    with pytest.raises(ValueError, match=message):
        fit_flow(**({"n_items": 2, "iterations": 2, "batch": 4} | change))
