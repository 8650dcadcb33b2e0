"""``mmdmr export_onnx``, and the tools that take the bundle."""

import shutil

import cv2
import pytest
from photo_folder import FIRST, picture
from tool_runner import tool

from mmdmr.gallery import Gallery

main = tool('export_onnx')


@pytest.fixture
def photos(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / 'photos').mkdir()
    for name, colours in dict(a=('red', 'blue'), b=('green', 'red')).items():
        cv2.imwrite(str(tmp_path / f'photos/{name}.png'), picture(*colours))
    cv2.imwrite(str(tmp_path / 'anna.png'), picture('red', 'yellow'))
    return tmp_path


def test_exported_and_compared_on_own_pictures(photos, tiny_files, capsys):
    argv = [*map(str, tiny_files[:2]), 'my.bundle', '--images', 'photos']
    assert main(argv) == 0
    out = capsys.readouterr().out
    assert 'my.bundle/features.onnx: ' in out
    assert 'compared with the network: 2 images, 10 detections: boxes' in out
    with pytest.raises(SystemExit) as stop:
        main(argv)
    assert stop.value.code == 2
    assert 'is a bundle already' in capsys.readouterr().err


@pytest.mark.parametrize(
    'argv, message',
    [
        (['none_of_ours', 'none.pth', 'o'], 'none_of_ours'),
        (['CONFIG', 'none.pth', 'o'], 'none.pth'),
        (['CONFIG', 'CHECKPOINT', '.'], 'exists already and is no bundle'),
        (['CONFIG', 'CHECKPOINT', 'o', '--images', 'none'], 'no such file'),
        (['CONFIG', 'CHECKPOINT', 'o', '--images', 'empty'], 'no images'),
    ],
)
def test_wrong_input_is_one_message(photos, tiny_files, capsys, argv, message):
    (photos / 'empty').mkdir()
    named = dict(CONFIG=str(tiny_files[0]), CHECKPOINT=str(tiny_files[1]))
    with pytest.raises(SystemExit) as stop:
        main([named.get(word, word) for word in argv])
    assert stop.value.code == 2
    assert message in capsys.readouterr().err
    assert not (photos / 'o').exists() and not (photos / 'o.part').exists()


def test_a_gallery_finds_its_bundle_again(photos, tiny_files, capsys):
    shutil.copytree(tiny_files[2], 'my.bundle')
    argv = ['photos', '--gallery', 'g', '--model', 'my.bundle']
    options = ['--provider', 'CPUExecutionProvider', '--images-per-run', '2']
    assert tool('index_gallery')([*argv, *options]) == 0
    with Gallery.open('g') as gallery:
        assert len(gallery) > 0 and gallery.model.name == 'tiny, tiny.pth'
    argv = ['--query', 'anna.png', *FIRST, '--gallery', 'g', '--out', 'found']
    assert tool('search_person')(argv) == 0
    assert 'model: tiny, tiny.pth' in capsys.readouterr().out
    # The checkpoint has the same fingerprint: both search one gallery.
    model = ['--model', tiny_files[0], '--checkpoint', tiny_files[1]]
    assert tool('search_person')([*argv, *map(str, model)]) == 0
    shutil.rmtree('my.bundle')
    with pytest.raises(SystemExit):
        tool('search_person')(argv)
    assert 'my.bundle' in capsys.readouterr().err
