"""The time at which a photograph was taken."""

from datetime import datetime, timezone
from pathlib import Path

from PIL import ExifTags, Image

from .images import FORMATS
from .opening import open_file


def taken_at(path: str | Path) -> float | None:
    """Read from the EXIF data when a photograph was taken.

    Args:
        path (str | Path): Image file; the image itself is not decoded.

    Returns:
        float | None: POSIX seconds of ``DateTimeOriginal`` with
        ``SubsecTimeOriginal``. Without ``OffsetTimeOriginal``, which most
        cameras leave out, the local time of the camera is taken for UTC:
        differences between photographs of a camera are right, the hour of
        the day may be shifted. None if the file tells no time or cannot be
        read.

    Example:
        >>> import tempfile
        >>> path = Path(tempfile.mkdtemp(), 'a.jpg')
        >>> exif = Image.Exif()
        >>> exif.get_ifd(ExifTags.IFD.Exif)[0x9003] = '1970:01:02 00:00:01'
        >>> Image.new('L', (1, 1)).save(path, exif=exif)
        >>> taken_at(path)
        86401.0
    """
    try:
        with (
            open_file(path) as file,
            Image.open(file, formats=FORMATS) as image,
        ):
            tags = image.getexif().get_ifd(ExifTags.IFD.Exif)
        return _seconds(tags)
    except Exception:
        # Damaged EXIF data make Pillow raise errors of any kind.
        return None


def _seconds(tags: dict[int, object]) -> float | None:
    text = _text(tags, ExifTags.Base.DateTimeOriginal)
    try:
        time = datetime.strptime(text, '%Y:%m:%d %H:%M:%S')
    except ValueError:
        # Cameras whose clock was never set write zeros or blanks.
        return None
    offset = _text(tags, ExifTags.Base.OffsetTimeOriginal)
    try:
        zone = datetime.strptime(offset, '%z').tzinfo or timezone.utc
    except ValueError:
        zone = timezone.utc
    part = _text(tags, ExifTags.Base.SubsecTimeOriginal)
    fraction = float(f'0.{part}') if part.isdecimal() else 0.0
    return time.replace(tzinfo=zone).timestamp() + fraction


def _text(tags: dict[int, object], tag: int) -> str:
    return str(tags.get(tag, '')).strip(' \0')
