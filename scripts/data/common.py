"""Geometry and file writing shared by the table builders."""

import csv
import gzip
import io
from pathlib import Path

import numpy as np

EARTH_RADIUS_KM = 6371.0088
GZIP_ABOVE_BYTES = 100_000


def unit_vectors(lat, lon):
    """Points on the unit sphere; straight-line distances between them sort like great circles."""
    lat, lon = np.radians(lat), np.radians(lon)
    return np.column_stack((np.cos(lat) * np.cos(lon), np.cos(lat) * np.sin(lon), np.sin(lat)))


def distance_km(a, b):
    """Great-circle distance between rows of a and b (broadcasting)."""
    chord = np.linalg.norm(a - b, axis=-1)
    return 2 * EARTH_RADIUS_KM * np.arcsin(np.minimum(1.0, chord / 2))


def nearest(points, sites, chunk=2000):
    """Index of, and distance in km to, the nearest site of every point; ties go to the first."""
    index = np.empty(len(points), dtype=int)
    for start in range(0, len(points), chunk):
        part = points[start:start + chunk]
        index[start:start + chunk] = np.argmax(part @ sites.T, axis=1)
    return index, distance_km(points, sites[index])


def write_table(path, header, rows):
    """Write CSV with Unix line ends; a .gz carries no time and no name, so bytes repeat."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(rows)
    raw = text.getvalue().encode("utf-8")
    path = Path(path)
    if path.suffix == ".gz":
        packed = io.BytesIO()
        with gzip.GzipFile(filename="", mode="wb", fileobj=packed, mtime=0) as stream:
            stream.write(raw)
        path.write_bytes(packed.getvalue())
    else:
        assert len(raw) <= GZIP_ABOVE_BYTES, f"{path.name} is large enough to be packed"
        path.write_bytes(raw)
    print(f"{path.name}: {len(rows)} rows, {path.stat().st_size} bytes")


def degrees(value):
    """Coordinates carry five decimals: about a metre."""
    return f"{value:.5f}"
