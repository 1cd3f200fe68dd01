from fractions import Fraction

import numpy as np
import pytest

from papers.contracts_rl.equilibrium import solve_spe
from papers.contracts_rl.mdp import PrincipalAgentMDP
from tests.papers.contracts_rl.cases import random_layers, random_stationary


def fields(mdp):
    names = ("outcome_probs", "transitions", "agent_reward", "principal_reward", "gamma", "layer_sizes", "start")
    return {name: getattr(mdp, name) for name in names}


@pytest.fixture
def layers():
    return fields(random_layers(np.random.default_rng(0), 3, 4, 2, 2))


@pytest.fixture
def stationary():
    return fields(random_stationary(np.random.default_rng(0), 3, 2, 2))


def test_layers_of_the_issue_are_accepted_as_they_are(layers):
    mdp = PrincipalAgentMDP(**layers)
    assert (mdp.horizon, mdp.n_states, mdp.n_actions, mdp.n_outcomes) == (3, 4, 2, 2)
    assert not mdp.exact
    assert mdp.feasible.all()
    assert mdp.layer(0).transitions.shape == (4, 2, 4)
    assert mdp.layer(2).transitions is None


def test_a_successor_is_a_certain_transition(layers):
    successors = np.random.default_rng(1).integers(-1, 4, (3, 4, 2))
    certain = np.eye(5)[successors][..., :4]  # the last column, the end, is left out
    by_index = solve_spe(PrincipalAgentMDP(**layers | {"transitions": successors}))
    by_chance = solve_spe(PrincipalAgentMDP(**layers | {"transitions": certain}))
    np.testing.assert_allclose(by_index.v_principal, by_chance.v_principal, atol=1e-14)
    np.testing.assert_allclose(by_index.contract, by_chance.contract, atol=1e-14)


def test_steps_are_expectations(layers):
    mdp = PrincipalAgentMDP(**layers)
    values, layer = np.arange(4.0), mdp.layer(0)
    np.testing.assert_allclose(layer.next_value(values), np.einsum("sot,t->so", mdp.transitions[0], values))
    np.testing.assert_allclose(
        layer.expect(layer.principal_reward), np.einsum("sao,so->sa", mdp.outcome_probs[0], mdp.principal_reward[0])
    )


def test_padding_is_never_looked_at(layers):
    nonsense = {name: array.copy() for name, array in layers.items() if isinstance(array, np.ndarray)}
    nonsense["transitions"][0, :, :, 2:] = 0
    plain = solve_spe(PrincipalAgentMDP(**layers | {"transitions": nonsense["transitions"]}))
    for name, array in nonsense.items():
        array[1, 2:] = np.nan if name != "agent_reward" else -np.inf
    nonsense["transitions"][2] = np.nan  # the last layer leads nowhere
    mdp = PrincipalAgentMDP(**layers | nonsense | {"layer_sizes": (4, 2, 4)})
    padded = solve_spe(mdp)
    np.testing.assert_array_equal(padded.v_principal[0], plain.v_principal[0])
    assert np.isnan(padded.v_principal[1, 2:]).all()
    assert (padded.action[1, 2:] == -1).all()
    assert not padded.inducible[1, 2:].any()
    assert not mdp.feasible[1, 2:].any()
    assert mdp.sizes == (4, 2, 4)


def test_broadcast_arrays_are_not_blown_up_and_cannot_be_written_to(layers):
    probs = np.broadcast_to([[0.9, 0.1], [0.1, 0.9]], (3, 4, 2, 2))
    mdp = PrincipalAgentMDP(**layers | {"outcome_probs": probs})
    assert mdp.outcome_probs.strides[:2] == (0, 0)
    assert mdp.layer(0).outcome_probs.shape == (1, 2, 2)
    with pytest.raises(ValueError, match="read-only"):
        mdp.agent_reward[0, 0, 0] = 1.0


def test_the_mdp_keeps_its_own_numbers(layers):
    reward = np.array(layers["agent_reward"])
    mdp = PrincipalAgentMDP(**layers | {"agent_reward": reward})
    before = mdp.agent_reward[0, 0, 0]
    reward[:] = 7
    assert mdp.agent_reward[0, 0, 0] == before


def test_fractions_stay_exact_only_if_everything_is_rational():
    half = np.full((1, 1, 2, 2), Fraction(1, 2), dtype=object)
    arguments = (half, np.full((1, 1, 2), -1), np.array([[[0, Fraction(-1, 3)]]]), np.array([[[0, 1]]]))
    assert PrincipalAgentMDP(*arguments).exact
    assert PrincipalAgentMDP(*arguments, Fraction(9, 10)).exact
    assert not PrincipalAgentMDP(*arguments, 0.9).exact
    assert not PrincipalAgentMDP(half, *arguments[1:3], [[[0.0, 1.0]]]).exact
    blocked = np.array([[[0, -np.inf]]], dtype=object)
    assert PrincipalAgentMDP(half, arguments[1], blocked, arguments[3]).exact


def test_a_row_of_an_action_that_is_not_available_is_ignored(stationary):
    probs, reward = stationary["outcome_probs"].copy(), stationary["agent_reward"].copy()
    probs[1, 1], reward[1, 1] = np.nan, -np.inf
    solution = solve_spe(PrincipalAgentMDP(**stationary | {"outcome_probs": probs, "agent_reward": reward}))
    assert np.isinf(solution.cost[1, 1])
    assert not solution.inducible[1, 1]
    assert solution.action[1] == 0


def test_kernel_is_the_average_over_outcomes(stationary):
    mdp = PrincipalAgentMDP(**stationary | {"transitions": np.random.default_rng(3).dirichlet(np.ones(3), (3, 2))})
    np.testing.assert_allclose(mdp.kernel, np.einsum("sao,sot->sat", mdp.outcome_probs, mdp.transitions))


def changed(array, place, value):
    array = np.array(array)
    array[place] = value
    return array


@pytest.mark.parametrize(
    ("name", "place", "value", "message"),
    [
        ("agent_reward", (1, 2, 0), np.nan, r"agent_reward must be finite, .* given agent_reward\[1, 2, 0\] = nan"),
        ("agent_reward", (0, 0, 1), np.inf, r"agent_reward must be finite, .* given agent_reward\[0, 0, 1\] = inf"),
        ("agent_reward", (2, 3), -np.inf, r"with an available action in every state, given agent_reward\[2, 3\]"),
        ("principal_reward", (1, 1, 1), np.nan, r"principal_reward must be finite, given principal_reward\[1, 1, 1\]"),
        ("outcome_probs", (0, 1, 1, 0), -0.1, r"outcome_probs must be in \[0, 1\], given outcome_probs\[0, 1, 1, 0\]"),
        ("outcome_probs", (0, 1, 1, 0), np.nan, r"outcome_probs must be in \[0, 1\], .*\[0, 1, 1, 0\] = nan"),
        ("outcome_probs", (2, 1, 0), [0.5, 0.4], r"probabilities with sum 1, given outcome_probs\[2, 1, 0\] = 0.9"),
        ("transitions", (0, 1, 0, 2), -0.2, r"transitions must be in \[0, 1\], given transitions\[0, 1, 0, 2\] = -0.2"),
        ("transitions", (1, 1, 0), [0.5, 0.5, 0.5, 0], r"sum at most 1, given transitions\[1, 1, 0\] = 1.5"),
    ],
)
def test_refuses_bad_numbers_by_name_and_place(layers, name, place, value, message):
    with pytest.raises(ValueError, match=message):
        PrincipalAgentMDP(**layers | {name: changed(layers[name], place, value)})


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"gamma": 1.5}, r"gamma must be a number in \[0, 1\], given 1.5"),
        ({"gamma": -0.1}, r"gamma must be a number in \[0, 1\], given -0.1"),
        ({"gamma": np.nan}, r"gamma must be a number in \[0, 1\], given nan"),
        ({"start": 4}, r"start must be in 0..3, given 4"),
        ({"layer_sizes": (1, 2)}, "layer_sizes must be 3 numbers in 1..4"),
        ({"layer_sizes": (1, 2, 5)}, "layer_sizes must be 3 numbers in 1..4"),
        ({"layer_sizes": (4, 3, 4)}, r"transitions must be 0 for states beyond .* given transitions\[0, 0, 0, 3\]"),
        ({"agent_reward": np.zeros((2, 4, 2))}, r"outcome_probs must have shape \(2, 4, 2, 2\) to fit"),
        ({"agent_reward": np.zeros(4)}, "agent_reward must have shape"),
        ({"principal_reward": np.zeros((3, 4, 5))}, "outcome_probs must have shape"),
        ({"transitions": np.zeros((3, 4, 2, 5))}, "transitions must have shape"),
        ({"transitions": np.full((3, 4, 2), 0.5)}, "must hold whole numbers"),
        ({"agent_reward": [["a"]]}, "agent_reward must hold real numbers"),
        ({"agent_reward": [[1.0], [1.0, 2.0]]}, "agent_reward must be a rectangular array"),
        ({"outcome_probs": np.zeros((3, 4, 2, 2), dtype=complex)}, "outcome_probs must hold real numbers"),
    ],
)
def test_refuses_by_name(layers, change, message):
    with pytest.raises(ValueError, match=message):
        PrincipalAgentMDP(**layers | change)


@pytest.mark.parametrize("successor", [4, -2])
def test_refuses_successors_that_do_not_exist(layers, successor):
    transitions = changed(np.zeros((3, 4, 2), dtype=int), (1, 2, 0), successor)
    with pytest.raises(ValueError, match=rf"a state in 0..3, or -1, given transitions\[1, 2, 0\] = {successor}"):
        PrincipalAgentMDP(**layers | {"transitions": transitions})
    transitions = changed(np.zeros((3, 4, 2), dtype=int), (2, 2, 0), successor)
    PrincipalAgentMDP(**layers | {"transitions": transitions})  # after the last layer nothing is read


def test_refuses_what_never_ends(stationary):
    transitions = np.array([[1, 1], [0, -1], [-1, -1]])
    PrincipalAgentMDP(**stationary | {"transitions": transitions, "gamma": 1})
    probs = changed(stationary["outcome_probs"], (1, 0), [1, 0])
    with pytest.raises(ValueError, match=r"gamma must be below 1 .* never leaves the states \[0, 1\]"):
        PrincipalAgentMDP(**stationary | {"transitions": transitions, "gamma": 1, "outcome_probs": probs})
    with pytest.raises(ValueError, match="layer_sizes belongs to a process with layers"):
        PrincipalAgentMDP(**stationary | {"layer_sizes": (3,)})


def test_unrolled_layers_have_the_same_first_values(stationary):
    mdp = PrincipalAgentMDP(**stationary | {"transitions": np.array([[1, 2], [2, -1], [-1, -1]])})
    np.testing.assert_allclose(solve_spe(mdp).v_principal, solve_spe(mdp.unrolled()).v_principal[0], atol=1e-14)
    with pytest.raises(ValueError, match=r"can go on from the states \[0, 1\]"):
        PrincipalAgentMDP(**stationary | {"transitions": np.array([[1, 2], [0, -1], [-1, -1]])}).unrolled()
