"""Values that no file should hold, by names that recipes are written in."""

VALUES = {
    'null': None,
    'true': True,
    'zero': 0,
    'one': 1,
    'minus': -1,
    'big': 2**63,
    'huge': 10**400,
    'half': 0.5,
    'nan': float('nan'),
    'infinity': float('inf'),
    'large': 1e308,
    'tiny': 5e-324,
    'empty': '',
    'text': 'a',
    'digit': '7',
    'words': 'null',
    'half-character': 'a\ud83d.jpg',
    'escaped-byte': 'a\udcff.jpg',
    'nul': 'a\0b.jpg',
    'right-to-left': '\u202egpj.a',
    'composed': 'Zo\xeb.jpg',
    'decomposed': 'Zoe\u0308.jpg',
    'emoji': '\U0001f600.jpg',
    'line-ends': 'a\r\nb\n\nc\u2028d.jpg',
    'up': '../../near/secret.json',
    'up-inside': 'b/../../../near/secret.json',
    'absolute': '/etc/hostname',
    'backslashes': '..\\..\\near\\secret.json',
    'device': 'CON',
    'dots': '..',
    'long': 'a' * 5000,
    'control': '\x1b[2Ja.jpg',
    'markup': '<script>alert(1)</script>',
    'list': [],
    'nested': [[1, [2]]],
    'numbers': [1, 2, 3, 4],
    'nans': [float('nan')] * 4,
    'many': list(range(3000)),
    'object': {},
    'objects': [{}],
    'odd-key': {'': {'a': None}},
}

#: Names of files that lead elsewhere.
OUTSIDE = [
    VALUES[name]
    for name in ('up', 'up-inside', 'absolute', 'backslashes', 'dots')
]

#: Texts that stand in place of a word of a text file.
WORDS = (
    *('', '0', '-1', '7', '1e400', 'nan', 'inf', '-0.0', '1.5', '0x10'),
    *('1' * 400, '9' * 6000, '9223372036854775808', '\ufeff', '\x00', '\x1a'),
    *('\u0661', '\u202e', '../../near/secret.json', '/etc/hostname', 'CON'),
    *('"', "'", '%(x)s', '[', '{', '&a [*a]', '*a', '!!python/name:os', '~'),
    *('2020-13-45', '1_0', '[' * 300 + ']' * 300, '[' * 900 + ']' * 900),
    *('[' * 100_000, '{"a":' * 20_000, 'a' * 140_000, '\r', '\n\n', ',', ';'),
)

#: Whole numbers that stand in place of four bytes.
COUNTS = (0, 1, -1, 2, 5, 255, 10**9, 2**31 - 1, -(2**31), 0x00FFFFFF)

#: Pieces of bytes to insert.
PIECES = (
    *(b'\x00', b'\xff', b'\xc3', b'\xef\xbb\xbf', b'\xff\xfe', b'\n', b'\r'),
    *(b'"', b',', b'{', b'}', b'[', b'\\', b'\x00' * 64, b'\xff' * 64),
    *(b'PK\x03\x04', b'\x93NUMPY', b'version https://git-lfs.github.com'),
)
