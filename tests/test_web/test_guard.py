"""Who may ask, who may change, and the headers of answers."""

import base64
import re

import pytest
from starlette.testclient import TestClient
from web_gallery import LEFT, make_gallery, picture

from mmdmr.web.app import create_app
from mmdmr.web.guard import Guard
from mmdmr.web.site import TEMPLATES, SiteOptions

PASSWORD = 'correct horse'


def basic(password, user='me'):
    encoded = base64.b64encode(f'{user}:{password}'.encode()).decode()
    return {'Authorization': f'Basic {encoded}'}


@pytest.fixture
def locked(tmp_path):
    """Client of a page with a password, which other machines may reach."""
    options = SiteOptions(hosts=(), password=PASSWORD)
    app = create_app(*make_gallery(tmp_path), options)
    with TestClient(app, base_url='http://192.0.2.1:8080') as opened:
        yield opened


@pytest.mark.parametrize(
    'host', ['localhost', 'localhost:8080', '127.0.0.1:1', '[::1]:8080']
)
def test_own_names_are_answered(client, host):
    assert client.get('/', headers={'Host': host}).status_code == 200


@pytest.mark.parametrize(
    'host', ['evil.example', 'evil.example:8080', 'localhost.evil', '', '[']
)
def test_names_of_others_are_refused(client, host):
    """DNS rebinding: a name of another site points to this machine."""
    page = client.get('/', headers={'Host': host})
    assert page.status_code == 421
    assert 'persons' not in page.text


@pytest.mark.parametrize(
    'headers',
    [
        {'Sec-Fetch-Site': 'cross-site'},
        {'Sec-Fetch-Site': 'same-site'},
        {'Sec-Fetch-Site': 'none'},
        {'Origin': 'http://evil.example'},
        {'Origin': 'http://localhost:1'},
        {'Origin': 'null'},
        {'Origin': ''},
    ],
)
@pytest.mark.parametrize('address', ['/uploads', '/index', '/index/cancel'])
def test_forms_of_other_sites_change_nothing(client, address, headers):
    files = {'picture': ('a.png', picture(('red', LEFT)))}
    answer = client.post(address, files=files, headers=headers)
    assert answer.status_code == 403


@pytest.mark.parametrize(
    'headers',
    [{'Sec-Fetch-Site': 'same-origin'}, {'Origin': 'http://localhost'}],
)
def test_own_forms_pass(client, headers):
    files = {'picture': ('a.png', picture(('red', LEFT)))}
    answer = client.post('/uploads', files=files, headers=headers)
    assert answer.status_code == 200


@pytest.mark.parametrize('address', ['/uploads', '/index/cancel'])
def test_a_link_changes_nothing(client, address):
    assert client.get(address).status_code in (404, 405)


@pytest.mark.parametrize(
    'address', ['/', '/app.css', '/gone', '/persons/1.jpg']
)
def test_headers_of_every_answer(client, address):
    headers = client.get(address).headers
    policy = headers['content-security-policy']
    assert "default-src 'self';" in policy
    assert "img-src 'self' data:;" in policy
    assert "frame-ancestors 'none'" in policy
    assert 'unsafe' not in policy and 'script-src' not in policy
    assert headers['x-content-type-options'] == 'nosniff'
    assert headers['referrer-policy'] == 'same-origin'


def test_each_answer_has_its_own_nonce(client):
    policies = {
        client.get('/').headers['content-security-policy'] for _ in range(3)
    }
    assert len(policies) == 3


def test_refusals_have_the_headers(client):
    page = client.get('/', headers={'Host': 'evil.example'})
    assert page.headers['x-frame-options'] == 'DENY'


@pytest.mark.parametrize(
    'headers',
    [
        {},
        basic('wrong'),
        basic(''),
        basic(PASSWORD.upper()),
        basic(f'{PASSWORD} '),
        {'Authorization': 'Basic !!!'},
        {'Authorization': 'Basic'},
        {'Authorization': f'Bearer {PASSWORD}'},
        {
            'Authorization': basic(PASSWORD)['Authorization'].replace(
                'Basic', 'X'
            )
        },
    ],
)
@pytest.mark.parametrize('address', ['/', '/persons/1.jpg', '/app.js'])
def test_without_the_password_nothing_is_shown(locked, address, headers):
    answer = locked.get(address, headers=headers)
    assert answer.status_code == 401
    assert answer.headers['www-authenticate'].startswith('Basic')


@pytest.mark.parametrize('user', ['me', '', 'anna'])
def test_the_password_lets_in(locked, user):
    assert locked.get('/', headers=basic(PASSWORD, user)).status_code == 200


def test_a_password_may_have_a_colon_and_any_letter():
    async def app(scope, receive, send):
        raise AssertionError

    guard = Guard(app, password='a:b:ü')
    headers = basic('a:b:ü')
    assert guard._knows_password(headers_of(headers))
    assert not guard._knows_password(headers_of(basic('b:ü')))


def headers_of(headers):
    return {key.lower(): value for key, value in headers.items()}


@pytest.mark.parametrize(
    'path', sorted(TEMPLATES.glob('*.html')), ids=lambda path: path.name
)
def test_templates_hold_nothing_that_the_policy_refuses(path):
    """A browser drops style attributes, handlers and scripts of a page."""
    text = path.read_text('utf-8')
    refused = r'<[^>]*\s(?:style|on\w+)=|<script(?![^>]*\ssrc=)|<style>'
    assert re.findall(refused, text) == []
