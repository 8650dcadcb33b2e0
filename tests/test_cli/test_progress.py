"""Progress where there is no terminal."""

from mmdmr.cli.progress import progress


def test_every_tenth_is_a_line(capsys):
    assert list(progress(iter(range(40)), 40)) == list(range(40))
    lines = capsys.readouterr().out.splitlines()
    assert lines == [f'{n}/40 images' for n in range(4, 41, 4)]


def test_few_images_are_all_told(capsys):
    assert list(progress('ab', 2)) == ['a', 'b']
    assert capsys.readouterr().out.splitlines() == [
        '1/2 images',
        '2/2 images',
    ]


def test_an_unknown_number_is_told_by_hundreds(capsys):
    assert len(list(progress(iter(range(250)), None))) == 250
    lines = capsys.readouterr().out.splitlines()
    assert lines == ['100 images', '200 images']
