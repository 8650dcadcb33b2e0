"""A tiny network on the small set in the layout of PRW."""

from prw_samples import write_prw
from tiny_checkpoint import save_tiny_checkpoint


def save_tiny_prw(folder):
    """Write config and checkpoint whose test set are five frames.

    Args:
        folder (Path): Folder to write into.
    """
    root = folder / 'data'
    root.mkdir()
    write_prw(root)

    def change(cfg):
        cfg.test_dataloader.dataset.update(
            type='mmdmr.PRWDataset', data_root=str(root), protocols=['all']
        )

    return save_tiny_checkpoint(folder, change=change)
