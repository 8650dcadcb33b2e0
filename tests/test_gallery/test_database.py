"""Kills, full disks, several processes, damaged and foreign files."""

import json
import os
import resource
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest
from galleries import DIM, MODEL, entry, unit

from mmdmr.errors import InputError
from mmdmr.gallery import Gallery, database
from mmdmr.gallery.database import lock_writer
from mmdmr.structures import ModelInfo

ROOT = Path(__file__).parents[2]
BATCH, PERSONS = 8, 3
#: Adds batches until it is killed; prints the number of finished ones.
WRITER = f"""
import sys
import numpy as np
from galleries import MODEL, entry
from mmdmr.gallery import Gallery

rng = np.random.default_rng(0)
with Gallery.open(sys.argv[1], MODEL, write=True) as gallery:
    done = gallery.num_files // {BATCH}
    while True:
        gallery.add([
            entry(f'{{done}}-{{i}}', rng.standard_normal(({PERSONS}, {DIM})))
            for i in range({BATCH})
        ])
        done += 1
        print(done, flush=True)
        if done % 40 == 0:
            gallery.build_index(min_persons=1)
"""


def process(code, *args, **options):
    paths = os.pathsep.join([str(ROOT), str(ROOT / 'tests/helpers')])
    return subprocess.Popen(
        [sys.executable, '-c', code, *map(str, args)],
        env={**os.environ, 'PYTHONPATH': paths},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        **options,
    )


def intact(path):
    db = sqlite3.connect(path / 'gallery.sqlite')
    (answer,) = db.execute('PRAGMA integrity_check').fetchone()
    db.close()
    return answer == 'ok'


def test_a_kill_loses_the_batch_in_hand_at_most(tmp_path):
    path = tmp_path / 'g'
    Gallery.create(path, MODEL).close()
    printed = 0
    for lines in (1, 3, 30, 60):
        writer = process(WRITER, path)
        for _ in range(lines):
            printed = int(writer.stdout.readline())
        writer.send_signal(signal.SIGKILL)
        writer.wait()
        # Lines that were still in the pipe.
        printed = max([printed, *map(int, writer.stdout.read().split())])
        writer.stderr.close()
        with Gallery.open(path, MODEL) as gallery:
            done = gallery.num_files // BATCH
            assert printed <= done <= printed + 1
            assert gallery.num_files == done * BATCH
            assert len(gallery) == done * BATCH * PERSONS
            feats = gallery.embeddings([1, len(gallery)])
            found = gallery.search(feats, 5)
            exact = gallery.search(feats, 5, exact=True)
            assert (found.rows[:, 0] == exact.rows[:, 0]).all()
        printed = done
        assert intact(path)
    assert done >= 90


def test_one_writer_and_its_readers(tmp_path):
    path = tmp_path / 'g'
    Gallery.create(path, MODEL).close()
    writer = process(WRITER, path)
    writer.stdout.readline()
    with pytest.raises(InputError, match='written to by another process'):
        Gallery.open(path, write=True)
    seen = []
    with Gallery.open(path) as reader:
        for _ in range(20):
            found = reader.search(unit(0), 5)
            seen.append(found.num_searched)
            assert len(reader.read(found.rows[0])) == 5
            writer.stdout.readline()
    assert seen == sorted(seen) and seen[-1] > seen[0]
    assert not any(num % (BATCH * PERSONS) for num in seen)
    writer.kill()
    writer.communicate()
    Gallery.open(path, write=True).close()


def test_two_writers_in_one_process(tmp_path):
    with Gallery.create(tmp_path / 'g', MODEL) as gallery:
        with pytest.raises(InputError, match='another process'):
            Gallery.open(tmp_path / 'g', write=True)
        gallery.add([entry('1.jpg', unit(0))])
    Gallery.open(tmp_path / 'g', write=True).close()


def test_a_reader_sees_no_half_batch(tmp_path):
    with (
        Gallery.create(tmp_path / 'g', MODEL) as gallery,
        Gallery.open(tmp_path / 'g') as reader,
    ):
        gallery.add([entry('1.jpg', unit(0))])
        with gallery._store.writing() as db:
            db.execute('DELETE FROM embeddings')
            assert reader.search(unit(0)).similarities[0, 0] == 1
            db.execute("INSERT INTO embeddings VALUES (1, x'00')")
        with pytest.raises(InputError, match='does not have 32 bytes'):
            reader.embeddings([1])


def test_readers_change_nothing(tmp_path):
    with Gallery.create(tmp_path / 'g', MODEL) as gallery:
        gallery.add([entry('1.jpg', unit(0))])
    with Gallery.open(tmp_path / 'g') as reader:
        for change in (
            lambda: reader.add([entry('2.jpg', unit(0))]),
            lambda: reader.remove('s'),
            lambda: reader.skip('s', '1.jpg', 'bad'),
            lambda: reader.finish('s', '1.jpg'),
            lambda: reader.set_root('s', '/'),
        ):
            with pytest.raises(InputError, match='write=True'):
                change()
        assert len(reader) == 1


def test_a_full_disk_leaves_nothing_half_written(tmp_path):
    with Gallery.create(tmp_path / 'g', MODEL) as gallery:
        gallery.add([entry('1.jpg', unit(0))])
        pages = gallery._store.one('PRAGMA page_count')[0]
        gallery._store.one(f'PRAGMA max_page_count = {pages}')
        many = [entry(f'n{i}.jpg', np.ones((90, DIM))) for i in range(9)]
        with pytest.raises(OSError, match='no space is left'):
            gallery.add(many)
        assert len(gallery) == gallery.num_files == 1
        gallery._store.one('PRAGMA max_page_count = 100000')
        gallery.add(many)
        assert len(gallery) == 811
    assert intact(tmp_path / 'g')


def test_a_limit_of_the_system(tmp_path):
    """A file that may not grow is answered like a full disk."""
    path = tmp_path / 'g'
    Gallery.create(path, MODEL).close()
    writer = process(
        WRITER,
        path,
        preexec_fn=lambda: resource.setrlimit(
            resource.RLIMIT_FSIZE, (400_000, 400_000)
        ),
    )
    output, errors = writer.communicate(timeout=60)
    assert 'OSError' in errors and 'gallery.sqlite' in errors
    with Gallery.open(path, write=True) as gallery:
        done = int(output.split()[-1])
        assert len(gallery) == done * BATCH * PERSONS
    assert intact(path)


@pytest.mark.skipif(os.geteuid() != 0, reason='becomes another user')
@pytest.mark.parametrize('log', [False, True])
def test_a_folder_that_may_only_be_read(log):
    """As from a CD, or as another user; root itself may write anywhere."""
    folder = Path(tempfile.mkdtemp())
    path = folder / 'g'
    with Gallery.create(path, MODEL) as gallery:
        gallery.add([entry('1.jpg', unit(0))])
        if log:
            # The copy looks like a gallery whose writer was killed.
            shutil.copytree(path, folder / 'copy')
            path = folder / 'copy'
            (path / 'gallery.sqlite-shm').unlink()
    for place in (folder, *folder.rglob('*')):
        place.chmod(0o555 if place.is_dir() else 0o444)
    child = os.fork()
    if not child:
        code = 9
        try:
            os.setuid(65534)
            code = _read_only(path, log)
        finally:
            os._exit(code)
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    shutil.rmtree(folder)
    assert code == 0


def _read_only(path, log):
    """Exit code of a process that may only read: 0 if all is as it should."""
    try:
        Gallery.open(path, write=True)
        return 1
    except PermissionError as error:
        if 'rights' not in str(error):
            return 2
    try:
        with Gallery.open(path) as gallery:
            return 3 if len(gallery) != 1 or log else 0
    except PermissionError as error:
        return 0 if log and 'gallery.sqlite' in str(error) else 4


def test_a_locked_gallery_is_not_read_as_if_it_never_changed(
    tmp_path, monkeypatch
):
    """A reader that took it so would miss all later changes."""
    monkeypatch.setattr(database, '_PATIENCE', 0.1)
    path = tmp_path / 'g'
    Gallery.create(path, MODEL).close()
    other = sqlite3.connect(path / 'gallery.sqlite', isolation_level=None)
    other.execute('PRAGMA locking_mode = EXCLUSIVE')
    other.execute('BEGIN EXCLUSIVE')
    with pytest.raises(InputError, match='locked by another process'):
        Gallery.open(path)
    other.close()
    reader, writer = Gallery.open(path), Gallery.open(path, write=True)
    with reader, writer:
        writer.add([entry('1.jpg', unit(0))])
        assert len(reader) == 1


def test_what_is_no_gallery(tmp_path):
    with pytest.raises(FileNotFoundError, match='no such gallery'):
        Gallery.open(tmp_path / 'missing')
    (tmp_path / 'photos').mkdir()
    (tmp_path / 'photos/1.jpg').touch()
    with pytest.raises(InputError, match='not a gallery'):
        Gallery.open(tmp_path / 'photos')
    with pytest.raises(InputError, match='not a gallery'):
        Gallery.open(tmp_path / 'photos/1.jpg')
    with pytest.raises(InputError, match=r'other files, such as 1.jpg'):
        Gallery.create(tmp_path / 'photos', MODEL)
    with pytest.raises(InputError, match='is a file'):
        Gallery.create(tmp_path / 'photos/1.jpg', MODEL)
    (tmp_path / 'empty').mkdir()
    Gallery.create(tmp_path / 'empty', MODEL).close()
    with pytest.raises(InputError, match='a gallery already'):
        Gallery.create(tmp_path / 'empty', MODEL)
    with pytest.raises(InputError, match="not as 'float8'"):
        Gallery.create(tmp_path / 'new', MODEL, stored='float8')
    assert not (tmp_path / 'new').exists()


def test_a_draft_of_a_killed_creation_is_no_obstacle(tmp_path):
    (tmp_path / 'g').mkdir()
    (tmp_path / 'g/gallery.sqlite.part').write_bytes(b'half')
    Gallery.create(tmp_path / 'g', MODEL).close()
    (tmp_path / 'h').mkdir()
    lock_writer(tmp_path / 'h').close()
    Gallery.create(tmp_path / 'h', MODEL).close()
    Gallery.open(tmp_path / 'g', MODEL).close()


def test_two_processes_make_one_gallery(tmp_path, monkeypatch):
    rename, refused = Path.rename, []

    def rename_late(self, target):
        # A second process comes while the draft is not renamed yet.
        with pytest.raises(InputError, match='another process') as caught:
            database.create_database(tmp_path / 'g', {})
        refused.append(caught.value)
        return rename(self, target)

    monkeypatch.setattr(Path, 'rename', rename_late)
    with Gallery.create(tmp_path / 'g', MODEL) as gallery:
        gallery.add([entry('1.jpg', np.eye(DIM))])
    assert len(refused) == 1
    with Gallery.open(tmp_path / 'g', MODEL) as gallery:
        assert len(gallery) == DIM


@pytest.mark.parametrize(
    'model',
    [
        ModelInfo('other', 'cd34', DIM),
        ModelInfo('toy', MODEL.fingerprint, DIM + 1),
    ],
)
def test_a_gallery_of_another_model(tmp_path, model):
    Gallery.create(tmp_path / 'g', MODEL).close()
    with pytest.raises(InputError, match='cannot be compared') as caught:
        Gallery.open(tmp_path / 'g', model, write=True)
    assert 'toy (ab12' in str(caught.value) and model.name in str(caught.value)
    # The lock was given back.
    Gallery.open(tmp_path / 'g', MODEL, write=True).close()


@pytest.mark.parametrize(
    'statement, message',
    [
        ('PRAGMA user_version = 2', 'format 2, which is newer than format 1'),
        ('PRAGMA user_version = 0', 'format 0, which is older'),
        ('PRAGMA application_id = 7', 'not that of a gallery'),
        ("DELETE FROM meta WHERE key = 'model'", "lacks the entry 'model'"),
        ("UPDATE meta SET value = '{' WHERE key = 'model'", 'not described'),
        ("UPDATE meta SET value = '[]' WHERE key = 'model'", 'not described'),
        ("UPDATE meta SET value = 'x' WHERE key = 'stored'", "not as 'x'"),
        ('DROP TABLE meta', 'no such table'),
    ],
)
def test_another_format(tmp_path, statement, message):
    Gallery.create(tmp_path / 'g', MODEL).close()
    db = sqlite3.connect(tmp_path / 'g/gallery.sqlite', isolation_level=None)
    db.execute(statement)
    db.close()
    for write in (False, True):
        with pytest.raises(InputError, match=message) as caught:
            Gallery.open(tmp_path / 'g', write=write)
        assert 'gallery.sqlite' in str(caught.value)


def test_a_damaged_statement_is_told_in_one_line(tmp_path):
    """SQLite quotes the rest of the statement, over all its lines."""
    Gallery.create(tmp_path / 'g', MODEL).close()
    db = sqlite3.connect(tmp_path / 'g/gallery.sqlite', isolation_level=None)
    db.execute('PRAGMA writable_schema = 1')
    db.execute(
        "UPDATE sqlite_schema SET sql = replace(sql, 'reason ', '\"reason ')"
        " WHERE name = 'files'"
    )
    db.close()
    with pytest.raises(InputError, match='unrecognized token') as caught:
        Gallery.open(tmp_path / 'g')
    assert '\n' not in str(caught.value)


def test_a_statement_of_bytes_is_damage(tmp_path):
    Gallery.create(tmp_path / 'g', MODEL).close()
    db = sqlite3.connect(tmp_path / 'g/gallery.sqlite', isolation_level=None)
    db.execute('PRAGMA writable_schema = 1')
    db.execute(
        'UPDATE sqlite_schema SET sql = CAST(sql AS BLOB)'
        " WHERE name = 'files_of_content'"
    )
    db.close()
    with pytest.raises(InputError, match='sqlite: the database is damaged'):
        Gallery.open(tmp_path / 'g')


@pytest.mark.parametrize(
    'statements',
    [
        # endless rows
        'DROP TABLE persons; CREATE VIEW persons AS WITH RECURSIVE n(row) AS '
        '(SELECT 1 UNION ALL SELECT row + 1 FROM n) SELECT * FROM n',
        # gigabytes that the file does not hold
        'DROP TABLE embeddings; CREATE TABLE embeddings (row INTEGER PRIMARY '
        'KEY, value GENERATED ALWAYS AS (zeroblob(900000000)))',
        'CREATE TRIGGER grow AFTER INSERT ON files BEGIN '
        'DELETE FROM persons; END',
        'CREATE VIRTUAL TABLE more USING fts5(a)',
    ],
)
def test_what_is_no_plain_table_is_refused(tmp_path, statements):
    Gallery.create(tmp_path / 'g', MODEL).close()
    db = sqlite3.connect(tmp_path / 'g/gallery.sqlite', isolation_level=None)
    db.executescript(statements)
    db.close()
    for write in (False, True):
        with pytest.raises(InputError, match='is no plain table'):
            Gallery.open(tmp_path / 'g', write=write)


@pytest.mark.parametrize(
    'statement',
    [
        "UPDATE persons SET sighting = 'a'",
        'UPDATE persons SET score = zeroblob(3)',
        'UPDATE persons SET score = 1e308',
        "UPDATE persons SET x1 = 'a'",
        'UPDATE embeddings SET value = 7',
        'UPDATE files SET source = 99999999999',
        'UPDATE files SET path = 7',
        "UPDATE frames SET time = 'a'",
        'UPDATE frames SET width = zeroblob(3)',
        "UPDATE sources SET name = X'FF'",
        'UPDATE cameras SET name = 7',
    ],
)
def test_values_of_another_type(tmp_path, statement):
    with Gallery.create(tmp_path / 'g', MODEL) as gallery:
        gallery.add([entry('1.jpg', unit(0, 1), time=3.0, camera='door')])
    db = sqlite3.connect(tmp_path / 'g/gallery.sqlite', isolation_level=None)
    db.execute(statement)
    db.close()
    with pytest.raises(InputError, match='gallery.sqlite: .*is damaged'):
        read_persons(tmp_path / 'g')


def read_persons(folder):
    with Gallery.open(folder) as gallery:
        gallery.read(gallery.search(unit(0), 2).rows[0])
        gallery.time_span()


def test_a_damaged_name_in_a_message_of_sqlite(tmp_path):
    Gallery.create(tmp_path / 'g', MODEL).close()
    path = tmp_path / 'g/gallery.sqlite'
    content = path.read_bytes()
    path.write_bytes(
        content.replace(b'CREATE TABLE meta (', b'CREATE TABLE meta \x9a')
    )
    with pytest.raises(InputError, match='gallery.sqlite: .*damaged'):
        Gallery.open(tmp_path / 'g')


@pytest.mark.parametrize(
    'table, problem',
    [
        ('frames', '130 persons without a photograph'),
        ('files', '1 photographs and frames without a file'),
        ('sources', '1 files without a source'),
        ('embeddings', '130 persons without an embedding'),
        ('persons', '130 embeddings without a person'),
    ],
)
def test_rows_that_are_lost(tmp_path, table, problem):
    with Gallery.create(tmp_path / 'g', MODEL) as gallery:
        rng = np.random.default_rng(0)
        gallery.add([entry('1.jpg', rng.standard_normal((130, DIM)))])
    with closing(sqlite3.connect(tmp_path / 'g/gallery.sqlite')) as db, db:
        db.execute(f'DELETE FROM {table}')
    with Gallery.open(tmp_path / 'g', write=True) as gallery:
        assert gallery.problems()[0] == problem
        if table in ('frames', 'embeddings'):
            with pytest.raises(InputError, match='is damaged'):
                gallery.search(unit(0), 1)
            with pytest.raises(InputError, match='damaged|holds no person'):
                gallery.build_index(128)


@pytest.mark.parametrize(
    'change, message',
    [
        (dict(folder=['a']), 'a value is wrong'),
        (dict(folder='../g/x'), 'a value is wrong'),
        (dict(files={'../x': [0, 0]}), 'a value is wrong'),
        (dict(num_rows='7'), 'a value is wrong'),
        (dict(recalls={}), 'a value is wrong'),
        (dict(recalls={'a': 0.5}), 'no description'),
        (dict(candidates={'0': 1}), 'a value is wrong'),
    ],
)
def test_a_wrong_description_of_an_index(tmp_path, change, message):
    with Gallery.create(tmp_path / 'g', MODEL) as gallery:
        rng = np.random.default_rng(0)
        feats = rng.standard_normal((130, DIM))
        gallery.add([entry('1.jpg', feats)])
        gallery.build_index(128)
    with closing(sqlite3.connect(tmp_path / 'g/gallery.sqlite')) as db, db:
        query = "SELECT value FROM meta WHERE key = 'index'"
        state = json.loads(db.execute(query).fetchone()[0])
        db.execute(
            "UPDATE meta SET value = ? WHERE key = 'index'",
            (json.dumps({**state, **change}),),
        )
    with Gallery.open(tmp_path / 'g') as gallery:
        # The index can be made again; the search does without it.
        assert gallery.search(feats[:1], 1).rows.tolist() == [[1]]
        assert message in gallery.index_status().note


def test_a_lost_note_of_the_last_person(tmp_path):
    with Gallery.create(tmp_path / 'g', MODEL) as gallery:
        gallery.add([entry('1.jpg', unit(0, 1))])
        gallery.remove(path='1.jpg')
    with closing(sqlite3.connect(tmp_path / 'g/gallery.sqlite')) as db, db:
        db.execute('DELETE FROM sqlite_sequence')
    with Gallery.open(tmp_path / 'g', write=True) as gallery:
        rows = gallery.add([entry('2.jpg', unit(2))])
        # A person of a removed number would never be found.
        assert rows.tolist() == [3]
        assert gallery.search(unit(2), 1).rows.tolist() == [[3]]


@pytest.mark.parametrize('keep', [0, 50, 100, 20_000, 0.5, -5000])
def test_a_database_that_was_cut_short(tmp_path, keep):
    with Gallery.create(tmp_path / 'g', MODEL) as gallery:
        gallery.add(
            [entry(f'{i}.jpg', np.ones((20, DIM))) for i in range(200)]
        )
    path = tmp_path / 'g/gallery.sqlite'
    size = path.stat().st_size
    os.truncate(path, int(size * keep if 0 < keep < 1 else keep % size))
    with pytest.raises(InputError, match='gallery.sqlite') as caught:
        read_all(tmp_path / 'g')
    assert 'index the pictures again' in str(caught.value) or not keep


@pytest.mark.parametrize('seed', range(6))
def test_a_database_with_damaged_pages(tmp_path, seed):
    with Gallery.create(tmp_path / 'g', MODEL) as gallery:
        gallery.add(
            [entry(f'{i}.jpg', np.ones((20, DIM))) for i in range(200)]
        )
    path = tmp_path / 'g/gallery.sqlite'
    rng = np.random.default_rng(seed)
    data = np.frombuffer(path.read_bytes(), np.uint8).copy()
    data[16384 * (1 + seed) :] = rng.integers(
        0, 256, len(data) - 16384 * (1 + seed)
    )
    path.write_bytes(data.tobytes())
    with pytest.raises(InputError, match='damaged'):
        read_all(tmp_path / 'g')


def read_all(path):
    with Gallery.open(path) as gallery:
        gallery.known('s')
        gallery.search(unit(0), 5)
        gallery.read(range(1, len(gallery) + 1))


def test_a_file_of_another_kind_in_the_place_of_the_database(tmp_path):
    (tmp_path / 'gallery.sqlite').write_bytes(b'\x80\x04K\x01.' * 999)
    with pytest.raises(InputError, match='not a database'):
        Gallery.open(tmp_path)


@pytest.mark.parametrize(
    'name', ['a b', 'ü 日本', 'a%20b', 'a?mode=memory', 'a#b', 'zo\udceb']
)
def test_folders_of_all_names(tmp_path, name):
    path = tmp_path / name / 'g'
    with Gallery.create(path, MODEL) as gallery:
        gallery.add([entry('1.jpg', np.eye(DIM).repeat(20, axis=0))])
        gallery.build_index(min_persons=1)
    with Gallery.open(path) as gallery:
        assert gallery.search(unit(0)).similarities[0, 0] == 1
        assert gallery.index_status().built and not gallery.index_status().note
    assert [x.name for x in tmp_path.iterdir()] == [name]


def test_removed_persons_leave_no_bytes(tmp_path):
    """Neither in the database nor in an index that was built afterwards."""
    path = tmp_path / 'g'
    rng = np.random.default_rng(0)
    feats = rng.standard_normal((400, DIM))
    with Gallery.create(path, MODEL) as gallery:
        gallery.add([entry(f'{i}.jpg', f[None]) for i, f in enumerate(feats)])
        assert gallery.build_index(min_persons=1) is not None
    with closing(sqlite3.connect(path / 'gallery.sqlite')) as db:
        (value,) = db.execute(
            'SELECT value FROM embeddings WHERE row = 7'
        ).fetchone()
    assert value in everything(path)
    with Gallery.open(path, write=True) as gallery:
        assert gallery.remove(path='6.jpg') == 1
        gallery.build_index(min_persons=1)
    assert value not in everything(path)


def everything(path):
    """Bytes of all files of a gallery."""
    files = sorted(p for p in path.rglob('*') if p.is_file())
    return b''.join(p.read_bytes() for p in files)
