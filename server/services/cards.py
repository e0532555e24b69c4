"""Conflict cards leave the phone of an author who may no longer read what they are about: the other side's values
are not his to see any more. The office keeps the card, and he hears of the outcome by a follow-up."""

from sqlalchemy import Connection

from server.adapters.storage import areas, feeds, reviews
from server.core.access.permissions import Actor, can_read
from server.services.draft import Draft
from server.services.gather import load, open_context
from server.services.store import store
from server.services.world import World
from server.services.writing import remake


def withdraw(world: World, conn: Connection, actor: Actor) -> int:
    """Take away the cards whose record the author may not read now; how many."""
    shown = reviews.cards_shown(conn, actor.id, world.catalog.types["conflict"].rank)
    places: dict[str, set[str]] = {card.record: {card.scope} for card in shown}
    for entry in feeds.entries_of(conn, places):
        places[entry.record] |= {entry.scope} if entry.live else set()
    chains = areas.chains(conn, {scope for found in places.values() for scope in found})
    gone = [
        card
        for card in shown
        if not can_read(actor, card.type, [above for scope in places[card.record] for above in chains[scope]])
    ]
    if gone:
        ctx, draft = open_context(world, conn, None, "timer"), Draft()
        load(ctx, conn, draft, {card.id for card in gone} | {card.record for card in gone})
        for card in gone:
            standing = draft.get(card.id)
            if standing is not None:
                remake(ctx, draft, standing, standing.data | {"withdrawn": True}, "withdraw")
        store(ctx, conn, draft)
    return len(gone)
