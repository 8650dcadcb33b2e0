"""``mmdmr convert_mot``: tracked video becomes a person-search data set."""

import json
from argparse import ArgumentParser, Namespace
from pathlib import Path
from typing import Dict, List, Optional, Sequence

from mmdmr.cli.errors import input_errors
from mmdmr.readers.coco import CocoReader
from mmdmr.readers.mot import find_sequences, read_sequence


def main(argv: Optional[Sequence[str]] = None) -> int:
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
        sequences = find_sequences(mot)
        for path in (images, target):
            if path.exists() or path.is_symlink():
                raise FileExistsError(
                    f'{path} is there already; remove it or name another --out'
                )
        frames = {
            sequence.name: read_sequence(
                sequence, args.every, args.min_visibility
            )
            for sequence in sequences
        }
        content = to_coco(frames, sequences[0].parent, args.shared_ids)
    out.mkdir(parents=True, exist_ok=True)
    images.symlink_to(sequences[0].parent.absolute(), target_is_directory=True)
    target.write_text(json.dumps(content))
    people = {
        ann['person_id']
        for ann in content['annotations']
        if not ann['iscrowd']
    }
    print(
        f'{target}: {len(content["images"])} images of {len(sequences)} '
        f'sequences, {len(content["annotations"])} boxes, {len(people)} '
        f'identities\n{images} links to the sequences\n'
        f'next: mmdmr split_dataset {target}'
    )
    return 0


def to_coco(
    frames: Dict[str, List[dict]], root: Path, shared_ids: bool
) -> dict:
    """Make one COCO-style file of sequences; each is a camera.

    Args:
        frames (dict[str, list[dict]]): By name what
            :func:`~mmdmr.readers.mot.read_sequence` returns.
        root (Path): Folder that file names are given from.
        shared_ids (bool): Whether a number means the same person in every
            sequence.

    Returns:
        dict: Content of the file.
    """
    images: List[dict] = []
    annotations: List[dict] = []
    for name, sequence in frames.items():
        for frame in sequence:
            images.append(
                dict(
                    id=len(images) + 1,
                    file_name=frame['path'].relative_to(root).as_posix(),
                    width=frame['width'],
                    height=frame['height'],
                    cam_id=name,
                )
            )
            for person in frame['persons']:
                number, crowd = person['id'], person['id'] is None
                annotations.append(
                    dict(
                        id=len(annotations) + 1,
                        image_id=len(images),
                        category_id=1,
                        bbox=person['bbox'],
                        area=person['bbox'][2] * person['bbox'][3],
                        iscrowd=int(crowd),
                        person_id=-1
                        if crowd
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


def _parse(argv: Optional[Sequence[str]]) -> Namespace:
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
        help='persons visible by a smaller share are left out of learning '
        '(default: %(default)s)',
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
    return args
