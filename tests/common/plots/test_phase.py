import numpy as np
import pytest

from common.plots import panel_title, panels, phase_diagram

LABELS = {"xlabel": "Density q (probability)", "ylabel": "Sellers to buyers (ratio)", "zlabel": "Efficient (share)"}
X, Y = np.linspace(0, 1, 6), np.linspace(0, 2, 4)
Z = np.arange(24.0).reshape(4, 6)


def test_each_value_stands_at_its_place(assert_legible):
    ax = phase_diagram(X, Y, Z, limits=(0, 30), **LABELS)
    (mesh,) = ax.collections
    assert (mesh.get_array() == Z).all()
    corners = np.asarray(mesh.get_coordinates())
    assert corners[0, :, 0] == pytest.approx(np.linspace(-0.1, 1.1, 7))
    assert corners[:, 0, 1] == pytest.approx(np.linspace(-1 / 3, 2 + 1 / 3, 5))
    assert mesh.get_clim() == (0, 30)
    assert mesh.colorbar.ax.get_xlabel() == "Efficient (share)"
    assert_legible(ax.figure)


def test_the_threshold_is_exact_and_cut_at_the_panel(assert_legible):
    figure, axes = panels(1, 2, width=12)
    for ax in axes:
        phase_diagram(X, Y, Z, threshold=lambda q: 3 * np.sqrt(q), threshold_label="m = 3n√q", ax=ax, **LABELS)
        panel_title(ax, "Heading")
        (curve,) = ax.lines
        x, y = curve.get_data()
        seen = np.isfinite(y)
        assert y[seen] == pytest.approx(3 * np.sqrt(x[seen]))
        assert y[seen].max() <= ax.get_ylim()[1]
        assert x[seen].min() >= 0
    assert_legible(figure)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"z": Z.T}, r"z must have shape \(len\(y\), len\(x\)\) = \(4, 6\), got \(6, 4\)"),
        ({"x": X[::-1]}, "x must be increasing"),
        ({"zlabel": "Efficient"}, "zlabel must end with its unit"),
        ({"threshold": lambda q: q + 99, "threshold_label": "t"}, "threshold must cross the panel"),
        ({"threshold": lambda q: q}, "threshold_label must be"),
    ],
)
def test_refuses(change, message):
    with pytest.raises(ValueError, match=message):
        phase_diagram(**{"x": X, "y": Y, "z": Z, **LABELS, **change})
