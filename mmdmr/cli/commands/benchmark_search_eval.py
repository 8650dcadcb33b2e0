"""``mmdmr benchmark_search_eval``: speed and memory of the scoring.

Predictions, by default on PRW's scale, are simulated and scored by mmdmr, by a
peer on the same arrays, and beside the bare matrix product. All times are
taken in one process, so that the ratios hold on a busy machine too. Large
galleries are scored in a process of their own, without a peer.
"""

from argparse import ArgumentParser, Namespace

import numpy as np

from mmdmr.benchmark.peers import plain_loop, seqnet_peer
from mmdmr.benchmark.scoring_alone import Alone, measure_alone
from mmdmr.benchmark.scoring_growth import (
    Measurement,
    growing_sizes,
    growth_lines,
)
from mmdmr.benchmark.search_eval import Comparison, compare, time_product
from mmdmr.benchmark.simulation import PRW_DETECTIONS, Simulation, simulate
from mmdmr.cli.argument_types import not_negative, whole
from mmdmr.evaluation.functional import CBGM, Search, stored_contexts
from mmdmr.evaluation.functional.cbgm import PUBLISHED_K

K1, K2 = PUBLISHED_K['prw']


def add_arguments(parser: ArgumentParser) -> None:
    """Add the arguments of the tool."""
    parser.description = (
        'Time the scoring of simulated predictions, and a peer on the same '
        'arrays in the same run.'
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
        'annotations, in the proportions of PRW)',
    )
    for name, least, default, text in (
        ('queries', 1, 2057, 'number of queries'),
        (
            'detections',
            1,
            PRW_DETECTIONS,
            'approximate number of detections',
        ),
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
    parser.add_argument(
        '--alone',
        action='store_true',
        help='no peer: time and peak memory of the scoring in a process of '
        'its own, for large galleries',
    )
    parser.add_argument(
        '--growth',
        action='store_true',
        help='no peer: as --alone, for galleries of 1000 detections up to '
        '--detections, for several numbers of queries and dimensions, with a '
        'formula',
    )


def run(args: Namespace) -> int:
    """Measure speed and memory.

    Returns:
        int: 0; 1 if the peer's metrics differ from mmdmr's.

    Raises:
        InputError: An argument or a file is wrong.
    """
    if args.growth:
        _print_growth(args)
        return 0
    simulation = Simulation(
        queries=args.queries,
        detections=args.detections,
        dims=args.dims,
        noise=args.noise,
        dtype=args.dtype,
        seed=args.seed,
        test_ann=args.test_ann,
    )
    if args.alone:
        _print_alone(simulation, measure_alone(simulation, args.repeat))
        return 0
    peer = seqnet_peer(args.peer, K1, K2) if args.peer else plain_loop
    case = simulate(simulation)
    detections, queries = case.detections, case.queries
    protocol = case.protocol
    print(
        f'{detections.num_images} images, {len(detections)} detections '
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
        peak = measure_alone(simulation).peak / 1e6
        print(
            f'peak memory {peak:.0f} MB; features '
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


def _print_alone(simulation: Simulation, found: Alone) -> None:
    feats, peak = found.feats_bytes / 1e9, found.peak / 1e9
    print(
        f'scoring takes {found.seconds / found.product_seconds:.1f} times as '
        f'long as the bare matrix product, and {found.peak / feats / 1e9:.2f} '
        f'times the memory of the features\n'
        f'{found.images} images, {found.detections} detections of '
        f'{simulation.dims} dimensions ({simulation.dtype}), '
        f'{simulation.queries} queries\n'
        f'scored in {found.seconds:.2f} s '
        f'({1e3 * found.seconds / simulation.queries:.2f} ms a query); '
        f'product {found.product_seconds:.2f} s\n'
        f'peak memory {peak:.2f} GB, features {feats:.2f} GB\n'
        f'mAP {found.metrics["mAP"]:.4f}, top-1 {found.metrics["top1"]:.4f}'
    )


def _print_growth(args: Namespace) -> None:
    print('detections  queries   dims        s  ms/query  x product  peak MB')
    cases = []
    for simulation in growing_sizes(args.detections, args.dtype, args.seed):
        found = measure_alone(simulation, args.repeat)
        cases.append(Measurement(simulation, found))
        print(
            f'{found.detections:10}  {simulation.queries:7}  '
            f'{simulation.dims:5}  {found.seconds:7.3f}  '
            f'{1e3 * found.seconds / simulation.queries:8.3f}  '
            f'{found.seconds / found.product_seconds:9.1f}  '
            f'{found.peak / 1e6:7.0f}',
            flush=True,
        )
    print(*growth_lines(cases), sep='\n')
