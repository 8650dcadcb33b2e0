"""Tiny ONNX networks, made on the spot."""

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper


def save_network(path, nodes, inputs, outputs, constants=None):
    """Write a network.

    Args:
        path (Path): The file.
        nodes (list): Triples of an operator, names of inputs and names of
            outputs; a fourth entry holds attributes.
        inputs (dict): Shapes by name; a text is an axis of any size. A pair of
            a type and a shape makes an input that is not float32.
        outputs (dict): The same for outputs.
        constants (dict): Arrays by name.
    """

    def infos(entries):
        made = []
        for name, entry in entries.items():
            kind, shape = (
                entry
                if isinstance(entry, tuple)
                else (TensorProto.FLOAT, entry)
            )
            made.append(helper.make_tensor_value_info(name, kind, shape))
        return made

    graph = helper.make_graph(
        [
            helper.make_node(kind, ins, outs, **dict(*more))
            for kind, ins, outs, *more in nodes
        ],
        'tiny',
        infos(inputs),
        infos(outputs),
        [
            numpy_helper.from_array(np.asarray(value), name)
            for name, value in (constants or {}).items()
        ],
    )
    model = helper.make_model(
        graph, opset_imports=[helper.make_opsetid('', 13)]
    )
    model.ir_version = 8
    onnx.checker.check_model(model)
    onnx.save(model, path)
    return path


def save_constant_detector(path, outputs, size=(64, 64), batch=1):
    """Write a detector whose outputs are the same for every image.

    Args:
        path (Path): The file.
        outputs (dict): Arrays by name.
        size (tuple[int, int]): Width and height of the input.
        batch (int): First axis of the input.
    """
    nodes, constants = [], dict(zero=np.float32(0))
    # Each output depends on the input, if by nothing times zero.
    nodes.append(('ReduceMean', ['images'], ['mean'], dict(keepdims=0)))
    nodes.append(('Mul', ['mean', 'zero'], ['nothing']))
    for name, array in outputs.items():
        constants[f'{name}_constant'] = np.asarray(array, np.float32)
        nodes.append(('Add', [f'{name}_constant', 'nothing'], [name]))
    return save_network(
        path,
        nodes,
        dict(images=[batch, 3, size[1], size[0]]),
        {name: list(np.shape(array)) for name, array in outputs.items()},
        constants,
    )


def save_pooling_reid(path, size=(8, 16), batch='n'):
    """Write a re-ID network: the mean colour of each quarter of the height.

    Args:
        path (Path): The file.
        size (tuple[int, int]): Width and height of the input.
        batch (int | str): First axis of the input.
    """
    width, height = size
    return save_network(
        path,
        [
            (
                'AveragePool',
                ['crops'],
                ['pooled'],
                dict(
                    kernel_shape=[height // 4, width],
                    strides=[height // 4, width],
                ),
            ),
            ('Flatten', ['pooled'], ['feats']),
        ],
        dict(crops=[batch, 3, height, width]),
        dict(feats=[batch, 12]),
    )
