"""Masks and matrix products value bundles alike, and as the definition does."""

import numpy as np
import pytest
import torch

from common.auctions.cats import cats_bidders
from common.auctions.xor import XORValuations
from papers.bundleflow.batch_values import batch_values, dense_values, masked_values

CPU = torch.device("cpu")


@pytest.mark.parametrize("items", [5, 64, 70])
def test_both_ways_agree_with_the_valuations(items):
    types = cats_bidders("arbitrary", items, 40, seed=2)
    generator = torch.Generator().manual_seed(1)
    share = torch.rand(300, 1, generator=generator)
    bundles = torch.rand(300, items, generator=generator) < share
    index = torch.tensor([3, 39, 0, 3])
    masked = masked_values(types, torch.float64)(index, bundles)
    dense = dense_values(types, CPU, torch.float64)(index, bundles)
    dense_atoms, bids = types.to_dense()[..., :-1].astype(bool), types.bids
    for row, n in enumerate(index.tolist()):
        held = (dense_atoms[n][:, None] <= bundles.numpy()).all(axis=-1)
        assert np.array_equal(masked[row].numpy(), (held * bids[n][:, None]).max(axis=0))
    assert torch.equal(masked, dense)


def test_precision_is_as_asked_and_a_cpu_uses_masks():
    types = XORValuations.from_atoms([[({0}, 1 / 3)]], n_items=2)
    values = batch_values(types, CPU)(torch.tensor([0]), torch.tensor([[True, False], [False, True]]))
    assert values.dtype == torch.float32
    assert values.tolist() == [[torch.tensor(1 / 3).item(), 0.0]]
