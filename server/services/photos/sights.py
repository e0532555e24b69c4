"""Who may see a photo: whoever may read the record that names it now; until one does, whoever took it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from sqlalchemy import Connection

from server.adapters.storage import areas, feeds, photos, records
from server.adapters.storage.photos import Link, Photo
from server.adapters.storage.records import Row
from server.core.access.permissions import Actor, can_read
from server.core.catalog.fields import Privacy
from server.services.world import World


@dataclass(frozen=True, slots=True)
class Sight:
    """A photo that somebody may see. `photo` None: named by a record, and not heard of from any device yet.
    `personal`: who looks is written down."""

    photo: Photo | None
    personal: bool


def sights(world: World, conn: Connection, actor: Actor, ids: Iterable[str]) -> dict[str, Sight]:
    """Those of the photos that the actor may see: none with a drain token. The others need not exist."""
    if actor.draining:
        return {}
    wanted = list(ids)
    known, named = photos.read(conn, wanted), photos.links(conn, wanted)
    # A record that names somebody's photo does not thereby bring it: it must be where its device said it belongs.
    named = [link for link in named if link.photo not in known or known[link.photo].record == link.record]
    rows = {row.id: row for row in records.read(conn, {x.record for x in named} | {p.record for p in known.values()})}
    open_to_him = _readable(conn, actor, rows)
    found = {}
    for link in named:
        if link.record in open_to_him:
            found[link.photo] = Sight(known.get(link.photo), _personal(world, rows[link.record], link))
    carried = {link.photo for link in named}
    for photo in known.values():
        own = photo.account == actor.id and photo.id not in carried
        if own and (photo.record in open_to_him or photo.record not in rows):
            found[photo.id] = Sight(photo, personal=True)
    return found


def _readable(conn: Connection, actor: Actor, rows: Mapping[str, Row]) -> set[str]:
    """The live records that the actor may read where they are now: at home and wherever they are delivered."""
    scopes = {row.id: {row.scope} for row in rows.values() if row.live}
    for entry in feeds.entries_of(conn, scopes):
        if entry.live:
            scopes[entry.record].add(entry.scope)
    chains = areas.chains(conn, {s for found in scopes.values() for s in found})
    return {
        record
        for record, found in scopes.items()
        if f"user:{actor.id}" in found
        or can_read(actor, rows[record].type, [above for scope in found for above in chains[scope]])
    }


def _personal(world: World, row: Row, link: Link) -> bool:
    rtype = world.catalog.type_of(row.type)
    rule = rtype.fields.get(link.field) if rtype else None
    return rule is None or rule.privacy >= Privacy.PERSONAL
