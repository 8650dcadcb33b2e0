"""Unusual batches and boxes, through every detector."""

import copy

import pytest
import torch
from person_samples import PEOPLE, images, sample
from plain_memories import PlainQueue, PlainTable
from tiny_detectors import CONFIGS, LENGTH, NUM_IDS, SLOTS, tiny_detector

NAN, INF = float('nan'), float('inf')
NUM_CROWD = 300


def crowd():
    """Boxes of 300 persons, and their identities; every fourth has none."""
    generator = torch.Generator().manual_seed(0)

    def draw(*sizes):
        return torch.rand(NUM_CROWD, 2, generator=generator) * torch.tensor(
            sizes
        )

    start = draw(100.0, 70.0)
    boxes = torch.cat([start, start + 5 + draw(20.0, 20.0)], dim=1)
    ids = [i % NUM_IDS if i % 4 else -1 for i in range(NUM_CROWD)]
    return boxes.tolist(), ids


#: Boxes and identities of the images of a batch.
BATCHES = {
    'no labelled person': [(PEOPLE, [-1, -1]), (PEOPLE, [-1, -1])],
    'no person in an image': [(PEOPLE, [0, -1]), ([], [])],
    'no person': [([], []), ([], [])],
    'one person': [(PEOPLE[:1], [3]), ([], [])],
    '300 persons': [crowd(), (PEOPLE, [0, 1])],
    'partly outside': [([[-20, -20, 40, 300]], [0]), (PEOPLE, [0, 1])],
}


def train_on(model, batch):
    """Losses of a step, and what the re-ID losses were computed from."""
    model.train()
    model.memory.reset()
    model.zero_grad()
    seen, plain = {}, model.reid_head.loss

    def loss(embeddings, ids, keys, memory):
        seen.update(embeddings=embeddings, ids=ids.tolist(), keys=keys)
        return plain(embeddings, ids, keys, memory)

    model.reid_head.loss = loss
    try:
        losses = model.loss(images(2), [sample(*image) for image in batch])
    finally:
        del model.reid_head.loss
    return losses, seen


def total(losses):
    return sum(
        sum(value) if isinstance(value, list) else value
        for name, value in losses.items()
        if 'loss' in name
    )


def plain_losses(model, seen):
    """Re-ID losses of a step by plain loops, and the memory after it."""
    args = [
        seen['embeddings'].detach().double(),
        seen['ids'],
        seen['keys'].detach().double(),
    ]
    losses = {}
    for name, loss in model.reid_head.losses.items():
        if name == 'unlabelled':
            plain = PlainQueue(SLOTS, loss.scale, unlabelled=True)
        elif hasattr(model.memory, 'table'):
            plain = PlainTable(
                NUM_IDS, SLOTS[1], LENGTH, loss.settings['scale']
            )
        else:
            plain = PlainQueue(SLOTS, loss.settings['scale'])
        losses[f'loss_{name}'] = plain.step(*args) * loss.loss_weight
    return losses, [person for key, person in plain.stored() if key.any()]


@pytest.mark.parametrize('batch', BATCHES.values(), ids=BATCHES)
@pytest.mark.parametrize('name', CONFIGS)
def test_a_training_step(name, batch):
    """Losses are finite and those of plain loops, also the gradients are
    finite, and the memory holds what the loops hold.
    """
    model = tiny_detector(name)
    losses, seen = train_on(model, batch)
    given = [person for _, ids in batch for person in ids]
    if name != 'CoupledFasterRCNN':  # which embeds proposals
        assert seen['ids'] == given
    expected, stored = plain_losses(model, seen)
    for key, value in expected.items():
        torch.testing.assert_close(
            losses[key].double(), value, rtol=1e-4, atol=1e-5
        )
    if max(given, default=-1) < 0:
        assert losses['loss_reid'] == 0
    total(losses).backward()
    for parameter in model.parameters():
        assert parameter.grad is None or parameter.grad.isfinite().all()
    assert model.memory.commit() == 0
    statistics = model.memory.statistics()
    assert statistics['unlabelled_fill'] == stored.count(-1)
    assert statistics['fill'] == len(stored) - stored.count(-1)


#: Boxes that are none: a process may stop at them in RoIAlign.
NO_BOXES = {
    'not a number': [NAN, 20, 40, 80],
    'without end': [10, 20, INF, 80],
    'ends before it begins': [80, 80, 50, 50],
}


@pytest.mark.parametrize('box', NO_BOXES.values(), ids=NO_BOXES)
@pytest.mark.parametrize(
    'name', ['DMRFasterRCNN', 'DMRRetinaNet', 'DMRFCOS', 'CoupledFasterRCNN']
)
def test_a_box_that_is_none_makes_the_loss_nan(name, box):
    """Its key is refused."""
    model = tiny_detector(name)
    losses, _ = train_on(model, [([*PEOPLE, box], [0, -1, 1]), ([], [])])
    assert losses['loss_reid'].isnan()
    total(losses).backward()
    assert model.memory.commit() == 1
    assert all(value.isfinite().all() for value in model.memory.buffers())


@pytest.mark.parametrize('name', CONFIGS)
def test_a_test_image(name):
    """300 queries, and such as are no boxes: their embeddings are NaN, at
    which the metric names the image.
    """
    model = tiny_detector(name).eval()
    boxes, _ = crowd()
    empty = [[50, 50, 50, 50], [50, 20, 50, 80]]
    queries = [*boxes, *empty, [-20, -20, 40, 300], *NO_BOXES.values()]
    with torch.no_grad():
        (result,) = model.predict(images(1), [sample(PEOPLE, [0, 1], queries)])
    found = result.query_instances.reid_feats
    assert found.shape == (NUM_CROWD + 6, LENGTH)
    assert found[:-3].isfinite().all() and found[-3:].isnan().all()
    torch.testing.assert_close(
        found[:NUM_CROWD].norm(dim=1), torch.ones(NUM_CROWD)
    )
    assert len(result.pred_instances)
    assert result.pred_instances.reid_feats.isfinite().all()


@pytest.mark.parametrize('name', [n for n in CONFIGS if n != 'DMRDINO'])
def test_broken_weights_make_a_loss_of_nan(name):
    """No other error comes before that of the loss."""
    model = copy.deepcopy(tiny_detector(name))
    for parameter in model.parameters():
        parameter.data.fill_(NAN)
    losses, _ = train_on(model, BATCHES['no person in an image'])
    assert losses['loss_reid'].isnan() and total(losses).isnan()
    assert model.memory.commit() > 0
    assert all(value.isfinite().all() for value in model.memory.buffers())
