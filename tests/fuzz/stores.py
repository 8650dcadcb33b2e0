"""Galleries on the disk: opened, searched, described and added to."""

import json
import sqlite3
from contextlib import closing

import cv2
import numpy as np
from galleries import DIM, MODEL, entry, views
from photo_folder import FIRST, index, make_photo_folder

from mmdmr.gallery import Filters, Gallery

from .cases import Case, claim, inside
from .guard import call


def _make(num, stored='float16'):
    def make(folder):
        rng = np.random.default_rng(0)
        feats = views(rng, num // 4, 4)
        with Gallery.create(folder / 'g', MODEL, stored) as gallery:
            gallery.set_root('s', folder)
            gallery.add(
                [
                    entry(f'{i}.png', feats[4 * i : 4 * i + 4], time=float(i))
                    for i in range(num // 4 - 2)
                ]
            )
            gallery.add(
                [
                    entry(
                        'a.mp4',
                        feats[-4:],
                        content='other',
                        frame=3,
                        time=0.5,
                        camera='door',
                        sightings=np.array([900, 900, 901, 901]),
                    )
                ]
            )
            gallery.skip('s', 'bad.png', 'cut short', 'x')
            if num >= 128:
                gallery.build_index(128)
            gallery.add([entry('late.png', feats[:2], content='late')])
            gallery.remove(path='0.png')
            gallery.set_origin(dict(config='two.yaml'))
        for built in (folder / 'g').glob('index-*'):
            _rename(folder / 'g/gallery.sqlite', built)

    return make


def _rename(database, index):
    """Give an index a name that is always the same."""
    with closing(sqlite3.connect(database)) as db, db:
        db.execute(
            "UPDATE meta SET value = replace(value, ?, 'index-0')",
            (index.name,),
        )
    index.rename(index.with_name('index-0'))


def _search(folder, out):
    rng = np.random.default_rng(1)
    with Gallery.open(folder / 'g') as gallery:
        queries = rng.standard_normal((3, gallery.model.dim))
        for options in (
            {},
            dict(exact=True),
            dict(filters=Filters(cameras=['door'], time=(0, 9))),
            dict(group_sightings=False, top_k=200),
        ):
            found = gallery.search(queries, **{'top_k': 5, **options})
            size = options.get('top_k', 5)
            claim(found.rows.shape == (3, size), 'matches of another shape')
            near = found.similarities
            claim(not np.isnan(near).any(), 'a similarity is NaN')
            claim(((near <= 1) & ((near >= -1) | (near == -np.inf))).all(), '')
            rows = found.rows[found.rows >= 0]
            for person in gallery.read(rows):
                claim(person.box.shape == (4,), 'a box of another shape')
                person.path.encode('utf-8', 'surrogatepass')
            gallery.sightings([900, 901])
        gallery.known('s')
        gallery.rows_of_content('other')


def _info(folder, out):
    said, _ = call('gallery_info', folder / 'g', '--json')
    json.loads(said)
    call('gallery_info', folder / 'g')
    call('gallery_info', folder / 'g', '--verify', codes=(0, 1))


def _change(folder, out):
    with Gallery.open(folder / 'g', MODEL, write=True) as gallery:
        before = len(gallery)
        rows = gallery.add([entry('new.png', np.eye(DIM)[:3], content='new')])
        claim(len(rows) == 3, 'persons are lost')
        claim(len(gallery) == before + 3, 'persons are lost or doubled')
        found = gallery.search(np.eye(DIM)[:1], 1, exact=True)
        claim(found.similarities[0, 0] > 0.99, 'the new person is not found')
        gallery.finish('s', 'a.mp4')
        gallery.remove(source='s')


def _build(folder, out):
    with Gallery.open(folder / 'g', write=True) as gallery:
        gallery.build_index(128)
    _search(folder, out)


def _make_photos(folder):
    with inside(folder):
        make_photo_folder(folder)
        index()
    picture = cv2.imread(str(folder / 'anna.png'))
    claim(picture is not None, 'no picture')


def _person(folder, out):
    call(
        'search_person',
        *('--query', folder / 'anna.png', '--gallery', folder / 'g'),
        *('--model', folder / 'two.yaml', '--out', out / 'found', *FIRST),
    )
    json.loads((out / 'found/hits.json').read_text('utf-8'))


def targets():
    """Cases of the target ``galleries``."""
    often = {'g/gallery.sqlite': 30}
    writes = ('out', 'in/g')
    return {
        'search': Case(_make(32), _search, writes, weight=4, often=often),
        'search-int8': Case(
            _make(32, 'int8'), _search, writes, weight=1, often=often
        ),
        'search-index': Case(
            _make(160),
            _search,
            writes,
            weight=4,
            often={'g/gallery.sqlite': 8},
        ),
        'info': Case(_make(160), _info, writes, weight=2, often=often),
        'change': Case(_make(32), _change, writes, weight=3, often=often),
        'build': Case(_make(160), _build, writes, often=often),
        'search_person': Case(
            _make_photos,
            _person,
            writes,
            weight=2,
            often={'g/gallery.sqlite': 20},
        ),
    }
