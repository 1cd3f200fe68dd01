r"""Revenue of a menu under a smoothed choice: what gradient methods climb.

.. math:: R = \frac1B\sum_v\Big[\sum_j z_j(v)\,(\beta_j+\phi_j) + z_0(v)\,\phi_0\Big],\qquad
    z(v)=\operatorname{softmax}\big(\lambda\,(v_j-\beta_j)_j,\ 0\big).

As the inverse temperature :math:`\lambda` grows, R tends to the expected payment plus continuation value of a buyer
who chooses exactly. Offsets are zero for one buyer (2502.15283, equations 22 and 23) and the seller's continuation
values in a sequence of buyers (2407.08022). The smoothed rule is for training only: it is not incentive compatible.
"""

import torch
from torch import Tensor


def soft_menu_revenue(
    row_values: Tensor,
    prices: Tensor,
    offsets: Tensor | float = 0.0,
    inv_temperature: float = 100.0,
    null_offset: Tensor | float = 0.0,
) -> Tensor:
    """Return the smoothed revenue of menus, averaged over buyers.

    Parameters
    ----------
    row_values : Tensor, shape (..., B, J)
        Value of each menu row to each buyer, before payment; ``-inf`` for a row that is not available.
    prices : Tensor, shape (..., J)
        Price of each row.
    offsets : Tensor, shape (..., J), or float
        What else the seller gets when a row is taken.
    inv_temperature : float
        ``> 0``, in one over the unit of the values.
    null_offset : Tensor, shape (...), or float
        What the seller gets when nothing is taken, at price 0 and utility 0.

    Returns
    -------
    Tensor, shape (...)

    Raises
    ------
    ValueError
        If the shapes disagree or the inverse temperature is not positive and finite.
    """
    kind = {"dtype": torch.promote_types(row_values.dtype, prices.dtype), "device": row_values.device}
    offsets, null_offset = torch.as_tensor(offsets, **kind), torch.as_tensor(null_offset, **kind)
    if row_values.ndim < 2 or prices.shape[-1:] != row_values.shape[-1:] or offsets.shape not in ((), prices.shape):
        raise ValueError(
            "row_values must have shape (..., B, J), prices (..., J) and offsets that of prices or none,"
            f" given {tuple(row_values.shape)}, {tuple(prices.shape)} and {tuple(offsets.shape)}"
        )
    if not 0 < inv_temperature < float("inf"):
        raise ValueError(f"inv_temperature must be > 0 and finite, given {inv_temperature}")
    logits = inv_temperature * (row_values - prices.unsqueeze(-2))
    # nothing is one more column: where no row is available, a sum over rows alone would have no gradient but NaN
    shares = torch.softmax(torch.nn.functional.pad(logits, (0, 1)), dim=-1)
    worth = (shares[..., :-1] @ (prices + offsets).to(shares.dtype).unsqueeze(-1)).squeeze(-1)
    return (worth + shares[..., -1] * null_offset.unsqueeze(-1)).mean(dim=-1)
