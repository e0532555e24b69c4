"""Changes of older apps, brought to the newest schema. An upcaster stays for ever once its schema was released."""

from typing import Any

from server.core.catalog.records import Upcasters


def upcast(raw: dict[str, Any], newest: int, upcasters: Upcasters) -> dict[str, Any]:
    """The change as the newest schema would have said it; one from a newer app is left alone."""
    schema = raw.get("schema")
    if isinstance(schema, bool) or not isinstance(schema, int) or schema < 1:
        return raw  # read_change says what is wrong with it
    while schema < newest:
        raw = upcasters[schema](raw) | {"schema": schema + 1}
        schema += 1
    return raw
