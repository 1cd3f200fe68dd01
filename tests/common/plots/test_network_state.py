import numpy as np
import pytest

from common.plots import NetworkState


def test_fills_what_is_left_out():
    state = NetworkState([[1, 0], [0, 1], [0, 0]])
    assert state.shape == (3, 2)
    assert not state.introduced.any()
    assert not state.traded.any()
    assert state.world.dtype == bool


WORLD = [[1, 0], [0, 1]]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"world": [1, 0]}, r"world must have shape \(buyers, sellers\)"),
        ({"world": [[0.5]]}, "world must hold booleans"),
        ({"introduced": [[1]]}, r"introduced must have shape \(2, 2\), got \(1, 1\)"),
        ({"introduced": [[1, 0], [0, 0]]}, r"must not repeat world edges, got \[\(0, 0\)\]"),
        ({"traded": [[0, 1], [0, 0]]}, r"traded must follow edges, got \[\(0, 1\)\]"),
        ({"world": np.ones((2, 2)), "traded": [[1, 1], [0, 0]]}, "traded must be a matching"),
        ({"prices": [1, 2, 3]}, r"prices must have shape \(2,\), got \(3,\)"),
        ({"utilities": [1, np.inf]}, "utilities must be finite"),
        ({"values": [[1, 2]]}, "values must have 1 dimension"),
        ({"readouts": {"revenue": np.nan}}, r"readouts\['revenue'\] must be finite"),
        ({"readouts": {"": 1.0}}, "readouts must be"),
    ],
)
def test_refuses(change, message):
    with pytest.raises(ValueError, match=message):
        NetworkState(**{"world": WORLD, **change})
