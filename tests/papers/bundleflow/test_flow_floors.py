import numpy as np
import pytest
from scipy.integrate import dblquad, quad

from papers.bundleflow.flow_floors import coordinate_quantiles, flow_floors
from papers.bundleflow.flow_stage import fit_flow


def test_floors_of_the_wide_distribution_by_quadrature():
    variance, floors = 0.01, flow_floors("wide", 0.1)
    half = (0.5**3 - 0.05**3) / 3 / 0.45  # mean squared distance to the corner
    assert floors.standing == pytest.approx(half + variance, rel=1e-5)

    def lowest_at(t):
        """The parabola's lowest value at one time, moments in closed form over both halves."""
        low = quad(lambda u: (1 - t) * u * -u, 0.05, 0.5)[0] / 0.9
        high = quad(lambda u: (1 - u) * (t + (1 - t) * u), 0.5, 0.95)[0] / 0.9
        square = quad(lambda u: (t * (u >= 0.5) + (1 - t) * u) ** 2, 0.05, 0.95, points=[0.5])[0] / 0.9
        return half + variance - (low + high + t * variance) ** 2 / (square + t**2 * variance)

    assert floors.constant == pytest.approx(quad(lowest_at, 0, 1)[0], rel=1e-5)


@pytest.mark.parametrize("initial", ["wide", "stage-2", "official"])
def test_floors_are_ordered_and_above_the_noise(initial):
    floors = flow_floors(initial, 0.1)
    assert 0.01 < floors.rounding < floors.constant < floors.standing
    assert floors.progress(7 * floors.constant, 7) == 0
    assert floors.progress(7 * floors.rounding, 7) == pytest.approx(1)


def test_no_other_field_of_this_form_does_better():
    """The loss of random q and eta, by quadrature, is never below the floor."""
    floor, rng = flow_floors("wide", 0.1).rounding, np.random.default_rng(0)
    for _ in range(20):
        low, high, slope, tilt = rng.uniform(-4, 0), rng.uniform(0, 2), rng.uniform(-1, 1), rng.uniform(-0.5, 0.5)

        def loss(t, u, low=low, high=high, slope=slope, tilt=tilt):
            corner = float(u >= 0.5)
            field = (1 + tilt * t) * ((low if u < 0.5 else high) + slope * (u - corner))
            mean = t * corner + (1 - t) * u
            a, b = (corner - u) * mean + t * 0.01, mean**2 + t**2 * 0.01
            return ((corner - u) ** 2 + 0.01 - 2 * field * a + field**2 * b) / 0.9

        halves = (dblquad(loss, *ends, 0, 1, epsabs=1e-6)[0] for ends in ((0.05, 0.4999999), (0.5000001, 0.95)))
        assert sum(halves) > floor - 1e-6


def test_a_trained_flow_comes_near_the_floor_and_not_below():
    history = fit_flow(1, iterations=1500, batch=256, hidden=32).history
    floor = flow_floors("wide").rounding
    assert 0.95 * floor < history.loss[-10:].mean() < 1.3 * floor


def test_quantiles_have_the_moments_of_their_distributions():
    wide, stage_2, official = (coordinate_quantiles(name, 2000) for name in ("wide", "stage-2", "official"))
    assert wide.std() == pytest.approx(0.9 / 12**0.5, rel=1e-4)
    assert (wide.mean(), stage_2.mean()) == (pytest.approx(0.5), pytest.approx(0.5))
    assert official.std() == pytest.approx(np.exp(-3), rel=0.02)
    assert 0.5 < official.mean() < 0.5232
    assert (np.diff(official) >= 0).all()


def test_bad_arguments_are_refused():
    with pytest.raises(ValueError, match="initial"):
        flow_floors("narrow")
    for noise in (-0.1, float("inf"), float("nan")):
        with pytest.raises(ValueError, match="target_noise"):
            flow_floors("wide", noise)
