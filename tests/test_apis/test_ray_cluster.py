"""Addresses of Ray, and what cannot be embedded there."""

import socket
import sys

import numpy as np
import pytest
from colour_embedder import ColourEmbedder
from two_networks import save_two_networks

from mmdmr.apis import PersonSearcher
from mmdmr.apis.ray_cluster import Cluster, cores
from mmdmr.cli.main import main
from mmdmr.errors import InputError


@pytest.fixture
def folder(tmp_path, monkeypatch):
    save_two_networks(tmp_path)
    (tmp_path / 'photos').mkdir()
    (tmp_path / 'photos/1.png').write_bytes(b'no image')
    monkeypatch.chdir(tmp_path)
    return tmp_path


def index(*more):
    argv = ['index_gallery', 'photos', '--gallery', 'g', '--model', 'two.yaml']
    return main([*argv, *more])


@pytest.mark.parametrize('address', ['', 'localhost', 'a b:1', 'host:port'])
def test_wrong_addresses(address):
    with pytest.raises(InputError, match='must be local, auto or HOST:PORT'):
        Cluster(address)


def test_the_ray_client_is_refused():
    with pytest.raises(InputError, match='ray job submit'):
        Cluster('ray://head:10001')


def test_the_number_of_workers():
    with pytest.raises(InputError, match='at least 1, not 0'):
        Cluster('local', 0)
    assert cores() >= 1


def test_a_cluster_that_does_not_answer(folder, capsys):
    """It is told at once, and no gallery is left behind."""
    pytest.importorskip('ray', reason="needs pip install 'mmdmr[ray]'")
    with socket.socket() as free:
        free.bind(('127.0.0.1', 0))
        address = f'127.0.0.1:{free.getsockname()[1]}'
        with pytest.raises(SystemExit) as error:
            index('--ray', address)
    assert error.value.code == 2
    assert f'Ray at {address} does not answer' in capsys.readouterr().err
    assert not (folder / 'g').exists()


def test_no_cluster_on_this_machine(folder, capsys, monkeypatch):
    pytest.importorskip('ray', reason="needs pip install 'mmdmr[ray]'")
    # Where Ray notes the cluster that was started on this machine.
    monkeypatch.setenv('RAY_TMPDIR', str(folder))
    monkeypatch.delenv('RAY_ADDRESS', raising=False)
    with pytest.raises(SystemExit):
        index('--ray', 'auto')
    assert 'is a cluster running' in capsys.readouterr().err
    assert not (folder / 'g').exists()


def test_ray_is_missing(folder, capsys, monkeypatch):
    monkeypatch.setitem(sys.modules, 'ray', None)
    monkeypatch.setitem(sys.modules, 'ray.data', None)
    with pytest.raises(SystemExit):
        index('--ray', 'local')
    assert "pip install 'mmdmr[ray]'" in capsys.readouterr().err
    assert not (folder / 'g').exists()


def test_workers_without_ray(folder, capsys):
    with pytest.raises(SystemExit):
        index('--ray-workers', '2')
    assert '--ray-workers goes with --ray' in capsys.readouterr().err


def test_streams_and_arrays_stay_here(folder):
    searcher = PersonSearcher('two.yaml')
    image = np.zeros((9, 9, 3), np.uint8)
    for source in ('rtsp://camera/1', [image]):
        with pytest.raises(InputError, match='files only'):
            searcher.index(source, 'g', ray='local')
    assert not (folder / 'g').exists()


def test_a_model_that_is_an_object(folder):
    searcher = PersonSearcher.from_embedder(ColourEmbedder())
    with pytest.raises(InputError, match='loaded from files'):
        searcher.index('photos', 'g', ray='local')
