"""Exact values of product lotteries, with gradients: the compiled transform against the plain matrix product.

Run as ``python benchmarks/product_lotteries.py``, on one thread. CPU milliseconds for the values of a batch of 128 CATS
types and their gradient, single precision; the best of five. The plain form writes all unions of atoms as rows of zeros
and ones and takes ``exp(unions @ log a)`` with autograd, as in the dossier of 2502.15283, section 7.
"""

import time

import numpy as np
import torch

from common.auctions.cats import cats_bidders
from common.auctions.product_lotteries import UnionTerms, product_lottery_values
from common.auctions.xor import XORValuations

BATCH = 128


def plain_values(log_inclusion: torch.Tensor, types: XORValuations):
    """Values by all 2**K - 1 unions as indicator rows."""
    dense = torch.from_numpy(types.to_dense().astype(np.float32))
    inside, bids = dense[..., :-1], dense[..., -1]
    sets = torch.arange(1, 2 ** inside.shape[1])[:, None] >> torch.arange(inside.shape[1]) & 1
    unions = torch.einsum("tk,nkm->ntm", sets.float(), inside).clamp_(max=1)
    least = torch.where(sets.bool(), bids[:, None, :], torch.inf).amin(dim=-1)
    signed = least * (2.0 * (sets.sum(dim=1) % 2) - 1)
    return torch.einsum("nt,ntj->nj", signed, torch.exp(unions @ log_inclusion.T))


def milliseconds(values, logits):
    best = np.inf
    for _ in range(5):
        logits.grad = None
        start = time.process_time()
        values(torch.nn.functional.logsigmoid(logits)).sum().backward()
        best = min(best, time.process_time() - start)
    return 1e3 * best


def main():
    torch.set_num_threads(1)
    print(f"{'items':>6}{'elements':>10}{'plain':>10}{'transform':>11}{'times':>7}{'largest difference':>20}")
    for n_items, elements in ((50, 500), (50, 2000), (100, 500), (500, 500)):
        types = cats_bidders("arbitrary", n_items, BATCH, seed=0)
        terms = UnionTerms.of(types, np.float32)
        logits = torch.randn(elements, n_items, generator=torch.Generator().manual_seed(0)).add_(2.0).requires_grad_()
        transform = milliseconds(lambda x, terms=terms: product_lottery_values(x, terms, np.arange(BATCH)), logits)
        slope = logits.grad.clone()
        plain = milliseconds(lambda x, types=types: plain_values(x, types), logits)
        apart = (slope - logits.grad).abs().max() / logits.grad.abs().max()
        print(f"{n_items:>6}{elements:>10}{plain:>10.1f}{transform:>11.1f}{plain / transform:>7.1f}{apart:>20.1e}")


if __name__ == "__main__":
    main()
