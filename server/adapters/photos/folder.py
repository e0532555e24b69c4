"""A folder on disk, for the server that is one machine. A file is there whole or not at all."""

import os
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

from server.adapters.photos.store import Lying, Missing, Unreachable, checked

UNFINISHED = "unfinished/"  # where files are written before they get their name; a killed server leaves some


class Folder:
    """Objects as files under `root`; the key is the path. Made when first written to."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def put(self, key: str, data: bytes) -> None:
        path = self._path(key)
        part = self.root / UNFINISHED / uuid4().hex
        try:
            self._make(path.parent)
            self._make(part.parent)
            with part.open("wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            part.replace(path)
            _keep_names(path.parent)
        except OSError as error:
            raise Unreachable(error.strerror) from error
        finally:
            with suppress(OSError):
                part.unlink()

    def get(self, key: str) -> bytes:
        try:
            return self._path(key).read_bytes()
        except FileNotFoundError:
            raise Missing(key) from None
        except OSError as error:
            raise Unreachable(error.strerror) from error

    def size(self, key: str) -> int | None:
        try:
            return self._path(key).stat().st_size
        except FileNotFoundError:
            return None
        except OSError as error:
            raise Unreachable(error.strerror) from error

    def delete(self, key: str) -> None:
        try:
            self._path(key).unlink(missing_ok=True)
        except OSError as error:
            raise Unreachable(error.strerror) from error

    def list(self, prefix: str) -> Iterator[Lying]:
        top = self.root / prefix.rpartition("/")[0]
        for path in sorted(p for p in top.rglob("*") if p.is_file()):
            key = path.relative_to(self.root).as_posix()
            try:
                found = path.stat()
            except FileNotFoundError:
                continue  # deleted meanwhile
            if key.startswith(prefix):
                yield Lying(key, found.st_size, datetime.fromtimestamp(found.st_mtime, UTC))

    def _path(self, key: str) -> Path:
        return self.root / checked(key)

    def _make(self, folder: Path) -> None:
        """The folder and those above it, each one's name durable in its parent."""
        if folder.is_dir():
            return
        if folder != self.root:
            self._make(folder.parent)
        folder.mkdir(parents=True, exist_ok=True)
        _keep_names(folder.parent)


def _keep_names(folder: Path) -> None:
    """A file's name is on the disk only when its folder is."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
