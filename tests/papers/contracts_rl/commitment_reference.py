"""Commitment by two other roads: every action profile with a dense programme each, and one mixed-integer programme."""

from itertools import product

import numpy as np
from scipy.optimize import LinearConstraint, linprog, milp

from papers.contracts_rl.mdp import PrincipalAgentMDP


def random_game(rng, *, horizon=None, states=2, actions=2, outcomes=2, gamma=1.0, ends=False, dead=False):
    """Draw a game; with `ends` the next states are single ones or the end, otherwise probabilities."""
    lead = () if horizon is None else (horizon,)
    probs = rng.dirichlet(np.ones(outcomes), (*lead, states, actions))
    reward = -rng.random((*lead, states, actions))
    if dead:
        reward[rng.random(reward.shape) < 0.2] = -np.inf
        reward[..., 0] = -rng.random(reward.shape[:-1])
    if ends:
        transitions = rng.integers(-1, states, (*lead, states, outcomes))
    else:
        transitions = rng.dirichlet(np.ones(states + 1), (*lead, states, outcomes))[..., :-1]
    return PrincipalAgentMDP(probs, transitions, reward, 2 * rng.random((*lead, states, outcomes)), gamma)


def flat(mdp):
    """Outcome probabilities, rewards of both and discounted next states of all states of all layers in one row."""
    H, S = mdp.horizon or 1, mdp.n_states
    n = H * S
    shape = (H, S)
    probs = np.broadcast_to(mdp.outcome_probs, (*shape, mdp.n_actions, mdp.n_outcomes)) if mdp.horizon else None
    probs = (mdp.outcome_probs if probs is None else probs).reshape(n, mdp.n_actions, -1).astype(float)
    agent = mdp.agent_reward.reshape(n, -1).astype(float)
    principal = mdp.principal_reward.reshape(n, -1).astype(float)
    follow = np.zeros((n, mdp.n_outcomes, n))
    for t, s, o in np.ndindex(H, S, mdp.n_outcomes):
        after = t + 1 if mdp.horizon else t
        row = (mdp.transitions[t] if mdp.horizon else mdp.transitions)[s, o]
        if after == H and mdp.horizon:
            continue
        if np.ndim(row):
            follow[t * S + s, o, after * S : (after + 1) * S] = row.astype(float)
        elif row >= 0:
            follow[t * S + s, o, after * S + row] = 1.0
    return probs, agent, principal, float(mdp.gamma) * follow


def by_enumeration(mdp, start):
    """Best utility of the principal over all action profiles, and the agent's then."""
    probs, agent, principal, follow = flat(mdp)
    n, actions, outcomes = probs.shape
    kernel = np.einsum("sao,sot->sat", probs, follow)
    best = (-np.inf, np.nan)
    for profile in product(range(actions), repeat=n):
        at = np.arange(n), list(profile)
        if not np.isfinite(agent[at]).all():
            continue
        surplus = np.linalg.solve(np.eye(n) - kernel[at], agent[at] + np.einsum("so,so->s", probs[at], principal))
        equal, equal_to, least, least_of = [], [], [], []
        for s, a in np.ndindex(n, actions):
            if not np.isfinite(agent[s, a]):
                continue
            row = np.zeros(n + n * outcomes)  # V(s) - gamma E V - E b
            row[:n] = (np.arange(n) == s) - kernel[s, a]
            row[n + s * outcomes : n + (s + 1) * outcomes] = -probs[s, a]
            rows, right = (equal, equal_to) if a == profile[s] else (least, least_of)
            rows.append(row)
            right.append(agent[s, a])
        answer = linprog(
            np.eye(n + n * outcomes)[start],
            A_ub=-np.array(least) if least else None,
            b_ub=-np.array(least_of) if least else None,
            A_eq=np.array(equal),
            b_eq=equal_to,
            bounds=[(None, None)] * n + [(0, None)] * (n * outcomes),
            method="highs",
        )
        if answer.status == 0 and surplus[start] - answer.fun > best[0]:
            best = (surplus[start] - answer.fun, answer.fun)
    return best


def by_milp(mdp, start, most_paid):
    """Best utility of the principal with payments up to a limit: actions are binary, values continuous."""
    probs, agent, principal, follow = flat(mdp)
    n, actions, outcomes = probs.shape
    kernel = np.einsum("sao,sot->sat", probs, follow)
    big = 10 * most_paid * n
    size = n * actions + 2 * n + n * outcomes  # choices, V, P, b
    V, P = n * actions, n * actions + n
    rows, low = [], []

    def at_least(entries, right):
        row = np.zeros(size)
        for place, value in entries:
            row[place] += value
        rows.append(row)
        low.append(right)

    for s, a in np.ndindex(n, actions):
        paid = slice(P + n + s * outcomes, P + n + (s + 1) * outcomes)
        value = (np.arange(n) == s) - kernel[s, a]
        at_least([(slice(V, V + n), value), (paid, -probs[s, a])], agent[s, a])
        at_least([(slice(V, V + n), -value), (paid, probs[s, a]), (s * actions + a, -big)], -agent[s, a] - big)
        gain = probs[s, a] @ principal[s]
        at_least([(slice(P, P + n), -value), (paid, -probs[s, a]), (s * actions + a, -big)], -gain - big)
    for s in range(n):
        at_least([(slice(s * actions, (s + 1) * actions), 1.0)], 1.0)
        at_least([(slice(s * actions, (s + 1) * actions), -1.0)], -1.0)
    lower = np.concatenate([np.zeros(n * actions), np.full(2 * n, -big), np.zeros(n * outcomes)])
    upper = np.concatenate([np.ones(n * actions), np.full(2 * n, big), np.full(n * outcomes, most_paid)])
    answer = milp(
        -np.eye(size)[P + start],
        integrality=np.arange(size) < n * actions,
        bounds=(lower, upper),
        constraints=LinearConstraint(np.array(rows), np.array(low)),
        options={"mip_rel_gap": 0.0},
    )
    assert answer.status == 0
    return -answer.fun
