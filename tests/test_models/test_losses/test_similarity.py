"""Similarities are computed in full precision."""

import pytest
import torch
from memory_filling import unit

from mmdmr.models.losses.similarity import similarities


@pytest.mark.parametrize('dtype', [torch.float16, torch.bfloat16])
def test_half_precision_is_widened(dtype):
    query, keys = unit(3, 8).to(dtype), unit(5, 8, seed=1).to(dtype)
    found = similarities(query, keys)
    assert found.dtype == torch.float32
    torch.testing.assert_close(found, query.float() @ keys.float().T)


def test_autocast_is_off_inside():
    query, keys = unit(3, 8).float(), unit(5, 8, seed=1).float()
    with torch.autocast('cpu', dtype=torch.bfloat16):
        found = similarities(query, keys)
    assert torch.equal(found, query @ keys.T)


def test_keys_take_the_precision_of_the_query():
    assert similarities(unit(3, 8), unit(5, 8).float()).dtype == torch.double
