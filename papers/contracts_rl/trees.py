r"""Random binary trees: the testbed of the paper's Figure 3.

A complete binary tree of :math:`T` layers, :math:`2^T-1` decision states and nothing after the last layer. In every
state the agent can shirk (:math:`a_0`, free) or work (:math:`a_1`, at a cost). Shirking leads to outcome :math:`o_0`
and the left subtree, working to :math:`o_1` and the right subtree, each with probability ``1 - noise``. The cost of
work and the principal's reward for :math:`o_1` are drawn for every state,

.. math:: r(s,a_1)=-u,\ v\sim U[0,c],\ u\sim U[0,c-v];\qquad r^p(s,o_1)=u,\ v\sim U[0,w],\ u\sim U[0,w-v],

and everything else is 0, without discounting. The paper (App. D.1, as reported second-hand) takes 10 layers, noise 0.1,
:math:`c=1` and :math:`w=2`.
"""

import numpy as np
from numpy.typing import NDArray

from papers.contracts_rl.mdp import PrincipalAgentMDP

SHIRK, WORK = 0, 1  #: the two actions of a tree


def random_binary_tree(
    depth: int,
    seed: int | np.random.Generator,
    n_trees: int = 1,
    *,
    noise: float = 0.1,
    cost_range: float = 1.0,
    reward_range: float = 2.0,
) -> PrincipalAgentMDP:
    """Draw trees, side by side in one process.

    Parameters
    ----------
    depth : int
        Number of layers T of decisions, 1..20.
    seed : int or numpy.random.Generator
        Source of randomness, or its seed.
    n_trees : int
        Number of trees, ``>= 1``.
    noise : float
        Probability in [0, 1/2] that an action has the outcome of the other; at 0 the action is observed, at 1/2 nothing
        can be inferred.
    cost_range, reward_range : float
        Largest possible cost :math:`c` of work and reward :math:`w` for its outcome, finite and ``>= 0``.

    Returns
    -------
    PrincipalAgentMDP
        Layer ``t`` has ``n_trees * 2**t`` states, the first ``2**t`` of them of the first tree; state ``i`` leads to
        ``2 i`` on the first outcome and to ``2 i + 1`` on the second. The roots are the states of layer 0.

    Raises
    ------
    ValueError
        If an argument is out of range.

    Examples
    --------
    >>> forest = random_binary_tree(10, 0, n_trees=3)
    >>> forest.horizon, forest.sizes[:3], sum(forest.sizes) // 3
    (10, (3, 6, 12), 1023)
    """
    for name, count, most in (("depth", depth, 20), ("n_trees", n_trees, np.inf)):
        if isinstance(count, bool) or not isinstance(count, int | np.integer) or not 1 <= count <= most:
            raise ValueError(f"{name} must be an integer in 1..{most}, given {count!r}")
    if not 0 <= noise <= 0.5:
        raise ValueError(f"noise must be in [0, 1/2], given {noise}")
    for name, bound in (("cost_range", cost_range), ("reward_range", reward_range)):
        if not 0 <= bound < np.inf:
            raise ValueError(f"{name} must be finite and >= 0, given {bound}")
    generator = np.random.default_rng(seed)
    nodes = (n_trees, 2**depth - 1)
    sizes = tuple(n_trees * 2**t for t in range(depth))
    width = sizes[-1]
    rewards = np.zeros((2, depth, width, 2))
    for values, bound, sign in zip(rewards, (cost_range, reward_range), (-1, 1), strict=True):
        drawn = sign * _nested_uniform(generator, nodes, bound)
        for t, size in enumerate(sizes):
            values[t, :size, 1] = drawn[:, 2**t - 1 : 2 ** (t + 1) - 1].ravel()
    probs = np.array([[1 - noise, noise], [noise, 1 - noise]])
    return PrincipalAgentMDP(
        outcome_probs=np.broadcast_to(probs, (depth, width, 2, 2)),
        transitions=np.broadcast_to(np.arange(2 * width).reshape(width, 2), (depth, width, 2)),
        agent_reward=rewards[0],
        principal_reward=rewards[1],
        layer_sizes=sizes,
    )


def _nested_uniform(generator: np.random.Generator, shape: tuple[int, int], bound: float) -> NDArray[np.float64]:
    """Draw ``u`` between 0 and ``bound - v``, where ``v`` is drawn between 0 and ``bound``."""
    v = bound * generator.random(shape)
    return (bound - v) * generator.random(shape)
