"""``mmdmr benchmark_search_eval``: how fast the scoring is, and how small.

Simulated predictions on PRW's scale are scored by mmdmr, by a peer on the same
arrays in the same run, and beside the bare matrix product. Nothing is timed
across processes or runs, so that the ratios hold on a busy machine too.
"""

import io
import json
import subprocess
import sys
import tempfile
import time
from argparse import ArgumentParser, Namespace
from collections.abc import Callable, Sequence
from contextlib import redirect_stdout
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from mmdmr.cli.errors import input_errors
from mmdmr.evaluation.functional import (
    CBGM,
    Search,
    score_searches,
    stored_contexts,
)
from mmdmr.readers import CocoReader
from mmdmr.readers.coco import choose_queries
from mmdmr.readers.galleries import camera_protocol
from mmdmr.structures import (
    Detections,
    GroundTruth,
    Queries,
    SearchProtocol,
)

K1, K2 = 30, 4
#: PRW's test split: frames, boxes, identities.
FRAMES, BOXES, IDENTITIES = 6112, 25062, 450
_CHILD = '--measure'


def main(argv: Sequence[str] | None = None) -> int:
    """Measure speed and memory.

    Args:
        argv (Sequence[str], optional): Arguments. Defaults to those of the
            process.

    Returns:
        int: 0; 1 if the peer's figures differ from ours. Wrong input exits
        with code 2.
    """
    argv = list(sys.argv[1:] if argv is None else argv)
    if argv[:1] == [_CHILD]:
        return _measure(argv[1])
    args = _parse(argv)
    with input_errors('benchmark_search_eval'):
        truth = _ground_truth(args)
        peer = _seqnet(args.peer) if args.peer else _plain_loop
    queries, protocol = _queries(truth, args.queries)
    detections, feats = simulate(truth, queries, args)
    print(
        f'{len(truth.img_names)} images, {len(detections)} detections '
        f'of {args.dims} dimensions ({args.dtype}), '
        f'{len(queries.img_ids)} queries with '
        f'{np.mean([len(i) for i in protocol.gt_img_ids]):.0f} images to be '
        f'found on average'
    )
    if not args.peer:
        print('No --peer: compared with a plain loop instead.')
    cbgm = CBGM(stored_contexts(detections, queries), K1, K2)
    searches = {
        'plain': Search(protocol),
        'CBGM': Search(protocol, cbgm=cbgm),
    }
    seconds, gaps = {}, []
    for name, search in searches.items():
        seconds[name], gap = _compare(
            name, search, peer, truth, queries, detections, feats, args
        )
        gaps.append(gap)
    _print_bare(detections, feats, seconds['plain'])
    if args.memory:
        _print_memory(truth, queries, detections, feats)
    return 0 if max(gaps) < 1e-9 else 1


def simulate(
    truth: GroundTruth, queries: Queries, args: Namespace
) -> tuple[Detections, np.ndarray]:
    """Predictions of a detector that is neither good nor bad.

    Nine of ten persons are detected, a few pixels off, among false
    detections. A person's embeddings scatter around a centre, shifted by what
    the camera does to all.

    Args:
        truth (GroundTruth): Annotations.
        queries (Queries): The queries.
        args (Namespace): ``dims``, ``detections``, ``noise``, ``seed``,
            ``dtype``.

    Returns:
        tuple[Detections, np.ndarray]: Detections, by falling score in an
        image, and the queries' embeddings.
    """
    rng = np.random.default_rng(args.seed)

    def embed(person_ids: np.ndarray, cam_ids: np.ndarray) -> np.ndarray:
        num = len(person_ids)
        feats = args.noise * rng.standard_normal((num, args.dims))
        feats += cameras[cam_ids]
        known = person_ids >= 0
        feats[known] += centres[person_ids[known]]
        feats[~known] += rng.standard_normal(((~known).sum(), args.dims))
        feats /= np.linalg.norm(feats, axis=1, keepdims=True)
        return feats.astype(args.dtype)

    num_ids = max(int(ids.max(initial=0)) for ids in truth.person_ids) + 1
    centres = rng.standard_normal((num_ids, args.dims))
    cameras = 0.5 * rng.standard_normal((truth.cam_ids.max() + 1, args.dims))
    num_gts = sum(map(len, truth.boxes))
    false = max(args.detections - 0.9 * num_gts, 0) / len(truth.boxes)
    boxes, scores, ids, counts = [], [], [], []
    for gt_boxes, person_ids in zip(truth.boxes, truth.person_ids):
        found = rng.random(len(gt_boxes)) < 0.9
        near = gt_boxes[found] + rng.normal(0, 4, (found.sum(), 4))
        corner = rng.uniform(0, 1500, (rng.poisson(false), 2))
        sides = rng.uniform(40, 300, corner.shape)
        wrong = np.hstack([corner, corner + sides])
        score = np.concatenate(
            [rng.uniform(0.6, 1, len(near)), rng.uniform(0.5, 0.9, len(wrong))]
        )
        order = np.argsort(-score)
        boxes.append(np.concatenate([near, wrong])[order])
        scores.append(score[order])
        nobody = np.full(len(wrong), -1)
        ids.append(np.concatenate([person_ids[found], nobody])[order])
        counts.append(len(score))
    cams = np.repeat(truth.cam_ids, counts)
    detections = Detections.from_counts(
        np.concatenate(boxes),
        np.concatenate(scores),
        embed(np.concatenate(ids), cams),
        counts,
    )
    feats = embed(queries.person_ids, truth.cam_ids[queries.img_ids])
    return detections, feats


def _compare(
    name: str,
    search: Search,
    peer: Callable,
    truth: GroundTruth,
    queries: Queries,
    detections: Detections,
    feats: np.ndarray,
    args: Namespace,
) -> tuple[float, float]:
    """Time both and print the ratio; our seconds, and how figures differ."""
    num = len(queries.img_ids)
    ours = min(
        _seconds(lambda: score_searches(detections, feats, [search]))
        for _ in range(args.repeat)
    )
    some = np.arange(0, num, args.every)
    started = time.perf_counter()
    theirs = peer(search, truth, queries, detections, feats, some)
    scaled = (time.perf_counter() - started) * num / len(some)
    part = _part(search.protocol, some)
    (scores,) = score_searches(
        detections, feats, [replace(search, protocol=part)]
    )
    gap = max(abs(scores.metrics[k] - v) for k, v in theirs.items())
    print(
        f'{name:6} ours {ours:7.2f} s ({1e3 * ours / num:.2f} ms a query)  '
        f'peer {scaled:7.1f} s ({1e3 * scaled / num:.1f} ms a query, every '
        f'{args.every}th)  {scaled / ours:6.1f} times as fast  figures differ '
        f'by {gap:.1e} at most: mAP {theirs["mAP"]:.4f}, '
        f'top-1 {theirs["top1"]:.4f}'
    )
    return ours, gap


def _print_bare(
    detections: Detections, feats: np.ndarray, ours: float
) -> None:
    """The plain scoring beside the matrix product it cannot do without."""
    for dtype in ('float32', 'float64'):
        queries, gallery = feats.astype(dtype), detections.feats.astype(dtype)

        def product(queries: np.ndarray, gallery: np.ndarray) -> None:
            for start in range(0, len(queries), 512):
                queries[start : start + 512] @ gallery.T

        seconds = min(
            _seconds(lambda q=queries, g=gallery: product(q, g))
            for _ in range(3)
        )
        print(
            f'bare matrix product in {dtype}: {seconds:.2f} s; plain scoring '
            f'takes {ours / seconds:.1f} times as long'
        )


def _print_memory(
    truth: GroundTruth,
    queries: Queries,
    detections: Detections,
    feats: np.ndarray,
) -> None:
    """Peak memory of a process that reads a file and scores it."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / 'predictions.npz'
        np.savez(
            path,
            boxes=detections.boxes,
            scores=detections.scores,
            feats=detections.feats,
            offsets=detections.offsets,
            query_feats=feats,
            query_img_ids=queries.img_ids,
            query_boxes=queries.boxes,
            query_person_ids=queries.person_ids,
            cam_ids=truth.cam_ids,
            gt_counts=[len(b) for b in truth.boxes],
            gt_boxes=np.concatenate(truth.boxes),
            gt_person_ids=np.concatenate(truth.person_ids),
        )
        size = detections.feats.nbytes
        output = subprocess.run(
            [
                sys.executable,
                '-m',
                'mmdmr',
                'benchmark_search_eval',
                _CHILD,
                str(path),
            ],
            check=True,
            capture_output=True,
            text=True,
        ).stdout
    peak = json.loads(output.splitlines()[-1])['peak']
    print(
        f'peak memory {peak / 1e6:.0f} MB; features {size / 1e6:.0f} MB, '
        f'1.5 times them and 500 MB: {1.5 * size / 1e6 + 500:.0f} MB'
    )


def _measure(path: str) -> int:
    """Score a file in this process and print its peak memory."""
    with np.load(path) as stored:
        arrays = {key: stored[key] for key in stored}
    ends = np.cumsum(arrays['gt_counts'])[:-1]
    truth = GroundTruth(
        tuple(map(str, range(len(arrays['gt_counts'])))),
        np.split(arrays['gt_boxes'], ends),
        np.split(arrays['gt_person_ids'], ends),
        arrays['cam_ids'],
    )
    queries = Queries(
        arrays['query_img_ids'],
        arrays['query_boxes'],
        arrays['query_person_ids'],
    )
    detections = Detections(
        arrays['boxes'], arrays['scores'], arrays['feats'], arrays['offsets']
    )
    protocol = camera_protocol('all', truth, queries)
    score_searches(detections, arrays['query_feats'], [Search(protocol)])
    print(json.dumps(dict(peak=_peak_memory())))
    return 0


def _peak_memory() -> int:
    """Peak memory of this process in bytes."""
    status = Path('/proc/self/status')
    if status.exists():
        # Not getrusage(): that remembers the parent's memory across exec.
        (line,) = (
            x
            for x in status.read_text('utf-8').splitlines()
            if x[:6] == 'VmHWM:'
        )
        return 1024 * int(line.split()[1])
    import resource

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == 'darwin' else 1024 * peak


def _seconds(function: Callable) -> float:
    started = time.perf_counter()
    function()
    return time.perf_counter() - started


def _part(protocol: SearchProtocol, positions: np.ndarray) -> SearchProtocol:
    """The protocol with some of its queries."""
    return replace(
        protocol,
        query_ids=protocol.query_ids[positions],
        galleries=[protocol.galleries[i] for i in positions],
        gt_img_ids=[protocol.gt_img_ids[i] for i in positions],
        gt_boxes=[protocol.gt_boxes[i] for i in positions],
    )


def _ground_truth(args: Namespace) -> GroundTruth:
    """Annotations of a file, or made up on PRW's scale."""
    if args.test_ann:
        path = Path(args.test_ann).absolute()
        truth = CocoReader('.', ann_file=path).ground_truth()
        if (truth.cam_ids < 0).any():
            # PRW's names tell the camera: c1s1_000151.jpg.
            cams = [n[1] if n[1:2].isdigit() else 0 for n in truth.img_names]
            truth = replace(truth, cam_ids=np.array(cams, dtype=np.int64))
        return truth
    rng = np.random.default_rng(args.seed)
    counts = rng.poisson(BOXES / FRAMES, FRAMES)
    boxes, ids = [], []
    for count in counts:
        corner = rng.uniform(0, 1500, (count, 2))
        sides = rng.uniform(40, 300, (count, 2))
        boxes.append(np.hstack([corner, corner + sides]))
        people = rng.permutation(IDENTITIES)[:count]
        ids.append(np.where(rng.random(count) < 0.65, people, -1))
    return GroundTruth(
        tuple(f'{i}.jpg' for i in range(FRAMES)),
        boxes,
        ids,
        rng.integers(1, 7, FRAMES),
    )


def _queries(truth: GroundTruth, num: int) -> tuple[Queries, SearchProtocol]:
    """As many as asked for, evenly spaced over those there could be."""
    chosen = choose_queries(truth)
    if len(chosen.img_ids) < num:
        chosen = choose_queries(truth, 'all')
    take = np.linspace(0, len(chosen.img_ids) - 1, num).astype(int)
    queries = Queries(
        chosen.img_ids[take], chosen.boxes[take], chosen.person_ids[take]
    )
    return queries, camera_protocol('all', truth, queries)


def _seqnet(path: str) -> Callable:
    """SeqNet's ``eval_search_prw``, from a checkout of it."""
    if not (Path(path) / 'eval_func.py').is_file():
        raise FileNotFoundError(
            f'--peer {path}: there is no eval_func.py; name a checkout of '
            'SeqNet'
        )
    sys.path.insert(0, path)
    import eval_func

    class Annotations(list):
        img_prefix = ''
        annotations = property(list)

    def score(
        search: Search,
        truth: GroundTruth,
        queries: Queries,
        detections: Detections,
        feats: np.ndarray,
        some: np.ndarray,
    ) -> dict[str, float]:
        gallery = Annotations(
            dict(img_name=n, boxes=b, pids=p, cam_id=c)
            for n, b, p, c in zip(
                truth.img_names, truth.boxes, truth.person_ids, truth.cam_ids
            )
        )
        asked = Annotations(
            dict(
                img_name=truth.img_names[queries.img_ids[i]],
                boxes=queries.boxes[i],
                pids=queries.person_ids[i],
                cam_id=truth.cam_ids[queries.img_ids[i]],
            )
            for i in some
        )
        ends = detections.offsets[1:-1]
        dets = np.split(
            np.hstack([detections.boxes, detections.scores[:, None]]), ends
        )
        contexts: Any = [[], []]
        if search.cbgm is not None:
            for i in some:
                rows = search.cbgm.contexts[i]
                box = np.append(queries.boxes[i], 1.0)[None]
                beside = np.hstack(
                    [detections.boxes[rows], detections.scores[rows, None]]
                )
                contexts[0].append(np.concatenate([box, beside]))
                contexts[1].append(
                    np.concatenate([feats[i][None], detections.feats[rows]])
                )
        with redirect_stdout(io.StringIO()):
            result = eval_func.eval_search_prw(
                gallery,
                asked,
                dets,
                np.split(detections.feats, ends),
                [feats[i] for i in some],
                *contexts,
                k1=K1,
                k2=K2,
                cbgm=search.cbgm is not None,
            )
        return dict(
            mAP=result['mAP'],
            **{f'top{k}': v for k, v in zip((1, 5, 10), result['accs'])},
        )

    return score


def _plain_loop(
    search: Search,
    truth: GroundTruth,
    queries: Queries,
    detections: Detections,
    feats: np.ndarray,
    some: np.ndarray,
) -> dict[str, float]:
    """The protocol in loops over queries and gallery images."""
    from scipy.optimize import linear_sum_assignment

    from mmdmr.evaluation.functional.average_precision import average_precision
    from mmdmr.evaluation.functional.matching import iou, iou_threshold

    protocol = search.protocol
    aps: list[float] = []
    hits: list[list[bool]] = []
    for i in some:
        sims: dict[int, np.ndarray] = {}
        for img_id in protocol.galleries[i]:
            rows = detections.slice_of(img_id)
            keep = detections.scores[rows] >= 0.5
            if keep.any():
                sims[img_id] = detections.feats[rows][keep] @ feats[i]
        if search.cbgm is not None:
            flat = np.concatenate(list(sims.values()))
            owner = np.repeat(list(sims), [len(v) for v in sims.values()])
            rows = search.cbgm.contexts[i][: K2 - 1]
            context = np.concatenate([feats[i][None], detections.feats[rows]])
            for img_id in set(owner[np.argsort(flat)[-K1:]].tolist()):
                rows = detections.slice_of(img_id)
                keep = detections.scores[rows] >= 0.5
                graph = context @ detections.feats[rows][keep].T
                persons, partners = linear_sum_assignment(graph, maximize=True)
                if persons[0] == 0:
                    sims[img_id][partners[0]] = graph[persons, partners].max()
        scores: list[float] = []
        labels: list[bool] = []
        truths = dict(zip(protocol.gt_img_ids[i], protocol.gt_boxes[i]))
        for img_id, values in sims.items():
            label = np.zeros(len(values), dtype=bool)
            if img_id in truths:
                rows = detections.slice_of(img_id)
                keep = detections.scores[rows] >= 0.5
                boxes = detections.boxes[rows][keep]
                for j in np.argsort(values)[::-1]:
                    box = truths[img_id]
                    if iou(boxes[j], box) >= iou_threshold(box):
                        label[j] = True
                        break
            scores.extend(values)
            labels.extend(label)
        ranked, right = np.array(scores), np.array(labels)
        recall = right.sum() / len(truths)
        aps.append(average_precision(ranked[right], np.sort(ranked)) * recall)
        order = np.argsort(ranked)[::-1]
        hits.append([bool(right[order[:k]].any()) for k in (1, 5, 10)])
    rates = np.mean(hits, axis=0)
    return dict(
        mAP=float(np.mean(aps)),
        **{f'top{k}': float(v) for k, v in zip((1, 5, 10), rates)},
    )


def _parse(argv: Sequence[str]) -> Namespace:
    parser = ArgumentParser(
        'mmdmr benchmark_search_eval',
        description='Time the scoring of simulated predictions on the scale '
        'of PRW against a peer on the same arrays in the same run.',
    )
    parser.add_argument(
        '--peer',
        metavar='PATH',
        help='checkout of SeqNet (needs scikit-learn); without one, a plain '
        'loop is the peer',
    )
    parser.add_argument(
        '--test-ann',
        metavar='FILE',
        help='COCO-style JSON of real annotations (default: made up on the '
        'scale of PRW)',
    )
    for name, default, text in (
        ('queries', 2057, 'number of queries'),
        ('detections', 37000, 'detections, about'),
        ('dims', 256, 'length of an embedding'),
        ('every', 20, 'every which query the peer scores; its time is scaled'),
        ('repeat', 3, 'times ours is run; the fastest counts'),
        ('seed', 0, 'seed of the simulation'),
    ):
        parser.add_argument(
            f'--{name}',
            type=int,
            default=default,
            help=f'{text} (default: %(default)s)',
        )
    parser.add_argument(
        '--noise',
        type=float,
        default=1.6,
        help='scatter of the embeddings (default: %(default)s)',
    )
    parser.add_argument(
        '--dtype',
        choices=('float64', 'float32'),
        default='float64',
        help='of the embeddings; a peer that computes in float32 orders near '
        'ties by chance (default: %(default)s)',
    )
    parser.add_argument(
        '--memory',
        action='store_true',
        help='also measure the peak memory of a process of its own',
    )
    return parser.parse_args(argv)
