"""Making anew what is derived: counts and digests of scopes, look-ups of references and natural keys."""

import orjson

from server.adapters.storage import photos, upkeep
from server.services.consequences import natural_key
from server.services.transactions import write
from server.services.verify import totals, wanted_links, wanted_photos
from server.services.world import World


def rebuild(world: World) -> str:
    """What was done, in one sentence."""
    with write(world, "rebuild") as conn:
        upkeep.hold_writers(conn)
        counted = totals(conn)
        scopes = [scope for scope, *_ in upkeep.all_scopes(conn)]
        upkeep.set_scopes(
            conn, [{"id": s, "live": counted.get(s, (0, 0))[0], "digest": counted.get(s, (0, 0))[1]} for s in scopes]
        )
        links = wanted_links(world, conn)
        upkeep.set_links(conn, [{"record": r, "field": f, "target": t} for r, f, t in links])
        named = wanted_photos(world, conn)
        photos.set_links(conn, [{"photo": p, "record": r, "field": f} for p, r, f in named])
        keys = [
            {"id": row.id, "key": natural_key(world.catalog.types[row.type], orjson.loads(row.row)["data"])}
            for row in upkeep.all_records(conn)
        ]
        upkeep.set_keys(conn, keys)
    return f"{len(scopes)} scopes, {len(links)} references, {len(named)} photos named and {len(keys)} keys made anew"
