"""Graphs of a bundle in fewer bits: fp16 and int8."""

import hashlib
import shutil
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import onnx
from onnxruntime.quantization import (
    CalibrationDataReader,
    QuantType,
    quantize_dynamic,
    quantize_static,
)
from onnxruntime.quantization.preprocess import quant_pre_process
from onnxruntime.transformers.float16 import convert_float_to_float16

from mmdmr.errors import InputError
from mmdmr.inference.bundle import FEATURES, digest, graph_names
from mmdmr.inference.bundle_description import BundleDescription, BundleInput
from mmdmr.inference.bundle_preprocessing import plan_resize, prepare

FP32, FP16, INT8 = PRECISIONS = ('fp32', 'fp16', 'int8')
#: Layers of the first graph that work on int8: convolutions, and what stands
#: between them, so that values need not be turned into floats and back.
_STATIC = (
    *('Conv', 'Add', 'Relu', 'Clip', 'MaxPool', 'Resize'),
    *('MatMul', 'Gemm'),
)
#: Layers of the graphs that work on regions.
_DYNAMIC = ('MatMul', 'Gemm')


def convert_graphs(
    folder: Path,
    description: BundleDescription,
    precision: str,
    images: Callable[[], Iterable[np.ndarray]],
) -> BundleDescription:
    """Convert the graphs of an fp32 bundle in place.

    fp16: weights and computation are float16, inputs and outputs float32.

    int8: weights are int8, with a scale for each channel. In the first graph,
    values are uint8, within the ranges that the images show. In the graphs
    that work on regions, ranges are measured at each run.

    Args:
        folder (Path): Folder with the graphs.
        description (BundleDescription): Description of the bundle.
        precision (str): ``fp16`` or ``int8``.
        images (Callable): Gives (h, w, 3) uint8 BGR images, like those that
            will be searched. Used for int8.

    Returns:
        BundleDescription: The description with precision, name and
        fingerprint of its own; ``files`` and ``verified`` do not hold any
        more.

    Raises:
        InputError: There is no image to measure ranges on.
    """
    names = graph_names(description)
    for name in names:
        with TemporaryDirectory() as drafts:
            draft = Path(drafts, name)
            if precision == FP16:
                _to_fp16(folder / name, draft)
            elif name == FEATURES:
                inputs = _Inputs(images(), description.input)
                _to_int8(folder / name, draft, inputs)
            else:
                _to_int8(folder / name, draft)
            shutil.copyfile(draft, folder / name)
    digests = [digest(folder / name)['sha256'] for name in names]
    text = ' '.join([description.fingerprint, *digests])
    return replace(
        description,
        precision=precision,
        name=f'{description.name}, {precision}',
        fingerprint=hashlib.sha256(text.encode()).hexdigest(),
    )


def _to_fp16(source: Path, target: Path) -> None:
    graph = convert_float_to_float16(onnx.load(source), keep_io_types=True)
    onnx.save(graph, target)


def _to_int8(
    source: Path, target: Path, inputs: '_Inputs | None' = None
) -> None:
    """Write a graph with int8 layers, static ones if inputs are given."""
    prepared = target.with_name('prepared.onnx')
    # Folds constants, which ONNX Runtime asks for before it quantises.
    quant_pre_process(source, prepared, skip_symbolic_shape=True)
    if inputs is None:
        quantize_dynamic(
            prepared,
            target,
            op_types_to_quantize=list(_DYNAMIC),
            per_channel=True,
            weight_type=QuantType.QInt8,
        )
        return
    if inputs.ahead is None:
        raise InputError('int8 needs images to measure ranges on')
    quantize_static(
        prepared,
        target,
        inputs,
        op_types_to_quantize=list(_STATIC),
        per_channel=True,
        activation_type=QuantType.QUInt8,
        weight_type=QuantType.QInt8,
    )


class _Inputs(CalibrationDataReader):
    """Inputs of the first graph, one image at a time.

    Args:
        images (Iterable[np.ndarray]): Images.
        settings (BundleInput): Input of the network.

    Attributes:
        ahead (dict | None): Input of the next image; None at the end.
    """

    def __init__(
        self, images: Iterable[np.ndarray], settings: BundleInput
    ) -> None:
        self._made = _made(images, settings)
        self.ahead = next(self._made, None)

    def get_next(self) -> dict[str, np.ndarray] | None:
        """Give the next input, as ONNX Runtime asks for it."""
        given, self.ahead = self.ahead, next(self._made, None)
        return given


def _made(
    images: Iterable[np.ndarray], settings: BundleInput
) -> Iterator[dict[str, np.ndarray]]:
    for image in images:
        resized = plan_resize(image.shape[1], image.shape[0], settings)
        yield dict(images=prepare(image, resized, settings)[None])
