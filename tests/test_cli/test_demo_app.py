"""``mmdmr demo_app``: what it serves, and what it refuses."""

import shutil
import socket
from pathlib import Path

import pytest
from photo_folder import index, make_photo_folder
from tool_runner import tool

from mmdmr.cli.commands import demo_app
from mmdmr.gallery import Gallery


@pytest.fixture
def served(tmp_path, monkeypatch):
    """Applications that would be served, with their sockets."""
    make_photo_folder(tmp_path)
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv('MMDMR_APP_PASSWORD', raising=False)
    served = []

    def serve(app, listening, opens):
        site = app.state.site
        served.append((site, listening.getsockname(), opens))
        site.close()

    monkeypatch.setattr(demo_app, 'serve', serve)
    return served


def refused(argv, capsys):
    with pytest.raises(SystemExit) as ended:
        tool('demo_app')(argv)
    assert ended.value.code == 2
    return capsys.readouterr().err


def test_a_gallery_is_served_by_its_model(served, tmp_path):
    index()
    argv = ['--gallery', 'g', '--port', '0', '--photos', 'photos']
    assert tool('demo_app')([*argv, '--max-upload-mb', '3', '--open']) == 0
    ((site, (host, port), opens),) = served
    assert host == '127.0.0.1' and port and opens
    assert site.options.photos == [tmp_path / 'photos']
    assert site.options.most_upload_bytes == 3 << 20
    assert 'localhost' in site.options.hosts and not site.options.password


def test_a_new_gallery_is_made_with_a_model(served):
    argv = ['--gallery', 'new', '--model', 'two.yaml', '--port', '0']
    assert tool('demo_app')(argv) == 0
    with Gallery.open('new') as gallery:
        assert len(gallery) == 0


def test_other_machines_need_a_password(served, capsys, tmp_path):
    index()
    argv = ['--gallery', 'g', '--port', '0', '--host', '0.0.0.0']
    err = refused(argv, capsys)
    assert 'error: --host 0.0.0.0 lets other machines in' in err
    (tmp_path / 'secret').write_text('correct horse\n')
    assert tool('demo_app')([*argv, '--password-file', 'secret']) == 0
    (site, *_) = served[0]
    assert site.options.password == 'correct horse'
    assert site.options.hosts == ()
    assert 'correct horse' not in repr(site.options)


@pytest.mark.parametrize(
    'argv, message',
    [
        ([], 'Run "make demo" first'),
        (['--gallery', 'none'], 'there is no gallery none'),
        (['--gallery', 'photos'], 'photos is not a gallery'),
        (['--gallery', 'http://h:1/c'], 'galleries in folders only'),
        (['--model', 'two.yaml'], 'go with --gallery'),
        (['--photos', 'nowhere'], 'no such folder'),
        (['--password-file', 'nowhere'], 'No such file'),
    ],
)
def test_wrong_arguments(served, capsys, argv, message):
    assert message in refused([*argv, '--port', '0'], capsys)
    assert not served


def test_a_port_that_is_taken(served, capsys):
    with socket.create_server(('127.0.0.1', 0)) as taken:
        port = str(taken.getsockname()[1])
        assert 'choose another --port' in refused(['--port', port], capsys)


def test_the_gallery_of_the_demonstration(
    served, tiny_files, small_data, monkeypatch, capsys
):
    """Scenes are indexed once; another network has another gallery."""
    config, checkpoint, _ = tiny_files
    monkeypatch.setattr(demo_app, 'CONFIG', str(config))
    Path('work').mkdir()
    shutil.copy(checkpoint, 'work/best_search_mAP_epoch_5.pth')
    data = str(small_data / 'CUHK-SYSU')
    argv = ['--work-dir', 'work', '--data-root', data, '--port', '0']
    argv += ['--score-thr', '0']
    for told in ('Indexing', ''):
        assert tool('demo_app')(argv) == 0
        out = capsys.readouterr().out
        assert ('Indexing' in out) == bool(told)
    site, again = served[0][0], served[1][0]
    assert site.desk.path == again.desk.path
    with Gallery.open(site.desk.path) as gallery:
        assert gallery.num_frames > 0
        assert gallery.sources() == ['synthetic test scenes']
