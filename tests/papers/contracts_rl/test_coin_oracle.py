import numpy as np
import pytest
from scipy import sparse

from common.games.markov import MarkovGame
from papers.contracts_rl.batch_coin_game import BatchCoinGame
from papers.contracts_rl.coin_oracle import judge_principal
from papers.contracts_rl.coin_rules import CoinRules
from papers.contracts_rl.coin_states import state_index
from papers.contracts_rl.exact_coin_game import exact_coin_game
from papers.contracts_rl.yardsticks import coin_game_yardsticks


@pytest.fixture(scope="module")
def solved():
    return coin_game_yardsticks(3, 20)


@pytest.fixture(scope="module")
def absolute():
    return exact_coin_game(CoinRules(grid=3, horizon=20), "absolute")


def random_tables(n_states, seed):
    rng = np.random.default_rng(seed)
    return rng.integers(0, 4, (n_states, 2)), rng.random((n_states, 2, 2))


def spelled_out(game, start):
    """The same game with the step as part of the state, so that tables may depend on time."""
    horizon, states, chances = game.horizon, game.n_states, game.chance.shape[0]
    later = np.arange(1, horizon + 1)[:, None, None, None]
    on = game.successors + np.minimum(later, horizon - 1) * states
    lotteries = horizon * states + (game.successors - states) + (later - 1) * chances
    chance = sparse.kron(sparse.diags_array(np.ones(horizon - 1), offsets=1, shape=(horizon,) * 2), game.chance)
    return MarkovGame(
        np.tile(game.rewards, (horizon, 1, 1, 1)),
        np.where(game.successors < states, on, lotteries).reshape(-1, 4, 4),
        horizon,
        chance,
    ), np.concatenate([start, np.zeros((horizon - 1) * states)])


@pytest.mark.parametrize("agents", [(0, 1), (1,)])
def test_no_gain_from_deviating_from_the_exact_equilibrium(solved, agents):
    play, game = solved.contracts, solved.exact.game
    game, start = spelled_out(game, solved.exact.start)
    payments = np.zeros((game.n_states, 2, 2))
    payments[..., 1] = play.payments.reshape(-1, 2)
    recommended = play.recommendation.reshape(-1, 2)
    report = judge_principal(game, start, recommended, payments, gamma=0.99, agents=agents)
    assert report.spe_ratio == pytest.approx(1, abs=1e-9)
    np.testing.assert_allclose(report.gains, 0, atol=1e-9)
    assert report.best.shape == report.followed.shape == (len(agents),)
    worth = solved.exact.start @ play.agent_values[0]
    np.testing.assert_allclose(report.best, worth[list(agents)], atol=1e-9)
    undiscounted = judge_principal(game, start, recommended, payments, tolerance=0.05)
    assert undiscounted.welfare == pytest.approx(solved.principal_welfare)
    assert undiscounted.share == pytest.approx(solved.payment_share)
    np.testing.assert_array_less(0.99, undiscounted.followed)


def test_selfish_play_needs_no_payment_against_selfish_play(solved, absolute):
    index = solved.exact.index(absolute.states)
    selfish = tuple(policy[:, index] for policy in solved.selfish_play.policies)
    recommended = np.zeros((absolute.game.n_states, 2), int)
    nothing = np.zeros((absolute.game.n_states, 2, 2))
    report = judge_principal(absolute.game, absolute.start, recommended, nothing, others=selfish, gamma=0.99)
    value = solved.exact.start @ solved.selfish_play.values[0]
    np.testing.assert_allclose(report.best_apart, value, atol=1e-9)  # a best response to one's equilibrium partner
    assert report.payments == report.nudges == 0
    assert 0 < report.ic_ratio < 1


def test_agrees_with_played_episodes(absolute):
    recommended, payments = random_tables(absolute.game.n_states, 0)
    others = random_tables(absolute.game.n_states, 1)[0]
    report = judge_principal(
        absolute.game, absolute.start, recommended, payments, nudge=0.1, others=(others[:, 0], others[:, 1])
    )
    game, batch = BatchCoinGame(20_000, absolute.rules, generator=3, images=False), np.arange(20_000)
    together, apart = np.zeros((20_000, 2)), np.zeros(20_000)
    for red_follows, earned in ((True, together), (False, apart)):
        game.reset()
        for _ in range(20):
            states = state_index(game.states, 3)
            actions = recommended[states]
            if not red_follows:
                actions[:, 0] = others[states, 0]
            same = (actions[:, 0] == recommended[states, 0]).astype(int)
            _, coins, _ = game.step(actions)
            if red_follows:
                earned += coins + payments[states][:, :, 1] + 0.1
            else:
                earned += coins[:, 1] + payments[states, 1, same] + 0.1
    error = 4 * np.array([together[:, 0].std(), together[:, 1].std()]) / len(batch) ** 0.5
    assert (np.abs(together.mean(axis=0) - report.following) < error).all()
    assert abs(apart.mean() - report.following_apart[1]) < 4 * apart.std() / len(batch) ** 0.5
    assert report.nudges == pytest.approx(0.1 * 20 * 2)
    assert report.following.sum() == pytest.approx(report.welfare + report.payments + report.nudges)


def test_everybody_follows_for_a_fortune(absolute):
    recommended, payments = random_tables(absolute.game.n_states, 2)
    report = judge_principal(absolute.game, absolute.start, recommended, 0 * payments, nudge=100.0)
    assert report.spe_ratio == pytest.approx(1)
    np.testing.assert_array_equal(report.followed.round(12), 1)
    unpaid = judge_principal(absolute.game, absolute.start, recommended, 0 * payments)
    assert unpaid.spe_ratio < 0.9
    assert unpaid.followed.max() < 0.9
    assert np.isnan(unpaid.ic_ratio)


def test_a_tolerant_agent_follows_more(absolute):
    recommended, payments = random_tables(absolute.game.n_states, 3)
    reports = [
        judge_principal(absolute.game, absolute.start, recommended, payments, tolerance=t) for t in (0, 0.1, 0.5, 50)
    ]
    followed = np.array([report.followed for report in reports])
    assert (np.diff(followed, axis=0) > -0.02).all()
    np.testing.assert_allclose(followed[-1], 1)
    assert len({report.spe_ratio for report in reports}) == 1


def test_refuses_by_name(absolute):
    recommended, payments = random_tables(absolute.game.n_states, 0)
    arguments = (absolute.game, absolute.start)
    with pytest.raises(ValueError, match="nudge must be finite and >= 0, given -1"):
        judge_principal(*arguments, recommended, payments, nudge=-1)
    with pytest.raises(ValueError, match="recommended and payments must have shapes"):
        judge_principal(*arguments, recommended[:5], payments)
    with pytest.raises(ValueError, match="recommended must hold actions below"):
        judge_principal(*arguments, recommended + 4, payments)
    with pytest.raises(ValueError, match="payments must be finite and >= 0"):
        judge_principal(*arguments, recommended, payments - 1)
