"""The description of a person detector and a re-ID network, a YAML file.

The file is read as data: nothing in it is run.
"""

from collections import Counter
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeVar

import yaml

from mmdmr.errors import InputError

from .checked_fields import (
    checked,
    nested,
    number,
    one_of,
    positive,
    read_mapping,
    sequence_of,
    text,
    truth,
    whole,
)

#: Suffixes of the files.
SUFFIXES = ('.yaml', '.yml')
#: Bytes of a file, at most: a description has some hundreds.
_MOST_BYTES = 10**6
#: Bound of means and fill values: pixels are in [0, 255].
_PIXEL = number(-255, 255)


@dataclass(frozen=True)
class InputSettings:
    """How an image becomes the input of a network.

    The network sees ``(pixel / divide_by - mean) / std``.

    Args:
        size (tuple[int, int]): Width and height in pixels.
        resize (str): ``letterbox`` keeps the ratio of the sides and fills
            below and to the right, ``letterbox-centre`` fills on all sides,
            ``stretch`` does not keep the ratio.
        fill (int): Value of filled pixels, in [0, 255]. Defaults to 114.
        interpolation (str): ``linear``, ``area`` or ``cubic``, as OpenCV
            names them. Defaults to ``linear``.
        colours (str): Order of the channels, ``bgr`` or ``rgb``.
        divide_by (float): Divisor of the pixels. Defaults to 1.
        mean (tuple[float, float, float]): Mean of each channel, in the order
            of ``colours``. Defaults to zeros.
        std (tuple[float, float, float]): Divisor of each channel, in the same
            order. Defaults to ones.
        layout (str): Order of the axes, ``nchw`` or ``nhwc``. Defaults to
            ``nchw``.
        dtype (str): Type of the input, ``float32``, ``float16`` or ``uint8``.
            Defaults to ``float32``.
    """

    size: tuple[int, int] = checked(sequence_of(whole(1), 2))
    resize: str = checked(one_of('letterbox', 'letterbox-centre', 'stretch'))
    colours: str = checked(one_of('bgr', 'rgb'))
    fill: int = checked(whole(0, 255), 114)
    interpolation: str = checked(one_of('linear', 'area', 'cubic'), 'linear')
    divide_by: float = checked(positive, 1.0)
    mean: tuple[float, ...] = checked(sequence_of(_PIXEL, 3), (0.0,) * 3)
    std: tuple[float, ...] = checked(sequence_of(positive, 3), (1.0,) * 3)
    layout: str = checked(one_of('nchw', 'nhwc'), 'nchw')
    dtype: str = checked(one_of('float32', 'float16', 'uint8'), 'float32')

    def __post_init__(self) -> None:
        if self.dtype == 'uint8' and self.is_scaled:
            raise ValueError(
                'an input of type uint8 takes no divide_by, mean and std'
            )

    @property
    def is_scaled(self) -> bool:
        """bool: True if the network does not see pixel values as they are."""
        return (self.divide_by, *self.mean, *self.std) != (1, 0, 0, 0, 1, 1, 1)


@dataclass(frozen=True)
class YoloxOutput:
    """One output (n, anchors, 5 + classes), as YOLOX has it.

    A row holds the box, objectness and a score for each class. The score of
    a person is the product of the two.

    Args:
        output (str | None): Name of the output. Defaults to None: the first.
        decoded (bool): True if the rows hold ``cx, cy, w, h`` in pixels of
            the input. False if they hold offsets from a grid in units of the
            stride, and logarithms of sides. Defaults to False, as YOLOX
            exports.
        strides (tuple[int, ...]): Strides of the grids, in the order of the
            rows. Defaults to (8, 16, 32).
        person_class (int): Position of the person among the classes.
            Defaults to 0, as in COCO.
    """

    output: str | None = checked(text, None)
    decoded: bool = checked(truth, False)
    strides: tuple[int, ...] = checked(sequence_of(whole(1)), (8, 16, 32))
    person_class: int = checked(whole(0), 0)


@dataclass(frozen=True)
class SsdOutput:
    """One output (1, 1, N, 7), as SSD has it in Caffe and OpenVINO.

    A row holds ``image_id, label, score, x1, y1, x2, y2``. Rows with an
    image_id below 0 end the list.

    Args:
        output (str | None): Name of the output. Defaults to None: the first.
        box_unit (str): ``relative`` for boxes in [0, 1] of the input,
            ``pixels`` for pixels of the input. Defaults to ``relative``.
        person_class (int): Label of a person. Defaults to 1, as label 0 is
            the background.
    """

    output: str | None = checked(text, None)
    box_unit: str = checked(one_of('relative', 'pixels'), 'relative')
    person_class: int = checked(whole(0), 1)


@dataclass(frozen=True)
class BoxesScoresOutput:
    """Boxes, scores and perhaps labels, as outputs or as columns of one.

    Boxes are (n, k, 4), or (k, 4) without an axis for images. Scores are
    (n, k), or (n, k, classes). Labels are (n, k). A single output holds boxes
    in four columns, then columns as ``columns`` says.

    Args:
        boxes (str | None): Name of the output with the boxes. Defaults to
            None: the first.
        scores (str | None): Name of the output with the scores. Defaults to
            None: the second, or columns of ``boxes`` if ``columns`` is given.
        labels (str | None): Name of the output with the labels. Defaults to
            None: there is none.
        columns (str | None): What follows the box in an output with all:
            ``score``, ``score-label``, or ``class-scores`` for a score of each
            class. Defaults to None: boxes and scores are two outputs.
        transposed (bool): True if boxes (and scores of classes) are columns
            in place of rows: (n, 4 + classes, k). Defaults to False.
        box_format (str): ``xyxy``, ``xywh`` or ``cxcywh``. Defaults to
            ``xyxy``.
        box_unit (str): ``pixels`` of the input, or ``relative`` for [0, 1] of
            the input. Defaults to ``pixels``.
        person_class (int): Position of the person among the classes, or its
            label. Defaults to 0.
    """

    boxes: str | None = checked(text, None)
    scores: str | None = checked(text, None)
    labels: str | None = checked(text, None)
    columns: str | None = checked(
        one_of('score', 'score-label', 'class-scores'), None
    )
    transposed: bool = checked(truth, False)
    box_format: str = checked(one_of('xyxy', 'xywh', 'cxcywh'), 'xyxy')
    box_unit: str = checked(one_of('pixels', 'relative'), 'pixels')
    person_class: int = checked(whole(0), 0)

    def __post_init__(self) -> None:
        if self.columns and self.scores:
            raise ValueError(
                'either columns or scores is given: scores are columns '
                'beside the boxes, or an output of their own'
            )
        if self.columns == 'score-label' and self.labels:
            raise ValueError('labels are columns already: leave labels out')


DetectorOutput = YoloxOutput | SsdOutput | BoxesScoresOutput
#: Outputs of detectors by the key ``kind``.
KINDS: dict[str, type[DetectorOutput]] = dict(
    yolox=YoloxOutput, ssd=SsdOutput, boxes_scores=BoxesScoresOutput
)


@dataclass(frozen=True)
class DetectorDescription:
    """A network that detects persons.

    Args:
        file (str): ONNX file.
        input (InputSettings): Input of the network.
        output (DetectorOutput): Outputs of the network.
        score_thr (float): Least score of a detection, in [0, 1]. Defaults to
            0.5.
        nms_thr (float): Greatest IoU of two detections; of two that overlap
            more, the one with the higher score is kept. Defaults to 0.45.
            With 1 all are kept, for networks that suppress by themselves.
        batch (int): Greatest number of images in a run, if the network leaves
            it open. Defaults to 8.
    """

    file: str = checked(text)
    input: InputSettings = nested(InputSettings)
    output: DetectorOutput = nested(KINDS)
    score_thr: float = checked(number(0, 1), 0.5)
    nms_thr: float = checked(number(0, 1), 0.45)
    batch: int = checked(whole(1), 8)


@dataclass(frozen=True)
class ReidDescription:
    """A network that embeds crops of persons.

    Args:
        file (str): ONNX file.
        input (InputSettings): Input of the network.
        output (str | None): Name of the output with the embeddings. Defaults
            to None: the first.
        trained_on (str): Data that the network was trained on, such as
            ``MSMT17``. Defaults to '': unknown.
        batch (int): Greatest number of crops in a run, if the network leaves
            it open. Defaults to 32.
    """

    file: str = checked(text)
    input: InputSettings = nested(InputSettings)
    output: str | None = checked(text, None)
    trained_on: str = checked(text, '')
    batch: int = checked(whole(1), 32)


@dataclass(frozen=True)
class TwoStepDescription:
    """A detector and a re-ID network.

    Args:
        detector (DetectorDescription): The detector.
        reid (ReidDescription): The re-ID network.
        name (str): Name for people. Defaults to '': the name of the file that
            the description is read from.
    """

    detector: DetectorDescription = nested(DetectorDescription)
    reid: ReidDescription = nested(ReidDescription)
    name: str = checked(text, '')


Network = TypeVar('Network', DetectorDescription, ReidDescription)


def read_description(
    path: Path, folder: Path | None = None
) -> TwoStepDescription:
    """Read the description of two networks.

    Args:
        path (Path): YAML file.
        folder (Path | None): Folder that names of files in it are relative
            to. Defaults to None: the folder of the YAML file.

    Returns:
        TwoStepDescription: The description, checked. Whether the files of the
        networks exist is not checked.

    Raises:
        FileNotFoundError: The file is missing.
        InputError: The file is no YAML, a key is unknown or missing, or a
            value is wrong.

    Example:
        >>> import tempfile
        >>> path = Path(tempfile.mkdtemp(), 'two.yaml')
        >>> _ = path.write_text('''
        ... detector:
        ...   file: yolox_nano.onnx
        ...   input: {size: [416, 416], resize: letterbox, colours: bgr}
        ...   output: {kind: yolox}
        ... reid:
        ...   file: osnet.onnx
        ...   input: {size: [128, 256], resize: stretch, colours: rgb}
        ... ''')
        >>> description = read_description(path)
        >>> description.name, description.detector.output.strides
        ('two', (8, 16, 32))
    """
    described = read_mapping(TwoStepDescription, load_yaml(path), str(path))
    folder = path.parent if folder is None else folder
    return replace(
        described,
        name=described.name or path.stem,
        detector=_located(described.detector, folder),
        reid=_located(described.reid, folder),
    )


class _Loader(yaml.SafeLoader):
    """YAML of plain data, each key once in a mapping, without aliases."""

    def compose_node(self, parent: Any, index: Any) -> Any:
        # A text of a kilobyte that repeats itself may become gigabytes.
        if self.check_event(yaml.events.AliasEvent):
            raise yaml.composer.ComposerError(
                problem='an alias, such as *name, is not read: write its '
                'content out',
                problem_mark=self.peek_event().start_mark,
            )
        return super().compose_node(parent, index)

    def construct_mapping(
        self, node: yaml.MappingNode, deep: bool = False
    ) -> dict:
        keys = Counter(
            key.value
            for key, _ in node.value
            if isinstance(key, yaml.ScalarNode)
        )
        for key, count in keys.items():
            if count > 1:
                raise yaml.constructor.ConstructorError(
                    problem=f'the key {key} is given twice',
                    problem_mark=node.start_mark,
                )
        return super().construct_mapping(node, deep)


def load_yaml(path: Path) -> Any:
    """Read a YAML file as data.

    Args:
        path (Path): The file.

    Returns:
        Any: What the file holds: mappings, lists, texts and numbers.

    Raises:
        FileNotFoundError: The file is missing.
        InputError: The file is no YAML in UTF-8, or is too large.
    """
    with path.open('rb') as file:
        data = file.read(_MOST_BYTES + 1)
    if len(data) > _MOST_BYTES:
        raise InputError(
            f'{path}: has more than {_MOST_BYTES} bytes; a description takes '
            'a few hundred'
        )
    try:
        content = yaml.load(data.decode('utf-8'), _Loader)
    except UnicodeDecodeError:
        raise InputError(f'{path}: not a text file in UTF-8') from None
    except RecursionError:
        raise InputError(
            f'{path}: its lists or mappings are too deep'
        ) from None
    # Dates and numbers that do not exist are errors of Python.
    except (yaml.YAMLError, ValueError, OverflowError) as error:
        why = ' '.join(str(error).split())
        raise InputError(f'{path}: not a YAML file: {why}') from error
    return content


def _located(network: Network, folder: Path) -> Network:
    """Description with a file name that does not depend on the YAML file."""
    return replace(network, file=str(folder / network.file))
