"""Kills of a Ray worker and of the process that writes the gallery."""

import os
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing

import cv2
import numpy as np
import pytest
from photo_folder import picture
from processes import descendants, hear_ctrl_c
from public_networks import save_public_description
from two_networks import save_two_networks

from mmdmr.apis import PersonSearcher
from mmdmr.gallery.database import DATABASE

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        not os.path.exists('/proc/self/stat'), reason='needs /proc of Linux'
    ),
]
pytest.importorskip('ray', reason="needs pip install 'mmdmr[ray]'")
pytest.importorskip('onnxruntime')
NUM = 500
#: Seconds until a gallery has to grow.
PATIENCE = 180


@pytest.fixture
def photos(tmp_path):
    """500 drawn pictures of two coloured "persons" each."""
    folder = tmp_path / 'photos'
    folder.mkdir()
    rng = np.random.default_rng(0)
    for i in range(NUM):
        image = cv2.resize(picture('red', 'blue'), (480, 640))
        noise = rng.integers(0, 30, image.shape, dtype=np.uint8)
        cv2.imwrite(str(folder / f'{i}.jpg'), image + noise)
    return folder


def start(folder, config):
    """``mmdmr index_gallery`` with two workers, in a process of its own."""
    command = [
        *(sys.executable, '-m', 'mmdmr', 'index_gallery', 'photos'),
        *('--gallery', 'two', '--model', config.name, '--threads', '1'),
        *('--ray', 'local', '--ray-workers', '2'),
    ]
    return subprocess.Popen(
        command,
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        preexec_fn=hear_ctrl_c,
    )


def wait_for(gallery, num):
    """Wait until the gallery holds some pictures."""
    end = time.time() + PATIENCE
    while time.time() < end:
        if (gallery / DATABASE).exists() and num_frames(gallery) >= num:
            return
        time.sleep(0.05)
    raise TimeoutError(f'{gallery} holds fewer than {num} pictures')


def num_frames(gallery):
    with closing(sqlite3.connect(gallery / DATABASE)) as db:
        try:
            return db.execute('SELECT count(*) FROM frames').fetchone()[0]
        except sqlite3.OperationalError:  # its tables are being made
            return 0


def content(gallery):
    with closing(sqlite3.connect(gallery / DATABASE)) as db:
        return list(db.iterdump())


def kill_a_worker(driver):
    workers = [
        pid
        for pid, name in descendants(driver.pid).items()
        if name.startswith('ray::MapWorker')
    ]
    assert len(workers) == 2
    os.kill(workers[0], signal.SIGKILL)


def test_500_pictures_and_a_killed_worker(photos, tmp_path):
    config = save_public_description(tmp_path)
    PersonSearcher(config, threads=1).index(photos, tmp_path / 'one')
    driver = start(tmp_path, config)
    wait_for(tmp_path / 'two', NUM // 2)
    kill_a_worker(driver)
    output = driver.communicate(timeout=600)[0]
    assert driver.returncode == 0, output
    assert 'workers died and were replaced' in output
    assert content(tmp_path / 'two') == content(tmp_path / 'one')


def test_a_killed_driver_and_ctrl_c(photos, tmp_path):
    config = save_two_networks(tmp_path)
    PersonSearcher(config, threads=1).index(photos, tmp_path / 'one')
    driver = start(tmp_path, config)
    wait_for(tmp_path / 'two', 16)
    below = descendants(driver.pid)
    driver.kill()
    driver.wait()
    # Workers end with the driver.
    end = time.time() + 30
    workers = {pid for pid, name in below.items() if 'MapWorker' in name}
    while workers & {int(p) for p in os.listdir('/proc') if p.isdigit()}:
        assert time.time() < end
        time.sleep(0.2)

    driver = start(tmp_path, config)
    wait_for(tmp_path / 'two', num_frames(tmp_path / 'two') + 16)
    driver.send_signal(signal.SIGINT)
    output = driver.communicate(timeout=60)[0]
    assert driver.returncode == 130, output
    assert 'run the command again to go on' in output

    driver = start(tmp_path, config)
    output = driver.communicate(timeout=600)[0]
    assert driver.returncode == 0, output
    assert f'from {NUM} pictures' not in output
    assert num_frames(tmp_path / 'two') == NUM

    def persons(gallery):
        with closing(sqlite3.connect(gallery / DATABASE)) as db:
            return db.execute(
                'SELECT p.*, e.* FROM persons AS p JOIN embeddings AS e '
                'ON e.row = p.row ORDER BY p.row'
            ).fetchall()

    assert persons(tmp_path / 'two') == persons(tmp_path / 'one')
