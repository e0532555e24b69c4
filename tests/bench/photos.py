"""W6: a device sends its photos, against a bare `put_object` of the same bytes into the same store.

CPU of the product is that of gunicorn, of the processes that decode, and of the database; that of ref is the process
that puts. The store's own CPU counts on neither side.
"""

import base64
import os
import time
from pathlib import Path
from uuid import uuid4

from server.adapters.photos.s3 import Bucket
from tests.bench.cpu import Meter, tree
from tests.bench.devices import Line, ProductPhone
from tests.bench.sites import Site, Sites
from tests.bench.works import Round
from tests.object_storage import ObjectStorage
from tests.pictures import plain, sha256

CHUNK = 262_144
TICK_MS = 1000 / os.sysconf("SC_CLK_TCK")


def site(made: Sites, storage: ObjectStorage) -> tuple[Site, ProductPhone, Bucket]:
    """A server whose photos lie in a bucket, a device, and the bucket itself for the bare side."""
    place = storage.place(storage.make_bucket())
    settings = {
        "PHOTO_STORE": f"s3://{place.bucket}/grid", "S3_ENDPOINT": place.endpoint,
        "S3_ACCESS_KEY": place.access_key, "S3_SECRET_KEY": place.secret_key,
    }  # fmt: skip
    product = made.product(1, {"camera": [0]}, **settings)
    return product, product.phone("camera", []), Bucket(storage.place(place.bucket, prefix="bare/"))


def pictures(count: int, size: tuple[int, int]) -> list[bytes]:
    """As the app makes them: 1,600 pixels, about 240 kB. Every one is another."""
    seed = uuid4().int % 10**9
    return [plain("JPEG", size, seed + n, quality=92) for n in range(count)]


def send(site: Site, phone: ProductPhone, photos: list[bytes]) -> Round:
    phone.line.renew()
    before = waited_for(site)
    with Meter(site.roots) as meter:
        ids = [_send_one(phone.line, data) for data in photos]
    after = waited_for(site)
    for ident, data in zip(ids, photos, strict=True):
        assert phone.line.ask("GET", f"/api/v1/photos/{ident}?size=full") == data
    return _round(meter.cpu + after - before, meter.wall, len(photos))


def put(bucket: Bucket, photos: list[bytes]) -> Round:
    began, spent = time.perf_counter(), time.process_time()
    for data in photos:
        bucket.put(f"photo/{sha256(data)}", data)
    cpu, wall = time.process_time() - spent, time.perf_counter() - began
    return _round(cpu * 1000, wall * 1000, len(photos))


def _round(cpu: float, wall: float, count: int) -> Round:
    return Round(cpu / count, wall / count, {"photos_s": count / wall * 1000})


def waited_for(site: Site) -> float:
    """Milliseconds of CPU of processes that ended under the server: the meter sees those no more."""
    total = 0.0
    for pid in tree(site.roots[0]):
        try:
            fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        total += (int(fields[13]) + int(fields[14])) * TICK_MS
    return total


def _send_one(line: Line, data: bytes) -> str:
    ident = str(uuid4())
    said = {
        "id": ident, "sha256": sha256(data), "bytes": len(data), "mime": "image/jpeg", "record": str(uuid4()),
        "field": "photos_before", "taken_at": None,
    }  # fmt: skip
    assert b'"wanted"' in line.ask("POST", "/api/v1/photos", said)
    metadata = f"id {base64.b64encode(ident.encode()).decode()}"
    url = _tus(
        line, "POST", "/api/v1/photos/uploads", 201, **{"Upload-Length": str(len(data)), "Upload-Metadata": metadata}
    )
    for start in range(0, len(data), CHUNK):
        _tus(line, "PATCH", url, 204, data[start : start + CHUNK], **{"Upload-Offset": str(start)})
    return ident


def _tus(line: Line, method: str, path: str, status: int, body: bytes | None = None, **headers: str) -> str:
    kind = {"Content-Type": "application/offset+octet-stream"} if body else {"Content-Length": "0"}
    line.http.request(method, path, body, {"Tus-Resumable": "1.0.0", "Cookie": line.cookie} | kind | headers)
    answer = line.http.getresponse()
    said = answer.read()
    assert answer.status == status, said
    return answer.getheader("Location") or path
