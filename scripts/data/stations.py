"""Parcel stations, rural hubs and upstream nodes of the shipper: placed, not copied."""

from dataclasses import dataclass

import numpy as np

from common import degrees, nearest, write_table
from locate import snap, spread_sites, weight_within

# The shipper delivers some 6.3 billion parcels a year by itself.
PARCELS_PER_DAY = 6.3e9 / 365
STATIONS = 640
RURAL_HUBS = 200
CANDIDATE_STATIONS = 1250
CANDIDATE_HUBS = 700
UPSTREAM_NODES = 170
# Homes nearest to one upstream node; 746,000 on average.
UPSTREAM_HOMES = (300_000.0, 1_500_000.0)
# A station outside these loads is moved if another needs relief.
STATION_LOAD_PER_DAY = (9_000.0, 30_000.0)
# A market offering less than this within reach carries no station: twice the least load,
# since the postal operator and others deliver part of it.
MIN_MARKET_PER_DAY = 18_000.0
# Beyond this straight distance from a station a van spends its shift on the way.
STATION_REACH_KM = 45.0
# A hub outside these loads is moved if another needs relief; published figures make an
# average hub 13,700 parcels a day.
HUB_LOAD_PER_DAY = (5_000.0, 20_000.0)
# Every zone with homes has an existing or candidate site at least this near.
CHOICE_WITHIN_KM = 80.0
# Warehouses stand where land is cheaper: up to this many people per km² a zone is as good as
# any; above, every factor e of density counts like so many km more.
INDUSTRIAL_PER_KM2 = 500.0
KM_PER_DENSITY_FOLD = 4.0
# Land too small for a building of its kind.
MIN_SITE_LAND_KM2 = 4.0
STATION_SNAP_KM = 15.0
HUB_SNAP_KM = 30.0
# A hub prefers a town: this many km for every factor e of households.
KM_PER_TOWN_FOLD = 8.0
MICROPOLITAN_BONUS_KM = 10.0
SEEDS = {"station": 1, "hub": 2, "candidate_station": 3, "candidate_hub": 4, "upstream": 5}
# Island territories beyond Puerto Rico get no site.
NO_SITES = ("AS", "GU", "MP", "VI")
STATION_HEADER = ["id", "kind", "status", "zip", "state", "lat", "lon"]
UPSTREAM_HEADER = ["id", "kind", "zip", "state", "lat", "lon", "households"]


@dataclass
class Sites:
    """Zones that hold a site of each sort."""

    stations: np.ndarray
    hubs: np.ndarray
    candidate_stations: np.ndarray
    candidate_hubs: np.ndarray


def industrial_penalty(zones):
    """Kilometres a zone loses against open, thinly settled land."""
    dense = np.log(np.maximum(zones.density, INDUSTRIAL_PER_KM2) / INDUSTRIAL_PER_KM2)
    cramped = np.where(zones.land_km2 < MIN_SITE_LAND_KM2, 10.0, 0.0)
    return KM_PER_DENSITY_FOLD * dense + cramped


def town_penalty(zones):
    """Kilometres a zone loses against a large micropolitan town."""
    homes = np.log(np.maximum(zones.households, 10) / 10_000)
    return -KM_PER_TOWN_FOLD * homes - MICROPOLITAN_BONUS_KM * zones.micropolitan


def place_existing(zones, parcels, taken):
    """Stations by the demand of settled zones, hubs by what is beyond the stations' reach."""
    market = weight_within(zones.xyz, parcels, STATION_REACH_KM)
    carries = (zones.zone_class > 0) & (market >= MIN_MARKET_PER_DAY)
    settled = np.where(carries, parcels, 0.0)
    low, high = STATION_LOAD_PER_DAY
    spots = spread_sites(zones.xyz, settled, STATIONS, SEEDS["station"], low, high)
    stations = snap(spots, zones, industrial_penalty(zones), STATION_SNAP_KM, taken)
    _, away = nearest(zones.xyz, zones.xyz[stations])
    remote = np.where(away > STATION_REACH_KM, parcels, 0.0)
    low, high = HUB_LOAD_PER_DAY
    spots = spread_sites(zones.xyz, remote, RURAL_HUBS, SEEDS["hub"], low, high)
    hubs = snap(spots, zones, town_penalty(zones), HUB_SNAP_KM, taken)
    return stations, hubs


def place_candidates(zones, parcels, taken):
    """More sites of both kinds; the square root of demand favours thin country."""
    settled = np.where(zones.zone_class > 0, np.sqrt(parcels), 0.0)
    spots = spread_sites(zones.xyz, settled, CANDIDATE_STATIONS, SEEDS["candidate_station"])
    stations = snap(spots, zones, industrial_penalty(zones), STATION_SNAP_KM, taken)
    thin = np.where(zones.zone_class == 0, np.sqrt(parcels), 0.0)
    spots = spread_sites(zones.xyz, thin, CANDIDATE_HUBS, SEEDS["candidate_hub"])
    hubs = snap(spots, zones, town_penalty(zones), HUB_SNAP_KM, taken)
    return stations, hubs


def fill_gaps(zones, parcels, sites, taken):
    """Add hubs, at the zone with most homes first, until every zone has a site in range."""
    added = []
    _, away = nearest(zones.xyz, zones.xyz[sites])
    while True:
        lacking = np.where((away > CHOICE_WITHIN_KM) & ~taken, parcels, 0.0)
        z = int(np.argmax(lacking))
        if lacking[z] == 0:
            return np.array(added, dtype=int)
        taken[z] = True
        added.append(z)
        _, from_new = nearest(zones.xyz, zones.xyz[z:z + 1])
        away = np.minimum(away, from_new)


def derive_sites(zones):
    """All stations and hubs, existing and candidate."""
    homes = np.where(np.isin(zones.state, NO_SITES), 0, zones.households)
    parcels = PARCELS_PER_DAY * homes / homes.sum()
    taken = np.isin(zones.state, NO_SITES)
    stations, hubs = place_existing(zones, parcels, taken)
    more_stations, more_hubs = place_candidates(zones, parcels, taken)
    so_far = np.concatenate((stations, hubs, more_stations, more_hubs))
    gaps = fill_gaps(zones, parcels, so_far, taken)
    return Sites(stations, hubs, more_stations, np.concatenate((more_hubs, gaps)))


def write_stations(path, zones, sites):
    """Ids count up within each sort, in order of ZIP."""
    rows = []
    sorts = [
        ("ST", "station", "existing", sites.stations),
        ("RH", "rural_hub", "existing", sites.hubs),
        ("CS", "station", "candidate", sites.candidate_stations),
        ("CH", "rural_hub", "candidate", sites.candidate_hubs),
    ]
    for letters, kind, status, at in sorts:
        for number, z in enumerate(np.sort(at), start=1):
            rows.append([
                f"{letters}{number:04d}", kind, status, zones.zip[z], zones.state[z],
                degrees(zones.lat[z]), degrees(zones.lon[z]),
            ])
    write_table(path, STATION_HEADER, rows)


def write_upstream(path, zones):
    """Sort centres where the homes are, one table row each with the homes nearest to it."""
    homes = np.where(np.isin(zones.state, NO_SITES), 0, zones.households).astype(float)
    low, high = UPSTREAM_HOMES
    spots = spread_sites(zones.xyz, homes, UPSTREAM_NODES, SEEDS["upstream"], low, high)
    taken = np.isin(zones.state, NO_SITES)
    at = np.sort(snap(spots, zones, industrial_penalty(zones), STATION_SNAP_KM, taken))
    owner, _ = nearest(zones.xyz, zones.xyz[at])
    near = np.bincount(owner, zones.households, len(at)).astype(np.int64)
    rows = [
        [f"UP{n + 1:03d}", "sort_centre", zones.zip[z], zones.state[z], degrees(zones.lat[z]),
         degrees(zones.lon[z]), near[n]]
        for n, z in enumerate(at)
    ]
    write_table(path, UPSTREAM_HEADER, rows)
