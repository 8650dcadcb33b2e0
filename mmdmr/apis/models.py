"""Loading of embedders: two networks, a bundle, or a checkpoint."""

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple, Protocol

from mmdmr.errors import InputError
from mmdmr.files import project_root
from mmdmr.inference import Embedder
from mmdmr.inference.bundle import FILES, MANIFEST, is_bundle
from mmdmr.inference.description import SUFFIXES, load_yaml, read_description
from mmdmr.inference.find import find_own_description, nearest_description
from mmdmr.stack import is_trusting

#: What :func:`origin_of` gives.
_ORIGIN = {'config', 'checkpoint', 'folder'}


class _Options(NamedTuple):
    """Options of :func:`load_embedder`, None where none is given."""

    checkpoint: str | Path | None
    threads: int | None
    score_thr: float | None
    device: str | None
    folder: str | Path | None
    providers: Sequence[str | tuple[str, dict]] | None
    batch_size: int | None


def load_embedder(
    config: str | Path,
    checkpoint: str | Path | None = None,
    *,
    threads: int | None = None,
    score_thr: float | None = None,
    device: str | None = None,
    folder: str | Path | None = None,
    providers: Sequence[str | tuple[str, dict]] | None = None,
    batch_size: int | None = None,
) -> Embedder:
    """Make the embedder that a config describes.

    Args:
        config (str | Path): One of

            - a YAML file that describes a detector and a re-ID network in
              ONNX files, see :mod:`mmdmr.inference.description`; PyTorch is
              not needed;
            - the name of such a description in this package; its networks are
              looked for in the working folder;
            - a bundle: the folder that ``mmdmr export_onnx`` makes of a
              person-search network; PyTorch is not needed;
            - a config of a person-search network, by path or name, which
              needs a checkpoint, PyTorch and MMDetection.
        checkpoint (str | Path | None): Weights of a person-search network.
            Defaults to None.
        threads (int | None): Threads of a computation. Defaults to None: as
            many as the library finds cores.
        score_thr (float | None): Least score of a detection, in [0, 1].
            Defaults to None: as the description or the config says.
        device (str | None): Device that PyTorch computes on, such as
            ``cuda:1``. Defaults to None: ``cpu``.
        folder (str | Path | None): Folder of the networks of a description
            that is named without a path. Defaults to None: the working
            folder.
        providers (Sequence[str | tuple[str, dict]] | None): Execution
            providers of ONNX Runtime, such as ``CUDAExecutionProvider``.
            Defaults to None: the CPU.
        batch_size (int | None): Greatest number of images in a run of a
            bundle. Defaults to None: 1.

    Returns:
        Embedder: The embedder.

    Raises:
        FileNotFoundError: A file is missing.
        InputError: A file or an option is wrong, or config, checkpoint and
            options do not go together.
        StackError: The config is that of a person-search network, and PyTorch
            or MMDetection is missing.

    Example::

        embedder = load_embedder('my_networks.yaml', threads=2)
        detections = embedder.embed([cv2.imread('street.jpg')])
    """
    if score_thr is not None and not 0 <= score_thr <= 1:
        raise InputError(f'score_thr must be in [0, 1], not {score_thr}')
    if threads is not None and threads < 1:
        raise InputError(f'threads must be at least 1, not {threads}')
    options = _Options(
        *(checkpoint, threads, score_thr, device),
        *(folder, providers, batch_size),
    )
    return _loader(str(config))(str(config), options)


def needs_checkpoint(config: str | Path) -> bool:
    """Tell whether a model is a network of PyTorch.

    Args:
        config (str | Path): Model, as for :func:`load_embedder`.

    Returns:
        bool: True if the model needs a checkpoint, False if it is run by
        ONNX Runtime.

    Raises:
        FileNotFoundError: A description is missing.
        InputError: The model cannot be read.

    Example:
        >>> needs_checkpoint('dmrnet_faster-rcnn_r50_fpn_1x_prw')
        True
    """
    return _loader(str(config)) is _load_checkpoint


def origin_of(
    config: str | Path, checkpoint: str | Path | None, folder: str | Path
) -> dict[str, str]:
    """Arguments that load a model again, from any working folder.

    Args:
        config (str | Path): As for :func:`load_embedder`.
        checkpoint (str | Path | None): As for :func:`load_embedder`.
        folder (str | Path): Folder of the networks of a description that is
            named without a path.

    Returns:
        dict[str, str]: Arguments of :func:`load_embedder`, with absolute
        paths of the files that exist.
    """
    files = dict(config=config, checkpoint=checkpoint)
    origin = {
        key: os.path.abspath(file) if os.path.exists(file) else str(file)
        for key, file in files.items()
        if file is not None
    }
    if checkpoint is None and not os.path.exists(config):
        # A description of this package, named without a path.
        origin['folder'] = os.path.abspath(folder)
    return origin


def check_origin(origin: dict[str, str], gallery: str) -> None:
    """Check that the model that a gallery names runs no code.

    A gallery may come from others, and a config is a program.

    Args:
        origin (dict[str, str]): Arguments of :func:`load_embedder` that the
            gallery holds, see :func:`origin_of`.
        gallery (str): The gallery, for the message.

    Raises:
        FileNotFoundError: The model is missing.
        InputError: The arguments are others than :func:`origin_of` gives, or
            the model is a config outside of this package.

    Example:
        >>> check_origin(dict(config='yolox-nano_osnet-x0.25'), 'my.gallery')
    """
    if not _ORIGIN >= set(origin) >= {'config'} or not all(
        isinstance(value, str) for value in origin.values()
    ):
        raise InputError(
            f'{gallery} does not say how its model is loaded; name the model'
        )
    path, own = Path(origin['config']), project_root() / 'configs'
    if (
        is_trusting()
        or not path.is_file()
        or own in path.resolve().parents
        or not needs_checkpoint(path)
    ):
        return
    raise InputError(
        f'{gallery} names the config {path}, which is not run, since a config '
        'is a program and a gallery may come from others: name the model '
        f'yourself, --model {path} --checkpoint {origin.get("checkpoint")} '
        '(in Python, PersonSearcher(config, checkpoint))'
    )


class _Loader(Protocol):
    """A function that makes an embedder of one kind."""

    def __call__(self, name: str, options: _Options) -> Embedder: ...


def _loader(name: str) -> _Loader:
    """Choose by what a config is; the place for further kinds of models."""
    path = Path(name)
    if is_bundle(path):
        return _load_bundle
    if path.is_dir():
        raise InputError(
            f'{name} is a folder, but no bundle of "mmdmr export_onnx": it '
            f'has no {MANIFEST}'
        )
    if path.suffix not in SUFFIXES or not path.is_file():
        if find_own_description(name) and not path.is_file():
            return _load_two_step
        if path.suffix in SUFFIXES:
            raise FileNotFoundError(
                f'{name} is neither a file nor the name of a description in '
                f'this package.{nearest_description(name)}'
            )
        if path.suffix == '.onnx':
            if path.name in FILES and is_bundle(path.parent):
                raise InputError(
                    f'{name} is a part of a bundle: name its folder, '
                    f'{path.parent}'
                )
            raise InputError(
                f'{name} is a network alone: describe it and a second '
                'network in a YAML file, and name that file'
            )
        return _load_checkpoint
    content = load_yaml(path)
    # MMEngine reads configs from YAML as well.
    if isinstance(content, dict) and 'model' in content:
        return _load_checkpoint
    return _load_two_step


def _load_two_step(name: str, options: _Options) -> Embedder:
    """Embedder of two ONNX networks."""
    unused = ('checkpoint', 'device', 'batch_size')
    _refuse(name, options, 'two ONNX networks', unused)
    # ONNX Runtime is loaded where it is used only.
    with _extra_needed(name):
        from mmdmr.inference.two_step import TwoStepEmbedder
    path, folder = Path(name), None
    if not path.is_file():
        path = find_own_description(name) or path
        folder = Path(options.folder or '')
    described = read_description(path, folder)
    if options.score_thr is not None:
        described = replace(
            described,
            detector=replace(described.detector, score_thr=options.score_thr),
        )
    more: dict[str, Any] = {}
    if options.providers is not None:
        more['providers'] = options.providers
    try:
        return TwoStepEmbedder(described, options.threads, **more)
    except FileNotFoundError as error:
        if folder is None:
            raise
        raise FileNotFoundError(
            f'{error} in the folder {folder.absolute()}; {path} says where '
            'to find the networks'
        ) from error


def _load_bundle(name: str, options: _Options) -> Embedder:
    """Embedder of an exported person-search network."""
    _refuse(name, options, 'a bundle', ('checkpoint', 'device'))
    with _extra_needed(name):
        from mmdmr.inference.bundle_embedder import BundleEmbedder
    more: dict[str, Any] = {}
    if options.providers is not None:
        more['providers'] = options.providers
    return BundleEmbedder(
        name,
        threads=options.threads,
        score_thr=options.score_thr,
        batch_size=options.batch_size,
        **more,
    )


@contextmanager
def _extra_needed(name: str) -> Iterator[None]:
    """Say how to install what a model without PyTorch needs."""
    try:
        yield
    except ModuleNotFoundError as error:
        raise InputError(
            f'{name} needs {error.name}. Run: pip install "mmdmr[search]"'
        ) from error


def _load_checkpoint(name: str, options: _Options) -> Embedder:
    """Embedder of a person-search network and its weights."""
    from mmdmr.stack import require_stack

    unused = ('providers', 'batch_size')
    _refuse(name, options, 'a person-search network', unused)
    if options.checkpoint is None:
        raise InputError(
            f'{name} is neither a bundle nor a description of two ONNX '
            'networks; the config of a person-search network needs a '
            f'checkpoint beside it.{nearest_description(name)}'
        )
    require_stack()
    # PyTorch is loaded where it is used only.
    from .checkpoint_embedder import CheckpointEmbedder

    return CheckpointEmbedder(
        name,
        options.checkpoint,
        threads=options.threads,
        score_thr=options.score_thr,
        device=options.device or 'cpu',
    )


def _refuse(
    name: str, options: _Options, kind: str, unused: tuple[str, ...]
) -> None:
    """Refuse options that a kind of model does not have."""
    for option in unused:
        value = getattr(options, option)
        if value is not None:
            raise InputError(
                f'{name} is {kind}, which takes no {option}: leave out {value}'
            )
