"""An S3 server for tests, which verifies signatures: the PyPI package ministack, as a process of its own."""

import contextlib
import json
import os
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import boto3

from server.adapters.photos.s3 import Place
from tests.serving import free_port

ROOT = "test"


@contextlib.contextmanager
def object_storage() -> Iterator["ObjectStorage"]:
    """It, once it answers."""
    port = free_port()
    with tempfile.TemporaryDirectory() as folder:
        settings = {
            "BIND_HOST": "127.0.0.1",
            "GATEWAY_PORT": str(port),
            "SERVICES": "s3,iam",
            "AUTH": "true",
            "HOME": folder,
        }
        with (Path(folder) / "log").open("w") as log:
            process = subprocess.Popen(
                [Path(sys.executable).with_name("ministack")],
                cwd=folder, env={"PATH": os.environ["PATH"], "LANG": "C.UTF-8"} | settings, stdout=log, stderr=log,
            )  # fmt: skip
        try:
            _wait(port, process, Path(folder) / "log")
            yield _somebody(f"http://127.0.0.1:{port}")
        finally:
            process.terminate()
            process.wait(timeout=20)


def _wait(port: int, process: subprocess.Popen, log: Path) -> None:
    deadline = time.monotonic() + 60
    while True:
        with contextlib.suppress(OSError):
            urllib.request.urlopen(f"http://127.0.0.1:{port}/_ministack/health", timeout=5).close()
            return
        assert process.poll() is None and time.monotonic() < deadline, log.read_text()
        time.sleep(0.1)


@dataclass(frozen=True)
class ObjectStorage:
    """A running server, and the key of somebody who may put, get, list and delete objects and nothing else:
    only such a key's signatures are verified, and asking for more than a store needs is refused."""

    endpoint: str
    access_key: str
    secret_key: str

    def place(self, bucket: str, **other: str) -> Place:
        said = {
            "bucket": bucket, "prefix": "grid/", "endpoint": self.endpoint, "region": "us-east-1",
            "access_key": self.access_key, "secret_key": self.secret_key, "addressing": "path",
            "checksums": "when_required",
        }  # fmt: skip
        return Place(**(said | other))

    def make_bucket(self) -> str:
        """The name of a new bucket."""
        name = f"photos-{uuid4().hex[:12]}"
        _root(self.endpoint, "s3").create_bucket(Bucket=name)
        return name


def _root(endpoint: str, service: str) -> Any:
    return boto3.client(
        service, endpoint_url=endpoint, region_name="us-east-1", aws_access_key_id=ROOT, aws_secret_access_key=ROOT
    )


def _somebody(endpoint: str) -> ObjectStorage:
    may = ["s3:GetObject", "s3:PutObject", "s3:DeleteObject", "s3:ListBucket"]
    policy = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": may, "Resource": "*"}]}
    iam = _root(endpoint, "iam")
    iam.create_user(UserName="grid")
    iam.put_user_policy(UserName="grid", PolicyName="photos", PolicyDocument=json.dumps(policy))
    key = iam.create_access_key(UserName="grid")["AccessKey"]
    return ObjectStorage(endpoint, key["AccessKeyId"], key["SecretAccessKey"])
