import pytest

from common.plots import panels
from papers.trading_networks import enumerate_revenue
from papers.trading_networks.timing import draw_times, solver_study


def test_a_study_has_a_row_a_market_and_keeps_its_first_markets():
    seen = []

    def solve(net):
        seen.append(net.values.tobytes())
        return enumerate_revenue(net)

    study = solver_study(solve, "homogeneous", [2, 3], 0.5, 2, seed=1)
    assert study[["n", "draw"]].to_numpy().tolist() == [[2, 0], [2, 1], [3, 0], [3, 1]]
    assert (study["gap"] == 0).all()
    assert (study["seconds"] >= 0).all()
    first, seen = list(seen), []
    solver_study(solve, "homogeneous", [2, 3], 0.5, 1, seed=1)
    assert seen == first[::2]


def test_a_bad_density_is_refused():
    with pytest.raises(ValueError, match="q must be in"):
        solver_study(enumerate_revenue, "homogeneous", [2], 1.5, 1, 0)


def test_the_picture_shows_every_market_and_what_is_known():
    study = solver_study(enumerate_revenue, "heterogeneous", [2, 3], 0.5, 2, 0)
    ax = draw_times({"ours": study}, {2: 0.5}, {}, (3, 0.1, "recorded"), panels()[1][0])
    markets, means, dossier, recorded = ax.lines
    assert markets.get_xdata().tolist() == [2, 2, 3, 3]
    assert means.get_ydata()[0] == pytest.approx(study["seconds"][:2].mean())
    assert (dossier.get_ydata()[0], recorded.get_xdata()[0]) == (0.5, 3)
    assert ax.get_yscale() == "log"


def test_a_stopped_run_and_a_limit_are_arrows_and_not_points():
    study = solver_study(enumerate_revenue, "heterogeneous", [2, 3], 0.5, 1, 0)
    study.loc[1, "gap"] = 0.1
    ax = draw_times({"ours": study}, {2: 0.5}, {3: 45.0}, None, panels()[1][0])
    arrows = [line for line in ax.lines if "arrow" in line.get_marker()]
    assert [line.get_xdata()[0] for line in arrows] == [3, 3]
    assert ax.lines[0].get_xdata().tolist() == [2]
    assert arrows[1].get_ydata()[0] == 45
