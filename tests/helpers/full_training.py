"""A whole training and its tests, on one rank or several, in few seconds."""

from hashlib import sha256

from mmengine.dist import is_distributed
from narrow_backbone import NARROW

from mmdmr.config import load_config, load_run_config
from mmdmr.engine.launch import build_runner
from mmdmr.engine.safe_globals import register_safe_globals
from mmdmr.engine.submodule import network_of
from mmdmr.synthetic import Settings, generate

CONFIG = 'dmrnet_faster-rcnn_r18_fpn_synthetic.py'
#: Seven test images: on two ranks and on three, the sampler repeats some.
SCENES = Settings(
    images=12, test_images=7, identities=6, test_identities=4, queries=4
)
NUM_ITERS = 9


def save_config(folder):
    """Write scenes, and the config of a training on two ranks.

    Batch norms learn, gradients are accumulated, persons without identity
    have a loss, and images are shuffled and flipped at random.

    Args:
        folder (Path): Folder to write into.
    """
    generate(folder / 'scenes', SCENES)
    options = {
        **NARROW,
        'model.reid_head.out_channels': 16,
        'model.reid_head.loss_unlabelled': dict(
            type='mmdmr.UnlabelledContrastiveLoss'
        ),
        'model.memory.num_labelled': 24,
        'model.memory.num_unlabelled': 12,
        'optim_wrapper.accumulative_counts': 2,
        'train_dataloader.batch_size': 2,
        'train_cfg.max_epochs': 3,
        'train_cfg.val_begin': 9,
        'model.test_cfg.rcnn.score_thr': 0.0,
        'model.test_cfg.rcnn.max_per_img': 5,
    }
    cfg = load_config(
        CONFIG, data_root=str(folder / 'scenes'), options=options
    )
    for loader in ('train', 'val', 'test'):
        for step in cfg[f'{loader}_dataloader'].dataset.pipeline:
            if step.type == 'Resize':
                step.scale = (96, 64)
    for evaluator in (cfg.val_evaluator, cfg.test_evaluator):
        evaluator.score_thr = 0.0
    cfg.dump(folder / 'c.py')
    return folder / 'c.py'


def train(config):
    """Train; what this rank then holds, and finds in a validation.

    Args:
        config (Path): File of :func:`save_config`.

    Returns:
        tuple[dict[str, str], dict[str, float], dict[str, str]]: Digests,
        metrics, and digests after the validation.
    """
    runner = _runner(config)
    runner.train()
    network = network_of(runner.model)
    assert network.memory.commits == NUM_ITERS
    return digests(network), runner.val_loop.run(), digests(network)


def score(config, checkpoint, dump):
    """Test a checkpoint; its metrics. Its predictions are written."""
    entries = {
        'load_from': str(checkpoint),
        'test_evaluator.dump_file': str(dump),
    }
    return _runner(config, entries).test()


def _runner(config, entries=None):
    register_safe_globals()
    cfg = load_run_config(
        str(config),
        work_dir=str(config.parent / 'work'),
        launcher='pytorch' if is_distributed() else 'none',
        options=entries,
    )
    return build_runner(cfg)


def digests(network):
    """SHA-256 of all bits of the parts of a network, by name.

    Running statistics of batch norms are a part of their own: each rank has
    those of its images.
    """
    found = {}
    for name, value in sorted(network.state_dict().items()):
        part = name.split('.')[0]
        if 'running_' in name:
            part = 'statistics'
        elif part not in ('memory', 'key_encoder'):
            part = 'network'
        digest = found.setdefault(part, sha256())
        digest.update(name.encode() + value.numpy().tobytes())
    return {part: digest.hexdigest() for part, digest in found.items()}
