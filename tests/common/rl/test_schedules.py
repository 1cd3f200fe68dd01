import pytest

from common.rl.schedules import ExponentialSchedule, LinearSchedule


def test_ends_middle_and_after():
    linear, exponential = LinearSchedule(1.0, 0.0, 10), ExponentialSchedule(1e-3, 1e-5, 10)
    assert [linear(t) for t in (0, 5, 10, 99)] == pytest.approx([1, 0.5, 0, 0])
    assert [exponential(t) for t in (0, 5, 10, 99)] == pytest.approx([1e-3, 1e-4, 1e-5, 1e-5])


def test_refuses_by_name():
    with pytest.raises(ValueError, match="steps must be >= 1, given 0"):
        LinearSchedule(1.0, 0.0, 0)
    with pytest.raises(ValueError, match="start and end must be > 0"):
        ExponentialSchedule(1.0, 0.0, 5)
