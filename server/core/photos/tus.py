"""Headers of tus 1.0.0, read strictly."""

import hashlib
import hmac
from base64 import b64decode
from binascii import Error
from collections.abc import Mapping
from typing import Final

from server.core.problems import Problem

VERSION: Final = "1.0.0"
EXTENSIONS: Final = "creation,checksum,termination,expiration"
ALGORITHMS: Final = ("sha1", "sha256")
CHUNK_MAX: Final = 1_048_576  # bytes of one PATCH
CHUNK_MIN: Final = 1_024  # unless it is the last: every chunk is an object of its own until the file is whole


def check_version(headers: Mapping[str, str]) -> None:
    if headers.get("Tus-Resumable") != VERSION:
        raise Problem("tus_version", f"Tus-Resumable: {VERSION}")


def whole_number(headers: Mapping[str, str], name: str) -> int:
    """A header that is a count of bytes. Problem bad_request where it is none."""
    text = headers.get(name, "")
    if not (text.isascii() and text.isdigit() and len(text) <= 15):
        raise Problem("bad_request", f"{name} is a number of bytes")
    return int(text)


def metadata(header: str) -> dict[str, str]:
    """{key: value} of Upload-Metadata: pairs `key base64`, divided by commas."""
    found: dict[str, str] = {}
    for pair in filter(None, (part.strip() for part in header.split(","))):
        key, _, value = pair.partition(" ")
        try:
            found[key] = b64decode(value.strip(), validate=True).decode()
        except (Error, ValueError):
            raise Problem("bad_request", "Upload-Metadata is `key base64` pairs") from None
    return found


def check_checksum(header: str | None, data: bytes) -> None:
    """Whether the chunk is what its sender says, where he says something. Problem bad_request, checksum_mismatch."""
    if header is None:
        return
    algorithm, _, said = header.strip().partition(" ")
    if algorithm not in ALGORITHMS:
        raise Problem("bad_request", "Upload-Checksum: sha1 or sha256")
    try:
        wanted = b64decode(said.strip(), validate=True)
    except (Error, ValueError):
        raise Problem("bad_request", "Upload-Checksum is an algorithm and base64") from None
    # A sum against broken links, chosen by the sender; the whole file's SHA-256 is what counts.
    found = hashlib.new(algorithm, data, usedforsecurity=False).digest()
    if len(wanted) != len(found):
        raise Problem("bad_request", f"Upload-Checksum: {len(found)} bytes in base64")
    if not hmac.compare_digest(found, wanted):
        raise Problem("checksum_mismatch")
