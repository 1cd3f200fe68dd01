import numpy as np

from common.companion import Recorded
from common.plots import panels, png_bytes
from papers.delivery_tips.ascending import ascending_tips
from papers.delivery_tips.generators import diagonal_market
from papers.delivery_tips.scarcity_pictures import asks_panel, frontier_panel, rents_panel, shares_panel
from papers.delivery_tips.scarcity_study import rents_by_couriers
from papers.delivery_tips.subsidy_study import subsidy_frontier, trade_off_market


def ends(ax):
    return next(line.get_ydata() for line in ax.lines if line.get_marker() == "_")


def test_rents_and_tips_are_drawn_at_their_ends():
    table = rents_by_couriers(diagonal_market, [1, 2])
    _, axes = panels(1, 2)
    for ax, kind, cost in zip(axes, ("rent", "tip"), (0, 1), strict=True):
        assert np.allclose(ends(rents_panel(ax, table, kind)), np.array([3.5, 4.5, 2.5, 3.5]) + cost)


def test_the_frontier_holds_only_what_is_not_dominated():
    _, (ax,) = panels()
    frontier_panel(ax, subsidy_frontier(trade_off_market()))
    line = next(line for line in ax.lines if line.get_label() == "frontier")
    assert np.allclose(line.get_xdata(), [13, 10])
    assert np.allclose(line.get_ydata(), [6, 5])


def test_shares_show_target_and_record_beside_the_first_group():
    _, (ax,) = panels()
    run = Recorded(0.25, "laptop", {}, "abc", "2025-01-01")
    shares_panel(ax, {"all": [True, False, False], "some": [False, False]}, 0.2, run)
    drawn = {line.get_label(): line.get_ydata()[0] for line in ax.lines if not line.get_label().startswith("_")}
    assert drawn["expected (dossier simulation)"] == 0.2
    assert drawn[run.label] == 0.25


def test_asks_are_drawn_for_everybody():
    _, (ax,) = panels()
    asks_panel(ax, ascending_tips(diagonal_market(2), 0.1, record_every=1).history)
    assert len(ax.lines) == 4 + 2
    assert png_bytes(ax)
