"""Pages: what a user sees and where the links lead."""

import os
import re
from concurrent.futures import ThreadPoolExecutor
from html import unescape

import cv2
import numpy as np
import pytest
from starlette.testclient import TestClient
from web_gallery import LEFT, RIGHT, bomb, make_gallery, picture

from mmdmr.gallery import Gallery
from mmdmr.web.app import create_app


def send(client, content, name='me.png'):
    return client.post('/uploads', files={'picture': (name, content)})


def hits(page):
    """Names and similarities of the hits of a page of results."""
    found = re.findall(
        r'<li class="(\w+)">.*?alt="Hit (\d+), similarity (\S+):.*?'
        r'<span class="name">(.*?)</span>',
        page.text,
        re.S,
    )
    return [(name, float(near), kind) for kind, _, near, name in found]


def first_link(page, pattern):
    return unescape(re.search(pattern, page.text).group(1))


def test_start_shows_model_counts_and_scenes(client):
    page = client.get('/')
    assert page.status_code == 200
    # Four photographs, and frames of a video at 0 and 1 seconds.
    assert '6 scenes, 7 persons, 2 cameras' in page.text
    assert 'trained on colours' in page.text
    assert page.text.count('thumbnail.jpg') == 6


def test_scenes_of_a_camera(client):
    page = client.get('/', params={'camera': 'yard'})
    assert page.text.count('thumbnail.jpg') == 2
    assert '3.png' in page.text and '1.png' not in page.text


def test_pages_of_scenes(client, monkeypatch):
    monkeypatch.setattr('mmdmr.web.pages._PER_PAGE', 4)
    first = client.get('/')
    second = client.get(first_link(first, r'rel="next" href="(.*?)"'))
    assert 'Page 2 of 2, 6 scenes' in second.text
    assert second.text.count('thumbnail.jpg') == 2
    # Too far is the last page, no error.
    assert 'Page 2 of 2' in client.get('/?page=77').text


def test_an_upload_leads_to_its_persons_and_their_hits(client):
    page = send(client, picture(('red', LEFT), ('green', RIGHT)))
    assert page.url.path.startswith('/uploads/')
    assert page.text.count('class="person"') == 2
    key = page.url.path.rpartition('/')[2]
    found = {}
    for person in '01':
        results = client.get('/search', params=dict(upload=key, person=person))
        found[hits(results)[0][0]] = hits(results)
    # Red stands in two photographs, green in one.
    (green,) = [one for name, one in found.items() if name == '2.png']
    (red,) = [one for name, one in found.items() if name != '2.png']
    assert sorted(name for name, near, _ in red if near > 0.9) == [
        '1.png',
        '3.png',
    ]
    assert [kind for _, near, kind in green if near > 0.9] == ['likely']


def test_a_hit_leads_to_its_scene_and_back(client):
    row = row_of(client, '1.png')
    results = client.get('/search', params=dict(row=row, camera='yard'))
    link = first_link(results, r'<a href="(/scenes/[^"]*back=.*?)"')
    scene = client.get(link)
    assert scene.text.count('class="person hit"') == 1
    back = client.get(first_link(scene, r'href="(/search\?.*?)">Back'))
    assert back.text == results.text.replace(nonce_of(results), nonce_of(back))


def nonce_of(page):
    found = re.search(
        r"'nonce-(.*?)'", page.headers['content-security-policy']
    )
    return found.group(1)


def row_of(client, name):
    """Number of the first person of a photograph."""
    page = client.get('/')
    number = re.search(
        rf'/scenes/(\d+)/thumbnail.jpg[^/]*?{re.escape(name)}', page.text
    ).group(1)
    scene = client.get(f'/scenes/{number}')
    return re.search(r'name="row" value="(\d+)"', scene.text).group(1)


def test_a_search_from_the_gallery_leaves_out_the_query(client):
    found = hits(
        client.get('/search', params={'row': row_of(client, '1.png')})
    )
    assert found[0][0] == '3.png'
    assert '1.png' not in [name for name, *_ in found]


def test_an_upload_of_an_indexed_file_leaves_out_that_file(client, tmp_path):
    content = (tmp_path / 'photos/door/1.png').read_bytes()
    page = send(client, content)
    results = client.get(
        '/search',
        params=dict(upload=page.url.path.rpartition('/')[2], person='0'),
    )
    assert '1.png' not in [name for name, *_ in hits(results)]


def test_a_sighting_of_a_video_is_no_hit_of_itself(client):
    row = row_of(client, 'film.mp4')
    results = client.get('/search', params={'row': row})
    assert 'film.mp4' not in [name for name, *_ in hits(results)]


@pytest.mark.parametrize(
    'params, names',
    [
        ({'camera': 'yard'}, {'3.png'}),
        ({'source': 'door'}, {'2.png'}),
        ({'min': '0.9'}, {'3.png'}),
        ({'to': '1:30'}, {'film.mp4'}),
        ({'from': '1:30', 'to': '2:30'}, set()),
    ],
)
def test_filters(client, params, names):
    row = row_of(client, '1.png')
    page = client.get('/search', params={'row': row, **params})
    assert page.status_code == 200
    assert {name for name, *_ in hits(page)} == names
    assert '<details open>' in page.text


@pytest.mark.parametrize(
    'params, message',
    [
        ({'from': 'noon'}, 'must be seconds, h:mm:ss or a date'),
        ({'from': '9', 'to': '3'}, 'must not end before it begins'),
        ({'min': '2'}, 'from -1 to 1'),
        ({'camera': 'roof'}, 'no camera is called'),
        ({'source': 'roof'}, 'no source is called'),
    ],
)
def test_wrong_filters(client, params, message):
    page = client.get('/search', params={'row': '1', **params})
    assert page.status_code == 400
    assert message in page.text and 'role="alert"' in page.text


@pytest.mark.parametrize(
    'address',
    [
        '/scenes/99',
        '/scenes/99/picture.jpg',
        '/scenes/x',
        '/scenes/99/video',
        '/persons/99.jpg',
        '/persons/-1.jpg',
        '/search?row=99',
        f'/search?row={"9" * 40}',
        '/search',
        '/search?upload=gone&person=0',
        '/uploads/gone',
        '/uploads/gone/picture.jpg',
        '/uploads/gone/persons/0.jpg',
        '/nowhere',
        '/../../etc/passwd',
        '/scenes/..%2f..%2fetc%2fpasswd/picture.jpg',
    ],
)
def test_unknown_numbers_and_addresses(client, address):
    page = client.get(address)
    assert page.status_code == 404
    assert 'Traceback' not in page.text


def test_a_person_that_the_upload_lacks(client):
    page = send(client, picture(('red', LEFT)))
    key = page.url.path.rpartition('/')[2]
    for person in ('1', 'x', 'whole', ''):
        params = dict(upload=key, person=person)
        assert client.get('/search', params=params).status_code == 404


def test_a_server_that_was_restarted_asks_for_the_picture_again(client):
    page = client.get('/uploads/abc')
    assert 'Upload it again' in page.text


def test_no_person_offers_the_whole_picture(client):
    page = send(client, picture())
    assert 'No person was detected' in page.text
    key = page.url.path.rpartition('/')[2]
    params = dict(upload=key, person='whole')
    results = client.get('/search', params=params)
    assert results.status_code == 200
    assert client.get(f'/uploads/{key}/persons/whole.jpg').status_code == 200


@pytest.mark.parametrize(
    'content, status, message',
    [
        (b'', 400, 'the file is empty'),
        (b'GIF89a not really', 400, 'me.png'),
        (b'hello', 400, 'this is no image'),
        (picture(('red', LEFT), suffix='.jpg')[:-300], 400, 'me.png'),
        (bomb(), 400, 'me.png'),
        (bytes(2 << 20), 413, 'larger than 1 MB'),
    ],
)
def test_bad_uploads_are_told_on_the_page(client, content, status, message):
    page = send(client, content)
    assert page.status_code == status
    assert message in page.text and 'role="alert"' in page.text
    assert 'Traceback' not in page.text


def test_a_form_without_a_picture(client):
    for sent in (
        dict(data={'picture': 'text'}),
        dict(content=b'x', headers={'Content-Type': 'multipart/form-data'}),
        dict(files={'other': ('a.png', b'x')}),
        dict(files=[('picture', ('a.png', b'x'))] * 2),
    ):
        page = client.post('/uploads', **sent)
        assert page.status_code == 400
        assert 'role="alert"' in page.text


def test_reading_of_an_upload_stops_at_the_limit(client):
    """A request without a length is cut while it streams."""
    sent = 0

    def endless():
        nonlocal sent
        yield (
            b'--b\r\nContent-Disposition: form-data; name="picture"; '
            b'filename="a.png"\r\n\r\n'
        )
        while sent < 1000:
            sent += 1
            yield bytes(1 << 16)

    kind = {'Content-Type': 'multipart/form-data; boundary=b'}
    page = client.post('/uploads', content=endless(), headers=kind)
    assert page.status_code == 413


def test_names_of_files_are_no_html(client):
    page = send(client, picture(('red', LEFT)), '<b>x</b>.png')
    assert '<b>x</b>' not in page.text
    assert '&lt;b&gt;x&lt;/b&gt;' in page.text


def test_an_uncalibrated_model_is_said_to_be_one(tmp_path):
    made = make_gallery(tmp_path, is_calibrated=False)
    with TestClient(create_app(*made), base_url='http://localhost') as client:
        page = client.get('/search?row=1')
    assert 'The model is uncalibrated' in page.text
    assert '<code>mmdmr calibrate_threshold</code>' in page.text
    assert 'class="verdict"' not in page.text


def test_an_empty_gallery_asks_for_pictures(tmp_path):
    searcher, _ = make_gallery(tmp_path)
    Gallery.create(tmp_path / 'empty', searcher.model).close()
    app = create_app(searcher, tmp_path / 'empty')
    with TestClient(app, base_url='http://localhost') as client:
        assert 'The gallery is empty' in client.get('/').text
        page = client.get('/search?row=1')
        assert page.status_code == 404


def test_users_at_once_get_their_own_answers(client):
    """Sixteen users in eight threads, of two colours."""
    wanted = [('red', '1.png'), ('green', '2.png')] * 8

    def look(colour, name):
        page = send(client, picture((colour, RIGHT)))
        key = page.url.path.rpartition('/')[2]
        params = dict(upload=key, person='0', camera='door')
        return hits(client.get('/search', params=params))[0][:2] == (name, 1.0)

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(look, *zip(*wanted)))


def pixels(answer):
    assert answer.headers['content-type'] == 'image/jpeg'
    return cv2.imdecode(np.frombuffer(answer.content, np.uint8), 1)


def test_pictures_of_scenes_and_persons(client):
    assert pixels(client.get('/scenes/1/picture.jpg')).shape == (120, 160, 3)
    assert pixels(client.get('/scenes/1/thumbnail.jpg')).shape == (120, 160, 3)
    crop = pixels(client.get('/persons/1.jpg?frame=likely'))
    # A red person in the middle of grey.
    assert crop.shape == (320, 240, 3)
    assert crop[160, 80].tolist() == pytest.approx([20, 20, 220], abs=30)


def test_the_picture_of_an_upload_is_scaled_down(client):
    page = send(
        client, picture(('red', (100, 100, 900, 2000)), size=(3200, 2400))
    )
    shown = pixels(client.get(f'{page.url.path}/picture.jpg'))
    assert shown.shape == (1200, 1600, 3)
    crop = pixels(client.get(f'{page.url.path}/persons/0.jpg'))
    # The crop stays within the scene, whose left side is near.
    assert crop[127, 60].tolist() == pytest.approx([20, 20, 220], abs=30)


def test_a_file_that_has_gone_is_told_in_the_picture(client, tmp_path):
    (tmp_path / 'photos/door/1.png').unlink()
    answer = client.get('/scenes/1/picture.jpg')
    assert answer.status_code == 404
    assert pixels(answer).size
    assert client.get('/scenes/1').status_code == 200


def test_a_file_that_has_changed_is_not_shown(client, tmp_path):
    (tmp_path / 'photos/door/1.png').write_bytes(picture(('pink', LEFT)))
    answer = client.get('/persons/1.jpg')
    assert answer.status_code == 404
    assert (pixels(answer) == pixels(answer)[0, 0]).mean() > 0.5


def test_who_was_removed_from_the_gallery_is_not_shown(client, made):
    addresses = '/persons/1.jpg', '/scenes/1/picture.jpg'
    before = [client.get(address) for address in addresses]
    assert {answer.status_code for answer in before} == {200}
    with Gallery.open(made[1], write=True) as gallery:
        for source in gallery.sources():
            gallery.remove(source)
    after = [client.get(address) for address in addresses]
    assert {answer.status_code for answer in after} == {404}


def test_a_video_plays_from_the_second_of_a_frame(client):
    scene = client.get('/scenes/6')
    assert '<video' in scene.text and '/scenes/6/video#t=1.00' in scene.text
    part = client.get('/scenes/6/video', headers={'Range': 'bytes=4-7'})
    assert (part.status_code, part.content) == (206, b'ftyp')
    assert part.headers['content-type'] == 'video/mp4'
    # A photograph has no video, whatever its file.
    assert client.get('/scenes/1/video').status_code == 404


def test_a_gallery_of_others_serves_no_file_outside_its_folder(
    client, made, tmp_path
):
    (tmp_path / 'secret.mp4').write_bytes(b'secret')
    with (
        Gallery.open(made[1], write=True) as gallery,
        gallery._store.writing() as db,
    ):
        db.execute(
            "UPDATE files SET path = '../secret.mp4' WHERE path = 'film.mp4'"
        )
    assert client.get('/scenes/6/video').status_code == 404


def test_style_and_script(client):
    for name, kind in (('app.css', 'text/css'), ('app.js', 'text/javascript')):
        answer = client.get(f'/{name}')
        assert answer.headers['content-type'].startswith(kind)
        assert 'http://' not in answer.text and 'https://' not in answer.text


def test_no_page_names_another_site(client):
    for address in ('/', '/scenes/1', '/search?row=1', '/index', '/gone'):
        assert '://' not in client.get(address).text


def test_a_gallery_whose_name_is_no_unicode_is_shown(made):
    searcher, gallery = made
    odd = gallery.rename(os.fsdecode(os.fsencode(gallery) + b'\xff'))
    app = create_app(searcher, odd)
    with TestClient(app, base_url='http://localhost') as client:
        page = client.get('/')
    assert page.status_code == 200
    assert '<b>my.gallery\\udcff</b>' in page.text
