import numpy as np
import pytest

from papers.trading_networks.topology import TOPOLOGIES, radius_of_share, topology_study, world_of_topology


@pytest.mark.parametrize("topology", TOPOLOGIES)
@pytest.mark.parametrize(("size", "degree"), [(6, 2), (10, 5), (2, 1)])
def test_a_buyer_knows_degree_sellers_on_average(topology, size, degree):
    rng = np.random.default_rng(0)
    known = [world_of_topology(topology, size, degree, rng).sum() / size for _ in range(400)]
    assert np.mean(known) == pytest.approx(degree, abs=5 * np.std(known) / 20 + 1e-12)


def test_the_radius_is_that_of_sampled_distances():
    rng = np.random.default_rng(0)
    distance = np.linalg.norm(rng.random((200_000, 2)) - rng.random((200_000, 2)), axis=1)
    for q in (0.05, 0.3, 0.9):
        assert np.mean(distance <= radius_of_share(q)) == pytest.approx(q, abs=0.005)


def test_the_study_compares_worlds_on_the_same_values():
    study = topology_study(4, 2, 2, seed=3)
    assert study.groupby("draw").size().tolist() == [4, 4]
    assert set(study["topology"]) == set(TOPOLOGIES)
    assert (study["prm"] >= 1 - 1e-9).all()
    assert study[["world_share", "revenue_share"]].stack().between(0, 1 + 1e-9).all()
    more = topology_study(4, 2, 3, seed=3)
    assert more.iloc[: len(study)].equals(study)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("Erdos-Renyi", 5, 2), "size"),
        (("Erdos-Renyi", 6, 4), "degree"),
        (("Erdos-Renyi", 6, 0), "degree"),
        (("star", 6, 2), "topology"),
    ],
)
def test_bad_arguments_are_named(arguments, message):
    with pytest.raises(ValueError, match=message):
        world_of_topology(*arguments, np.random.default_rng(0))


@pytest.mark.parametrize("q", [-0.1, 0.98, float("nan")])
def test_a_share_beyond_the_square_is_refused(q):
    with pytest.raises(ValueError, match="q must be"):
        radius_of_share(q)
