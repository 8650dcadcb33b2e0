"""Scores over gallery sizes, as ``mmdmr score_search --out`` writes them."""

import json


def write_gallery_scores(path):
    """Write scores of four gallery sizes, not in the order of their size."""
    rows = {
        f'search.{name}{option}': dict(mAP=0.9 - 0.01 * i, top1=0.95)
        for i, name in enumerate(['G100', 'G50', 'full', 'G4000'])
        for option in ('', '+cbgm', '+rerank')
    }
    rows['detection@0.5'] = dict(recall=0.9, ap=0.8)
    path.write_text(json.dumps(rows))
    return path
