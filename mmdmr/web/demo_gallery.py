"""The gallery of ``make demo``: its network, its scenes of the test."""

from pathlib import Path

from mmdmr.apis import PersonSearcher
from mmdmr.apis.index_options import Progress
from mmdmr.errors import InputError
from mmdmr.gallery import Gallery
from mmdmr.readers import CUHKSYSUReader

#: Name of the scenes in the gallery.
SOURCE = 'synthetic test scenes'


def find_checkpoint(work_dir: str | Path) -> Path:
    """Find the network that the demonstration trained.

    Args:
        work_dir (str | Path): Folder of the demonstration.

    Returns:
        Path: The best checkpoint, or the newest if none is marked as best.

    Raises:
        InputError: There is none.
    """
    for pattern in ('best_*.pth', 'epoch_*.pth'):
        found = sorted(
            Path(work_dir).glob(pattern), key=lambda x: x.stat().st_mtime
        )
        if found:
            return found[-1]
    raise InputError(
        f'{work_dir}: no trained network is here. Run "make demo" first, or '
        'name a gallery of "mmdmr index_gallery": --gallery DIR'
    )


def index_demo(
    searcher: PersonSearcher,
    work_dir: str | Path,
    data_root: str | Path,
    progress: Progress,
) -> Path:
    """Index the scenes of the demonstration's test, unless they are indexed.

    Args:
        searcher (PersonSearcher): The demonstration's network.
        work_dir (str | Path): Folder of the demonstration.
        data_root (str | Path): Folder of the scenes.
        progress (Progress): Shows the progress.

    Returns:
        Path: Folder of the gallery; another one for each network.

    Raises:
        FileNotFoundError: The scenes are missing.
        InputError: The scenes cannot be indexed.
    """
    reader = CUHKSYSUReader(data_root, test=True)
    names = reader.read_ground_truth().img_names
    folder = Path(data_root, reader.img_dir)
    gallery = Path(
        work_dir, f'scenes-{searcher.model.fingerprint[:8]}.gallery'
    )
    if _holds(gallery, len(names)):
        return gallery
    print(f'Indexing {len(names)} scenes once, into {gallery}:', flush=True)
    searcher.index(
        [folder / name for name in names],
        gallery,
        name=SOURCE,
        progress=progress,
    )
    return gallery


def _holds(gallery: Path, num_scenes: int) -> bool:
    """Whether a former indexing came to its end."""
    if not gallery.exists():
        return False
    with Gallery.open(gallery) as opened:
        return opened.num_frames >= num_scenes
