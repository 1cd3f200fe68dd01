"""Pictures of the Coin Game show the numbers they are given."""

import numpy as np
import pytest

from common.plots import png_bytes
from papers.contracts_rl.coin_pictures import (
    boards_picture,
    budget_picture,
    episode_captions,
    payoff_cells,
    yardsticks_picture,
)
from papers.contracts_rl.coin_study import all_yardsticks, alpha_study, proportion_study, yardstick_table


@pytest.fixture(scope="module")
def solved():
    return all_yardsticks({3: 6}, alpha=0.1, gamma=0.99)


def test_boards_show_players_and_coin():
    figure = boards_picture({"apart": [0, 8, 4, 1, 0], "together": [4, 4, 4, 0, 1]}, 3, columns=3)
    assert [ax.get_title(loc="center") for ax in figure.axes] == ["apart", "together"]
    places = [tuple(dots.get_offsets()[0]) for dots in figure.axes[0].collections]
    assert places == [(0, 0), (2, 2), (1, 1)]  # x is the column
    red, blue, coin = (dots.get_offsets()[0] for dots in figure.axes[1].collections)
    assert not np.allclose(red, blue)
    assert not np.allclose(coin, [1, 1])
    assert png_bytes(figure)
    with pytest.raises(ValueError, match="states"):
        boards_picture({}, 3)


def test_captions_say_who_gets_what():
    actions, rewards = np.array([[0, 3], [1, 2]]), np.array([[0, 1.0], [0, 0]])
    assert episode_captions(actions, rewards, np.array([[0.5, 0], [0, 0]])) == [
        "0: R ↑  B →\nB +1, R paid 0.50",
        "1: R ↓  B ←\n ",
    ]
    assert episode_captions(actions, rewards)[0] == "0: R ↑  B →\nB +1"


def test_yardsticks_are_drawn_as_shares(solved):
    table = yardstick_table(solved)
    left, right = yardsticks_picture(table).axes
    selfish = next(line for line in left.lines if line.get_label() == "selfish")
    assert selfish.get_xdata() == pytest.approx((table["selfish"] / table["optimum"]).to_numpy())
    assert [bar.get_width() for bar in right.patches] == pytest.approx(table["share"].tolist())


def test_budgets_are_drawn_by_share(solved):
    found = solved["3x3, one collects"]
    shared = proportion_study(found.exact, [0.0, 0.5, 1.0], 0.99, ["first", "best"])
    weights = alpha_study(found.exact, [0.1, 0.1001, 5.0], 0.99)
    (ax,) = budget_picture({"3 x 3": (shared, weights, found.optimum)}).axes
    constant, contracts = ax.lines[:2]
    assert constant.get_ydata() == pytest.approx((shared["first"] / found.optimum).to_numpy())
    assert contracts.get_xdata() == pytest.approx(weights["share"].to_numpy())
    assert [text.get_text() for text in ax.texts] == ["α = 0.1, 0.1001", "α = 5"]


def test_payoffs_are_written_in_pairs():
    cells = payoff_cells([[[3, 0], [4, 2.5]], [[3, 4], [0, 2]]], "CD")
    assert cells.loc["C"].tolist() == ["3, 3", "0, 4"]
    assert cells.loc["D", "D"] == "2.5, 2"
