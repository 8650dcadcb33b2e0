"""Texts fit their room, and any text can be drawn."""

import pytest
from PIL import Image, ImageDraw

from mmdmr.visualization.drawing import (
    FRAME,
    fit_text,
    load_font,
    paste_framed,
    printable,
    wrap_text,
)

FONT = load_font(12)
NAMES = [
    'frame.jpg',
    'a/very/long/path/of/folders/frame_000123.jpg',
    '日本/東京駅 1.png' * 9,
    '😀' * 50,
    'Zoë ' * 40,
    'x' * 100_000,
    'مرحبا' * 20,
]


@pytest.mark.parametrize('name', NAMES)
@pytest.mark.parametrize('width', [0, 5, 40, 118])
def test_a_shortened_name_fits_and_keeps_its_end(name, width):
    short = fit_text(name, FONT, width)
    assert FONT.getlength(short) <= width
    assert name.endswith(short.removeprefix('…'))


def test_nothing_is_cut_without_need():
    name = NAMES[1]
    width = FONT.getlength(name)
    assert fit_text(name, FONT, width) == name
    short = fit_text(name, FONT, width - 1)
    longer = f'…{name[-len(short) :]}'
    assert short[0] == '…' and FONT.getlength(longer) > width - 1


@pytest.mark.parametrize('text', NAMES)
def test_wrapped_lines_fit(text):
    assert all(
        0 < FONT.getlength(line) <= 118 for line in wrap_text(text, FONT, 118)
    )


def test_words_stay_together_at_a_no_break_space():
    text = 'aaa bbb 24\N{NO-BREAK SPACE}frames'
    width = FONT.getlength('aaa bbb 24')
    assert wrap_text(text, FONT, width) == ['aaa bbb', '24 frames']
    assert wrap_text('', FONT, width) == wrap_text('  ', FONT, width) == []


@pytest.mark.parametrize(
    ('text', 'expected'),
    [
        ('a\nb\tc\0', 'a?b?c?'),
        ('\udcff.jpg', '?.jpg'),
        ('\u202egpj.exe', '?gpj.exe'),  # writes backwards
        ('10\u202fAM', '10 AM'),  # names of screenshots
        ('Zoë 東京 😀', 'Zoë 東京 😀'),
    ],
)
def test_what_cannot_be_drawn_is_replaced(text, expected):
    assert printable(text) == expected
    draw = ImageDraw.Draw(Image.new('RGB', (50, 20)))
    draw.text((0, 0), printable(text), font=FONT)


def test_a_framed_crop_stands_in_the_middle():
    sheet = Image.new('RGB', (60, 60), 'white')
    crop = Image.new('RGB', (10, 30), 'black')
    paste_framed(sheet, (5, 5), crop, (30, 40), (255, 0, 0))
    inside = (5 + 10 + FRAME, 5 + 5 + FRAME)
    assert sheet.getpixel(inside) == (0, 0, 0)
    assert sheet.getpixel((inside[0] - 1, inside[1])) == (255, 0, 0)
    assert sheet.getpixel((inside[0] - FRAME, inside[1])) == (255, 0, 0)
    assert sheet.getpixel((inside[0] - FRAME - 1, inside[1])) != (255, 0, 0)
