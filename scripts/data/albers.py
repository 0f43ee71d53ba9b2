"""The map frame: d3's geoAlbersUsa at scale 1300 and translate (487.5, 305)."""

from math import radians, sin

import numpy as np

SCALE = 1300.0
TRANSLATE = (487.5, 305.0)
WIDTH, HEIGHT = 975, 610


class ConicEqualArea:
    """d3.geoConicEqualArea with given parallels, rotation, centre, scale and translation."""

    def __init__(self, parallels, rotate_lon, centre, scale, translate):
        south, north = (radians(p) for p in parallels)
        self.n = (sin(south) + sin(north)) / 2
        self.c = 1 + sin(south) * (2 * self.n - sin(south))
        self.rho0 = np.sqrt(self.c) / self.n
        self.rotate = radians(rotate_lon)
        self.scale = scale
        # The centre is given in rotated longitude and must land on `translate`.
        x, y = self.raw(radians(centre[0]), radians(centre[1]))
        self.dx = translate[0] - scale * x
        self.dy = translate[1] + scale * y

    def raw(self, lam, phi):
        rho = np.sqrt(self.c - 2 * self.n * np.sin(phi)) / self.n
        return rho * np.sin(lam * self.n), self.rho0 - rho * np.cos(lam * self.n)

    def __call__(self, lat, lon):
        lam = np.radians(lon) + self.rotate
        lam = (lam + np.pi) % (2 * np.pi) - np.pi
        x, y = self.raw(lam, np.radians(lat))
        return self.dx + self.scale * x, self.dy - self.scale * y


def inset(right, down):
    """Position of an inset, in units of the scale, from the frame's middle."""
    return TRANSLATE[0] + right * SCALE, TRANSLATE[1] + down * SCALE


LOWER_48 = ConicEqualArea((29.5, 45.5), 96, (-0.6, 38.7), SCALE, TRANSLATE)
ALASKA = ConicEqualArea((55, 65), 154, (-2, 58.5), SCALE * 0.35, inset(-0.307, 0.201))
HAWAII = ConicEqualArea((8, 18), 157, (-3, 19.9), SCALE, inset(-0.205, 0.212))


def project(lat, lon, state):
    """Map x, y of a point by its state; None where the map has no place for it."""
    if state in ("PR", "VI", "GU", "MP", "AS"):
        return None
    return {"AK": ALASKA, "HI": HAWAII}.get(state, LOWER_48)(lat, lon)
