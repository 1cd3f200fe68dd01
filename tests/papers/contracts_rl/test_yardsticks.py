"""Exact yardsticks against the dossier's independent solver and against simulation."""

import numpy as np
import pytest

from papers.contracts_rl.batch_coin_game import BatchCoinGame
from papers.contracts_rl.coin_rules import CoinRules
from papers.contracts_rl.yardsticks import coin_game_yardsticks

VARIANTS = ({}, {"both_collect": True}, {"respawn": "anywhere", "colour": "random"})
#: Dossier section 6.1: random, selfish, optimum, welfare and payment share of the principal's play.
DOSSIER = {
    3: [
        (2.5718, 10.9011, 13.9000, 13.9000, 0.185),
        (2.7227, 15.6762, 15.8095, 15.8095, 0.010),
        (2.5526, 10.1960, 12.7724, 12.7724, 0.163),
    ],
    7: [
        (0.8635, 12.559, 15.2490, 15.2490, 0.162),
        (0.8696, 16.376, 16.6622, 16.6622, 0.020),
        (0.8806, 12.826, 15.245, 15.245, 0.110),
    ],
}


@pytest.mark.parametrize("grid", [3, 7])
@pytest.mark.parametrize("variant", range(3))
def test_dossier_table(grid, variant):
    solved = coin_game_yardsticks(grid, {3: 20, 7: 50}[grid], **VARIANTS[variant])
    random, selfish, optimum, welfare, share = DOSSIER[grid][variant]
    assert solved.random == pytest.approx(random, abs=5.1e-5)
    # three digits are printed at 7 x 7, and in the third variant
    assert solved.selfish == pytest.approx(selfish, abs=5.1e-4)
    assert solved.optimum == pytest.approx(optimum, abs=5.1e-4)
    assert solved.principal_welfare == pytest.approx(welfare, abs=5.1e-4)
    assert solved.payment_share == pytest.approx(share, abs=5e-4)
    assert solved.mixed == 0


@pytest.mark.parametrize(
    ("alpha", "welfare", "share"), [(0.05, 13.900, 0.185), (0.2, 13.753, 0.145), (1, 13.411, 0.127)]
)
def test_dossier_alphas(alpha, welfare, share):
    solved = coin_game_yardsticks(alpha=alpha)
    assert solved.principal_welfare == pytest.approx(welfare, abs=5.1e-4)
    assert solved.payment_share == pytest.approx(share, abs=5e-4)


@pytest.mark.parametrize("changes", VARIANTS)
@pytest.mark.parametrize("grid", [2, 3, 5])
def test_simulated_play_earns_the_exact_values(grid, changes):
    rules = CoinRules(grid, 12, **changes)
    solved = coin_game_yardsticks(grid, 12, **changes)
    contracts, selfish, optimal = solved.contracts, solved.selfish_play.policies, solved.optimal_play.policies
    plans = {
        "selfish": (np.stack(selfish, axis=-1), solved.selfish),
        "optimal": (np.stack(optimal, axis=-1), solved.optimum),
        "contracts": (contracts.recommendation, solved.principal_welfare),
    }
    batch, rng = 8_000, np.random.default_rng(grid)
    for name, (actions, welfare) in plans.items():
        game = BatchCoinGame(batch, rules, generator=rng, images=False)
        earned, paid, states = np.zeros(batch), np.zeros(batch), game.states
        for step in range(rules.horizon):
            here = solved.exact.index(states)
            paid += contracts.payments[step, here].sum(axis=-1)
            states, rewards, _ = game.step(actions[step, here].astype(int))
            earned += rewards.sum(axis=-1)
        assert abs(earned.mean() - welfare) < 4 * earned.std() / batch**0.5
        if name == "contracts":
            assert abs(paid.mean() - solved.principal_payments) < 4 * paid.std() / batch**0.5 + 1e-12


def test_order_of_the_yardsticks():
    solved = coin_game_yardsticks(4, 15)
    assert solved.random < solved.selfish < solved.optimum
    assert solved.principal_welfare <= solved.optimum + 1e-3  # both choose with a discount and report without
    assert 0 < solved.payment_share < 1


def test_own_and_other_scale_together():
    one, ten = coin_game_yardsticks(3, 8), coin_game_yardsticks(3, 8, own=10.0, other=2.0)
    for name in ("random", "selfish", "optimum", "principal_welfare"):
        assert getattr(ten, name) == pytest.approx(10 * getattr(one, name), rel=1e-9)


def test_worthless_coins_have_no_payment_share_and_the_answer_fits_on_a_line():
    solved = coin_game_yardsticks(2, 2, own=0.0, other=0.0)
    assert solved.optimum == 0
    assert np.isnan(solved.payment_share)
    assert len(repr(solved)) < 300
    assert len(repr(solved.exact)) < 300


def test_bad_rules_are_refused():
    with pytest.raises(ValueError, match="grid"):
        coin_game_yardsticks(1, 20)
    with pytest.raises(ValueError, match="alpha"):
        coin_game_yardsticks(alpha=-0.1)
    with pytest.raises(ValueError, match="gamma"):
        coin_game_yardsticks(gamma=1.5)
    with pytest.raises(ValueError, match="selection"):
        coin_game_yardsticks(selection="lucky")
