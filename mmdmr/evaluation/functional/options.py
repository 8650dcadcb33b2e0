"""Options of scoring: thresholds, protocols and ways to compare."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import product

from mmdmr.errors import InputError

from .query_expansion import ExpansionOptions
from .reranking import RerankingOptions
from .score_key import ScoreKey

#: Choices of the context of a query for CBGM.
CONTEXTS = ('suppressed', 'stored')


@dataclass(frozen=True)
class CBGMOptions:
    """Options of context bipartite graph matching, see :class:`~.cbgm.CBGM`.

    Args:
        k1 (int): Number of most similar detections whose images are revised,
            at least 1. Defaults to 10.
        k2 (int): Number of persons of the context, the query included, at
            least 1. Defaults to 3.
        contexts (str): ``suppressed``: the context that a run of SeqNet
            chooses; ``stored``: all detections of the query's image in stored
            order. Defaults to 'suppressed'.

    Raises:
        InputError: A number is not positive, or ``contexts`` is unknown.

    Example:
        >>> CBGMOptions(k1=30, k2=4).contexts
        'suppressed'
    """

    k1: int = 10
    k2: int = 3
    contexts: str = 'suppressed'

    def __post_init__(self) -> None:
        if self.k1 < 1 or self.k2 < 1:
            raise InputError(
                f'CBGM needs k1 and k2 of 1 or more, not {self.k1} and '
                f'{self.k2}'
            )
        if self.contexts not in CONTEXTS:
            raise InputError(
                f'contexts must be {" or ".join(CONTEXTS)}, not '
                f'{self.contexts!r}'
            )


@dataclass(frozen=True)
class ScoringOptions:
    """Options of one scoring, for function, metric and command alike.

    Args:
        protocols (Sequence[str] | None): Names of the protocols to score.
            Defaults to None: all protocols that were read.
        score_thr (float): Least score of a detection that is searched.
            Defaults to 0.5.
        topk (Sequence[int]): Ranks k of the top-k metrics. Defaults to
            (1, 5, 10).
        cbgm (CBGMOptions | None): Options of context matching, to score with
            context matching as well (``+cbgm``). Defaults to None: plain
            similarities only.
        cws (bool): True to score with confidence-weighted similarity as well
            (``+cws``). Defaults to False.
        strict (bool): True to score by
            :func:`~.clean_galleries.strict_protocol` as well (``+strict``).
            Defaults to False.
        detection_thrs (Sequence[float] | None): Score thresholds of the
            detection metrics. Defaults to None: ``score_thr``.
        expansion (ExpansionOptions | None): Options of query expansion, to
            score with expanded queries as well (``+qe``). Defaults to None:
            plain queries only.
        reranking (RerankingOptions | None): Options of k-reciprocal
            re-ranking, to score re-ranked searches as well (``+rerank``,
            never with ``+cbgm`` or ``+cws``). Defaults to None.

    Example:
        >>> options = ScoringOptions(cws=True)
        >>> [str(key) for key in options.search_keys('all')]
        ['search.all', 'search.all+cws']
        >>> [str(key) for key in options.detection_keys()]
        ['detection@0.5', 'detection-labelled@0.5']
    """

    protocols: Sequence[str] | None = None
    score_thr: float = 0.5
    topk: Sequence[int] = (1, 5, 10)
    cbgm: CBGMOptions | None = None
    cws: bool = False
    strict: bool = False
    detection_thrs: Sequence[float] | None = None
    expansion: ExpansionOptions | None = None
    reranking: RerankingOptions | None = None

    def search_keys(
        self, protocol: str, gt: bool = False
    ) -> Iterator[ScoreKey]:
        """Keys of the searches by one protocol, the plain one first.

        Args:
            protocol (str): Name of the protocol.
            gt (bool): True if ground-truth boxes are searched. Defaults to
                False.

        Yields:
            ScoreKey: Keys in the order of the result.
        """
        for strict, rerank, qe, cws, cbgm in product(
            _choices(self.strict),
            _choices(self.reranking is not None),
            _choices(self.expansion is not None),
            _choices(self.cws),
            _choices(self.cbgm is not None),
        ):
            # Three ways to revise similarities: re-ranking goes alone.
            if not (rerank and (cws or cbgm)):
                yield ScoreKey(
                    protocol,
                    cbgm=cbgm,
                    cws=cws,
                    qe=qe,
                    rerank=rerank,
                    gt=gt,
                    strict=strict,
                )

    def detection_keys(self) -> Iterator[ScoreKey]:
        """Keys of the detection metrics.

        Yields:
            ScoreKey: Per threshold a key over all and a key over labelled
                persons.
        """
        thrs = self.detection_thrs
        for thr in (self.score_thr,) if thrs is None else thrs:
            for labelled in (False, True):
                yield ScoreKey(score_thr=thr, labelled=labelled)


def _choices(asked_for: bool) -> tuple[bool, ...]:
    """Values of an option to score: off, and also on if asked for."""
    return (False, True) if asked_for else (False,)
