"""Changes of older apps, brought to the newest schema. An upcaster stays for ever once its schema was released."""

from typing import Any

from server.core.catalog.records import Upcasters
from server.core.sync.change import InvalidChange


def upcast(raw: Any, newest: int, upcasters: Upcasters) -> Any:
    """The change as the newest schema would have said it; one from a newer app is left alone.

    `sent_schema` tells from then on which schema its author knew: what that did not ask for is not missing.
    Raises InvalidChange when an upcaster stumbles: it reads what nobody has checked yet.
    """
    schema = raw.get("schema") if isinstance(raw, dict) else None
    if isinstance(schema, bool) or not isinstance(schema, int) or schema < 1:
        return raw  # read_change says what is wrong with it
    sent = {} if schema >= newest else {"sent_schema": raw.get("sent_schema", schema)}
    while schema < newest:
        try:
            raw = upcasters[schema](raw) | {"schema": schema + 1} | sent
        except (AttributeError, LookupError, TypeError, ValueError):
            raise InvalidChange("not_upcast") from None
        schema += 1
    return raw
