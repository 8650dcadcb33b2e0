"""Draw memory_queue.svg: staging and commit of an iteration.

``python docs/figures/memory_queue.py``. The identities are those of a
:class:`mmdmr.models.MemoryQueue` that goes through the iteration.
"""

from pathlib import Path

import torch
import torch.nn.functional as F
from svg import BLUE, FAINT, GREY, INK, ORANGE, PALE, arrow, box, page, text

from mmdmr.models import MemoryQueue
from mmdmr.models.memory import ABSENT

SLOTS, CELL = 6, 46
STAGED_X, QUEUE_X = 560, 690
ROWS = (
    ('1  before the iteration', 'key_encoder.update(model)', 'EMAEncoderHook'),
    ('2  forward', 'memory.stage(keys, labels)', 'your model'),
    ('3  the loss', 'memory.bank()', 'your model'),
    ('4  backward, optimizer', 'the weights change, the queue does not', ''),
    ('5  after the iteration', 'memory.commit()', 'MemoryQueueHook'),
)
TOP, STEP = 66, 84


def draw() -> str:
    """The drawing, as text of SVG."""
    memory = MemoryQueue(num_labelled=SLOTS, feat_channels=2)
    for ids in ([3, 4, 5, 6, 7, 5], [8, 6]):
        enqueue(memory, ids)
    before = slots(memory)
    batch = [7, 9]
    memory.stage(unit(batch), torch.tensor(batch))
    bank = memory.bank().ids.tolist()
    staged, seen = bank[: len(batch)], bank[len(batch) :]
    memory.commit()
    after = slots(memory)

    shapes = [
        text(STAGED_X + CELL, 34, 'staged keys', GREY, bold=True),
        text(QUEUE_X + SLOTS * CELL / 2, 34, 'queue', GREY, bold=True),
    ]
    for row, (when, what, who) in enumerate(ROWS):
        y = TOP + row * STEP
        shapes += [
            box(20, y - 14, 990, 70, FAINT, PALE[GREY] if row % 2 else 'none'),
            text(36, y + 16, when, INK, anchor='start', bold=True),
            text(240, y + 16, what, BLUE, anchor='start'),
            text(240, y + 38, who, GREY, 13, 'start'),
        ]
    for row, keys in ((0, before), (1, before), (2, seen), (3, before)):
        shapes += cells(QUEUE_X, row, keys)
    changed = [i for i in range(SLOTS) if before[i] != after[i]]
    shapes += cells(QUEUE_X, 4, after, changed)
    for row in (1, 2, 3):
        shapes += cells(STAGED_X, row, staged, range(len(staged)))
    # Where the next key goes, before and after.
    for row, slot in ((0, changed[0]), (4, changed[-1] + 1)):
        x = QUEUE_X + (slot + 0.5) * CELL
        shapes += [text(x, TOP + row * STEP + 51, '▲ oldest', ORANGE, 12)]
    x = QUEUE_X + (changed[0] + len(changed) / 2) * CELL
    shapes += [
        text(x, TOP + 2 * STEP + 51, 'take no part', ORANGE, 12),
        arrow(
            f'M{STAGED_X + CELL} {TOP + 3 * STEP + 38} V{TOP + 4 * STEP + 17} '
            f'H{QUEUE_X - 4}'
        ),
        text(
            20,
            TOP + 5 * STEP + 12,
            'A number is the identity of a key. The loss compares the batch '
            'with the queue as line 5 will leave it.',
            GREY,
            13,
            'start',
        ),
    ]
    title = 'Staging and commit of the memory queue in one iteration'
    return page(title, 1030, TOP + 5 * STEP + 32, shapes)


def cells(x: float, row: int, keys: list[int], new: object = ()) -> list[str]:
    """Slots side by side; new keys orange, keys without a part dashed."""
    y, shapes = TOP + row * STEP, []
    for place, key in enumerate(keys):
        left = x + place * CELL
        absent = key == ABSENT
        colour = ORANGE if place in new else FAINT if absent else GREY
        fill = PALE[ORANGE] if place in new else '#ffffff'
        shapes.append(box(left, y, CELL - 4, 34, colour, fill, absent))
        if not absent:
            shapes.append(text(left + CELL / 2 - 2, y + 22, str(key)))
    return shapes


def enqueue(memory: MemoryQueue, ids: list[int]) -> None:
    """Stage keys and commit them."""
    memory.stage(unit(ids), torch.tensor(ids))
    memory.commit()


def slots(memory: MemoryQueue) -> list[int]:
    """Identities in the slots of the queue."""
    return memory.labelled.ids.tolist()


def unit(ids: list[int]) -> torch.Tensor:
    """Keys of unit length."""
    return F.normalize(torch.ones(len(ids), 2), dim=1)


if __name__ == '__main__':
    Path(__file__).with_suffix('.svg').write_text(draw())
