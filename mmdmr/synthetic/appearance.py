"""Clothes and belongings of drawn persons, and how identities differ."""

from collections.abc import Sequence
from dataclasses import astuple, dataclass, replace
from typing import Any, TypeVar

import numpy as np

from mmdmr.errors import InputError

from .colours import rgb

Option = TypeVar('Option')

#: Cloth colours, sRGB 0..255, far apart so that a camera's cast does not
#: turn a colour into another.
CLOTH = dict(
    red=(205, 38, 44),
    orange=(240, 130, 30),
    yellow=(240, 214, 64),
    green=(44, 150, 72),
    blue=(36, 78, 190),
    purple=(122, 52, 150),
    pink=(240, 140, 178),
    white=(238, 238, 232),
    black=(34, 34, 40),
)
LOWER = ('black', 'blue', 'white', 'red', 'green', 'khaki', 'grey')
CLOTH_EXTRA = dict(khaki=(190, 162, 112), grey=(128, 132, 138))
SKIN = ((242, 204, 176), (222, 172, 134), (168, 116, 80), (102, 68, 48))
HAIR = (
    (28, 24, 24),
    (84, 54, 32),
    (206, 166, 90),
    (150, 62, 32),
    (176, 176, 176),
)
PATTERNS = ('plain', 'halves', 'stripes', 'sash', 'sleeves', 'panel')
LOWER_KINDS = ('trousers', 'shorts', 'skirt')
HAIRCUTS = ('short', 'long', 'bun')
HATS = ('none', 'cap', 'beanie')
BAGS = ('none', 'backpack', 'handbag')
SHOES = ('black', 'white', 'red', 'yellow')
DIFFICULTIES = ('easy', 'hard')
#: Fields of which two identities of an easy set differ in at least two.
STRONG_CUES = ('upper', 'cloth', 'lower', 'lower_kind')


@dataclass(frozen=True)
class Appearance:
    """Looks of a person, the same wherever the person is seen.

    Args:
        upper (str): Main colour above the waist, a key of ``CLOTH``.
        pattern (str): One of ``PATTERNS``.
        second (str): The pattern's colour; the main one if plain.
        long_sleeves (bool): True if the sleeves reach the wrists.
        lower_kind (str): One of ``LOWER_KINDS``.
        lower (str): Colour below the waist, one of ``LOWER``.
        shoes (str): One of ``SHOES``.
        haircut (str): One of ``HAIRCUTS``.
        hair (int): Index into ``HAIR``.
        skin (int): Index into ``SKIN``.
        hat (str): One of ``HATS``.
        hat_colour (str): A key of ``CLOTH``.
        bag (str): One of ``BAGS``.
        bag_colour (str): A key of ``CLOTH``.
        logo (str): Colour of a chest print, a key of ``CLOTH``, or ``none``.
        build (float): Width of the body, 0.85 (slim) to 1.2 (stout).
    """

    upper: str
    pattern: str
    second: str
    long_sleeves: bool
    lower_kind: str
    lower: str
    shoes: str
    haircut: str
    hair: int
    skin: int
    hat: str
    hat_colour: str
    bag: str
    bag_colour: str
    logo: str
    build: float

    @property
    def cloth(self) -> tuple[str, str]:
        """Pattern and its colour, one cue."""
        return self.pattern, self.second


def colour_of(name: str) -> np.ndarray:
    """sRGB colour of a palette name.

    Args:
        name (str): A key of ``CLOTH`` or ``CLOTH_EXTRA``.

    Returns:
        np.ndarray: (3,) float32 in 0..1.
    """
    return rgb(CLOTH.get(name) or CLOTH_EXTRA[name])


def _pick(
    rng: np.random.Generator,
    options: Sequence[Option],
    p: Sequence[float] | None = None,
) -> Option:
    """Draw an option, with probabilities ``p`` or all alike."""
    return options[int(rng.choice(len(options), p=p))]


def _other(
    rng: np.random.Generator, options: Sequence[Option], *taken: Option
) -> Option:
    """Draw an option that is not taken."""
    return _pick(rng, [option for option in options if option not in taken])


def random_appearance(rng: np.random.Generator) -> Appearance:
    """Draw clothes, hair, build and belongings at random.

    Args:
        rng (np.random.Generator): Source of randomness.

    Returns:
        Appearance: The person.
    """
    colours = tuple(CLOTH)
    upper = _pick(rng, colours)
    pattern = _pick(rng, PATTERNS, p=(0.2, 0.2, 0.16, 0.14, 0.16, 0.14))
    second = upper if pattern == 'plain' else _other(rng, colours, upper)
    logo = 'none'
    if pattern in ('plain', 'sleeves') and rng.random() < 0.35:
        logo = _other(rng, colours, upper, second)
    bag = _pick(rng, BAGS, p=(0.55, 0.25, 0.2))
    return Appearance(
        upper=upper,
        pattern=pattern,
        second=second,
        long_sleeves=bool(rng.random() < 0.6),
        lower_kind=_pick(rng, LOWER_KINDS, p=(0.54, 0.23, 0.23)),
        lower=_other(rng, LOWER, upper),
        shoes=_pick(rng, SHOES),
        haircut=_pick(rng, HAIRCUTS, p=(0.5, 0.35, 0.15)),
        hair=int(rng.integers(len(HAIR))),
        skin=int(rng.integers(len(SKIN))),
        hat=_pick(rng, HATS, p=(0.66, 0.2, 0.14)),
        hat_colour=_pick(rng, colours),
        bag=bag,
        bag_colour=_other(rng, colours, upper, second),
        logo=logo,
        build=float(rng.uniform(0.85, 1.2)),
    )


def num_strong_differences(a: Appearance, b: Appearance) -> int:
    """Number of ``STRONG_CUES`` in which two persons differ.

    Args:
        a (Appearance): One person.
        b (Appearance): The other.

    Returns:
        int: 0 to 4.
    """
    return sum(getattr(a, cue) != getattr(b, cue) for cue in STRONG_CUES)


def distinct_appearance(
    rng: np.random.Generator, others: Sequence[Appearance]
) -> Appearance:
    """Draw a person that differs from earlier persons in two strong cues.

    Args:
        rng (np.random.Generator): Source of randomness.
        others (Sequence[Appearance]): Persons drawn before.

    Returns:
        Appearance: The person.

    Raises:
        InputError: No such person is found: the palette has too few colours
            for so many identities.
    """
    for _ in range(1000):
        new = random_appearance(rng)
        if all(num_strong_differences(new, other) > 1 for other in others):
            return new
    raise InputError(
        f'cannot draw more than {len(others)} persons that differ in at '
        'least two strong cues; ask for fewer identities'
    )


def _small_changes(
    rng: np.random.Generator, base: Appearance
) -> list[Appearance]:
    """All look-alikes of a person, each with one small thing changed."""
    colours = tuple(CLOTH)
    changes: list[dict[str, Any]] = [
        dict(shoes=_other(rng, SHOES, base.shoes)),
        dict(bag=_other(rng, BAGS, base.bag)),
        dict(hat=_other(rng, HATS, base.hat)),
        dict(haircut=_other(rng, HAIRCUTS, base.haircut)),
        dict(logo=_other(rng, colours, base.upper, base.logo)),
        dict(
            second=_other(rng, colours, base.upper, base.second),
            pattern='sash' if base.pattern == 'plain' else base.pattern,
        ),
    ]
    return [replace(base, **changes[i]) for i in rng.permutation(len(changes))]


def sample_identities(
    rng: np.random.Generator,
    num: int,
    difficulty: str = 'easy',
    others: Sequence[Appearance] | None = None,
    group_size: int = 6,
) -> list[Appearance]:
    """Draw the identities of a split.

    Args:
        rng (np.random.Generator): Source of randomness.
        num (int): Number of identities.
        difficulty (str): ``easy``: any two identities differ in at least
            two strong cues. ``hard``: groups of look-alikes that differ
            from their group's first person in one small thing.
            Defaults to 'easy'.
        others (Sequence[Appearance] | None): Persons to keep apart from.
            Defaults to None: none.
        group_size (int): Persons in a group of look-alikes, at most 7.
            Defaults to 6.

    Returns:
        list[Appearance]: ``num`` persons, no two alike.

    Raises:
        InputError: The palette does not give that many persons.
    """
    others = list(others or [])
    people: list[Appearance] = []
    while len(people) < num:
        first = distinct_appearance(rng, others + people)
        people.append(first)
        if difficulty == 'hard':
            people += _small_changes(rng, first)[: group_size - 1]
    people = people[:num]
    assert len({astuple(person) for person in people}) == num
    return people
