"""``mmdmr benchmark_search_eval``: speed and memory of the scoring.

Predictions on PRW's scale are simulated and scored by mmdmr, by a peer on the
same arrays, and beside the bare matrix product. All times are taken in one
process, so that the ratios hold on a busy machine too.
"""

from argparse import ArgumentParser, Namespace

import numpy as np

from mmdmr.benchmark.memory import measure_peak
from mmdmr.benchmark.peers import plain_loop, seqnet_peer
from mmdmr.benchmark.search_eval import Comparison, compare, time_product
from mmdmr.benchmark.simulation import (
    PRW_TEST,
    Case,
    read_ground_truth,
    simulate_ground_truth,
    simulate_predictions,
    spread_queries,
)
from mmdmr.cli.argument_types import not_negative, whole
from mmdmr.evaluation.functional import CBGM, Search, stored_contexts
from mmdmr.evaluation.functional.cbgm import PUBLISHED_K

K1, K2 = PUBLISHED_K['prw']


def add_arguments(parser: ArgumentParser) -> None:
    """Add the arguments of the tool."""
    parser.description = (
        'Time the scoring of simulated predictions on the scale '
        'of PRW, and a peer on the same arrays in the same run.'
    )
    parser.add_argument(
        '--peer',
        metavar='PATH',
        help='checkout of SeqNet, which needs scikit-learn (default: the '
        'peer is a plain loop)',
    )
    parser.add_argument(
        '--test-ann',
        metavar='FILE',
        help='COCO-style JSON of real annotations (default: simulated '
        'annotations on the scale of PRW)',
    )
    for name, least, default, text in (
        ('queries', 1, 2057, 'number of queries'),
        ('detections', 0, 37000, 'approximate number of detections'),
        ('dims', 1, 256, 'length of an embedding'),
        (
            'every',
            1,
            20,
            'the peer scores every Nth query, and its time is scaled',
        ),
        ('repeat', 1, 3, 'runs of the scoring; the fastest counts'),
        ('seed', 0, 0, 'seed of the simulation'),
    ):
        parser.add_argument(
            f'--{name}',
            type=whole(least, 10**7),
            default=default,
            help=f'{text}',
        )
    parser.add_argument(
        '--noise',
        type=not_negative,
        default=1.6,
        help='noise of the embeddings in each dimension (default: '
        '%(default)s)',
    )
    parser.add_argument(
        '--dtype',
        choices=('float64', 'float32'),
        default='float64',
        help='type of the embeddings; a peer that computes in float32 orders '
        'near ties by chance',
    )
    parser.add_argument(
        '--memory',
        action='store_true',
        help='also measure the peak memory of the scoring, in a separate '
        'process',
    )


def run(args: Namespace) -> int:
    """Measure speed and memory.

    Returns:
        int: 0; 1 if the peer's metrics differ from mmdmr's.

    Raises:
        InputError: An argument or a file is wrong.
    """
    truth = (
        read_ground_truth(args.test_ann)
        if args.test_ann
        else simulate_ground_truth(PRW_TEST, args.seed)
    )
    peer = seqnet_peer(args.peer, K1, K2) if args.peer else plain_loop
    queries, protocol = spread_queries(truth, args.queries)
    detections, feats = simulate_predictions(
        truth,
        queries,
        num_detections=args.detections,
        dims=args.dims,
        noise=args.noise,
        dtype=args.dtype,
        seed=args.seed,
    )
    case = Case(truth, queries, protocol, detections, feats)
    print(
        f'{len(truth.img_names)} images, {len(detections.scores)} detections '
        f'of {args.dims} dimensions ({args.dtype}), '
        f'{len(queries.img_ids)} queries with '
        f'{np.mean([len(i) for i in protocol.gt_img_ids]):.0f} images to be '
        f'found on average'
    )
    if not args.peer:
        print('No --peer: compared with a plain loop instead.')
    cbgm = CBGM(stored_contexts(detections, queries), K1, K2)
    comparisons = {}
    for name, search in (
        ('plain', Search(protocol)),
        ('CBGM', Search(protocol, cbgm=cbgm)),
    ):
        comparisons[name] = compare(
            search, peer, case, every=args.every, repeat=args.repeat
        )
        _print_comparison(name, comparisons[name], args.every)
    for dtype in ('float32', 'float64'):
        bare = time_product(case, dtype)
        print(
            f'bare matrix product in {dtype}: {bare:.2f} s; plain scoring '
            f'takes {comparisons["plain"].seconds / bare:.1f} times as long'
        )
    if args.memory:
        size = detections.feats.nbytes / 1e6
        print(
            f'peak memory {measure_peak(case) / 1e6:.0f} MB; features '
            f'{size:.0f} MB; bound (1.5 x features + 500 MB) '
            f'{1.5 * size + 500:.0f} MB'
        )
    return 0 if max(c.gap for c in comparisons.values()) < 1e-9 else 1


def _print_comparison(name: str, found: Comparison, every: int) -> None:
    ours, theirs, num = found.seconds, found.peer_seconds, found.num_queries
    print(
        f'{name:6} ours {ours:7.2f} s ({1e3 * ours / num:.2f} ms a query)  '
        f'peer {theirs:7.1f} s ({1e3 * theirs / num:.1f} ms a query, every '
        f'{every}th)  {theirs / ours:6.1f} times as fast  metrics differ '
        f'by {found.gap:.1e} at most: mAP {found.peer_metrics["mAP"]:.4f}, '
        f'top-1 {found.peer_metrics["top1"]:.4f}'
    )
