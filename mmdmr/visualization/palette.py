"""Colours of pictures, pages and plots."""

#: Red, green and blue in [0, 255].
Colour = tuple[int, int, int]

#: Frame of a query.
QUERY: Colour = (60, 90, 200)
#: Frame of a match that is the queried person.
RIGHT: Colour = (20, 150, 50)
#: Frame of a match that is another person or a false detection.
WRONG: Colour = (210, 40, 40)
#: Frame of a match that is the queried person but does not count: in a poor
#: box, or found already.
UNCOUNTED: Colour = (225, 150, 0)
#: Frame of the queried person where it is not among the matches.
MISSED: Colour = (122, 79, 192)
#: Frames of matches by the kinds of ``Ranking.kinds``.
MATCHES = dict(right=RIGHT, wrong=WRONG, uncounted=UNCOUNTED)
#: Frame of a hit without a verdict: to be seen in any scene, so no grey.
UNJUDGED: Colour = (0, 170, 200)
#: Frames of hits by the verdicts of ``Hit.verdict``.
VERDICTS = dict(
    likely=RIGHT, unsure=UNCOUNTED, unlikely=WRONG, uncalibrated=UNJUDGED
)

#: Boxes of labelled persons, in turn.
PERSONS: tuple[Colour, ...] = (
    (230, 25, 75),
    (60, 180, 75),
    (0, 130, 200),
    (245, 130, 48),
    (145, 30, 180),
    (70, 200, 220),
    (240, 50, 230),
    (170, 110, 40),
    (0, 128, 128),
    (128, 128, 0),
    (128, 0, 0),
    (0, 0, 128),
)
#: Boxes of unlabelled persons.
UNLABELLED: Colour = (150, 150, 150)

#: Curves of a plot, in turn: colours that the colour-blind tell apart (Okabe
#: and Ito, Color Universal Design, 2008).
CURVES: tuple[Colour, ...] = (
    (0, 114, 178),
    (213, 94, 0),
    (0, 158, 115),
    (204, 121, 167),
    (230, 159, 0),
    (86, 180, 233),
)


def hexadecimal(colour: Colour) -> str:
    """Write a colour in the notation of CSS and Matplotlib.

    Args:
        colour (tuple[int, int, int]): Red, green and blue in [0, 255].

    Returns:
        str: E.g. ``#14963c``.

    Example:
        >>> hexadecimal((20, 150, 60))
        '#14963c'
    """
    return '#{:02x}{:02x}{:02x}'.format(*colour)
