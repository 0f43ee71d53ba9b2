"""State outlines for maps, from the pre-projected topology of us-atlas, made small."""

import json
from pathlib import Path

import numpy as np

from albers import HEIGHT, WIDTH

# Coordinates are stored in tenths of a map unit.
UNITS_PER_PIXEL = 10
# Points nearer than this to the simplified line are left out.
TOLERANCE_PX = 0.35
# Islets smaller than this are left out, unless they are all a state has.
MIN_AREA_PX2 = 0.6


def decode_arcs(topology):
    """Undo TopoJSON's delta coding and quantisation."""
    scale = np.array(topology["transform"]["scale"])
    shift = np.array(topology["transform"]["translate"])
    return [np.cumsum(np.array(arc), axis=0) * scale + shift for arc in topology["arcs"]]


def farthest(line):
    """Index of, and distance to, the point farthest from the chord between the ends."""
    start, chord = line[0], line[-1] - line[0]
    length = np.hypot(*chord)
    offset = line - start
    if length == 0:
        away = np.hypot(offset[:, 0], offset[:, 1])
    else:
        away = np.abs(offset[:, 0] * chord[1] - offset[:, 1] * chord[0]) / length
    return int(np.argmax(away)), float(away.max())


def simplify(line):
    """Douglas-Peucker on one arc: neighbours share arcs, so their borders stay equal."""
    keep = np.zeros(len(line), dtype=bool)
    keep[[0, -1]] = True
    stack = [(0, len(line) - 1)]
    while stack:
        first, last = stack.pop()
        if last - first < 2:
            continue
        at, away = farthest(line[first:last + 1])
        if away > TOLERANCE_PX:
            keep[first + at] = True
            stack += [(first, first + at), (first + at, last)]
    return line[keep]


def join_ring(arcs, indices):
    """Chain arcs into one ring; a negative index means the arc runs backwards."""
    points = []
    for i in indices:
        arc = arcs[i] if i >= 0 else arcs[~i][::-1]
        points.append(arc[:-1])
    return np.concatenate(points)


def area(ring):
    x, y = ring[:, 0], ring[:, 1]
    return abs(np.dot(x, np.roll(y, -1)) - np.dot(y, np.roll(x, -1))) / 2


def flat_integers(ring):
    """The ring in stored units, without repeated points, as x, y, x, y, ..."""
    points = np.rint(ring * UNITS_PER_PIXEL).astype(int)
    changed = np.any(points != np.roll(points, 1, axis=0), axis=1)
    return points[changed].ravel().tolist()


def state_paths(geometry, arcs):
    """All rings of a state, largest first, without islets."""
    polygons = geometry["arcs"] if geometry["type"] == "MultiPolygon" else [geometry["arcs"]]
    rings = [join_ring(arcs, ring) for polygon in polygons for ring in polygon]
    rings.sort(key=area, reverse=True)
    kept = [r for n, r in enumerate(rings) if n == 0 or area(r) >= MIN_AREA_PX2]
    return [flat_integers(r) for r in kept]


def write_outline(path, topology_path):
    """Write all states in order of FIPS code."""
    topology = json.loads(Path(topology_path).read_text(encoding="utf-8"))
    arcs = [simplify(arc) for arc in decode_arcs(topology)]
    geometries = sorted(topology["objects"]["states"]["geometries"], key=lambda g: g["id"])
    states = [
        {"fips": g["id"], "name": g["properties"]["name"], "paths": state_paths(g, arcs)}
        for g in geometries
    ]
    outline = {"width": WIDTH, "height": HEIGHT, "scale": UNITS_PER_PIXEL, "states": states}
    text = json.dumps(outline, separators=(",", ":")) + "\n"
    Path(path).write_text(text, encoding="utf-8")
    points = sum(len(p) // 2 for s in states for p in s["paths"])
    print(f"{Path(path).name}: {len(states)} states, {points} points, {len(text)} bytes")
