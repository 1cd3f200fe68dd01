import math

import pytest

from papers.contracts_rl.learning_config import LearningConfig


def test_defaults_are_the_papers():
    config = LearningConfig()
    assert (config.steps, config.environments, config.batch, config.network) == (1_000_000, 1, 128, "conv")
    assert (config.learning_rate, config.exploration, config.discount) == ((5e-4, 1e-4), (0.4, 0.0), 0.99)
    assert (config.target_every, config.replay, config.priority, config.episodes) == (100, 100_000, 0.4, 80)


def test_fast_variant_remembers_a_tenth():
    small, large = LearningConfig.fast(3, 100), LearningConfig.fast(7, 20_000, environments=80)
    assert (small.environments, small.learning_rate, small.network) == (64, (5e-4, 1e-4), "mlp")
    assert (large.environments, large.learning_rate, large.steps) == (80, (1e-3, 2e-4), 20_000)
    assert (small.replay, large.replay) == (640, 100_000)
    assert LearningConfig.fast(3, 1).replay == 64


def test_variants_by_name():
    assert LearningConfig.variant("paper", 3, 7, episodes=5) == LearningConfig(steps=7, episodes=5)
    assert LearningConfig.variant("fast", 3, 7, episodes=5) == LearningConfig.fast(3, 7, episodes=5)
    with pytest.raises(ValueError, match="name must be 'fast' or 'paper', given 'slow'"):
        LearningConfig.variant("slow", 3, 7)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"steps": 0}, "steps must be an integer of at least 1, given 0"),
        ({"batch": 1.5}, "batch must be an integer"),
        ({"environments": True}, "environments must be an integer"),
        ({"hidden": ()}, "hidden must be made of integers"),
        ({"hidden": (64, 0)}, "hidden must be made of integers"),
        ({"learning_rate": (1e-3, 0.0)}, "learning_rate must be two positive numbers"),
        ({"exploration": (0.4, 1.2)}, r"exploration must be two numbers in \[0, 1\]"),
        ({"discount": math.nan}, r"discount must be in \[0, 1\]"),
        ({"environments": 9, "replay": 8}, "replay must be at least environments=9, given 8"),
        ({"priority": -1.0}, "priority must be finite"),
        ({"largest_gradient": 0.0}, "largest_gradient must be > 0"),
        ({"network": "linear"}, "network must be 'conv' or 'mlp', given 'linear'"),
        ({"loss": "hinge"}, "loss must be 'huber' or 'squared'"),
    ],
)
def test_refuses_by_name(changes, message):
    with pytest.raises(ValueError, match=message):
        LearningConfig(**changes)
