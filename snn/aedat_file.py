"""What a damaged AEDAT 4 file must not do: end the process, as the reader in Rust can."""

import struct
from pathlib import Path

MAGIC = b"#!AER-DAT4.0\r\n"
MOST_BYTES = 1 << 24  # of a header: its text is of some hundred
INFO_FIELD = 8  # of the header's table, where its text is named: behind two sizes and two fields


def check_description(path: Path) -> None:
    """Refuse a file whose header, a FlatBuffer, holds no text that can be read.

    The reader looks at nothing before it takes the text for UTF-8, and aborts where it is none.

    Raises:
        ValueError: If there is none.
    """
    with path.open("rb") as file:
        start = file.read(len(MAGIC) + 4)
        if not start.startswith(MAGIC) or len(start) < len(MAGIC) + 4:
            raise ValueError("it is no AEDAT 4 file")
        (size,) = struct.unpack_from("<I", start, len(MAGIC))
        header = file.read(min(size, MOST_BYTES))
    try:
        _description(header).decode()
    except (struct.error, UnicodeDecodeError) as error:
        raise ValueError("its header is damaged") from error


def _description(header: bytes) -> bytes:
    (table,) = struct.unpack_from("<I", header)
    (back,) = struct.unpack_from("<i", header, table)
    (field,) = struct.unpack_from("<H", header, table - back + INFO_FIELD)
    (text,) = struct.unpack_from("<I", header, table + field)
    text += table + field
    (length,) = struct.unpack_from("<I", header, text)
    if text + 4 + length > len(header):
        raise struct.error("the text ends behind the header")
    return header[text + 4 : text + 4 + length]
