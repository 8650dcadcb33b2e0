"""``mmdmr score_search``: score predictions from a file."""

import sys
import time
from argparse import ArgumentParser, Namespace
from pathlib import Path

from mmdmr.cli.prediction_options import (
    add_prediction_options,
    prediction_keywords,
)
from mmdmr.cli.revision_options import (
    add_revision_options,
    describe_revisions,
    expansion_options,
    reranking_options,
)
from mmdmr.errors import InputError
from mmdmr.evaluation.functional import (
    CBGMOptions,
    ScoringOptions,
    score_predictions,
)
from mmdmr.evaluation.functional.cbgm import PUBLISHED_K
from mmdmr.evaluation.functional.options import CONTEXTS
from mmdmr.evaluation.loading import Predictions, load_predictions
from mmdmr.evaluation.per_query import write_per_query
from mmdmr.evaluation.scores import score_table, write_scores
from mmdmr.files import check_target
from mmdmr.readers.cuhk_sysu import gallery_names

#: Threshold at which detection is scored as well, as SeqNet does.
_LOW_THR = 0.01


def add_arguments(parser: ArgumentParser) -> None:
    """Add the arguments of the tool."""
    parser.description = (
        'Score the person-search predictions of any method, exactly as '
        'published code does and in seconds. Options add rows beside the '
        'plain rows.'
    )
    add_prediction_options(parser)
    parser.add_argument(
        '--gallery-sizes',
        nargs='+',
        metavar='SIZE',
        help='cuhk-sysu: 50, 100, 500, 1000, 2000, 4000, full, occlusion, '
        'resolution, or all for every size of the data set (default: 100)',
    )
    parser.add_argument(
        '--cross-camera',
        action='store_true',
        help="prw, coco: also without the images of the query's camera",
    )
    parser.add_argument(
        '--same-camera',
        action='store_true',
        help="prw, coco: also among the images of the query's camera only",
    )
    parser.add_argument(
        '--cbgm',
        action='store_true',
        help='also with context bipartite graph matching',
    )
    parser.add_argument(
        '--k1',
        type=int,
        help='cbgm: number of most similar detections whose images are '
        'matched (default: 10 for cuhk-sysu, else 30)',
    )
    parser.add_argument(
        '--k2',
        type=int,
        help='cbgm: number of persons of the context, the query included '
        '(default: 3 for cuhk-sysu, else 4)',
    )
    parser.add_argument(
        '--contexts',
        choices=CONTEXTS,
        help="cbgm: stored: all of the query image's detections in the file's "
        "order; suppressed: as a run of SeqNet, without the query's own "
        'detection and detections below a score of 0.5 (default: suppressed '
        'for files of "mmdmr predict" and "mmdmr test --dump", which say so, '
        'else stored)',
    )
    parser.add_argument(
        '--cws',
        action='store_true',
        help='also with similarities weighted by the detection score',
    )
    add_revision_options(parser, 'also ')
    parser.add_argument(
        '--gt',
        action='store_true',
        help='also on ground-truth boxes; the file must hold gt_feats',
    )
    parser.add_argument(
        '--strict',
        action='store_true',
        help="also without repeated images and the query's own image in the "
        'galleries',
    )
    parser.add_argument(
        '--out', metavar='SCORES.json', help='file for the metrics'
    )
    parser.add_argument(
        '--per-query',
        metavar='FILE.csv',
        help='file for the metrics of each query; two such files are compared '
        'by "mmdmr compare_searches"',
    )


def run(args: Namespace) -> int:
    """Score predictions.

    Returns:
        int: 0.

    Raises:
        InputError: An argument or a file is wrong.
    """
    for option, kind in ((args.out, '.json'), (args.per_query, '.csv')):
        if option is not None:
            check_target(Path(option), kind)
    predictions = load_predictions(
        **prediction_keywords(args),
        protocols=_protocols(args),
        gt=args.gt,
    )
    options = ScoringOptions(
        score_thr=predictions.score_thr,
        cbgm=_cbgm(args, predictions),
        cws=args.cws,
        strict=args.strict,
        detection_thrs=_detection_thrs(predictions),
        expansion=expansion_options(args),
        reranking=reranking_options(args),
    )
    started = time.perf_counter()
    result = score_predictions(
        predictions.task,
        predictions.detections,
        predictions.query_feats,
        predictions.gt_feats,
        options,
    )
    seconds = time.perf_counter() - started
    for note in predictions.notes:
        print(f'note: {note}', file=sys.stderr)
    print('\n'.join(score_table(result)))
    print(
        f'{len(predictions.task.queries.img_ids)} queries, '
        f'{len(predictions.task.ground_truth.img_names)} images, '
        f'{len(predictions.detections)} detections, scored in '
        f'{seconds:.1f} s. Repeated and own images in galleries: as SeqNet'
        + (', and strictly (+strict).' if args.strict else '.')
    )
    if cbgm := options.cbgm:
        print(f'CBGM: k1 {cbgm.k1}, k2 {cbgm.k2}, {cbgm.contexts} contexts.')
    for line in describe_revisions(options.expansion, options.reranking):
        print(line)
    if args.out is not None:
        write_scores(args.out, result.metrics)
    if args.per_query is not None:
        write_per_query(args.per_query, result, predictions.task)
    return 0


def _protocols(args: Namespace) -> list[str]:
    """Names of the protocols that the options ask for."""
    if args.dataset == 'cuhk-sysu':
        if args.cross_camera or args.same_camera:
            raise InputError(
                '--cross-camera and --same-camera: the cameras of CUHK-SYSU '
                'are not known'
            )
        return gallery_names(args.gallery_sizes or ['100'])
    if args.gallery_sizes:
        raise InputError('--gallery-sizes goes with --dataset cuhk-sysu')
    names = ['all']
    names += ['cross-camera'] if args.cross_camera else []
    return names + (['same-camera'] if args.same_camera else [])


def _cbgm(args: Namespace, predictions: Predictions) -> CBGMOptions | None:
    """Options of context matching, published values by default."""
    if not args.cbgm:
        return None
    k1, k2 = PUBLISHED_K.get(args.dataset, PUBLISHED_K['prw'])
    return CBGMOptions(
        k1 if args.k1 is None else args.k1,
        k2 if args.k2 is None else args.k2,
        args.contexts or predictions.contexts,
    )


def _detection_thrs(predictions: Predictions) -> list[float]:
    """Threshold of the search, and 0.01 if the file has lower scores."""
    least = predictions.detections.scores.min(initial=1.0)
    low = [_LOW_THR] if least < predictions.score_thr else []
    return [predictions.score_thr, *low]
