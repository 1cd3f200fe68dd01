import numpy as np
import pytest
import torch

from papers.contracts_rl.coin_oracle import judge_principal
from papers.contracts_rl.coin_rules import CoinRules
from papers.contracts_rl.exact_coin_game import exact_coin_game
from papers.contracts_rl.learning_config import LearningConfig
from papers.contracts_rl.principal_learning import _PrincipalSchool, train_principals
from papers.contracts_rl.yardsticks import coin_game_yardsticks

RULES = CoinRules(grid=2, horizon=6)


def school(alphas=(0.1, 0.7), **changes):
    config = LearningConfig.fast(2, 10, hidden=(16, 8), environments=5, **changes)
    return _PrincipalSchool(RULES, config, np.array(alphas), np.random.default_rng(0))


def random_batch(count=40):
    generator = torch.Generator().manual_seed(1)

    def draw(high, *shape):
        return torch.randint(high, (2, count, *shape), generator=generator)

    return {
        "state": draw(128).int(),
        "next_state": draw(128).int(),
        "actions": draw(4, 2).to(torch.uint8),
        "coins": torch.rand(2, count, 2, generator=generator),
        "ends": draw(2).bool(),
        "follows": draw(2, 2).to(torch.uint8),
    }


def test_targets_are_those_of_algorithm_three(monkeypatch):
    taught, batch, fits = school(), random_batch(), []
    for networks in (taught.principal, taught.agents):  # targets that differ from the networks themselves
        for weight in networks.target.parameters():
            weight.data *= 0.5
        monkeypatch.setattr(networks, "fit", lambda values, targets, step: fits.append((values.detach(), targets)))
    surprise = taught.learn(batch, 0)
    (planned, wanted), (expected, earned) = fits
    with torch.no_grad():
        bits = [torch.full((2, 40, 2), f) for f in (0, 1)]
        q, q_ahead = taught.principal(batch["state"]), taught.principal(batch["next_state"], target=True)
        own = [taught.agents(batch["state"], bit) for bit in bits]
        own_ahead = [taught.agents(batch["next_state"], bit, target=True) for bit in bits]
    for k, b in ((0, 0), (0, 7), (1, 3), (1, 39)):
        goes_on = 0.99 * (not batch["ends"][k, b])
        total = value = 0.0
        for i in range(2):
            action, other = int(batch["actions"][k, b, i]), int(batch["follows"][k, b, 1 - i])
            payment = own[1][k, b, i].max() - own[1][k, b, i, action]
            coins = batch["coins"][k, b, i]
            total += coins - (0.1, 0.7)[k] * payment + goes_on * q_ahead[k, b, i].max()
            value += q[k, b, i, action]
            assert earned[k, b, i] == pytest.approx(float(coins + goes_on * own_ahead[other][k, b, i].max()), abs=1e-5)
            assert expected[k, b, i] == pytest.approx(float(own[other][k, b, i, action]), abs=1e-5)
        assert wanted[k, b] == pytest.approx(float(total), abs=1e-5)
        assert planned[k, b] == pytest.approx(float(value), abs=1e-5)
        priority = abs(planned[k, b] - wanted[k, b]) + (expected - earned)[k, b].abs().mean()
        assert surprise[k, b] == pytest.approx(float(priority), abs=1e-5)


def test_who_follows_is_drawn_once_an_episode():
    taught, states = school(), torch.arange(10).reshape(2, 5)
    start, on = torch.ones(2, 5, dtype=torch.bool), torch.zeros(2, 5, dtype=torch.bool)
    flips = [taught.act(states, start, 0.0)[1]["follows"] for _ in range(200)]
    assert torch.stack(flips).float().mean(dim=(0, 1, 2)).tolist() == pytest.approx([0.5, 0.5], abs=0.06)
    assert torch.equal(taught.act(states, on, 0.0)[1]["follows"], flips[-1])
    mixed = start.clone()
    mixed[0] = False
    assert torch.equal(taught.act(states, mixed, 0.0)[1]["follows"][0], flips[-1][0])


def test_actions_are_the_principals_or_ones_own():
    taught, states = school(), torch.arange(10).reshape(2, 5)
    actions, extra = taught.act(states, torch.ones(2, 5, dtype=torch.bool), 0.0)
    follows = extra["follows"]
    recommended, own = taught.principal(states).argmax(-1), taught.agents(states, follows.flip(-1)).argmax(-1)
    assert torch.equal(actions, torch.where(follows == 1, recommended, own))


def test_tables_and_payments_agree():
    taught = school()
    tables, states = taught.tables(), torch.tensor([[0, 50, 127], [3, 4, 5]])
    best = taught.principal(states).argmax(-1)
    np.testing.assert_array_equal(tables.recommended[[[0], [1]], states], best)
    for follow in (0, 1):
        paid = taught.payments(states, best, torch.full_like(best, follow)).detach()
        np.testing.assert_allclose(tables.payments[[[0], [1]], states][..., follow], paid, atol=1e-6)
    assert (tables.payments.min(), len(tables)) == (0, 2) or tables.payments.min() > 0


def test_learns_a_small_game():
    config = LearningConfig.fast(2, 500, hidden=(32, 32), batch=64, learning_rate=(3e-3, 1e-3), warm_up=500)
    trained = train_principals(RULES, config, [0.1, 0.1], np.random.default_rng(5))
    exact, solved = exact_coin_game(RULES, "absolute"), coin_game_yardsticks(2, 6)
    reports = [
        judge_principal(exact.game, exact.start, trained.tables.recommended[k], trained.tables.payments[k])
        for k in range(2)
    ]
    for k, report in enumerate(reports):
        assert 0.9 * solved.optimum < report.welfare <= solved.optimum + 1e-9
        assert report.spe_ratio > 0.9
        # measured over 80 episodes; a standard deviation of 1 an episode
        assert trained.welfare[k] == pytest.approx(report.welfare, abs=4 / 80**0.5)
    assert set(trained.curves) == {"step", "learner", "welfare", "payments", "share"}


def test_same_seed_same_principals_and_selection_by_alpha():
    config = LearningConfig.fast(2, 10, hidden=(8,), batch=16, warm_up=50, episodes=5)
    first, again = (train_principals(RULES, config, [0.1, 0.5, 0.1], np.random.default_rng(5)) for _ in range(2))
    np.testing.assert_array_equal(again.tables.recommended, first.tables.recommended)
    np.testing.assert_array_equal(again.tables.payments, first.tables.payments)
    assert again.curves.equals(first.curves)
    kept = first.with_alpha(0.1)
    assert kept.alphas.tolist() == [0.1, 0.1]
    np.testing.assert_array_equal(kept.tables.payments, first.tables.payments[[0, 2]])
    np.testing.assert_array_equal(kept.welfare, first.welfare[[0, 2]])
    assert sorted(set(kept.curves["learner"])) == [0, 1]
    with pytest.raises(ValueError, match="alpha must be one of"):
        first.with_alpha(0.2)


@pytest.mark.parametrize("alphas", [[], [-0.1], [np.nan], [[0.1]], [np.inf]])
def test_refuses_alphas(alphas):
    with pytest.raises(ValueError, match="alphas must be a list of finite numbers >= 0"):
        train_principals(RULES, LearningConfig.fast(2, 10), alphas, np.random.default_rng(0))
