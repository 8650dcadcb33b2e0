"""The re-ID half of a training on one rank or several, for comparison."""

import torch
from mmdet.models.detectors import FasterRCNN
from mmengine.config import ConfigDict
from mmengine.dist import all_reduce, get_world_size
from mmengine.hooks import Hook
from mmengine.model import BaseDataPreprocessor, MMDistributedDataParallel
from mmengine.optim import OptimWrapper
from mmengine.registry import init_default_scope
from mmengine.runner import Runner
from person_samples import sample
from torch import distributed

from mmdmr.models import PersonSearchMixin

SIZE = (64, 64)
NUM_IMAGES = 4
#: Weights to compare, from the first layer to the last.
WATCHED = (
    'backbone.conv1.weight',
    'backbone.layer2.0.conv1.weight',
    'neck.lateral_convs.1.conv.weight',
    'reid_head.fc.weight',
)


class Blind(FasterRCNN):
    """A detector without losses: MMDetection's are means per rank."""

    def loss(self, batch_inputs, batch_data_samples):
        self.extract_feat(batch_inputs)
        return {}


class ReIDOnly(PersonSearchMixin, Blind):
    pass


class Stack(BaseDataPreprocessor):
    """Makes batches, and leaves numbers in float64."""

    def forward(self, data, training=False):
        return dict(data, inputs=torch.stack(data['inputs']))


class Gradients(OptimWrapper):
    """Keeps the gradients that each step of the optimizer gets."""

    def __init__(self, model, **kwargs):
        weights = [p for p in model.parameters() if p.requires_grad]
        super().__init__(torch.optim.SGD(weights, 0.01, 0.9), **kwargs)
        self.model, self.kept = model, []

    def step(self, **kwargs):
        self.kept.append(
            {
                name: p.grad.clone()
                for name, p in self.model.named_parameters()
                if name in WATCHED and p.grad is not None
            }
        )
        super().step(**kwargs)


class Losses(Hook):
    """Keeps the losses of each iteration."""

    def __init__(self):
        self.kept = []

    def after_train_iter(self, runner, batch_idx, data_batch, outputs):
        losses = [v for k, v in outputs.items() if k.startswith('loss_')]
        self.kept.append(torch.stack(losses))


def build(model):
    """A network in float64.

    Args:
        model (dict): Arguments of the network.
    """
    init_default_scope('mmdet')
    torch.manual_seed(0)
    network = ReIDOnly(**ConfigDict(model), data_preprocessor=Stack())
    network.init_weights()
    return network.double()


def batches(num_iters):
    """Images and persons; in some batches half of the images are empty, or
    no person in them is labelled.
    """
    generator = torch.Generator().manual_seed(3)

    def draw(*args):
        return torch.randint(*args, generator=generator)

    for step in range(num_iters):
        inputs = torch.randn(NUM_IMAGES, 3, *SIZE, generator=generator)
        samples = []
        for i in range(NUM_IMAGES):
            num = int(draw(0, 4, ()))
            if step % 5 == 1 and i < NUM_IMAGES // 2:
                num = 0
            corner = draw(0, 30, (num, 2))
            boxes = torch.cat([corner, corner + draw(10, 34, (num, 2))], 1)
            ids = draw(-1, 5, (num,))
            if step % 5 == 3 and i >= NUM_IMAGES // 2:
                ids[:] = -1
            samples.append(sample(boxes.tolist(), ids.tolist()))
        yield inputs.double(), samples


def train(methods, num_iters, folder):
    """Train on this rank; MMEngine's runner and both hooks are at work.

    Args:
        methods (dict[str, tuple[dict, int]]): Arguments of the network, and
            number of iterations of an optimizer's step, by name.
        num_iters (int): Number of iterations.
        folder (Path): Folder for logs.

    Returns:
        dict[str, tuple]: Losses, gradients and final state by name.
    """
    return {
        name: _train(name, *method, num_iters, folder)
        for name, method in methods.items()
    }


def _train(name, model, accumulated, num_iters, folder):
    network = build(model)
    optimizer = Gradients(network, accumulative_counts=accumulated)
    losses = Losses()
    runner = Runner(
        model=_wrapped(network),
        work_dir=str(folder / 'logs'),
        experiment_name=f'{folder.name}-{name}',
        launcher='pytorch' if distributed.is_initialized() else 'none',
        train_dataloader=dict(
            batch_size=NUM_IMAGES // get_world_size(),
            sampler=dict(type='DefaultSampler', shuffle=False),
            dataset=_ordered(num_iters),
            collate_fn=dict(type='pseudo_collate'),
        ),
        train_cfg=dict(by_epoch=True, max_epochs=1),
        optim_wrapper=optimizer,
        custom_hooks=[dict(type='mmdmr.MemoryQueueHook')],
        default_hooks=dict(checkpoint=None),
    )
    runner.register_hook(losses)
    if network.key_encoder is not None:
        runner.register_hook(dict(type='mmdmr.EMAEncoderHook'))
    runner.train()
    kept = torch.stack(losses.kept)
    all_reduce(kept, 'mean')
    state = {
        name: value
        for name, value in network.state_dict().items()
        if name.removeprefix('key_encoder.') in WATCHED
        or name.startswith('memory.')
    }
    return kept, optimizer.kept, state


def _wrapped(network):
    if not distributed.is_initialized():
        return network
    return MMDistributedDataParallel(
        network, broadcast_buffers=False, find_unused_parameters=True
    )


def _ordered(num_iters):
    """Images in an order in which the sampler gives rank r the r-th part of
    each batch.

    The sampler deals the images out, one to each rank in turn. Keys are
    gathered in rank order: this order is that of the batch.
    """
    ranks = get_world_size()
    images = [
        dict(inputs=image, data_samples=sample)
        for inputs, samples in batches(num_iters)
        for image, sample in zip(inputs, samples)
    ]
    dealt = torch.arange(len(images)).view(num_iters, ranks, -1).mT
    return [images[i] for i in dealt.flatten()]
