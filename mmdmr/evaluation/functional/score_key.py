"""Keys of the rows of metrics, such as ``search.G100+cbgm+gt``.

The keys that a scoring will give are listed by ``ScoringOptions.search_keys``
and ``detection_keys``, see :mod:`.options`.
"""

import re
from dataclasses import dataclass

from mmdmr.errors import InputError

#: Options of a search, in the order of a key.
_OPTIONS = ('cbgm', 'cws', 'qe', 'rerank', 'gt', 'strict')
_SEARCH = re.compile(
    r'search\.(?P<protocol>.+?)'
    + ''.join(rf'(?P<{name}>\+{name})?' for name in _OPTIONS)
)
_DETECTION = re.compile(
    r'detection(?P<labelled>-labelled)?@(?P<score_thr>-?\d+\.?\d*(e-?\d+)?)'
)


@dataclass(frozen=True)
class ScoreKey:
    """Key of one row of metrics: a search or a detection.

    ``str(key)`` gives the text that stands in files, tables and logs:
    ``search.NAME+cbgm+cws+qe+rerank+gt+strict``, with the options that were
    used, or ``detection@T`` and ``detection-labelled@T``.

    Args:
        protocol (str): Name of the protocol of a search. Defaults to '': the
            row is of a detection.
        cbgm (bool): True if similarities were revised by context matching.
            Defaults to False.
        cws (bool): True if similarities were weighted by the confidence of
            the detections. Defaults to False.
        gt (bool): True if ground-truth boxes were searched. Defaults to
            False.
        strict (bool): True if a query's own image and repeated images were
            excluded from the galleries. Defaults to False.
        score_thr (float | None): Least score of a detection, for a row of a
            detection. Defaults to None: the row is of a search.
        labelled (bool): True if only labelled persons were to be detected.
            Defaults to False.
        qe (bool): True if queries were averaged with their best matches
            (query expansion). Defaults to False.
        rerank (bool): True if the best matches were re-ranked by their
            k-reciprocal neighbours. Defaults to False.

    Raises:
        ValueError: Neither a protocol nor a threshold is given, or both.

    Example:
        >>> str(ScoreKey('G100', cbgm=True, gt=True))
        'search.G100+cbgm+gt'
        >>> str(ScoreKey(score_thr=0.5, labelled=True))
        'detection-labelled@0.5'
        >>> ScoreKey.parse('search.all+strict') == ScoreKey('all', strict=True)
        True
    """

    protocol: str = ''
    cbgm: bool = False
    cws: bool = False
    gt: bool = False
    strict: bool = False
    score_thr: float | None = None
    labelled: bool = False
    qe: bool = False
    rerank: bool = False

    def __post_init__(self) -> None:
        if bool(self.protocol) == (self.score_thr is not None):
            raise ValueError(
                'a key has either a protocol or a score threshold, not '
                f'{self.protocol!r} and {self.score_thr}'
            )

    def __str__(self) -> str:
        if self.score_thr is None:
            return f'search.{self.protocol}{self.options}'
        return f'detection{"-labelled" * self.labelled}@{self.score_thr:g}'

    @property
    def is_search(self) -> bool:
        """bool: True for a search, False for a detection."""
        return self.score_thr is None

    @property
    def options(self) -> str:
        """str: Options of a search as they stand in its key: ``+cbgm+gt``."""
        return ''.join(f'+{name}' for name in _OPTIONS if getattr(self, name))

    def short(self, protocol: str, score_thr: float) -> str:
        """Key without the headline protocol and threshold: prefix in logs.

        Args:
            protocol (str): Protocol that need not be named.
            score_thr (float): Threshold that need not be named.

        Returns:
            str: Key without both.

        Example:
            >>> ScoreKey('all', gt=True).short('all', 0.5)
            'search+gt'
            >>> ScoreKey('G50').short('all', 0.5)
            'search.G50'
            >>> ScoreKey(score_thr=0.5).short('all', 0.5)
            'detection'
        """
        if self.protocol == protocol:
            return f'search{self.options}'
        return str(self).removesuffix(f'@{score_thr:g}')

    @classmethod
    def parse(cls, text: str) -> 'ScoreKey':
        """Read a key.

        Args:
            text (str): Result of ``str`` of a :class:`ScoreKey`.

        Returns:
            ScoreKey: The key.

        Raises:
            InputError: The text is no such key.

        Example:
            >>> ScoreKey.parse('detection@0.5').score_thr
            0.5
        """
        if match := _SEARCH.fullmatch(text):
            protocol, *options = match.groups()
            return cls(protocol, **dict(zip(_OPTIONS, map(bool, options))))
        if match := _DETECTION.fullmatch(text):
            return cls(
                score_thr=float(match['score_thr']),
                labelled=bool(match['labelled']),
            )
        raise InputError(
            f'{text!r} is no key of metrics, such as search.G100+cbgm or '
            'detection@0.5'
        )
