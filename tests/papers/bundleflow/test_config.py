"""Every setting out of its range is refused by name; presets hold what the dossier lists."""

import dataclasses

import pytest

from papers.bundleflow.config import BundleFlowConfig

BAD = {
    "n_items": (0, 2.5, True),
    "menu_size": (0, -1),
    "support_size": (0,),
    "flow_initial": ("narrow",),
    "flow_learning_rate": (0.0, float("nan")),
    "flow_target_noise": (-0.1, float("inf")),
    "flow_hidden": (0,),
    "euler_steps": (0,),
    "weights": ("softmax",),
    "trace_sign": (0, 2),
    "support_start": ("full",),
    "support_range": ((0.5, 0.5), (-0.1, 0.9), (0.1, 1.1), 0.5, (0.1, 0.2, 0.3)),
    "batch": (0,),
    "value_scale": (0.0, -700.0, float("inf")),
    "price_rate": (0.0,),
    "adam_eps": (0.0,),
    "inverse_temperature": ((0.1, 0.01), (0.0, 0.1), (0.1, float("inf"))),
    "annealing_factor": (1.0, float("inf")),
    "annealing_share": (0.0, 1.1, float("nan")),
    "evaluate_every": (0,),
    "selection": ("test",),
    "validation_share": (0.0, 1.0),
    "largest_trace_share": (0.0,),
}


@pytest.mark.parametrize(("name", "value"), [(name, value) for name, values in BAD.items() for value in values])
def test_a_bad_value_is_refused_by_name(name, value):
    good = BundleFlowConfig.laptop(5)
    with pytest.raises(ValueError, match=f"{name} must be"):
        dataclasses.replace(good, **{name: value})


def test_the_released_settings_are_those_of_the_dossier():
    small, large = BundleFlowConfig.released(50), BundleFlowConfig.released(150)
    assert (small.menu_size, large.menu_size, small.support_size) == (5000, 20_000, 8)
    assert (small.adam_eps, small.batch, small.inverse_temperature) == (1e-8, 128, (0.001, 0.2))
    assert small.price_rate == small.mean_rate == small.weight_rate == 0.3
    assert (small.flow_initial, small.flow_iterations, small.flow_batch) == ("official", 30_000, 2048)
    assert BundleFlowConfig.released(50, menu_size=7).menu_size == 7


def test_the_scale_is_relative_to_cats_values():
    assert BundleFlowConfig.laptop(10).scale == 1
    assert BundleFlowConfig.laptop(10, value_scale=1400).scale == 2


def test_many_items_get_a_stage_1_of_their_own_unless_it_is_given():
    assert BundleFlowConfig.laptop(100) == BundleFlowConfig(100)
    many = BundleFlowConfig.laptop(500, flow_initial="official")
    assert many.flow_initial == "official"
    assert many.flow_hidden >= 500
    assert many.flow_learning_rate < BundleFlowConfig(500).flow_learning_rate
