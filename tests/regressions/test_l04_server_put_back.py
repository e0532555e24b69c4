"""L4: the server is restored from a backup; phones believe their work delivered and never send it again.

The server alone, on both databases: tests/services/test_timelines.py. One phone: pwa/tests/server/real.test.ts.
"""

import contextlib
import shutil
import sqlite3

from tests.e2e.world import DATABASE


def test_what_two_phones_delivered_after_the_backup_is_delivered_again(own_server, phones, tmp_path):
    one, two = phones(own_server, "worker1"), phones(own_server, "worker2")
    before = one.note(one.homes()[0], "before the backup")
    one.sync()
    file, backup = own_server.data / DATABASE, tmp_path / "backup.db"
    with contextlib.closing(sqlite3.connect(file)) as now, contextlib.closing(sqlite3.connect(backup)) as then:
        now.backup(then)
    after = [one.note(one.homes()[n], f"one, after {n}") for n in range(1, 4)]
    late = [two.note(two.homes()[n], f"two, after {n}") for n in range(4, 7)]
    for phone in (one, two, one):
        assert phone.sync() == "complete"

    own_server.kill()  # nobody tells the phones, and nobody tells the server
    for suffix in ("-wal", "-shm"):
        file.with_name(file.name + suffix).unlink(missing_ok=True)
    shutil.copy(backup, file)
    own_server.start()
    for phone in (one, two) * 3:
        phone.sync()
    assert [phone.sync() for phone in (one, two)] == ["complete", "complete"]
    assert [phone.waiting() for phone in (one, two)] == [[], []]
    for change in (before, *after, *late):
        assert own_server.rows("SELECT count(*) FROM record_history WHERE change = ?", change) == [(1,)], change
    for n, home in enumerate(one.homes()[1:4], 1):
        assert home["data"]["note"] == f"one, after {n}"
    grid = [row for row in one.held() if row[0] == one.grid]
    assert grid == [row for row in two.held() if row[0] == one.grid]
    assert "all agree" in own_server.flask("verify")
