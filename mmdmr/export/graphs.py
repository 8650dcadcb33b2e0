"""The parts of a network as ONNX graphs."""

import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import onnx
import torch
from mmcv.ops import RoIAlign
from onnx import TensorProto, helper
from torch import Tensor, nn

from mmdmr.inference.bundle_description import RoiPooling
from mmdmr.inference.roi_pooling import roi_inputs
from mmdmr.models import PersonSearchMixin

from .settings import map_name, refuse

#: The first version whose RoiAlign has MMCV's half pixel is 16.
_OPSET = 17
#: Name of the pooled regions within a graph.
_POOLED = 'pooled'
#: Sides of the image that is traced; the graph takes any.
_SIDES = (128, 160)


class _Features(nn.Module):
    """Images to maps and to the outputs of the dense head."""

    def __init__(
        self, network: PersonSearchMixin, head: nn.Module, maps: Sequence[str]
    ) -> None:
        super().__init__()
        self.network, self.head, self.maps = network, head, maps

    def forward(self, images: Tensor) -> tuple[Tensor, ...]:
        feats = self.network.extract_feat(images)
        named = {map_name(level): feat for level, feat in enumerate(feats)}
        outputs = [output for kind in self.head(feats) for output in kind]
        return (*(named[name] for name in self.maps), *outputs)


class _Embedding(nn.Module):
    """Pooled regions to embeddings."""

    head: Any

    def __init__(self, head: Any) -> None:
        super().__init__()
        self.head = head

    def forward(self, pooled: Tensor) -> Tensor:
        return self.head.embed(pooled)


def write_features(
    path: Path,
    network: PersonSearchMixin,
    head: Any,
    maps: Sequence[str],
    outputs: Sequence[str],
) -> None:
    """Write the graph from images to maps and to outputs of the dense head.

    Args:
        path (Path): ONNX file.
        network (PersonSearchMixin): The network.
        head (nn.Module): Its dense head.
        maps (Sequence[str]): Names of the maps to hand over.
        outputs (Sequence[str]): Names of the outputs of the head.

    Raises:
        InputError: The network has an operator that ONNX lacks.
    """
    axes = {0: 'n', 2: 'h', 3: 'w'}
    names = [*maps, *outputs]
    _export(
        _Features(network, head, maps),
        torch.zeros(2, 3, *_SIDES),
        path,
        'images',
        {
            'images': axes,
            # Sizes of the outputs have names of their own.
            **{
                name: {k: f'{name}_{v}' for k, v in axes.items()}
                for name in names
            },
        },
    )


def write_rois(path: Path, roi_head: Any, pooling: RoiPooling) -> None:
    """Write the graph from maps and proposals to scores and coded boxes.

    Args:
        path (Path): ONNX file.
        roi_head (nn.Module): Second stage of a detector.
        pooling (RoiPooling): Maps of the proposals.

    Raises:
        InputError: The head pools in a way that ONNX lacks.
    """
    extractor = roi_head.bbox_roi_extractor
    _write_on_rois(
        path, roi_head.bbox_head, ('scores', 'boxes'), extractor, pooling
    )


def write_embedding(path: Path, reid_head: Any, pooling: RoiPooling) -> None:
    """Write the graph from maps and boxes to embeddings of unit length.

    Args:
        path (Path): ONNX file.
        reid_head (nn.Module): Head that embeds persons.
        pooling (RoiPooling): Maps of the boxes.

    Raises:
        InputError: The head pools in a way that ONNX lacks.
    """
    _write_on_rois(
        *(path, _Embedding(reid_head), ('embeddings',)),
        *(reid_head.roi_extractor, pooling),
    )


def _write_on_rois(
    path: Path,
    head: Any,
    outputs: Sequence[str],
    extractor: Any,
    pooling: RoiPooling,
) -> None:
    """Write a head with pooled regions in front of it.

    MMCV's own export of RoIAlign is made for older versions of ONNX, so the
    operators are written here.
    """
    layers = list(extractor.roi_layers)
    height, width = layers[0].output_size
    _export(
        head,
        torch.zeros(2, extractor.out_channels, height, width),
        path,
        _POOLED,
        {name: {0: 'm'} for name in (_POOLED, *outputs)},
    )
    model = onnx.load(path)
    nodes, pooled = [], []
    for level, (name, layer) in enumerate(zip(pooling.maps, layers)):
        nodes.append(_roi_align(layer, name, level))
        pooled += nodes[-1].output
    nodes.append(helper.make_node('Concat', pooled, [_POOLED], axis=0))
    graph = helper.make_graph(
        [*nodes, *model.graph.node],
        'rois',
        _roi_infos(pooling, extractor.out_channels),
        model.graph.output,
        model.graph.initializer,
    )
    model.graph.CopyFrom(graph)
    onnx.checker.check_model(model)
    onnx.save(model, path)


def _roi_align(layer: Any, name: str, level: int) -> onnx.NodeProto:
    """RoIAlign of one map as an operator of ONNX."""
    if type(layer) is not RoIAlign or not (
        layer.pool_mode == 'avg' and layer.aligned
    ):
        refuse(
            f'{type(layer).__name__} is not RoIAlign with pool_mode="avg" and '
            'aligned=True'
        )
    height, width = layer.output_size
    return helper.make_node(
        'RoiAlign',
        [name, f'rois{level}', f'images{level}'],
        [f'{_POOLED}{level}'],
        output_height=height,
        output_width=width,
        sampling_ratio=max(layer.sampling_ratio, 0),
        spatial_scale=float(layer.spatial_scale),
        coordinate_transformation_mode='half_pixel',
        mode='avg',
    )


def _roi_infos(
    pooling: RoiPooling, channels: int
) -> list[onnx.ValueInfoProto]:
    """Inputs of a graph that pools regions."""
    infos = [
        helper.make_tensor_value_info(
            name,
            TensorProto.FLOAT,
            ['n', channels, f'{name}_h', f'{name}_w'],
        )
        for name in pooling.maps
    ]
    for name in roi_inputs(len(pooling.maps)):
        kind, level = TensorProto.INT64, name[len('images') :]
        shape: list[str | int] = [f'm{level}']
        if name.startswith('rois'):
            kind, level = TensorProto.FLOAT, name[len('rois') :]
            shape = [f'm{level}', 4]
        infos.append(helper.make_tensor_value_info(name, kind, shape))
    return infos


def _export(
    module: Any,
    example: Tensor,
    path: Path,
    input_name: str,
    axes: dict[str, dict[int, str]],
) -> None:
    """Trace a module into an ONNX file."""
    outputs = [name for name in axes if name != input_name]
    with warnings.catch_warnings():
        # Tracing warns of sizes that Python reads, such as those of maps that
        # MMDetection checks; verification tries other sizes.
        warnings.simplefilter('ignore')
        try:
            torch.onnx.export(
                module.eval(),
                (example,),
                str(path),
                input_names=[input_name],
                output_names=outputs,
                dynamic_axes=axes,
                opset_version=_OPSET,
                # The newer exporter fails on two-stage detectors.
                dynamo=False,
            )
        except torch.onnx.errors.OnnxExporterError as error:
            first = str(error).strip().splitlines()[0]
            refuse(f'ONNX lacks an operator of the network ({first})')
