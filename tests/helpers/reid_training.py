"""The re-ID half of a training on one rank or several, for comparison."""

import torch
from mmdet.models.detectors import FasterRCNN
from mmengine.config import Config
from mmengine.registry import init_default_scope
from narrow_backbone import NARROW
from person_samples import sample
from torch import nn
from torch.nn.parallel import DistributedDataParallel

from mmdmr.models import PersonSearchMixin

SIZE = (64, 96)
NUM_IMAGES = 4
#: Weights to compare, from the first layer to the last.
WATCHED = (
    'backbone.conv1.weight',
    'backbone.layer2.0.conv1.weight',
    'neck.lateral_convs.1.conv.weight',
    'reid_head.fc.weight',
)
_NOT_ARGUMENTS = ('type', '_scope_')


class Blind(FasterRCNN):
    """A detector without losses: MMDetection's are means per rank."""

    def loss(self, batch_inputs, batch_data_samples):
        self.extract_feat(batch_inputs)
        return {}


class ReIDOnly(PersonSearchMixin, Blind):
    pass


def build(config, changes):
    """A small network in float64 whose statistics do not learn."""
    init_default_scope('mmdet')
    cfg = Config.fromfile(config)
    cfg.model.reid_head.out_channels = 8
    cfg.model.memory.update(num_labelled=7, num_unlabelled=5)
    cfg.model.backbone.norm_eval = True
    cfg.merge_from_dict({**NARROW, **changes})
    parts = {k: v for k, v in cfg.model.items() if k not in _NOT_ARGUMENTS}
    torch.manual_seed(0)
    model = ReIDOnly(**parts)
    model.init_weights()
    return model.double().train()


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


def train(rank, world_size, out, config, methods, num_iters):
    """Write losses, gradients and the final state of rank 0 to a file.

    Args:
        rank (int): Rank of this process.
        world_size (int): Number of processes.
        out (Path): File to write, with an entry for each method.
        config (Path): Config of the network.
        methods (dict[str, dict]): Changes of the config by name of the method.
        num_iters (int): Number of iterations.
    """
    torch.set_num_threads(1)

    def results():
        return {
            name: _train(rank, world_size, config, changes, num_iters)
            for name, changes in methods.items()
        }

    if world_size == 1:
        torch.save(results(), out)
        return
    torch.distributed.init_process_group(
        'gloo',
        init_method=f'file://{out}.init',
        rank=rank,
        world_size=world_size,
    )
    found = results()
    if rank == 0:
        torch.save(found, out)
    # no rank leaves while another still needs the group
    torch.distributed.barrier()
    torch.distributed.destroy_process_group()


def _train(rank, world_size, config, changes, num_iters):
    network = build(config, changes)
    model: nn.Module = network
    if world_size > 1:
        model = DistributedDataParallel(
            network, broadcast_buffers=False, find_unused_parameters=True
        )
    optimizer = torch.optim.SGD(
        [p for p in network.parameters() if p.requires_grad], 0.01, 0.9
    )
    share = NUM_IMAGES // world_size
    mine = slice(rank * share, (rank + 1) * share)
    losses, gradients = [], []
    for inputs, samples in batches(num_iters):
        if network.key_encoder is not None:
            network.key_encoder.update(network)
        found = model(inputs[mine], samples[mine], mode='loss')
        optimizer.zero_grad()
        sum(found.values()).backward()
        losses.append(torch.stack([v.detach() for v in found.values()]))
        gradients.append(
            {
                name: p.grad.clone()
                for name, p in network.named_parameters()
                if name in WATCHED and p.grad is not None
            }
        )
        optimizer.step()
        network.memory.commit()
    losses = torch.stack(losses)
    if world_size > 1:
        torch.distributed.all_reduce(losses)
        losses /= world_size
    state = {
        name: value
        for name, value in network.state_dict().items()
        if name.removeprefix('key_encoder.') in WATCHED
        or name.startswith('memory.')
    }
    return losses, gradients, state
