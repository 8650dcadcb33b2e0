"""Look-up table and circular queue of OIM."""

import pytest
import torch
import torch.nn.functional as F
from memory_filling import keys_of, put

from mmdmr.models import OIMTable


def test_a_batch_is_compared_before_it_enters():
    memory = OIMTable(2, 2, feat_channels=4)
    memory.stage(keys_of(1, 1), torch.tensor([0, -1]))
    assert not memory.bank().keys.any()
    memory.commit()
    memory.stage(keys_of(1), torch.tensor([0]))
    assert memory.bank().keys.any(dim=1).tolist() == [True, False, True, False]


def test_same_identity_twice_enters_one_after_the_other():
    memory = OIMTable(1, feat_channels=2, momentum=0.5)
    x, y = torch.tensor([[1.0, 0.0], [0.0, 1.0]])
    memory.stage(torch.stack([x, y]), torch.tensor([0, 0]))
    memory.commit()
    torch.testing.assert_close(memory.table[0], F.normalize(x + y, dim=0))


def test_identity_without_a_row_names_the_setting():
    memory = OIMTable(3, feat_channels=4)
    memory.check()
    put(memory, [1, 2, 3], [0, 3, 1])
    with pytest.raises(ValueError, match=r'identity 3 .*num_ids=3.*memory'):
        memory.check()
    # Until the check, the identity leaves no trace, nor in a checkpoint.
    assert memory.table.any(dim=1).tolist() == [True, True, False]
    assert 'highest_id' not in memory.state_dict()
    memory.reset()
    memory.check()


def test_rows_follow_a_plain_loop():
    generator = torch.Generator().manual_seed(0)
    memory = OIMTable(3, 2, momentum=0.3, feat_channels=8)
    table = torch.zeros(3, 8)
    for num in (0, 5, 9):
        keys = F.normalize(torch.randn(num, 8, generator=generator), dim=1)
        ids = torch.randint(-1, 3, (num,), generator=generator)
        memory.stage(keys, ids)
        memory.commit()
        for key, i in zip(keys, ids.tolist()):
            if i >= 0:
                row = torch.lerp(key, table[i], 0.3)
                table[i] = F.normalize(row, dim=0)
    assert torch.equal(memory.table, table)


@pytest.mark.parametrize(
    'arguments, message',
    [
        (dict(num_ids=0), 'num_ids'),
        (dict(num_ids=2, num_unlabelled=-1), 'num_unlabelled'),
        (dict(num_ids=2, momentum=1.0), 'momentum'),
    ],
)
def test_arguments_out_of_range(arguments, message):
    with pytest.raises(ValueError, match=message):
        OIMTable(**arguments)


def test_reset_and_reload():
    memory = OIMTable(2, 1, feat_channels=4)
    put(memory, [1, 2], [1, -1])
    other = OIMTable(2, 1, feat_channels=4)
    other.load_state_dict(memory.state_dict())
    assert torch.equal(other.table, memory.table)
    other.reset()
    assert other.statistics() == dict(fill=0, unlabelled_fill=0)
