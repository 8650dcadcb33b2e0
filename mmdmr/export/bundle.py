"""Writing a bundle, completely or not at all."""

import json
import shutil
from collections.abc import Callable, Iterable
from dataclasses import asdict, replace
from pathlib import Path
from typing import NamedTuple

import numpy as np

from mmdmr.apis.calibration import calibration_path
from mmdmr.apis.checkpoint_embedder import CheckpointEmbedder
from mmdmr.errors import InputError
from mmdmr.inference.bundle import (
    CALIBRATION,
    EMBEDDING,
    FEATURES,
    FILES,
    FORMAT,
    MANIFEST,
    ROIS,
    digest,
    graph_names,
    is_bundle,
)
from mmdmr.inference.bundle_description import (
    BundleDescription,
    TwoStageDetector,
)
from mmdmr.inference.bundle_embedder import BundleEmbedder
from mmdmr.inference.checked_fields import write_mapping
from mmdmr.version import __version__

from .graphs import write_embedding, write_features, write_rois
from .precision import FP32, INT8, convert_graphs
from .scenes import drawn_scenes
from .settings import describe_detector, describe_embedding, describe_input
from .verification import (
    ALIKE,
    LEAST_COSINE,
    MOST_PIXELS,
    Verification,
    verify,
)


class ExportReport(NamedTuple):
    """What was written.

    Args:
        folder (Path): Folder of the bundle.
        sizes (dict[str, int]): Bytes of each file.
        verification (Verification): Differences from the checkpoint.
    """

    folder: Path
    sizes: dict[str, int]
    verification: Verification


def export_bundle(
    config: str,
    checkpoint: str | Path,
    out: str | Path,
    *,
    score_thr: float | None = None,
    images: Callable[[], Iterable[np.ndarray]] | None = None,
    overwrite: bool = False,
    precision: str = FP32,
) -> ExportReport:
    """Write a trained network as a bundle that needs no PyTorch.

    The bundle is run beside the network on some images. A bundle that differs
    is not left behind. In fp16 or int8, a bundle that agrees is converted; the
    report then says how far the converted bundle differs.

    Args:
        config (str): Path of a config, or base name of a config of this
            package.
        checkpoint (str | Path): File of the weights. The bundle gets a copy
            of its calibration, or keeps that of the bundle it replaces.
        out (str | Path): Folder of the bundle.
        score_thr (float | None): Least score of a detection, in [0, 1].
            Defaults to None: as the config says.
        images (Callable | None): Gives (h, w, 3) uint8 BGR images to verify
            the bundle on. For int8, which measures its ranges on them, they
            must be like those that will be searched. Defaults to None: drawn
            scenes.
        overwrite (bool): True if ``out`` may be a bundle, which is replaced.
            Defaults to False.
        precision (str): ``fp32``, ``fp16`` or ``int8``. Defaults to 'fp32'.

    Returns:
        ExportReport: Sizes, and the measured differences.

    Raises:
        FileExistsError: ``out`` exists.
        FileNotFoundError: The config or the checkpoint is missing.
        InputError: The network cannot be exported, the bundle gives other
            results than the network, or int8 lacks images.

    Example::

        report = export_bundle(
            'dmrnet_faster-rcnn_r18_fpn_synthetic', 'epoch_5.pth', 'my.bundle')
        print(report.verification)
    """
    out = Path(out)
    check_bundle_target(out, overwrite)
    if precision == INT8 and images is None:
        raise InputError(
            'int8 needs images like those that will be searched (--images): '
            'it measures its ranges on them'
        )
    images = images or drawn_scenes
    embedder = CheckpointEmbedder(config, checkpoint, score_thr=score_thr)
    draft = out.with_name(f'{out.name}.part')
    draft.parent.mkdir(parents=True, exist_ok=True)
    _clear(draft)
    draft.mkdir()
    try:
        description = _write_graphs(draft, embedder)
        # Other weights give other similarities.
        if precision == FP32:
            _copy_calibration(
                draft, calibration_path(config, checkpoint), out / CALIBRATION
            )
        write_description(draft, description)
        found = _verify(draft, embedder, images(), out)
        if precision != FP32:
            description = convert_graphs(draft, description, precision, images)
            write_description(draft, description)
            embedder.score_thr = description.score_thr
            found = verify(embedder, BundleEmbedder(draft), images(), ALIKE)
        description = replace(description, verified=asdict(found))
        write_description(draft, description)
        put_bundle(draft, out)
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    sizes = {path.name: path.stat().st_size for path in sorted(out.iterdir())}
    return ExportReport(out, sizes, found)


def check_bundle_target(out: Path, overwrite: bool) -> None:
    """Check that a bundle may be written to a folder.

    Args:
        out (Path): The folder.
        overwrite (bool): True if it may be a bundle, which is replaced.

    Raises:
        FileExistsError: The path is taken, or the bundle holds other files.
    """
    if not out.exists() and not out.is_symlink():
        return
    if not is_bundle(out):
        raise FileExistsError(
            f'{out} exists already and is no bundle; name another folder'
        )
    if not overwrite:
        raise FileExistsError(
            f'{out} is a bundle already; remove it, name another folder, or '
            'overwrite it (--overwrite)'
        )
    _check_ours(out)


def write_description(folder: Path, description: BundleDescription) -> None:
    """Write ``bundle.json`` with sizes and digests of the graphs.

    Args:
        folder (Path): Folder with the graphs.
        description (BundleDescription): The description; its ``files`` are
            ignored.

    Raises:
        OSError: A file is missing, or cannot be written.
    """
    files = {name: digest(folder / name) for name in graph_names(description)}
    content = write_mapping(replace(description, files=files))
    text = json.dumps(content, indent=1, allow_nan=False) + '\n'
    (folder / MANIFEST).write_text(text, encoding='utf-8')


def put_bundle(draft: Path, out: Path) -> None:
    """Rename a finished bundle, in place of an older one if there is one.

    Args:
        draft (Path): Finished bundle, on the same file system.
        out (Path): Its folder.

    Raises:
        OSError: The folder cannot be renamed.
    """
    old = out.with_name(f'{out.name}.old')
    _clear(old)
    if out.exists():
        out.rename(old)
    draft.rename(out)
    _clear(old)


def _clear(folder: Path) -> None:
    """Remove a bundle, complete or not, if there is one."""
    if folder.exists():
        _check_ours(folder)
        shutil.rmtree(folder)


def _check_ours(folder: Path) -> None:
    """Check that a folder holds nothing but a bundle, or a part of one."""
    ours = {*FILES, MANIFEST, CALIBRATION}
    for path in folder.iterdir():
        if path.name not in ours:
            raise FileExistsError(
                f'{path} is no part of a bundle, and would be deleted with '
                f'{folder}; move it elsewhere'
            )


def _copy_calibration(draft: Path, *sources: Path) -> None:
    """Take over the first calibration that exists.

    A search uses it only if it is one of the same fingerprint.
    """
    for source in sources:
        if source.exists():
            shutil.copyfile(source, draft / CALIBRATION)
            return


def _verify(
    draft: Path,
    embedder: CheckpointEmbedder,
    images: Iterable[np.ndarray],
    out: Path,
) -> Verification:
    """Compare a finished bundle with the network; raise if they differ."""
    # All detections are compared, those below the threshold as well: a
    # network may be sure of nothing in a drawing.
    embedder.score_thr = 0.0
    found = verify(embedder, BundleEmbedder(draft, score_thr=0.0), images)
    if not found.detections:
        raise InputError(
            f'{out} is not written: the network detects nothing in the '
            'images, so that boxes cannot be compared; name pictures of '
            'persons (--images)'
        )
    if not found.agrees:
        raise InputError(
            f'{out} is not written: the bundle differs from the network '
            f'({found}; allowed are {MOST_PIXELS:g} pixels and a cosine of '
            f'{LEAST_COSINE:g}). An operator of the network may depend on the '
            'size of the image: use config and checkpoint as they are'
        )
    return found


def _write_graphs(
    folder: Path, embedder: CheckpointEmbedder
) -> BundleDescription:
    """Write the graphs and describe them."""
    network = embedder.network
    description = BundleDescription(
        FORMAT,
        __version__,
        embedder.model.name,
        embedder.model.fingerprint,
        embedder.model.dim,
        embedder.model.trained_on,
        FP32,
        embedder.score_thr,
        describe_input(embedder.steps, network.data_preprocessor),
        describe_detector(network),
        describe_embedding(network),
        files={},
        verified={},
    )
    detector = description.detector
    two_stage = isinstance(detector, TwoStageDetector)
    write_features(
        folder / FEATURES,
        network,
        network.rpn_head if two_stage else network.bbox_head,
        description.maps,
        description.head.outputs,
    )
    if isinstance(detector, TwoStageDetector):
        write_rois(folder / ROIS, network.roi_head, detector.rois.pooling)
    write_embedding(
        folder / EMBEDDING, network.reid_head, description.embedding
    )
    return description
