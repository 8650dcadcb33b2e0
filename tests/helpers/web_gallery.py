"""A small gallery of coloured persons for the page, and pictures to upload."""

import zlib

import cv2
import numpy as np
from colour_embedder import ColourEmbedder, draw_scene
from video_samples import write_video

from mmdmr.apis import PersonSearcher
from mmdmr.evaluation.calibration import Calibration
from mmdmr.evaluation.functional import FalseAlarms, OperatingPoint

LEFT, RIGHT = (10, 10, 40, 90), (90, 20, 120, 110)
#: Photographs by camera, with the persons they show.
PHOTOS = {
    'door': {
        '1.png': [('red', LEFT)],
        '2.png': [('blue', LEFT), ('green', RIGHT)],
    },
    'yard': {
        '3.png': [('red', RIGHT), ('pink', LEFT)],
        '4.png': [],
    },
}


def write_photos(folder, photos=PHOTOS):
    """Write one folder of photographs for each camera."""
    for camera, pictures in photos.items():
        (folder / camera).mkdir(parents=True)
        for name, persons in pictures.items():
            path = str(folder / camera / name)
            cv2.imwrite(path, draw_scene(persons))
    return folder


def calibration(model):
    """Verdicts: likely from 0.9, unsure from 0.5."""
    points = (
        OperatingPoint(0.01, 0.5, 0.01, 0.9),
        OperatingPoint(0.001, 0.9, 0.001, 0.8),
    )
    return Calibration(
        model, 'colours', 0.5, FalseAlarms(points, 90_000, 500, 50, 440)
    )


def make_gallery(folder, embedder=None, is_calibrated=True):
    """Index photographs and a video; the searcher and the gallery."""
    embedder = embedder or ColourEmbedder()
    searcher = PersonSearcher.from_embedder(
        embedder, calibration(embedder.model) if is_calibrated else None
    )
    photos = write_photos(folder / 'photos')
    gallery = folder / 'my.gallery'
    for camera in PHOTOS:
        searcher.index(photos / camera, gallery, camera=camera)
    frames = [draw_scene([('yellow', (40, 10, 70, 90))])] * 50
    (folder / 'films').mkdir()
    write_video(folder / 'films/film.mp4', frames)
    searcher.index(folder / 'films', gallery, every_seconds=1)
    return searcher, gallery


def picture(*persons, suffix='.png', size=(160, 120)):
    """Content of a file that shows persons."""
    return cv2.imencode(suffix, draw_scene(persons, size))[1].tobytes()


def bomb():
    """A PNG of few bytes that claims a billion pixels."""
    header = b'\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR'
    size = np.array([40000, 40000], '>u4').tobytes()
    rest = b'\x08\x02\x00\x00\x00'
    crc = zlib.crc32(b'IHDR' + size + rest).to_bytes(4, 'big')
    return header + size + rest + crc + b'\x00\x00\x00\x00IDAT'
