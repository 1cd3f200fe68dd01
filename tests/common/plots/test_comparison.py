import pytest

from common.plots import Comparison, recorded_against_computed
from common.stats import Interval

ROWS = [
    Comparison("mean, sparse", Interval(1.02, 1.0, 1.05), 1.014, 1.014, low=0.994, high=1.034),
    Comparison("mean, dense", 1.03, Interval(1.052, 1.04, 1.06), 1.05, "expected", 1.03, 1.07),
    Comparison("largest", 1.16),
]


def test_everything_stands_at_its_value(assert_legible):
    ax = recorded_against_computed(ROWS, xlabel="Price of revenue (ratio)", scale="smoke scale")
    points = {(round(c[0].get_xdata()[0], 6), round(-c[0].get_ydata()[0])) for c in ax.containers}
    assert points == {(1.02, 0), (1.014, 0), (1.03, 1), (1.052, 1), (1.16, 2)}
    ours = ax.containers[0][2][0].get_segments()[0]
    assert ours[:, 0] == pytest.approx([1.0, 1.05])
    bands = [(p.get_x(), p.get_x() + p.get_width()) for p in ax.patches]
    assert bands == [pytest.approx((0.994, 1.034)), pytest.approx((1.03, 1.07))]
    assert [label.get_text() for label in ax.get_yticklabels()] == ["mean, sparse", "mean, dense", "largest"]
    assert_legible(ax.figure)


def test_the_legend_names_what_occurs_and_keeps_kinds_apart():
    full = recorded_against_computed(ROWS, xlabel="Price (ratio)").get_legend().get_texts()
    assert [t.get_text() for t in full] == [
        "ours, this scale",
        "ours, recorded",
        "published",
        "expected",
        "tolerance",
    ]
    bare = recorded_against_computed(ROWS[2:], xlabel="Price (ratio)").get_legend().get_texts()
    assert [t.get_text() for t in bare] == ["ours, this scale"]


@pytest.mark.parametrize("count", [1, 15])
def test_few_and_many_rows_can_be_read(count, assert_legible):
    rows = [Comparison(f"a quantity with a long name, {k}", k, k + 0.5, k, low=k - 1, high=k + 1) for k in range(count)]
    assert_legible(recorded_against_computed(rows, xlabel="Price (ratio)").figure)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"name": ""}, "name must be"),
        ({"kind": "guessed"}, "kind must be 'published' or 'expected'"),
        ({"ours": float("nan")}, "a: its values must be finite"),
        ({"low": 1.0}, "both or neither"),
        ({"low": 3.0, "high": 4.0}, "must hold the target"),
        ({"target": None, "low": 3.0, "high": 4.0}, "must hold the target"),
    ],
)
def test_refuses(change, message):
    with pytest.raises(ValueError, match=message):
        Comparison(**{"name": "a", "ours": 1.0, "target": 1.0, **change})


def test_refuses_no_rows():
    with pytest.raises(ValueError, match="at least one Comparison"):
        recorded_against_computed([], xlabel="Price (ratio)")
