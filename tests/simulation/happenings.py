"""What happens in a run, one method an event of events.py: at the phones, at the server, at the office."""

from typing import Any

from tests.simulation.exchange import Exchange, Phone
from tests.simulation.office import Office
from tests.simulation.oracle import Oracle

LATE = 24 * 30  # hours until a delayed request arrives after all


class Happenings(Exchange):
    oracle: Oracle
    office: Office
    saved: tuple[dict[str, Any], dict[Any, str]] | None
    restores: int
    edits: int

    def ready(self, name: str, tab: str = "0") -> bool:
        """Somebody is at the phone's tab: the app is open, with a login if there never was one."""
        phone = self.phones.get(name)
        if phone is None:
            return False
        if tab in phone.open:
            return True
        do = "open" if phone.known else "login"
        said = self.ask(do, name, tab=tab, **({} if phone.known else {"username": phone.user}))
        self.note(do, said.get("problem"))
        if "ok" in said:
            phone.known = True
            phone.open.add(tab)
        return "ok" in said

    def closed(self, name: str) -> None:
        """The app is not running any more."""
        self.phones[name].open.clear()
        self.ask("crash", name)
        self.ask("full", name, rows=None)

    def do_edit(self, event: dict[str, Any]) -> None:
        if self.ready(event["phone"], event["tab"]):
            self.edit(event["phone"], event["tab"], event["edits"])

    def edit(self, name: str, tab: str, edits: list[Any]) -> None:
        self.edited(name, self.ask("edit", name, tab=tab, edits=edits))

    def edited(self, name: str, said: dict[str, Any]) -> None:
        self.note(said)
        if "ok" not in said:
            self.fired["broke_off"] += 1
            self.closed(name)
            return
        self.edits += len(said["ok"]["made"])
        self.oracle.learn(name, said["ok"]["made"], 0, said["ok"]["poisoned"])

    def between(self) -> None:
        """Between two requests of a sync somebody types, or the office does something."""
        event = self.meanwhile.pop()
        if event.get("phone", "") in ("", *self.phones):
            self.fired["meanwhile"] += 1
            self.note(event)
            getattr(self, "do_" + event["do"])(event)

    def do_begin(self, event: dict[str, Any]) -> None:
        self.chaos = False
        self.do_sync(event | {"tab": "0"})
        self.chaos = True

    def do_sync(self, event: dict[str, Any]) -> None:
        names = [name for name in event["phones"] if name in self.phones and self.ready(name, event["tab"])]
        typing = [(one["phone"], self.begin("edit", **one)) for one in event.get("within", ()) if one["phone"] in names]
        running = {self.begin("sync", name, tab=event["tab"]): name for name in names}
        self.meanwhile = list(event.get("meanwhile", ()))
        self.serve_until(set(running))
        self.meanwhile = []
        for name in {phone: None for phone, _ in typing}:
            self.ask("typed", name)
        for ident, name in running.items():
            self.synced(name, self.done.pop(ident))
        for name, ident in typing:
            self.fired["typed_within"] += bool(self.done[ident].get("ok", {}).get("made"))
            self.edited(name, self.done.pop(ident))

    def synced(self, name: str, said: dict[str, Any]) -> str:
        self.note(said)
        if "ok" not in said:
            self.fired["broke_off"] += 1
            self.closed(name)
            return "closed"
        outcome = said["ok"]["outcome"]
        if outcome in ("login", "drained"):
            self.relogin(name)
        return outcome

    def do_relogin(self, event: dict[str, Any]) -> None:
        for name in event["phones"]:
            if name in self.phones and self.ready(name):
                self.relogin(name)

    def relogin(self, name: str) -> None:
        again = self.ask("relogin", name, tab=min(self.phones[name].open))
        self.note("relogin", again.get("problem"))

    def do_kill(self, event: dict[str, Any]) -> None:
        self.fired["app_killed"] += 1
        if event["calls"]:
            self.ask("crash", event["phone"], calls=event["calls"])
        else:
            self.closed(event["phone"])

    def do_full(self, event: dict[str, Any]) -> None:
        self.fired["disk_full"] += 1
        self.ask("full", event["phone"], rows=event["rows"])

    def do_clock(self, event: dict[str, Any]) -> None:
        self.fired["clock_jumps" if event["jumps"] else "clock"] += 1
        phone = self.phones[event["phone"]]
        phone.skew, phone.jumps = event["hours"], event["jumps"]

    def do_tab(self, event: dict[str, Any]) -> None:
        self.fired["tabs"] += self.ready(event["phone"], "1")

    def do_wait(self, event: dict[str, Any]) -> None:
        self.server.pass_time(event["hours"] * 3600)
        if event["hours"] >= LATE:
            late, self.network.late = self.network.late, []
            for fetch in late:
                self.faulty(fetch, None)  # it arrives after all; nobody waits for its answer

    def do_evict(self, event: dict[str, Any]) -> None:
        self.fired["evicted"] += 1
        phone = self.phones[event["phone"]]
        phone.open.clear()
        phone.known = phone.saved = False
        self.ask("evict", phone.name)
        self.network.cookies.pop(phone.name, None)
        self.lost_copies("evicted", phone.name)

    def lost_copies(self, why: str, *emptied: str) -> None:
        held = self.ask("ids")["ok"]
        for name in emptied:
            self.oracle.emptied(name, held)
        self.oracle.recount(held, why)

    def do_phone_backup(self, event: dict[str, Any]) -> None:
        self.ask("backup", event["phone"], slot="a")
        self.phones[event["phone"]].saved = self.phones[event["phone"]].known

    def do_rollback(self, event: dict[str, Any]) -> None:
        phone = self.phones[event["phone"]]
        if phone.saved:
            self.fired["rolled_back"] += 1
            self.closed(phone.name)
            phone.renewed = True
            self.ask("rollback", phone.name, slot="a")
            self.lost_copies("rolled back", phone.name)

    def do_clone(self, event: dict[str, Any]) -> None:
        phone = self.phones[event["phone"]]
        if phone.known:
            self.fired["cloned"] += 1
            phone.renewed = True
            copy = Phone(event["as"], phone.user, phone.skew, known=True, renewed=True, revoked=phone.revoked)
            self.phones[copy.name] = copy
            self.ask("clone", phone.name, **{"as": copy.name})
            if phone.name in self.network.cookies:
                self.network.cookies[copy.name] = self.network.cookies[phone.name]

    def do_server_backup(self, _event: dict[str, Any]) -> None:
        self.saved = self.server.dump(), dict(self.office.newer)

    def do_restore(self, event: dict[str, Any]) -> None:
        if self.saved is not None:
            self.restores += 1
            self.fired["restored_told" if event["told"] else "restored_silent"] += 1
            self.fired["restored_again"] += self.restores > 1
            self.server.put_back(self.saved[0])
            self.office.newer = dict(self.saved[1])
            if event["told"]:
                self.office.announce()
            self.oracle.went_back()
            self.watcher.went_back()
            wiped = [phone.name for phone in self.phones.values() if phone.revoked]
            self.lost_copies("server and phone both lost it", *wiped)

    def do_move(self, event: dict[str, Any]) -> None:
        self.fired["moved"] += self.office.move(event["pick"], event["to"])

    def do_grant(self, event: dict[str, Any]) -> None:
        self.watcher.held.clear()
        self.fired["granted"] += self.office.grant(event["user"], event["scope"])

    def do_end(self, event: dict[str, Any]) -> None:
        self.watcher.held.clear()
        self.fired["grant_ended"] += self.office.end(event["user"], event["scope"])

    def do_disable(self, event: dict[str, Any]) -> None:
        self.fired["disabled"] += 1
        self.office.disable(event["user"])

    def do_revoke(self, event: dict[str, Any]) -> None:
        phone = self.phones[event["phone"]]
        if phone.known and self.office.revoke(account=phone.user, name=phone.name):
            self.fired["revoked"] += 1
            for one in self.phones.values():  # copies are the same device
                one.revoked = one.revoked or one.name.rstrip("x") == phone.name.rstrip("x")

    def do_mass_delete(self, event: dict[str, Any]) -> None:
        self.fired["mass_delete"] += self.office.mass_delete(event["scope"])

    def do_desk(self, event: dict[str, Any]) -> None:
        self.fired["desk"] += self.office.desk(event["picks"], event["word"])

    def do_narrow(self, event: dict[str, Any]) -> None:
        self.network.narrow = event["bytes"]

    def do_server_clock(self, event: dict[str, Any]) -> None:
        self.fired["server_clock"] += 1
        self.server.pass_time(event["hours"] * 3600)

    def do_upgrade(self, event: dict[str, Any]) -> None:
        """First the server learns two newer schemas while old apps are away for long; some are then replaced by
        new ones, the others stay two versions old. From then on the office fills in what only new apps know."""
        if not self.server.upgraded:
            self.fired["upgraded"] += 1
            self.server.pass_time(24 * 90 * 3600)
            self.server.upgrade()
            for name in event["updated"]:
                if name in self.phones:
                    self.closed(name)
                    self.ask("update", name, schema=3)
        self.fired["newer_field"] += self.office.fill_in(event["pick"], event["word"])
