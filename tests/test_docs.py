"""Documents made from code say what the code says now."""

from server.core.catalog.page import page
from server.core.catalog.schema1.catalog import SCHEMA_1
from tests.databases import ROOT


def test_the_catalogue_page_is_fresh():
    written = (ROOT / "server/core/catalog/CATALOG.md").read_text(encoding="utf-8")
    assert written == page(SCHEMA_1), "run ./scripts/generate"
