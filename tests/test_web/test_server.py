"""Address, password and end of the server."""

import contextlib
import os
import signal
import subprocess
import sys
import urllib.request

import pytest
from processes import hear_ctrl_c
from web_gallery import make_gallery

from mmdmr.errors import InputError
from mmdmr.web.server import (
    PASSWORD,
    allowed_hosts,
    find_password,
    is_loopback,
    open_socket,
)

PROGRAM = """
import sys
from pathlib import Path
sys.path.insert(0, {helpers!r})
from colour_embedder import ColourEmbedder
from mmdmr.apis import PersonSearcher
from mmdmr.web.app import create_app
from mmdmr.web.server import open_socket, serve
searcher = PersonSearcher.from_embedder(ColourEmbedder())
serve(create_app(searcher, {gallery!r}), open_socket('127.0.0.1', 0), False)
"""


@pytest.mark.parametrize(
    'host, is_own',
    [
        ('localhost', True),
        ('127.0.0.1', True),
        ('127.9.9.9', True),
        ('::1', True),
        ('0.0.0.0', False),
        ('::', False),
        ('192.168.0.7', False),
        ('my.machine', False),
    ],
)
def test_hosts_of_this_machine_alone(host, is_own):
    assert is_loopback(host) == is_own
    assert bool(allowed_hosts(host)) == is_own


def test_no_password_is_needed_on_this_machine(monkeypatch):
    monkeypatch.delenv(PASSWORD, raising=False)
    assert find_password('127.0.0.1', None) == ''


def test_other_machines_need_a_password(monkeypatch):
    monkeypatch.delenv(PASSWORD, raising=False)
    with pytest.raises(InputError, match='--password-file FILE, or set'):
        find_password('0.0.0.0', None)


def test_a_password_of_the_environment_counts_everywhere(monkeypatch):
    monkeypatch.setenv(PASSWORD, 'long enough')
    assert find_password('0.0.0.0', None) == 'long enough'
    assert find_password('127.0.0.1', None) == 'long enough'


def test_a_password_of_a_file(tmp_path, monkeypatch):
    monkeypatch.setenv(PASSWORD, 'of the environment')
    file = tmp_path / 'secret'
    file.write_text('  correct horse \nremark\n')
    assert find_password('0.0.0.0', file) == 'correct horse'


@pytest.mark.parametrize('text', ['', '\n\n', 'short', '       \n'])
def test_short_passwords(tmp_path, text):
    file = tmp_path / 'secret'
    file.write_text(text)
    with pytest.raises(InputError, match='8 letters at least'):
        find_password('127.0.0.1', file)


def test_a_port_that_is_taken():
    with contextlib.closing(open_socket('127.0.0.1', 0)) as first:
        port = first.getsockname()[1]
        with pytest.raises(InputError, match='choose another --port'):
            open_socket('127.0.0.1', port)


def test_a_host_of_another_machine():
    with pytest.raises(InputError, match='192.0.2.1:0'):
        open_socket('192.0.2.1', 0)


def test_ctrl_c_ends_the_server_cleanly(tmp_path):
    _, gallery = make_gallery(tmp_path)
    helpers = os.path.dirname(sys.modules['web_gallery'].__file__)
    program = PROGRAM.format(helpers=helpers, gallery=str(gallery))
    server = subprocess.Popen(
        [sys.executable, '-W', 'ignore', '-c', program],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=hear_ctrl_c,
    )
    try:
        address = server.stdout.readline().split()[1]
        with urllib.request.urlopen(address) as page:
            assert b'persons' in page.read()
        server.send_signal(signal.SIGINT)
        out, err = server.communicate(timeout=60)
    finally:
        server.kill()
    assert server.returncode == 0, err
    assert 'The server has ended.' in out and not err
