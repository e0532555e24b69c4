"""The photo store that the settings name."""

from pathlib import Path

from server.adapters.photos.folder import Folder
from server.adapters.photos.s3 import Bucket, Place
from server.adapters.photos.store import Store
from server.config import Config


def open_store(config: Config) -> Store:
    """Nothing is asked of it yet."""
    if not config.photo_store.startswith("s3://"):
        return Folder(Path(config.photo_store))
    bucket, _, prefix = config.photo_store.removeprefix("s3://").partition("/")
    return Bucket(
        Place(
            bucket=bucket,
            prefix=f"{prefix.rstrip('/')}/" if prefix else "",
            endpoint=config.s3_endpoint,
            region=config.s3_region,
            access_key=config.s3_access_key,
            secret_key=config.s3_secret_key,
            addressing=config.s3_addressing,
            checksums=config.s3_checksums,
        )
    )
