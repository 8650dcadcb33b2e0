"""Fonts, lines of text that fit, and framed crops: parts of pictures."""

from functools import lru_cache
from unicodedata import category

import numpy as np
from PIL import Image, ImageFont, ImageOps

from mmdmr.visualization.palette import Colour

Font = ImageFont.FreeTypeFont | ImageFont.ImageFont

#: Text and background.
INK: Colour = (40, 40, 40)
PAPER: Colour = (255, 255, 255)
#: Width of the frame of a crop in pixels.
FRAME = 5


@lru_cache
def load_font(size: int) -> Font:
    """Load the font of all pictures: the one that Pillow brings.

    Args:
        size (int): Height in pixels.

    Returns:
        ImageFont.FreeTypeFont | ImageFont.ImageFont: The font. A character
        that it lacks is drawn as an empty box.
    """
    return ImageFont.load_default(size)


def to_picture(image: np.ndarray) -> Image.Image:
    """Convert an array to a picture.

    Args:
        image (np.ndarray): (h, w, 3) uint8 image, BGR.

    Returns:
        Image.Image: The same image, RGB.

    Example:
        >>> image = np.full((1, 1, 3), (0, 0, 9), np.uint8)
        >>> to_picture(image).getpixel((0, 0))
        (9, 0, 0)
    """
    return Image.fromarray(np.ascontiguousarray(image[..., ::-1]))


def printable(text: str) -> str:
    """Replace characters that cannot be drawn.

    Args:
        text (str): Any text, such as the name of a file: with line breaks,
            marks that turn the direction of writing, or bytes that were no
            Unicode (surrogates).

    Returns:
        str: The text with a question mark for each such character, and plain
        spaces for spaces of other kinds.

    Example:
        >>> printable('Zoë 1.jpg'), printable('a' + chr(10) + chr(0xDCFF))
        ('Zoë 1.jpg', 'a??')
    """
    return ''.join(
        c if c.isprintable() else ' ' if category(c) == 'Zs' else '?'
        for c in text
    )


def fit_text(text: str, font: Font, width: float) -> str:
    """Shorten a text from the left until it fits.

    The end of a file's name tells more than the beginning: the beginning is
    often the same for all files of a folder.

    Args:
        text (str): One line.
        font (ImageFont.FreeTypeFont | ImageFont.ImageFont): Font of the text.
        width (float): Room in pixels.

    Returns:
        str: The text, or an ellipsis and the longest end that fits; '' if not
        even the ellipsis fits.

    Example:
        >>> fit_text('camera_3/frame_0001.jpg', load_font(12), 90)
        '…ame_0001.jpg'
    """
    if font.getlength(text) <= width:
        return text
    # The text may be longer than a line by far: look for the start by halves.
    low, high = 1, len(text)
    while low < high:
        start = (low + high) // 2
        if font.getlength(f'…{text[start:]}') <= width:
            high = start
        else:
            low = start + 1
    short = f'…{text[low:]}'
    return short if font.getlength(short) <= width else ''


def wrap_text(text: str, font: Font, width: float) -> list[str]:
    """Break a text into lines that fit.

    Args:
        text (str): Words with spaces between them. A no-break space does
            not part words.
        font (ImageFont.FreeTypeFont | ImageFont.ImageFont): Font of the text.
        width (float): Room in pixels.

    Returns:
        list[str]: The lines. A word that is longer than a line is shortened
        from the left.

    Example:
        >>> wrap_text('0:12-0:19, 24 frames', load_font(12), 80)
        ['0:12-0:19, 24', 'frames']
    """
    lines: list[str] = []
    for word in filter(None, text.split(' ')):
        word = word.replace('\N{NO-BREAK SPACE}', ' ')
        longer = f'{lines[-1]} {word}' if lines else ''
        if lines and font.getlength(longer) <= width:
            lines[-1] = longer
        else:
            lines.append(fit_text(word, font, width))
    return lines


def paste_framed(
    sheet: Image.Image,
    corner: tuple[int, int],
    crop: Image.Image,
    room: tuple[int, int],
    colour: Colour,
) -> None:
    """Put a framed crop in the middle of its place.

    Args:
        sheet (Image.Image): Picture to draw on, RGB.
        corner (tuple[int, int]): Left and top of the place in pixels.
        crop (Image.Image): The crop, RGB.
        room (tuple[int, int]): Greatest width and height of a crop. The frame
            adds :data:`FRAME` pixels on each side.
        colour (tuple[int, int, int]): Colour of the frame.
    """
    sheet.paste(
        ImageOps.expand(crop, FRAME, colour),
        (
            corner[0] + (room[0] - crop.width) // 2,
            corner[1] + (room[1] - crop.height) // 2,
        ),
    )
