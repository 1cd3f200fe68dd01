"""What bundles are worth to a batch of training types: by bit masks on a CPU, by matrix products on a GPU."""

from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor

from common.auctions.bitsets import pack_items, unpack_items
from common.auctions.xor import XORValuations

BatchValues = Callable[[Tensor, Tensor], Tensor]
"""Values (B, A) of bundles (A, m), bool, to the types of these numbers (B,)."""


def batch_values(types: XORValuations, device: torch.device, dtype: torch.dtype = torch.float32) -> BatchValues:
    """Return the faster of the two ways for a device.

    Parameters
    ----------
    types : XORValuations
        All N training types.
    device : torch.device
        Where bundles are and values are wanted.
    dtype : torch.dtype
        Of the values.

    Returns
    -------
    callable
        ``values(index, bundles)``: for numbers of types (B,) and bundles (A, m), bool, the values (B, A).
    """
    return masked_values(types, dtype) if device.type == "cpu" else dense_values(types, device, dtype)


def masked_values(types: XORValuations, dtype: torch.dtype = torch.float32) -> BatchValues:
    """Return the values by 64-bit masks, for a CPU: one instruction or two for an atom and a bundle."""
    precision = torch.empty(0, dtype=dtype).numpy().dtype

    def values(index: Tensor, bundles: Tensor) -> Tensor:
        out = np.empty((len(index), len(bundles)), dtype=precision)
        return torch.from_numpy(types.take(index.numpy()).values(pack_items(bundles.numpy()), out))

    return values


def dense_values(types: XORValuations, device: torch.device, dtype: torch.dtype = torch.float32) -> BatchValues:
    """Return the values by counting the items that a bundle lacks of an atom, which is a matrix product."""
    atoms = torch.from_numpy(unpack_items(types.atoms, types.n_items)).to(device, dtype)
    bids = torch.from_numpy(types.bids).to(device, dtype)

    def values(index: Tensor, bundles: Tensor) -> Tensor:
        lacking = (~bundles).to(dtype).T
        best = torch.zeros(len(index), len(bundles), device=device, dtype=dtype)
        for k in range(atoms.shape[1]):
            held = atoms[index, k] @ lacking < 0.5
            best = torch.maximum(best, torch.where(held, bids[index, k, None], 0.0))
        return best

    return values
