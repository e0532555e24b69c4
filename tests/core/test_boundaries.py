"""What is a boundary, and what is not."""

import json

import pytest

from server.core.catalog.boundaries import MAX_BYTES, WrongBoundary, boundary, contains, rings_of

SQUARE = [[117.0, 36.0], [117.2, 36.0], [117.2, 36.2], [117.0, 36.2], [117.0, 36.0]]
HOLE = [[117.05, 36.05], [117.1, 36.05], [117.1, 36.1], [117.05, 36.1], [117.05, 36.05]]


def polygon(*rings):
    return json.dumps({"type": "Polygon", "coordinates": rings})


def test_a_polygon_is_written_in_one_form():
    spaced = json.dumps(json.loads(polygon(SQUARE)), indent=2).replace("117.2", "117.20000001")
    assert boundary(spaced) == polygon(SQUARE).replace(" ", "")
    assert boundary(boundary(spaced)) == boundary(spaced)
    feature = json.dumps({"type": "Feature", "properties": {}, "geometry": json.loads(polygon(SQUARE))})
    assert boundary(feature) == boundary(spaced)
    assert boundary(f'{{"type": "FeatureCollection", "features": [{feature}]}}') == boundary(spaced)


def test_a_place_in_a_hole_is_not_inside():
    rings = rings_of(boundary(polygon(SQUARE, HOLE)))
    assert contains(rings, (117.15, 36.15))
    assert not contains(rings, (117.07, 36.07))
    assert not contains(rings, (117.3, 36.1))


def test_an_outline_with_a_bay_is_simple():
    bay = [[0, 0], [4, 0], [4, 3], [2, 1], [0, 3], [0, 0]]
    rings = rings_of(boundary(polygon(bay)))
    assert contains(rings, (0.5, 2)) and not contains(rings, (2, 2))


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "not JSON"), ("[" * 100_000, "not JSON"), ("[]", "not a GeoJSON polygon"),
        ("null", "not a GeoJSON polygon"), ('{"type":"Polygon","coordinates":[]}', "no outline"),
        ('{"type":"Polygon","coordinates":[1]}', "not a GeoJSON"),
        ('{"type":"FeatureCollection","features":[]}', "exactly one"),
        ('{"type":"FeatureCollection","features":[{},{}]}', "exactly one"),
        ('{"type":"FeatureCollection","features":[1]}', "not a GeoJSON polygon"),
        (json.dumps({"type": "MultiPolygon", "coordinates": [[SQUARE]]}), "not a GeoJSON polygon"),
        (polygon(SQUARE[:-1]), "not closed"), (polygon([[1, 1], [2, 2], [1, 1]]), "not closed"),
        (polygon([[0, 0], [2, 0], [2, 2], [2, 0], [0, 0]]), "twice"),
        (polygon([[0, 0], [2, 2], [2, 0], [0, 2], [0, 0]]), "cross"),
        (polygon([[0, 0], [4, 0], [2, 0], [2, 2], [0, 0]]), "cross"),
        (polygon([[0, 0], [4, 0], [4, 4], [2, 0], [0, 4], [0, 0]]), "cross"),
        (polygon(SQUARE, [[116.9, 36.1], [117.1, 36.1], [117.1, 36.15], [116.9, 36.1]]), "cross"),
        (polygon(SQUARE, [[118, 36], [118.1, 36], [118.1, 36.1], [118, 36]]), "outside"),
        (polygon([[0, 0], [200, 0], [200, 2], [0, 0]]), "degrees"),
        (polygon([[0, 0], ["x", 0], [2, 2], [0, 0]]), "degrees"),
        (polygon([[0, 0], [None], [2, 2], [0, 0]]), "degrees"), (polygon([[0, 0], {}, [2, 2], [0, 0]]), "degrees"),
        ('{"type":"Polygon","coordinates":[[[0,0],[NaN,0],[2,2],[0,0]]]}', "degrees"),
        ('{"type":"Polygon","coordinates":[[[0,0],[1e999,0],[2,2],[0,0]]]}', "degrees"),
    ],
)  # fmt: skip
def test_what_is_no_boundary_is_refused_in_one_sentence(text, why):
    with pytest.raises(WrongBoundary, match=why) as refused:
        boundary(text)
    assert str(refused.value).endswith(".")


def test_a_boundary_with_too_many_corners_is_refused():
    wave = [[n / 1000 + 0.000001, 0.001111 + 0.001 * (n % 2)] for n in range(900)]
    with pytest.raises(WrongBoundary, match=str(MAX_BYTES)):
        boundary(polygon([*wave, [0.9, 1], [0, 1], wave[0]]))
