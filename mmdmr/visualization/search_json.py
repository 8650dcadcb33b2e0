"""Results of a search as strict JSON."""

import json
import math
import os
from collections.abc import Sequence
from dataclasses import asdict, fields
from typing import Any

import numpy as np

from mmdmr.structures import Hit, SearchResult
from mmdmr.version import __version__

#: Name and version of the layout of the file.
FORMAT, VERSION = 'mmdmr search', 1


def encode_search(
    results: Sequence[SearchResult],
    query_scenes: Sequence[str],
    scenes: Sequence[Sequence[str | None]],
) -> str:
    """Write results of a search as JSON.

    Args:
        results (Sequence[SearchResult]): One result for each queried person,
            all of one model; at least one.
        query_scenes (Sequence[str]): File of the drawn scene of each query,
            relative to the folder of the JSON file.
        scenes (Sequence[Sequence[str | None]]): The same for each hit of each
            result; None if the scene was not drawn.

    Returns:
        str: ASCII text of strict JSON. Numbers have their full precision, or
        are null where they are not finite. Bytes of file names that are no
        Unicode become lone surrogates, as in Python.
    """
    return json.dumps(
        dict(
            format=FORMAT,
            version=VERSION,
            software=f'mmdmr {__version__}',
            model=asdict(results[0].model),
            queries=[
                dict(
                    query=result.query,
                    box=_plain(result.query_box),
                    scene=query_scenes[i],
                    num_persons=int(result.num_persons),
                    notes=list(result.notes),
                    hits=[
                        dict(rank=rank, **_hit(hit), scene=scene)
                        for rank, (hit, scene) in enumerate(
                            zip(result.hits, scenes[i], strict=True), 1
                        )
                    ],
                )
                for i, result in enumerate(results)
            ],
        ),
        indent=1,
        allow_nan=False,
    )


def is_search(text: str) -> bool:
    """Check whether a text is what :func:`encode_search` writes.

    Args:
        text (str): Content of a file.

    Returns:
        bool: True for results of a search, of whatever version.

    Example:
        >>> is_search('{"format": "mmdmr search"}'), is_search('[]')
        (True, False)
    """
    try:
        content = json.loads(text)
    except (ValueError, RecursionError):
        return False
    return isinstance(content, dict) and content.get('format') == FORMAT


def _hit(hit: Hit) -> dict[str, Any]:
    return {f.name: _plain(getattr(hit, f.name)) for f in fields(hit)}


def _plain(value: Any) -> Any:
    """Arrays, NumPy numbers and paths as JSON has them."""
    if isinstance(value, np.ndarray):
        return [_plain(item) for item in value.tolist()]
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, os.PathLike):
        return os.fspath(value)
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value
