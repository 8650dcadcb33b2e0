"""A folder with pictures, a query and two tiny networks."""

import cv2
import numpy as np
from colour_embedder import COLOURS
from tool_runner import tool
from two_networks import save_two_networks

#: Size of a picture, and the places where the detector finds persons.
SIZE = (80, 120)
PLACES = [(20, 30, 40, 90), (40, 0, 80, 60)]
#: The first place, as an argument.
FIRST = ('--box', '20,30,40,90')


def picture(*colours):
    """Grey picture with a person of each colour."""
    image = np.full((SIZE[1], SIZE[0], 3), 120, np.uint8)
    for colour, (x1, y1, x2, y2) in zip(colours, PLACES):
        image[y1:y2, x1:x2] = COLOURS[colour]
    return image


def make_photo_folder(folder):
    """Write ``photos/``, ``anna.png`` and ``two.yaml``."""
    save_two_networks(folder)
    (folder / 'photos').mkdir()
    for name, colours in {
        'c1_a.png': ('red', 'blue'),
        'c1_b.png': ('green', 'yellow'),
        'c2_a.png': ('pink', 'red'),
    }.items():
        cv2.imwrite(str(folder / 'photos' / name), picture(*colours))
    cv2.imwrite(str(folder / 'anna.png'), picture('red', 'yellow'))


def index(*more):
    """Index ``photos`` into the gallery ``g``."""
    argv = ['photos', '--gallery', 'g', '--model', 'two.yaml', *more]
    return tool('index_gallery')(argv)
