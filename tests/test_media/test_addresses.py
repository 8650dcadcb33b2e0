"""Addresses of streams."""

import pytest

from mmdmr.media import addresses


@pytest.mark.parametrize(
    'address, shown',
    [
        ('rtsp://me:pw@cam:554/1?a=b', 'rtsp://me@cam:554/1?a=b'),
        ('rtsp://me:p@w:x@cam/1', 'rtsp://me@cam/1'),
        ('rtsp://:pw@cam/1', 'rtsp://@cam/1'),
        ('rtsp://cam:554/user:a@b', 'rtsp://cam:554/user:a@b'),
        ('http://cam/1?Password=a&b=1', 'http://cam/1?Password=&b=1'),
        (
            'rtsp://cam/user=a&password=b&channel=1',
            'rtsp://cam/user=a&password=&channel=1',
        ),
        ('http://cam/1', 'http://cam/1'),
        ('videos/me:pw@home.mp4', 'videos/me:pw@home.mp4'),
    ],
)
def test_passwords_are_removed(address, shown):
    assert addresses.without_password(address) == shown


def test_kinds_of_sources():
    for address in ('rtsp://a/1', 'RTSP://a/1', 'udp://@:1234', 'srt://a'):
        assert addresses.is_address(address) and addresses.is_live(address)
    for address in ('http://a/1.mp4', 'https://a/1.mp4'):
        assert addresses.is_address(address) and not addresses.is_live(address)
    for path in ('a.mp4', '/a/rtsp:/b.mp4', 'c:\\a.mp4', 'a:b.mp4', 'rtsp'):
        assert not addresses.is_address(path) and not addresses.is_live(path)
        assert not addresses.is_webcam(path)
    assert addresses.is_webcam('/dev/video10')
    assert addresses.is_live('/dev/video10')
    assert not addresses.is_webcam('/dev/video0/a')
