"""ONNX files, right and wrong."""

import numpy as np
import onnx
import pytest
from onnx import TensorProto
from tiny_onnx import save_constant_detector, save_network, save_pooling_reid

from mmdmr.errors import InputError
from mmdmr.inference.description import InputSettings
from mmdmr.inference.networks import Network
from mmdmr.inference.sessions import open_session

SETTINGS = InputSettings((8, 16), 'stretch', 'rgb')


def inputs(num):
    rng = np.random.default_rng(0)
    return rng.random((num, 3, 16, 8)).astype(np.float32)


def pooled(crops):
    return crops.reshape(len(crops), 3, 4, 4, 8).mean((3, 4)).reshape(-1, 12)


@pytest.mark.parametrize('batch', ['n', 1, 3])
def test_batches_open_and_fixed(tmp_path, batch):
    """A network for 3 images takes fewer, filled up."""
    file = save_pooling_reid(tmp_path / 'reid.onnx', batch=batch)
    network = Network(str(file), SETTINGS, batch=4, threads=1)
    assert network.batch == (4 if batch == 'n' else batch)
    assert network.outputs == ['feats']
    for num in range(1, network.batch + 1):
        crops = inputs(num)
        (feats,) = network.run(crops, ['feats'])
        assert len(feats) == network.run_size(num)
        assert network.run_size(num) == (num if batch == 'n' else batch)
        np.testing.assert_allclose(feats[:num], pooled(crops), rtol=1e-5)


def test_missing_file(tmp_path):
    with pytest.raises(FileNotFoundError, match='none.onnx does not exist'):
        Network(str(tmp_path / 'none.onnx'), SETTINGS, 1)


def test_files_that_are_no_network(tmp_path):
    whole = save_pooling_reid(tmp_path / 'reid.onnx').read_bytes()
    for content in (b'', b'<html>not found</html>', whole[: len(whole) // 2]):
        path = tmp_path / 'bad.onnx'
        path.write_bytes(content)
        with pytest.raises(InputError, match='bad.onnx: not a network'):
            Network(str(path), SETTINGS, 1)


@pytest.mark.parametrize(
    'changes, message',
    [
        (dict(size=(16, 8)), r'\[.n., 3, 16, 8\].*\(n, 3, 8, 16\).*\[16, 8\]'),
        (dict(layout='nhwc'), r'\(n, 16, 8, 3\), layout nhwc'),
        (dict(dtype='float16'), r'tensor\(float\).*dtype: float16'),
        (dict(dtype='uint8'), r'tensor\(float\).*dtype: uint8'),
    ],
)
def test_inputs_of_another_shape_or_type(tmp_path, changes, message):
    file = save_pooling_reid(tmp_path / 'reid.onnx')
    given = dict(size=(8, 16), resize='stretch', colours='rgb') | changes
    with pytest.raises(InputError, match=f'reid.onnx.*crops.*{message}'):
        Network(str(file), InputSettings(**given), 1)


def save_identity(path, shape, kind=TensorProto.FLOAT, more=()):
    return save_network(
        path,
        [('Identity', ['x'], ['y'])]
        + [('Identity', [name], [f'{name}_']) for name in more],
        {'x': (kind, shape)} | dict.fromkeys(more, [1]),
        {'y': (kind, shape)} | {f'{name}_': [1] for name in more},
    )


def test_wrong_number_of_channels_and_axes(tmp_path):
    for shape in (['n', 1, 16, 8], ['n', 3, 16], [1, 4, 'h', 'w']):
        file = save_identity(tmp_path / 'x.onnx', shape)
        with pytest.raises(InputError, match=r'x has the shape.*\(n, 3, 16'):
            Network(str(file), SETTINGS, 1)


def test_axes_of_any_size_take_the_size_of_the_description(tmp_path):
    file = save_identity(tmp_path / 'x.onnx', ['n', 3, 'h', 'w'])
    network = Network(str(file), SETTINGS, 2)
    crops = inputs(2)
    assert (network.run(crops, ['y'])[0] == crops).all()


def test_inputs_of_bytes(tmp_path):
    file = save_identity(tmp_path / 'x.onnx', [1, 16, 8, 3], TensorProto.UINT8)
    settings = InputSettings(
        (8, 16), 'stretch', 'rgb', layout='nhwc', dtype='uint8'
    )
    network = Network(str(file), settings, 2)
    image = np.arange(384, dtype=np.uint8).reshape(1, 16, 8, 3)
    assert (network.run(image, ['y'])[0] == image).all()


def test_a_second_input_is_refused(tmp_path):
    file = save_identity(tmp_path / 'x.onnx', [1, 3, 16, 8], more=['scale'])
    with pytest.raises(InputError, match='one input.*x, scale'):
        Network(str(file), SETTINGS, 1)


def test_missing_output_is_named(tmp_path):
    file = save_constant_detector(tmp_path / 'd.onnx', dict(a=[1.0], b=[2.0]))
    settings = InputSettings((64, 64), 'stretch', 'bgr')
    network = Network(str(file), settings, 1)
    network.check_outputs(['a', 'b'])
    with pytest.raises(InputError, match='no output boxes.*are a, b'):
        network.check_outputs(['a', 'boxes'])


def test_threads_and_providers(tmp_path):
    file = str(save_pooling_reid(tmp_path / 'reid.onnx'))
    with pytest.raises(InputError, match='no provider Fast.*CPUExecution'):
        Network(file, SETTINGS, 1, providers=['Fast'])
    with pytest.raises(InputError, match='threads must be at least 1'):
        Network(file, SETTINGS, 1, threads=0)
    cpu = (
        'CPUExecutionProvider',
        dict(arena_extend_strategy='kSameAsRequested'),
    )
    assert Network(file, SETTINGS, 1, providers=[cpu]).outputs == ['feats']


def test_a_provider_that_falls_back_is_an_error(tmp_path, monkeypatch):
    """ONNX Runtime takes the CPU, as where a GPU's libraries are missing."""
    file = str(save_pooling_reid(tmp_path / 'reid.onnx'))
    monkeypatch.setattr(
        'onnxruntime.get_available_providers', lambda: ['Missing']
    )
    with pytest.raises(InputError, match='Missing cannot be opened.*CPU'):
        Network(file, SETTINGS, 1, providers=['Missing'])


def test_a_failing_run_names_the_file(tmp_path):
    file = save_network(
        tmp_path / 'x.onnx',
        [('Reshape', ['x', 'shape'], ['y'])],
        {'x': ['n', 3, 'h', 'w']},
        {'y': ['a', 'b']},
        dict(shape=np.array([7, -1])),
    )
    network = Network(str(file), SETTINGS, 1)
    with pytest.raises(InputError, match=r'x.onnx.*fails.*\(1, 3, 16, 8\)'):
        network.run(inputs(1), ['y'])


@pytest.mark.parametrize('location', ['../secret.bin', 'ABOVE', 'link.bin'])
def test_no_data_outside_of_the_folder_is_read(tmp_path, location):
    secret = tmp_path / 'secret.bin'
    secret.write_bytes(np.arange(12, dtype=np.float32).tobytes())
    folder = tmp_path / 'shared'
    folder.mkdir()
    (folder / 'link.bin').symlink_to(secret)
    (folder / 'inside.bin').write_bytes(secret.read_bytes())

    def open_network(location):
        file = folder / 'a.onnx'
        save_network(
            file,
            [('Add', ['x', 'w'], ['y'])],
            dict(x=[12]),
            dict(y=[12]),
            dict(w=np.zeros(12, np.float32)),
        )
        model = onnx.load(file)
        (weights,) = model.graph.initializer
        weights.ClearField('raw_data')
        weights.data_location = TensorProto.EXTERNAL
        entry = weights.external_data.add()
        entry.key, entry.value = 'location', location
        file.write_bytes(model.SerializeToString())
        return open_session(str(file))

    zeros = np.zeros(12, np.float32)
    session = open_network('inside.bin')
    assert session.run(None, dict(x=zeros))[0].tolist() == [*range(12)]
    with pytest.raises(InputError, match='a.onnx.*outside of its folder'):
        open_network(location.replace('ABOVE', str(secret)))
