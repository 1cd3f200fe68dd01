import numpy as np
import pytest

from common.plots import distribution_with_interval
from common.stats import mean_interval

LABELS = {"xlabel": "World density q (probability)", "ylabel": "Welfare lost (ratio)"}


@pytest.fixture
def groups(rng):
    return {f"{q:g}": 1 + rng.gamma(1, 0.1, 40) * (rng.random(40) < 0.5) for q in (0.05, 0.1, 0.2, 0.3, 0.5)}


def test_every_observation_is_drawn_and_none_hides_another(groups, assert_legible):
    ax = distribution_with_interval(groups, **LABELS)
    clouds = [line for line in ax.lines if len(line.get_xdata()) == 40]
    assert len(clouds) == 5
    for place, (cloud, sample) in enumerate(zip(clouds, groups.values(), strict=True)):
        assert sorted(cloud.get_ydata()) == pytest.approx(sorted(sample))
        assert len(set(zip(cloud.get_xdata(), cloud.get_ydata(), strict=True))) == 40
        assert (np.abs(cloud.get_xdata() - place) < 0.5).all()
    assert_legible(ax.figure)


def test_means_intervals_and_references_stand_at_their_values(groups, assert_legible):
    references = {"published": {"0.2": 1.05}, "recorded": dict.fromkeys(groups, 1.03), "expected": {"0.5": 1.0}}
    ax = distribution_with_interval(groups, references=references, **LABELS)
    for container, sample in zip(ax.containers, groups.values(), strict=True):
        interval = mean_interval(sample)
        mean, _, (bar,) = container
        assert mean.get_ydata() == pytest.approx([interval.estimate])
        assert sorted(bar.get_segments()[0][:, 1]) == pytest.approx([interval.low, interval.high])
    drawn = {line.get_label(): line for line in ax.lines}
    assert drawn["published"].get_ydata().tolist() == [1.05]
    assert round(drawn["published"].get_xdata()[0]) == 2
    assert len(drawn["recorded"].get_xdata()) == 5
    assert_legible(ax.figure)


@pytest.mark.parametrize(
    ("groups", "references", "message"),
    [
        ({}, None, "at least one sample"),
        ({"a": [1.0]}, None, r"groups\['a'\] must hold at least 2"),
        ({"a": [1, 2]}, {"guessed": {"a": 1}}, "got 'guessed'"),
        ({"a": [1, 2]}, {"published": {"b": 1}}, "must name some of the groups"),
        ({"a": [1, 2]}, {"published": {"a": np.nan}}, "must be finite"),
    ],
)
def test_refuses(groups, references, message):
    with pytest.raises(ValueError, match=message):
        distribution_with_interval(groups, references=references, **LABELS)
