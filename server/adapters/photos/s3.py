"""A bucket of S3 or of what speaks like it (Aliyun OSS, Huawei OBS, Ceph RGW, MinIO and its kin).

Only whole objects are put, read and deleted: no tags, no ACL. Some servers take such a request for a new object.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from server.adapters.photos.store import Lying, Missing, Unreachable, checked

CONNECT_S, READ_S, ATTEMPTS = 5, 20, 2
CONNECTIONS = 32
ABSENT = ("404", "NoSuchKey")


@dataclass(frozen=True, slots=True)
class Place:
    """`endpoint` empty: Amazon's own. `addressing` is path or virtual. `checksums`: when_required sends none of the
    newer sums, which Aliyun OSS refuses; when_supported sends them."""

    bucket: str
    prefix: str
    endpoint: str
    region: str
    access_key: str
    secret_key: str
    addressing: str
    checksums: str


class Bucket:
    """Objects of a bucket, under a prefix. One client, which threads may share."""

    def __init__(self, place: Place) -> None:
        import boto3  # here: a server with a folder does without it
        from botocore.config import Config
        from botocore.exceptions import BotoCoreError, ClientError

        self.place, self._refused, self._faults = place, ClientError, (BotoCoreError, ClientError)
        self._client = boto3.session.Session().client(
            "s3",
            endpoint_url=place.endpoint or None,
            region_name=place.region,
            aws_access_key_id=place.access_key,
            aws_secret_access_key=place.secret_key,
            config=Config(
                signature_version="s3v4",
                s3={"addressing_style": place.addressing},
                request_checksum_calculation=place.checksums,
                response_checksum_validation=place.checksums,
                connect_timeout=CONNECT_S,
                read_timeout=READ_S,
                retries={"total_max_attempts": ATTEMPTS, "mode": "standard"},
                max_pool_connections=CONNECTIONS,
            ),
        )

    def put(self, key: str, data: bytes) -> None:
        self._ask("put_object", key, Body=data)

    def get(self, key: str) -> bytes:
        body = self._ask("get_object", key)["Body"]
        try:
            data: bytes = body.read()
        except Exception as error:
            raise Unreachable(type(error).__name__) from error
        return data

    def size(self, key: str) -> int | None:
        try:
            return int(self._ask("head_object", key)["ContentLength"])
        except Missing:
            return None

    def delete(self, key: str) -> None:
        self._ask("delete_object", key)

    def list(self, prefix: str) -> Iterator[Lying]:
        pages = self._client.get_paginator("list_objects_v2")
        try:
            for page in pages.paginate(Bucket=self.place.bucket, Prefix=self.place.prefix + prefix):
                for found in page.get("Contents", ()):
                    key = found["Key"].removeprefix(self.place.prefix)
                    yield Lying(key, found["Size"], found["LastModified"])
        except self._faults as error:
            raise Unreachable(type(error).__name__) from error

    def _ask(self, what: str, key: str, **more: Any) -> Any:
        try:
            return getattr(self._client, what)(Bucket=self.place.bucket, Key=self.place.prefix + checked(key), **more)
        except self._faults as error:
            code = error.response.get("Error", {}).get("Code") if isinstance(error, self._refused) else None
            if code in ABSENT:
                raise Missing(key) from None
            raise Unreachable(str(code or type(error).__name__)) from error
