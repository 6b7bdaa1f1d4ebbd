"""The digits of scikit-learn as files that a person can open: one table, one picture a digit, a word on both."""

from __future__ import annotations

import csv
import io
import struct
import zlib
from collections.abc import Sequence

SCALE = 12
DESCRIPTION = """# Digits

1,797 handwritten digits, 8 x 8 pixels each, from the UCI Machine Learning Repository
("Optical Recognition of Handwritten Digits", E. Alpaydin and C. Kaynak, 1998; CC BY 4.0), as scikit-learn ships them.

- `digits.csv` - one digit a row: `pixel_0` ... `pixel_63` (0 white ... 16 black), then `label`
- `images/` - the first picture of each digit, enlarged
"""


def make_files() -> dict[str, bytes]:
    """The dataset's files, by path."""
    from sklearn.datasets import load_digits

    digits = load_digits()
    pixels, labels = digits.data.astype(int).tolist(), digits.target.tolist()
    files = {"README.md": DESCRIPTION.encode(), "digits.csv": make_table(pixels, labels)}
    for digit in range(10):
        files[f"images/{digit}.png"] = make_picture(pixels[labels.index(digit)])
    return files


def make_table(pixels: Sequence[Sequence[int]], labels: Sequence[int]) -> bytes:
    """The CSV of all rows, with a header."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow([*(f"pixel_{number}" for number in range(64)), "label"])
    writer.writerows([*row, label] for row, label in zip(pixels, labels, strict=True))
    return text.getvalue().encode()


def make_picture(pixels: Sequence[int]) -> bytes:
    """A grey PNG of one 8 x 8 digit, black on white, each pixel a square of SCALE."""
    lines = b""
    for row in range(8):
        line = b"".join(bytes([255 - min(255, 16 * grey)]) * SCALE for grey in pixels[8 * row : 8 * row + 8])
        lines += (b"\0" + line) * SCALE
    size = 8 * SCALE
    header = struct.pack(">IIBBBBB", size, size, 8, 0, 0, 0, 0)
    chunks = (_chunk(b"IHDR", header), _chunk(b"IDAT", zlib.compress(lines, 9)), _chunk(b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)


def _chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))
