"""``mmdmr convert_mot``: tracked video becomes a person-search data set."""

import json
import os
from argparse import ArgumentParser, Namespace
from collections.abc import Sequence
from pathlib import Path

from mmdmr.cli.errors import input_errors
from mmdmr.files import check_new
from mmdmr.readers.coco import CocoReader
from mmdmr.readers.mot import (
    MotOptions,
    check_different,
    find_sequences,
    read_sequence,
)
from mmdmr.readers.mot_files import COLUMNS, parse_columns

#: The person_id of somebody without identity.
UNLABELLED = -1


def main(argv: Sequence[str] | None = None) -> int:
    """Convert MOT sequences.

    Args:
        argv (Sequence[str], optional): Arguments. Defaults to those of the
            process.

    Returns:
        int: 0. Wrong input exits with code 2.
    """
    args = _parse(argv)
    mot, out = Path(args.mot_root), Path(args.out)
    images, target = out / CocoReader.img_dir, out / 'annotations.json'
    with input_errors('convert_mot'):
        options = _options(args)
        sequences = find_sequences(mot)
        for path in (images, target):
            check_new(path)
        check_different(sequences)
        found = {s.name: read_sequence(s, options) for s in sequences}
        frames = {name: sequence.frames for name, sequence in found.items()}
        content = to_coco(frames, sequences[0].parent, args.shared_ids)
        if not any(not ann['iscrowd'] for ann in content['annotations']):
            raise ValueError(f'{mot}: nobody is in the pictures that are kept')
    out.mkdir(parents=True, exist_ok=True)
    images.symlink_to(sequences[0].parent.absolute(), target_is_directory=True)
    target.write_text(json.dumps(content), encoding='utf-8')
    for note in [
        *_other_folders(mot, sequences),
        *(note for sequence in found.values() for note in sequence.notes),
    ]:
        print(f'note: {note}')
    persons = [ann for ann in content['annotations'] if not ann['iscrowd']]
    identities = {ann['person_id'] for ann in persons} - {UNLABELLED}
    regions = len(content['annotations']) - len(persons)
    print(
        f'{target}: {len(content["images"])} images of {len(sequences)} '
        f'sequences, {len(persons)} boxes, {len(identities)} identities'
        + (f', {regions} ignored regions' if regions else '')
        + f'\n{images} links to the sequences\n'
        f'next: mmdmr split_dataset {target}'
    )
    return 0


def _other_folders(mot: Path, sequences: Sequence[Path]) -> list[str]:
    """Folders beside the sequences that are none, as notes."""
    if mot.absolute() in sequences:
        return []  # a sequence was named, not the folder around it
    others = sorted(
        path.name
        for path in mot.absolute().iterdir()
        if path.is_dir() and path not in sequences and path.name[0] != '.'
    )
    if not others:
        return []
    return [f'{mot}: folders left out, without gt/gt.txt: {", ".join(others)}']


def _options(args: Namespace) -> MotOptions:
    return MotOptions(
        every=args.every,
        min_visibility=args.min_visibility,
        columns=None if args.columns is None else parse_columns(args.columns),
        person_classes=args.person_class and tuple(args.person_class),
        unlabelled_ids=tuple(args.unlabelled_id),
        frame_offset=args.frame_offset,
    )


def to_coco(
    frames: dict[str, list[dict]], root: Path, shared_ids: bool
) -> dict:
    """Make one COCO-style file of sequences; each is a camera.

    Args:
        frames (dict[str, list[dict]]): By name the frames of a
            :class:`~mmdmr.readers.mot.MotSequence`.
        root (Path): Folder that file names are given from.
        shared_ids (bool): Whether a number means the same person in every
            sequence.

    Returns:
        dict: Content of the file.
    """
    images: list[dict] = []
    annotations: list[dict] = []
    for name, sequence in frames.items():
        for frame in sequence:
            images.append(
                dict(
                    id=len(images) + 1,
                    file_name=_name(frame['path'], root),
                    width=frame['width'],
                    height=frame['height'],
                    cam_id=name,
                )
            )
            for person in frame['persons']:
                number = person['id']
                annotations.append(
                    dict(
                        id=len(annotations) + 1,
                        image_id=len(images),
                        category_id=1,
                        bbox=person['bbox'],
                        area=person['bbox'][2] * person['bbox'][3],
                        iscrowd=int(person['ignored']),
                        person_id=UNLABELLED
                        if number is None
                        else number
                        if shared_ids
                        else f'{name}-{number}',
                    )
                )
    return dict(
        images=images,
        annotations=annotations,
        categories=[dict(id=1, name='person')],
    )


def _name(path: Path, root: Path) -> str:
    """Name of a picture below the root, in UTF-8 whatever the locale says."""
    try:
        name = path.relative_to(root).as_posix()
    except ValueError as error:
        raise ValueError(
            f'{path} is not below {root}, from where pictures are named: '
            'correct imDir in seqinfo.ini'
        ) from error
    return os.fsencode(name).decode('utf-8', 'surrogateescape')


def _parse(argv: Sequence[str] | None) -> Namespace:
    parser = ArgumentParser(
        'mmdmr convert_mot',
        description='Turn sequences in the format of the MOT Challenge '
        '(gt/gt.txt, img1/) into COCO-style JSON with person_id and cam_id, '
        'each sequence being a camera.',
    )
    parser.add_argument('mot_root', help='folder of a sequence, or of several')
    parser.add_argument(
        '--out',
        required=True,
        metavar='ROOT',
        help='folder for annotations.json and images, a link to the sequences',
    )
    parser.add_argument(
        '--every',
        type=int,
        default=1,
        metavar='N',
        help='keep every N-th frame: neighbours hardly differ (default: '
        '%(default)s)',
    )
    parser.add_argument(
        '--min-visibility',
        type=float,
        default=0.1,
        help='persons visible by a smaller share become ignored regions: '
        'neither learnt nor background (default: %(default)s)',
    )
    parser.add_argument(
        '--columns',
        metavar='NAMES',
        help=f'what the columns of gt.txt are, {",".join(COLUMNS)} in their '
        'order, "-" for any other (default: that order; of ten columns the '
        'last three are not read if they are -1)',
    )
    parser.add_argument(
        '--person-class',
        type=int,
        nargs='+',
        metavar='N',
        help='numbers of the classes of persons (default: those called person '
        'or pedestrian in gt/labels.txt; without that file class 1, the '
        "pedestrians of the MOT Challenge's list)",
    )
    parser.add_argument(
        '--unlabelled-id',
        type=int,
        nargs='+',
        default=[],
        metavar='N',
        help='ids that stand for nobody, beside negative ones',
    )
    parser.add_argument(
        '--frame-offset',
        type=int,
        metavar='N',
        help='what is added to the frame of a row to get the number of its '
        'picture; given, it also leaves out rows without a picture (default: '
        '0, but where another number fits better, or where one of the two '
        'counts from 0 and the other does not, the number is asked for)',
    )
    parser.add_argument(
        '--shared-ids',
        action='store_true',
        help='a number is the same person in every sequence, as in '
        'multi-camera tracking; else each sequence has people of its own',
    )
    args = parser.parse_args(argv)
    if args.every < 1:
        parser.error(f'--every must be at least 1, not {args.every}')
    if not 0 <= args.min_visibility <= 1:
        parser.error(
            f'--min-visibility must be in [0, 1], not {args.min_visibility}'
        )
    return args
