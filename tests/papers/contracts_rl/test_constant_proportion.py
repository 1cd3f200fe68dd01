"""Constant proportions: their ends are known play, the rest is the dossier's."""

import numpy as np
import pytest

from papers.contracts_rl.coin_rules import CoinRules
from papers.contracts_rl.constant_proportion import constant_proportion
from papers.contracts_rl.exact_coin_game import exact_coin_game
from papers.contracts_rl.yardsticks import coin_game_yardsticks

EXACT = exact_coin_game(CoinRules())


@pytest.mark.parametrize(
    ("proportion", "welfare"),
    [
        (0, 10.901),
        (0.1, 10.901),
        (0.2, 11.233),
        (0.3, 12.186),
        (0.4, 12.359),
        (0.5, 12.359),
        (0.75, 13.411),
        (1, 13.792),
    ],
)
def test_dossier_values_with_the_first_equilibrium(proportion, welfare):
    play = constant_proportion(EXACT, proportion)
    assert play.welfare == pytest.approx(welfare, abs=6e-4)
    assert play.mixed == 0


def test_ends_are_selfish_play_and_with_the_best_selection_the_optimum():
    solved = coin_game_yardsticks()
    assert constant_proportion(EXACT, 0).welfare == pytest.approx(solved.selfish, abs=1e-12)
    assert constant_proportion(EXACT, 1, selection="best").welfare == pytest.approx(solved.optimum, abs=1e-7)
    assert constant_proportion(EXACT, 1, selection="worst").welfare < solved.optimum


@pytest.mark.parametrize("proportion", [-0.1, 1.1, np.nan])
def test_other_proportions_are_refused(proportion):
    with pytest.raises(ValueError, match="proportion"):
        constant_proportion(EXACT, proportion)
