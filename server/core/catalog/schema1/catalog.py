"""The catalogue of schema 1."""

from server.core.catalog.records import Catalog
from server.core.catalog.schema1 import fieldwork, issues, organisation, people, places, review

TYPES = (
    organisation.AREA, organisation.UNIT, organisation.USER_CARD, organisation.GRANT, organisation.TAXONOMY,
    places.BUILDING, places.DWELLING, places.HOUSEHOLD, people.RESIDENT, people.RESIDENCE,
    fieldwork.VISIT, fieldwork.ROUTE, fieldwork.POINT, fieldwork.PATROL, fieldwork.CHECK,
    fieldwork.TRACK,
    issues.ISSUE, issues.ISSUE_STEP, issues.COMMENT,
    review.CONFLICT, review.PARKED, review.FOLLOWUP,
)

SCHEMA_1 = Catalog(schema=1, min_schema=1, types={t.name: t for t in TYPES})
