"""Making a whole synthetic set."""

import json
import shutil
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from pathlib import Path

import cv2
import numpy as np

from mmdmr.errors import InputError

from .appearance import Appearance, distinct_appearance, sample_identities
from .backgrounds import PAINTERS
from .cameras import Camera, make_camera
from .plan import ImagePlan, choose_queries, plan_images
from .scenes import compose_scene
from .writer import Annotations

#: File that marks a folder as a synthetic set; holds the settings.
MARKER = 'synthetic.json'
JPEG_QUALITY = 92
#: Least number of each thing that a search needs.
_LEAST = dict(
    images=1, test_images=2, identities=4, test_identities=4, queries=1
)
#: Least width and height of an image in pixels: people must fit in.
_MIN_SIZE = (288, 192)
#: Numbers of the random generators, one for each purpose.
_IDENTITIES, _CAMERAS, _PLANS, _QUERIES, _GALLERIES, _IMAGES = range(6)


@dataclass(frozen=True)
class Settings:
    """Contents of a synthetic set.

    Args:
        seed (int): Seed of all randomness: same settings, same bytes.
            Defaults to 0.
        images (int): Training images. Defaults to 400.
        test_images (int): Test images. Defaults to 160.
        identities (int): Labelled training identities. Defaults to 90.
        test_identities (int): Labelled test identities, none of them a
            training identity. Defaults to 56.
        queries (int): Queries. Defaults to 112.
        image_size (tuple[int, int]): Width and height of an image in pixels.
            Defaults to (384, 256).
        difficulty (str): ``easy``: any two identities differ clearly.
            ``hard``: identities come in groups of look-alikes that differ in
            one small thing. Defaults to 'easy'.
        cameras (tuple[str, ...]): Kinds of places, keys of
            ``backgrounds.PAINTERS``, one camera each. Defaults to all kinds.

    Raises:
        InputError: A number or a size is too small. The message names the
            option of ``mmdmr make_synthetic``.
    """

    seed: int = 0
    images: int = 400
    test_images: int = 160
    identities: int = 90
    test_identities: int = 56
    queries: int = 112
    image_size: tuple[int, int] = (384, 256)
    difficulty: str = 'easy'
    cameras: tuple[str, ...] = tuple(PAINTERS)

    def __post_init__(self) -> None:
        for name, least in _LEAST.items():
            if getattr(self, name) < least:
                raise InputError(
                    f'--{name.replace("_", "-")}: must be at least {least}, '
                    f'not {getattr(self, name)}'
                )
        if self.seed < 0:
            raise InputError(f'--seed: must not be negative, not {self.seed}')
        if any(
            side < least for side, least in zip(self.image_size, _MIN_SIZE)
        ):
            raise InputError(
                '--image-size: must be at least {} {}, not {} {}'.format(
                    *_MIN_SIZE, *self.image_size
                )
            )


def _rng(settings: Settings, *stream: int) -> np.random.Generator:
    """Random generator for one purpose, independent of other purposes."""
    return np.random.default_rng([settings.seed, *stream])


def prepare_folder(out: Path) -> None:
    """Make an empty folder; remove a former synthetic set.

    Args:
        out (Path): The folder.

    Raises:
        FileExistsError: The folder holds other files.
    """
    if out.exists() and not out.is_dir():
        raise FileExistsError(f'{out} is a file; name a new folder')
    if out.is_dir() and any(out.iterdir()):
        if not (out / MARKER).is_file():
            raise FileExistsError(
                f'{out} is not empty and not a former synthetic set (the '
                f'file {MARKER} is missing); name a new folder or empty this '
                'folder'
            )
        for part in ('Image', 'annotation'):
            shutil.rmtree(out / part, ignore_errors=True)
    (out / 'Image' / 'SSM').mkdir(parents=True, exist_ok=True)


def _draw_passers_by(
    rng: np.random.Generator, num: int, identities: list[Appearance]
) -> list[Appearance]:
    """Persons without identity, unlike all labelled persons."""
    return [distinct_appearance(rng, identities) for _ in range(num)]


def generate(
    out: Path,
    settings: Settings = Settings(),
    progress: Callable[[Iterable, int], Iterable] = lambda x, _: x,
) -> None:
    """Draw and write a synthetic set in the layout of CUHK-SYSU.

    Test images are numbered after the training images, test identities after
    the training identities.

    Args:
        out (Path): Folder to write to.
        settings (Settings): Contents. Defaults to ``Settings()``.
        progress (Callable): Wrapper of the loop over images, called with the
            images and their number. Defaults to showing nothing.

    Raises:
        FileExistsError: The folder holds other files.
        InputError: The settings cannot be met.
    """
    out = Path(out)
    sizes = (settings.identities, settings.test_identities)
    people: list[Appearance] = []
    plans: list[ImagePlan] = []
    for split, (num_ids, num_images) in enumerate(
        zip(sizes, (settings.images, settings.test_images))
    ):
        people += sample_identities(
            _rng(settings, _IDENTITIES, split),
            num_ids,
            settings.difficulty,
            others=people,
        )
        plans += plan_images(
            _rng(settings, _PLANS, split),
            num_images,
            num_ids,
            len(settings.cameras),
        )
    queries = choose_queries(
        _rng(settings, _QUERIES),
        plans[settings.images :],
        settings.test_identities,
        settings.queries,
    )

    prepare_folder(out)
    (out / MARKER).write_text(
        json.dumps(asdict(settings), indent=2, sort_keys=True) + '\n',
        encoding='utf-8',
    )
    width, height = settings.image_size
    cameras: list[Camera] = [
        make_camera(kind, _rng(settings, _CAMERAS, i), width, height)
        for i, kind in enumerate(settings.cameras)
    ]

    boxes: dict[str, np.ndarray] = {}
    id_names: dict[str, list[str]] = {}
    for i in progress(range(len(plans)), len(plans)):
        plan, rng = plans[i], _rng(settings, _IMAGES, i)
        first = 0 if i < settings.images else settings.identities
        ids = [first + person for person in plan.person_ids]
        ids += [-1] * plan.num_passers_by
        passers_by = _draw_passers_by(rng, plan.num_passers_by, people)
        looks = [people[k] for k in ids if k >= 0] + passers_by
        scene = compose_scene(
            cameras[plan.camera], looks, ids, rng, width, height
        )
        name = f's{i + 1}.jpg'
        encoded = cv2.imencode(
            '.jpg',
            scene.image[..., ::-1],
            [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY],
        )[1]
        (out / 'Image' / 'SSM' / name).write_bytes(encoded.tobytes())
        boxes[name] = scene.boxes
        id_names[name] = [
            f'p{k + 1}' if k >= 0 else '' for k in scene.person_ids
        ]

    names = list(boxes)
    Annotations(
        boxes,
        id_names,
        names[settings.images :],
        [
            (
                names[settings.images + image],
                f'p{settings.identities + person + 1}',
            )
            for image, person in queries
        ],
    ).write(out, _rng(settings, _GALLERIES))
