"""Indexing from the page: progress, cancelling, allowed folders."""

import threading

import pytest
from colour_embedder import ColourEmbedder
from starlette.testclient import TestClient
from web_gallery import LEFT, make_gallery, write_photos

from mmdmr.gallery import Gallery
from mmdmr.web.app import create_app
from mmdmr.web.folders import check_roots, list_folders
from mmdmr.web.site import SiteOptions

MORE = {'more': {f'{i}.png': [('pink', LEFT)] for i in range(8)}}


class GatedEmbedder(ColourEmbedder):
    """Waits for a sign before each batch."""

    def __init__(self):
        super().__init__()
        self.gate = threading.Semaphore(1000)

    def embed(self, images):
        assert self.gate.acquire(timeout=60)
        return super().embed(images)


@pytest.fixture
def embedder():
    return GatedEmbedder()


@pytest.fixture
def client(tmp_path, embedder):
    made = make_gallery(tmp_path, embedder)
    write_photos(tmp_path / 'new', MORE)
    embedder.gate = threading.Semaphore(0)
    app = create_app(*made, SiteOptions([tmp_path / 'new']))
    headers = {'Origin': 'http://localhost'}
    with TestClient(
        app, base_url='http://localhost', headers=headers
    ) as opened:
        yield opened
        embedder.gate.release(1000)


def begin(client, folder, camera=''):
    data = dict(folder=str(folder), camera=camera)
    return client.post('/index', data=data)


def wait_until(client, reached):
    """Ask for the status until it is as it should be."""
    for _ in range(2000):
        status = client.get('/index/status').json()
        if reached(status):
            return status
        threading.Event().wait(0.01)
    raise AssertionError(status)


def ended(status):
    return status['state'] != 'running'


def test_a_folder_is_indexed_and_can_be_searched(client, tmp_path, embedder):
    embedder.gate.release(100)
    page = begin(client, tmp_path / 'new/more', 'roof')
    assert page.url.path == '/index'
    status = wait_until(client, ended)
    assert status['state'] == 'done'
    assert 'added: 8. Pictures and frames read: 8.' in status['message']
    page = client.get('/')
    assert '14 scenes, 15 persons, 3 cameras' in page.text
    results = client.get('/search?row=5&camera=roof')
    assert results.text.count('class="name"') == 8


def test_progress_and_a_second_folder(client, tmp_path, embedder):
    begin(client, tmp_path / 'new/more')
    embedder.gate.release(2)
    status = wait_until(client, lambda status: status['done'] == 4)
    assert (status['state'], status['total']) == ('running', 8)
    page = client.get('/index')
    assert '4 of 8 pictures are stored' in page.text
    assert '<button>Cancel</button>' in page.text
    second = begin(client, tmp_path / 'new')
    assert second.status_code == 400
    assert 'is being indexed; wait for its end, or cancel it' in second.text


def test_what_was_indexed_before_the_cancelling_stays(
    client, tmp_path, embedder
):
    begin(client, tmp_path / 'new/more')
    embedder.gate.release(1)
    wait_until(client, lambda status: status['done'] == 2)
    client.post('/index/cancel')
    embedder.gate.release(1)
    status = wait_until(client, ended)
    assert status['state'] == 'cancelled'
    with Gallery.open(tmp_path / 'my.gallery') as gallery:
        num = gallery.num_scenes(source='more')
    assert 2 <= num <= 4
    # Once more: the indexing goes on where it stopped.
    embedder.gate.release(100)
    begin(client, tmp_path / 'new/more')
    status = wait_until(client, ended)
    assert f'had already: {num}.' in status['message']


def test_searches_go_on_meanwhile(client, tmp_path, embedder):
    begin(client, tmp_path / 'new/more')
    assert client.get('/search?row=1').status_code == 200
    assert 'class="badge">running' in client.get('/').text


def test_the_end_of_the_server_ends_the_indexing(tmp_path, embedder):
    made = make_gallery(tmp_path, embedder)
    write_photos(tmp_path / 'new', MORE)
    app = create_app(*made, SiteOptions([tmp_path / 'new']))
    headers = {'Origin': 'http://localhost'}
    with TestClient(app, base_url='http://localhost', headers=headers) as one:
        begin(one, tmp_path / 'new/more')
    assert app.state.site.job.status.state in ('cancelled', 'done')


@pytest.mark.parametrize(
    'folder', ['/etc', '/', '', 'new/../photos', '../photos', 'NEW/..']
)
def test_no_other_folder_is_indexed(client, tmp_path, folder):
    folder = folder.replace('NEW', str(tmp_path / 'new'))
    page = begin(client, folder)
    assert page.status_code == 400
    assert 'may not be indexed from here' in page.text
    assert client.get('/index/status').json()['state'] == 'none'


def test_a_name_that_another_folder_has_is_told(client, tmp_path, embedder):
    embedder.gate.release(100)
    write_photos(tmp_path / 'new/more/deeper', {'door': {}})
    begin(client, tmp_path / 'new/more/deeper/door')
    status = wait_until(client, ended)
    assert status['state'] == 'failed'
    assert 'door' in status['message']


def test_without_folders_the_page_says_how(tmp_path):
    app = create_app(*make_gallery(tmp_path))
    with TestClient(app, base_url='http://localhost') as client:
        page = client.get('/index')
    assert '--photos DIR' in page.text and '<select' not in page.text
    # The page knows the name of the gallery, but not its folder: a command
    # with the name alone would not find the gallery.
    assert '--gallery' not in page.text


def test_links_and_hidden_folders_are_left_out(tmp_path):
    for name in ('a/b', '.hidden', 'elsewhere'):
        (tmp_path / 'root' / name).mkdir(parents=True)
    (tmp_path / 'root/link').symlink_to('/etc')
    (root,) = check_roots([tmp_path / 'root'])
    names = [
        path.relative_to(root).as_posix()
        for path in list_folders([root]).values()
    ]
    assert names == ['.', 'a', 'a/b', 'elsewhere']
