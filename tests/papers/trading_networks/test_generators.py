import numpy as np
import pytest
from scipy import stats

from papers.trading_networks import (
    additive_values,
    block_world,
    erdos_renyi_world,
    geometric_world,
    homogeneous_goods,
    independent_values,
    preferential_attachment_world,
)

WORLDS = {
    "erdos": lambda n, m, rng: erdos_renyi_world(n, m, 0.3, rng),
    "geometric": lambda n, m, rng: geometric_world(n, m, 0.4, rng),
    "attachment": lambda n, m, rng: preferential_attachment_world(n, m, min(2, m), rng),
    "blocks": lambda n, m, rng: block_world(n, m, 3, 0.8, 0.1, rng),
}
VALUES = {
    "independent": independent_values,
    "additive": lambda n, m, rng: additive_values(n, m, 0.5, rng),
    "homogeneous": homogeneous_goods,
}


@pytest.mark.parametrize("name", [*WORLDS, *VALUES])
@pytest.mark.parametrize("shape", [(0, 0), (0, 4), (4, 0), (5, 7)])
def test_shape_type_and_seed(name, shape):
    draw = {**WORLDS, **VALUES}[name]
    first, again = draw(*shape, np.random.default_rng(1)), draw(*shape, np.random.default_rng(1))
    assert first.shape == shape
    assert first.dtype == (bool if name in WORLDS else float)
    assert (first == again).all()
    assert (first >= 0).all()


def share_is(world, probability):
    """Whether the share of True agrees with a probability at the 1e-6 level."""
    return stats.binomtest(int(world.sum()), world.size, probability).pvalue > 1e-6


def test_densities_are_those_asked_for():
    rng = np.random.default_rng(2)
    assert share_is(erdos_renyi_world(200, 200, 0.3, rng), 0.3)
    blocks = block_world(200, 200, 4, 0.7, 0.1, rng)
    same = np.equal.outer(np.arange(200) % 4, np.arange(200) % 4)
    assert share_is(blocks[same], 0.7)
    assert share_is(blocks[~same], 0.1)


def test_geometric_worlds_grow_with_the_radius_and_reach_everybody():
    sizes = [geometric_world(30, 30, radius, np.random.default_rng(3)).sum() for radius in (0, 0.2, 0.5, 1.5)]
    assert sizes[0] == 0
    assert sizes == sorted(sizes)
    assert sizes[-1] == 900


def test_attachment_gives_every_buyer_her_degree_and_some_sellers_fame():
    rng = np.random.default_rng(4)
    world = preferential_attachment_world(400, 100, 3, rng)
    assert (world.sum(axis=1) == 3).all()
    # Uniform links would give a variance of about 12 x 0.97; with attachment fame feeds on itself.
    assert world.sum(axis=0).var() > 3 * 12
    assert not preferential_attachment_world(3, 2, 0, rng).any()
    assert preferential_attachment_world(3, 2, 2, rng).all()


def test_values_have_the_structure_of_their_name():
    rng = np.random.default_rng(5)
    additive = additive_values(6, 5, 0.0, rng)
    np.testing.assert_allclose(additive - additive[:1] - additive[:, :1] + additive[0, 0], 0, atol=1e-12)
    assert (np.ptp(homogeneous_goods(6, 5, rng), axis=1) == 0).all()
    assert np.linalg.matrix_rank(independent_values(6, 5, rng)) == 5


@pytest.mark.parametrize(
    ("draw", "complaint"),
    [
        (lambda rng: erdos_renyi_world(-1, 2, 0.1, rng), "n and m must be >= 0, given n=-1"),
        (lambda rng: erdos_renyi_world(2, 2, 1.1, rng), r"q must be in \[0, 1\], given 1.1"),
        (lambda rng: geometric_world(2, 2, float("nan"), rng), "radius must be >= 0"),
        (lambda rng: preferential_attachment_world(2, 2, 3, rng), r"degree must be in 0\.\.2, given 3"),
        (lambda rng: block_world(2, 2, 0, 0.1, 0.1, rng), "blocks must be >= 1"),
        (lambda rng: block_world(2, 2, 1, 0.1, -0.1, rng), "q_across must be in"),
        (lambda rng: additive_values(2, 2, -1.0, rng), "noise must be >= 0"),
        (lambda rng: additive_values(2, 2, float("inf"), rng), "noise must be >= 0 and finite, given inf"),
        (lambda rng: independent_values(2, -2, rng), "n and m must be >= 0"),
        (lambda rng: homogeneous_goods(2, -2, rng), "n and m must be >= 0"),
    ],
)
def test_bad_input_is_named(draw, complaint):
    with pytest.raises(ValueError, match=complaint):
        draw(np.random.default_rng(0))
