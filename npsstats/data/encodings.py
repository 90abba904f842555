"""Which encoding a text file is in, and the same text as UTF-8.

A file is read through once, in pieces, so that memory stays flat whatever its size. Damaged
bytes never stop the reading: they come out as the replacement character and are counted.
"""

from __future__ import annotations

import codecs
import gzip
from dataclasses import dataclass
from io import TextIOWrapper
from typing import IO, TYPE_CHECKING, cast

from npsstats.checks import InputError

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["Text", "as_utf8", "find_encoding", "open_bytes"]

_PIECE = 1 << 20
_SAMPLE = 1 << 18
_BOMS = (  # UTF-32 first: its little-endian mark begins with UTF-16's
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
# Characters that Western European text is made of, beyond ASCII.
_WESTERN = frozenset(
    "àâäáãåæçèéêëìíîïñòóôöõøœùúûüýÿßÀÂÄÁÃÅÆÇÈÉÊËÌÍÎÏÑÒÓÔÖÕØŒÙÚÛÜ€’‘“”«»°–—…·²§£©® "
)
# What a file that is neither UTF-8 nor Western may be in; asked of charset-normalizer.
_OTHERS = (
    *("cp1250", "iso8859_2", "cp1251", "koi8_r", "cp1253", "cp1254", "cp1255", "cp1256", "cp1257"),
    *("mac_roman", "cp850", "cp437", "shift_jis", "gb18030", "big5", "euc_kr"),
)


@dataclass(frozen=True)
class Text:
    """A UTF-8 file with the text of another, or that other itself where it was clean UTF-8.

    Attributes
    ----------
    path
        Where the UTF-8 text is.
    encoding
        The encoding of the original.
    damaged
        Characters that could not be decoded; each stands as U+FFFD.
    """

    path: Path
    encoding: str
    damaged: int = 0


def as_utf8(path: Path, told: str | None, folder: Path) -> Text:
    """Return the file as UTF-8 text: itself where it is that already, else a copy in `folder`.

    Parameters
    ----------
    path
        The file, gzip-compressed if its name ends in `.gz`.
    told
        Its encoding, by any name that Python knows; None to find it out.
    folder
        Where the copy goes.

    Raises
    ------
    InputError
        If `told` is not the name of an encoding.
    """
    encoding = find_encoding(path) if told is None else _known(told)
    with open_bytes(path) as stream:
        head = stream.read(_SAMPLE)
    if encoding == "utf-8" and head.startswith(codecs.BOM_UTF8):
        encoding = "utf-8-sig"
    one_line = b"\r" in head and b"\n" not in head and encoding not in {"utf-16", "utf-32"}
    if encoding == "utf-8" and not one_line and _is_utf8(path):
        return Text(path, encoding)
    copy = folder / "text.csv"
    damaged = 0
    with (
        open_bytes(path) as stream,
        # newline=None makes the lone carriage returns of old Macs into line ends
        TextIOWrapper(
            stream, encoding=encoding, errors="replace", newline=None if one_line else ""
        ) as source,
        copy.open("w", encoding="utf-8", newline="") as target,
    ):
        while piece := source.read(_PIECE):
            damaged += piece.count("\ufffd")
            target.write(piece)
    return Text(copy, encoding.removesuffix("-sig"), damaged)


def find_encoding(path: Path) -> str:
    r"""Return the encoding of a text file, as Python names it.

    A byte-order mark decides; then UTF-8 if every byte agrees, or nearly every one (a few damaged
    characters in a UTF-8 file); then cp1252 or latin-1 if what follows reads as Western European
    text; then what charset-normalizer thinks; then latin-1, which can read any byte.

    Parameters
    ----------
    path
        The file, gzip-compressed if its name ends in `.gz`.

    Examples
    --------
    >>> from pathlib import Path
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     file = Path(folder) / "answers.csv"
    ...     _ = file.write_bytes("9;très bien\n3;déçu\n".encode("latin-1"))
    ...     find_encoding(file)
    'latin-1'
    """
    with open_bytes(path) as stream:
        head = stream.read(_SAMPLE)
    for mark, name in _BOMS:
        if head.startswith(mark):
            return name
    # UTF-16 without a mark: every other byte of ASCII text is zero
    even, odd = head[0:4096:2], head[1:4096:2]
    if odd.count(0) > len(odd) // 2:
        return "utf-16-le"
    if even.count(0) > len(even) // 2:
        return "utf-16-be"
    return "utf-8" if _is_utf8(path) else _guess(_beyond_ascii(path))


def _is_utf8(path: Path) -> bool:
    decoder = codecs.getincrementaldecoder("utf-8")("strict")
    try:
        with open_bytes(path) as stream:
            while piece := stream.read(_PIECE):
                decoder.decode(piece)
            decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def _beyond_ascii(path: Path) -> bytes:
    """Return the first lines that hold something else than ASCII."""
    sample = bytearray()
    with open_bytes(path) as stream:
        while len(sample) < _SAMPLE and (line := stream.readline(_PIECE)):
            if not line.isascii():
                sample += line
    return bytes(sample)


def _guess(sample: bytes) -> str:
    text = sample.decode("utf-8", errors="replace")
    broken = text.count("\ufffd")
    whole = sum(not character.isascii() for character in text) - broken
    if whole > broken:
        return "utf-8"
    if _western_share(sample) > 0.6:
        c1 = {byte for byte in sample if 0x80 <= byte < 0xA0}
        # cp1252 is latin-1 with letters and signs in 0x80-0x9F, five of which stay undefined
        return "cp1252" if c1 and c1.isdisjoint({0x81, 0x8D, 0x8F, 0x90, 0x9D}) else "latin-1"
    from charset_normalizer import from_bytes

    best = from_bytes(sample, cp_isolation=list(_OTHERS)).best()
    return "latin-1" if best is None else str(best.encoding)


def _western_share(sample: bytes) -> float:
    """Return the share of the characters beyond ASCII that read as Western European.

    Accented letters stand alone or in pairs there; in Cyrillic or Greek text read as cp1252 they
    come in long runs.
    """
    text = sample.decode("cp1252", errors="replace")
    western = total = run = 0
    for character in text:
        if character.isascii():
            run = 0
            continue
        total += 1
        run += 1
        western += run <= 2 and character in _WESTERN
    return western / total if total else 1.0


def _known(name: str) -> str:
    try:
        found = codecs.lookup(name)
        text = found._is_text_encoding  # noqa: SLF001 - how codecs tells rot13 from an encoding
    except LookupError:
        text = False
    if not text:
        raise InputError(
            f"`encoding` must be an encoding that Python knows, got {name!r}. "
            'Usual ones: "utf-8", "cp1252" (Windows, Western Europe), "latin-1", "utf-16".'
        )
    return {"iso8859-1": "latin-1"}.get(found.name, found.name)


def open_bytes(path: Path) -> IO[bytes]:
    """Open a file for reading, decompressed if its name ends in `.gz`."""
    if path.suffix.lower() == ".gz":
        return cast("IO[bytes]", gzip.open(path, "rb"))
    return path.open("rb")
