"""Steps that every deep Q-learner takes: choose, regress, clip, copy, and find its device."""

from collections.abc import Iterable

import torch
from torch import Tensor, nn


def choose_device(device: str = "auto") -> torch.device:
    """Return the device that is asked for, or the best there is.

    Parameters
    ----------
    device : str
        ``"auto"`` (a GPU where there is one, else the CPU), ``"cpu"``, ``"cuda"``, ``"cuda:1"``, ...

    Returns
    -------
    torch.device

    Raises
    ------
    ValueError
        If PyTorch does not know the device, or it is not there.
    """
    if device == "auto":
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    try:
        found = torch.device(device)
        torch.empty(0, device=found)
    except (RuntimeError, AssertionError) as error:
        reason = str(error).splitlines()[0]
        raise ValueError(f"device must be 'auto', 'cpu' or a GPU that is there, given {device!r}: {reason}") from error
    return found


def epsilon_greedy(values: Tensor, epsilon: float, generator: torch.Generator) -> Tensor:
    """Choose the best action, or with probability `epsilon` any of them.

    Parameters
    ----------
    values : Tensor, shape (..., n_actions)
        Action values.
    epsilon : float
        Probability of a uniform draw, in ``[0, 1]``.
    generator : torch.Generator
        Source of the draws.

    Returns
    -------
    Tensor of int64, shape (...)
    """
    best = values.argmax(dim=-1)
    options = {"generator": generator, "device": generator.device}
    explored = torch.randint(values.shape[-1], best.shape, **options)
    return torch.where(torch.rand(best.shape, **options) < epsilon, explored, best)


def chosen(values: Tensor, actions: Tensor) -> Tensor:
    """Pick the value of one action from each row.

    Parameters
    ----------
    values : Tensor, shape (..., n_actions)
        Action values.
    actions : Tensor of int64, shape (...)
        The actions.

    Returns
    -------
    Tensor, shape (...)
    """
    return values.gather(-1, actions[..., None]).squeeze(-1)


def regression_loss(values: Tensor, targets: Tensor, kind: str = "huber") -> Tensor:
    """Add up the learners' mean losses, which trains each of them as if alone.

    Parameters
    ----------
    values, targets : Tensor, shape (n_learners, ...)
        Predictions, and what they should have been (no gradient flows through these).
    kind : {"huber", "squared"}
        Huber's loss (threshold 1) or the square.

    Returns
    -------
    Tensor, scalar

    Raises
    ------
    ValueError
        If `kind` is neither.
    """
    losses = {"huber": nn.functional.smooth_l1_loss, "squared": nn.functional.mse_loss}
    if kind not in losses:
        raise ValueError(f"kind must be one of {sorted(losses)}, given {kind!r}")
    return losses[kind](values, targets.detach(), reduction="sum") / values[0].numel()


def clip_each_learner(parameters: Iterable[nn.Parameter], n_learners: int, largest: float) -> None:
    """Scale down gradients, learner by learner, to a norm of at most `largest`.

    Parameters
    ----------
    parameters : iterable of Parameter
        Weights with the learner as the first axis, or with learners stacked along it.
    n_learners : int
        Number of learners.
    largest : float
        Largest Euclidean norm of a learner's whole gradient, ``> 0``.
    """
    slices = [p.grad.view(n_learners, -1) for p in parameters if p.grad is not None]
    norms = torch.stack([part.square().sum(dim=1) for part in slices]).sum(dim=0).sqrt()
    factors = (largest / norms.clamp(min=1e-12)).clamp(max=1.0)[:, None]
    for part in slices:
        part.mul_(factors)


def copy_weights(source: nn.Module, target: nn.Module) -> None:
    """Copy the weights of one network into another of the same architecture (a hard update of a target network)."""
    with torch.no_grad():
        for old, new in zip(target.parameters(), source.parameters(), strict=True):
            old.copy_(new)
