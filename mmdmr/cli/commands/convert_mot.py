"""``mmdmr convert_mot``: tracked video becomes a person-search data set."""

import json
from argparse import ArgumentParser, Namespace
from pathlib import Path

from mmdmr.cli.argument_types import whole
from mmdmr.errors import InputError
from mmdmr.files import check_new
from mmdmr.readers import CocoReader
from mmdmr.readers.mot import find_sequences
from mmdmr.readers.mot_files import COLUMNS, parse_columns
from mmdmr.readers.mot_options import MotOptions
from mmdmr.readers.mot_to_coco import UNLABELLED, convert_sequences


def add_arguments(parser: ArgumentParser) -> None:
    """Add the arguments of the tool."""
    parser.description = (
        'Turn sequences in the format of the MOT Challenge '
        '(gt/gt.txt, img1/) into COCO-style JSON with person_id and cam_id, '
        'each sequence being a camera.'
    )
    parser.add_argument(
        'mot_root', help='folder of a sequence, or folder of several sequences'
    )
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
        'neither learnt nor background',
    )
    parser.add_argument(
        '--columns',
        metavar='NAMES',
        help='columns of gt.txt in their order, out of '
        f'{",".join(COLUMNS)}, with "-" for any other column (default: the '
        'order given here; of ten columns the last three are not read if '
        'they are -1)',
    )
    parser.add_argument(
        '--person-class',
        type=int,
        nargs='+',
        metavar='N',
        help='numbers of the classes of persons (default: the classes called '
        'person or pedestrian in gt/labels.txt; without that file class 1, '
        "the pedestrians of the MOT Challenge's list)",
    )
    parser.add_argument(
        '--unlabelled-id',
        type=int,
        nargs='+',
        default=[],
        metavar='N',
        help='ids of persons without identity, beside negative ids',
    )
    parser.add_argument(
        '--frame-offset',
        type=whole(-(10**9)),
        metavar='N',
        help='number that is added to the frame of a row to get the number '
        'of its picture; rows without a picture are then left out (default: '
        '0; the tool asks for the number if another number fits better, or '
        'if rows count from 0 and pictures from 1, or vice versa)',
    )
    parser.add_argument(
        '--shared-ids',
        action='store_true',
        help='a number is the same person in every sequence, as in '
        'multi-camera tracking (default: each sequence has people of its own)',
    )


def run(args: Namespace) -> int:
    """Convert MOT sequences.

    Returns:
        int: 0.

    Raises:
        InputError: An argument or a file is wrong.
    """
    _check(args)
    folder, out = Path(args.mot_root), Path(args.out)
    images, target = out / CocoReader.img_dir, out / 'annotations.json'
    options = _options(args)
    sequences = find_sequences(folder)
    for path in (images, target):
        check_new(path)
    content, notes = convert_sequences(
        folder, sequences, options, args.shared_ids
    )
    out.mkdir(parents=True, exist_ok=True)
    images.symlink_to(sequences[0].parent.absolute(), target_is_directory=True)
    target.write_text(json.dumps(content), encoding='utf-8')
    for note in notes:
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


def _check(args: Namespace) -> None:
    if args.every < 1:
        raise InputError(f'--every must be at least 1, not {args.every}')
    if not 0 <= args.min_visibility <= 1:
        raise InputError(
            f'--min-visibility must be in [0, 1], not {args.min_visibility}'
        )


def _options(args: Namespace) -> MotOptions:
    return MotOptions(
        every=args.every,
        min_visibility=args.min_visibility,
        columns=None if args.columns is None else parse_columns(args.columns),
        person_classes=args.person_class and tuple(args.person_class),
        unlabelled_ids=tuple(args.unlabelled_id),
        frame_offset=args.frame_offset,
    )
