"""Pictures of the page: scenes, thumbnails and crops as JPEG."""

import io
from collections import OrderedDict
from collections.abc import Callable, Hashable
from threading import Lock

import numpy as np
from PIL import Image, ImageDraw

from mmdmr.apis.scenes import read_stored
from mmdmr.apis.searching import stored_file
from mmdmr.errors import InputError
from mmdmr.gallery import Gallery, Scene
from mmdmr.visualization.drawing import PAPER, to_picture
from mmdmr.visualization.hit_cells import blank_crop
from mmdmr.visualization.hit_scenes import LONGEST
from mmdmr.visualization.palette import Colour

#: Greatest width and height of a thumbnail, and size of a crop, in pixels.
THUMBNAIL, CROP = (320, 240), (240, 320)
#: Height of a person in a crop, as a share: the rest shows the scene.
_SHARE = 0.72
_QUALITY = 85
#: Pictures that are kept, and the bytes of all of them.
_MOST_KEPT, _MOST_BYTES = 2000, 128 << 20


def encode(picture: Image.Image) -> bytes:
    """Encode a picture.

    Args:
        picture (Image.Image): RGB picture.

    Returns:
        bytes: JPEG.

    Example:
        >>> encode(Image.new('RGB', (4, 4)))[6:10]
        b'JFIF'
    """
    stream = io.BytesIO()
    picture.save(stream, 'JPEG', quality=_QUALITY)
    return stream.getvalue()


def encode_scene(image: np.ndarray) -> bytes:
    """Encode a whole scene, scaled down to 1600 pixels if it is larger.

    Args:
        image (np.ndarray): (h, w, 3) uint8 image, BGR.

    Returns:
        bytes: JPEG.
    """
    picture = to_picture(image)
    picture.thumbnail((LONGEST, LONGEST))
    return encode(picture)


def encode_thumbnail(image: np.ndarray) -> bytes:
    """Encode a small copy of a scene.

    Args:
        image (np.ndarray): (h, w, 3) uint8 image, BGR.

    Returns:
        bytes: JPEG.
    """
    picture = to_picture(image)
    picture.thumbnail(THUMBNAIL)
    return encode(picture)


def crop_in_scene(
    picture: Image.Image, box: np.ndarray, colour: Colour
) -> Image.Image:
    """Cut a person out with some of the scene around, and frame the person.

    Args:
        picture (Image.Image): The scene, RGB.
        box (np.ndarray): (4,) ``x1, y1, x2, y2`` of the person in pixels.
        colour (tuple[int, int, int]): Colour of the frame.

    Returns:
        Image.Image: RGB picture of the size :data:`CROP`; black outside the
        scene.

    Example:
        >>> scene = Image.new('RGB', (100, 50))
        >>> box = np.array([10., 10., 20., 40.])
        >>> crop_in_scene(scene, box, (0, 0, 255)).size
        (240, 320)
    """
    far = 2.0 * max(picture.size)
    x1, y1, x2, y2 = np.clip(box, -far, far).tolist()
    width, height = max(x2 - x1, 1.0), max(y2 - y1, 1.0)
    # The side that is tighter takes its share of the crop.
    scale = min(CROP[0] / width, CROP[1] / height) * _SHARE
    room = (CROP[0] / scale, CROP[1] / scale)
    left, top = (
        _within((start + end - side) / 2, side, size)
        for start, end, side, size in (
            (x1, x2, room[0], picture.width),
            (y1, y2, room[1], picture.height),
        )
    )
    region = (int(left), int(top), int(left + room[0]), int(top + room[1]))
    crop = picture.crop(region).resize(CROP, Image.Resampling.BICUBIC)
    draw = ImageDraw.Draw(crop)
    frame = [
        round((x1 - left) * scale) - 4,
        round((y1 - top) * scale) - 4,
        round((x2 - left) * scale) + 4,
        round((y2 - top) * scale) + 4,
    ]
    # A box that reaches beyond the scene is framed on the edge of the crop.
    corners = [
        *(max(side, 0) for side in frame[:2]),
        *(min(side, most - 1) for side, most in zip(frame[2:], CROP)),
    ]
    if corners[0] <= corners[2] and corners[1] <= corners[3]:
        draw.rectangle(corners, outline=PAPER, width=6)
        inner = [side + step for side, step in zip(corners, (1, 1, -1, -1))]
        if inner[0] <= inner[2] and inner[1] <= inner[3]:
            draw.rectangle(inner, outline=colour, width=4)
    return crop


def _within(start: float, side: float, size: int) -> float:
    """Move a range into the scene, as far as it fits."""
    return min(max(start, 0.0), max(size - side, 0.0))


def read_scene_image(gallery: Gallery, scene: Scene) -> np.ndarray | None:
    """Read the photograph or the frame of a scene.

    Args:
        gallery (Gallery): The gallery.
        scene (Scene): One of its scenes.

    Returns:
        np.ndarray | None: (h, w, 3) uint8 image, BGR; None if the file has
        gone, or the scene was a stream or an array.

    Raises:
        InputError: The file cannot be read, or has changed.
    """
    root = gallery.roots.get(scene.source, '')
    frame_time = None if scene.frame is None else scene.time or 0.0
    return read_stored(
        stored_file(root, scene.path), frame_time, scene.content_hash
    )


def encode_or_blank(
    read: Callable[[], np.ndarray | None], draw: Callable[[np.ndarray], bytes]
) -> tuple[bytes, bool]:
    """Draw a picture, or a grey area that says why there is none.

    Args:
        read (Callable): Gives the image; None if its file has gone.
        draw (Callable): Makes the JPEG of the image.

    Returns:
        tuple[bytes, bool]: JPEG, and whether the image was read.
    """
    try:
        image = read()
    except (InputError, OSError):
        return encode(blank_crop('file changed or not readable')), False
    if image is None:
        return encode(blank_crop('file not found')), False
    return draw(image), True


class PictureCache:
    """The last pictures that were asked for.

    Example:
        >>> cache = PictureCache()
        >>> cache.get('crop 1', lambda: (b'jpeg', True))
        (b'jpeg', True)
        >>> cache.get('crop 1', lambda: (b'never asked', True))
        (b'jpeg', True)
    """

    def __init__(self) -> None:
        self._kept: OrderedDict[Hashable, bytes] = OrderedDict()
        self._num_bytes = 0
        self._lock = Lock()

    def get(
        self, key: Hashable, make: Callable[[], tuple[bytes, bool]]
    ) -> tuple[bytes, bool]:
        """Give a picture, made now unless it is kept.

        Args:
            key (Hashable): Name of the picture.
            make (Callable): Makes the picture, and says whether it may be
                kept.

        Returns:
            tuple[bytes, bool]: JPEG, and whether it shows what was asked for.
        """
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
                return self._kept[key], True
        content, is_good = make()
        if is_good:
            with self._lock:
                self._num_bytes += len(content) - len(self._kept.get(key, b''))
                self._kept[key] = content
                while (
                    len(self._kept) > _MOST_KEPT
                    or self._num_bytes > _MOST_BYTES
                ):
                    _, gone = self._kept.popitem(last=False)
                    self._num_bytes -= len(gone)
        return content, is_good
