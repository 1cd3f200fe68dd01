"""The inverse temperature: where it starts, how it grows, where it stays."""

import dataclasses
import math

import pytest

from papers.bundleflow.annealing import InverseTemperature
from papers.bundleflow.config import BundleFlowConfig


def values(config, iterations):
    temperature, seen = InverseTemperature(config), []
    for iteration in range(1, iterations + 1):
        seen.append(temperature.value)
        temperature.advance(iteration)
    return seen


def test_it_grows_geometrically_over_its_share_of_the_iterations_then_stays():
    seen = values(BundleFlowConfig.laptop(5, iterations=100), 100)
    assert seen[0] == 0.003
    assert seen[35] == pytest.approx(math.sqrt(0.003 * 0.1))
    assert seen[70:] == pytest.approx([0.1] * 30)


def test_the_released_one_grows_in_steps_and_is_capped_where_the_dossier_says():
    seen = values(BundleFlowConfig.released(5), 22_000)
    assert seen[:201] == pytest.approx([0.001] * 200 + [0.00105])
    assert 21_600 < seen.index(0.2) <= 21_800


def test_it_is_in_one_over_the_unit_of_the_bids():
    config = BundleFlowConfig.laptop(5, iterations=50)
    scaled = values(dataclasses.replace(config, value_scale=1400.0), 50)
    assert scaled == pytest.approx([x / 2 for x in values(config, 50)])


def test_the_odd_rule_starts_again_once_when_large_bundles_shrink():
    temperature = InverseTemperature(BundleFlowConfig.released(5))
    temperature.look_at(0.7)
    temperature.look_at(0.8)
    assert temperature.value == 0.001  # nothing shrank
    temperature.look_at(0.6)
    assert temperature.value == 0.05
    temperature.advance(200)
    assert temperature.value == pytest.approx(0.05 * 1.01)
    temperature.look_at(0.55)
    assert temperature.value == pytest.approx(0.05 * 1.01)


def test_the_odd_rule_leaves_small_bundles_alone():
    temperature = InverseTemperature(BundleFlowConfig.released(5))
    temperature.look_at(0.45)
    temperature.look_at(0.4)
    assert temperature.value == 0.001
