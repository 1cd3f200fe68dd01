import matplotlib.pyplot as plt
import numpy as np
import pytest

from papers.delivery_tips.instances import scarce_courier_equilibrium, worked_instances
from papers.delivery_tips.pictures import existence_panel, market_picture, outcomes_picture


@pytest.fixture(autouse=True)
def _closed():
    yield
    plt.close("all")


def test_a_market_shows_payments_and_who_carries():
    ax = market_picture(worked_instances()["E2"].market, scarce_courier_equilibrium())
    texts = " ".join(text.get_text() for text in ax.texts)
    assert all(part in texts for part in ("c1", "s2", "b2", "4.5", "3.5"))
    names = [text.get_text() for text in ax.get_legend().get_texts()]
    assert "order carried" in names


def test_every_set_of_transactions_is_a_dot_of_its_kind():
    instances = {name: worked_instances()[name] for name in ("E1", "E2", "E3")}
    (ax,) = outcomes_picture({name: known.market for name, known in instances.items()}).axes
    counts = {line.get_label(): len(line.get_xdata()) for line in ax.lines}
    without = sum(known.without_tips_outcomes for known in instances.values())
    assert counts["equilibrium also without tips"] == without
    assert counts["equilibrium with tips only"] == sum(k.with_tips_outcomes for k in instances.values()) - without
    assert sum(counts.values()) == sum(known.sets for known in instances.values())


def test_shares_have_intervals_and_the_expected_values_beside_them():
    exists = np.array([[False, False, True], [False, True, True]])
    ax = existence_panel(plt.figure().add_subplot(), np.arange(3), exists, [0, 0.4, 1], None)
    labels = ax.get_legend_handles_labels()[1]
    assert {"computed", "expected", "guaranteed from here (P3)"} <= set(labels)
    assert ax.containers[0].lines[0].get_ydata().tolist() == [0, 0.5, 1]
