"""Delivery units (DDUs): the offices carriers start from, derived from postal places."""

import heapq
from collections import Counter
from dataclasses import dataclass

import numpy as np

from common import degrees, distance_km, write_table

# 170 million delivery points on 231,807 routes, and 127.0 million households on those points,
# make 548 households an average carrier route.
HOUSEHOLDS_PER_ROUTE = 548
# Below one average route a place is taken to have no carriers of its own.
MIN_PLACE_HOUSEHOLDS = HOUSEHOLDS_PER_ROUTE
# A ZIP of a city stands alone as a station from 25 routes; smaller ones share a station.
MIN_STATION_HOUSEHOLDS = 25 * HOUSEHOLDS_PER_ROUTE
# Farther than this (an hour of rural road) a small place keeps its own office.
REACH_KM = 40.0
HEADER = [
    "id", "name", "state", "zip", "lat", "lon", "zips", "households", "processing_centre",
]


@dataclass
class Units:
    """Delivery units in order of their seat's ZIP; seat and unit_of_zone index zones and units."""

    seat: np.ndarray
    unit_of_zone: np.ndarray
    zips: np.ndarray
    households: np.ndarray

    def __len__(self):
        return len(self.seat)

    def ids(self):
        return np.array([f"DU{i + 1:05d}" for i in range(len(self))])


def groups_of(labels):
    """Positions of equal labels, label by label, each in ascending order."""
    order = np.argsort(labels, kind="stable")
    cuts = np.flatnonzero(labels[order][1:] != labels[order][:-1]) + 1
    return np.split(order, cuts)


def join_city_zips(zones):
    """Within one postal place, join the smallest ZIP to the nearest until all fill a station.

    Returns for each zone the zone that seats its group: always the more populous of a pair.
    """
    seat = np.arange(len(zones))
    weight = zones.households.copy()
    place = np.array([f"{s}|{c}" for s, c in zip(zones.state, zones.city)])
    for members in groups_of(place):
        alive = set(members.tolist())
        heap = [(weight[i], i) for i in members if weight[i] < MIN_STATION_HOUSEHOLDS]
        heapq.heapify(heap)
        while heap and len(alive) > 1:
            size, i = heapq.heappop(heap)
            if i not in alive or size != weight[i]:
                continue
            others = np.array(sorted(alive - {int(i)}))
            away = distance_km(zones.xyz[others], zones.xyz[i])
            if away.min() > REACH_KM:
                continue
            j = others[np.argmin(away)]
            alive.remove(int(i))
            seat[i] = j
            weight[j] += weight[i]
            if weight[j] < MIN_STATION_HOUSEHOLDS:
                heapq.heappush(heap, (weight[j], j))
    while not np.array_equal(seat, seat[seat]):
        seat = seat[seat]
    return seat


def absorb_small_places(zones, seat):
    """Give groups without a route of their own to the nearest surviving group of the state."""
    weight = np.bincount(seat, zones.households, len(zones))
    is_seat = np.bincount(seat, minlength=len(zones)) > 0
    target = np.arange(len(zones))
    for members in groups_of(zones.state):
        big = members[weight[members] >= MIN_PLACE_HOUSEHOLDS]
        small = members[is_seat[members] & (weight[members] < MIN_PLACE_HOUSEHOLDS)]
        if len(big) == 0:
            continue  # island territories the household survey leaves out: one office a place
        for i in small:
            away = distance_km(zones.xyz[big], zones.xyz[i])
            if away.min() <= REACH_KM or weight[i] == 0:
                target[i] = big[np.argmin(away)]
    return target[seat]


def derive_units(zones):
    """Both merging steps, then dense numbering by seat ZIP."""
    seat_of_zone = absorb_small_places(zones, join_city_zips(zones))
    seat, unit_of_zone = np.unique(seat_of_zone, return_inverse=True)
    households = np.bincount(unit_of_zone, zones.households).astype(np.int64)
    return Units(seat, unit_of_zone, np.bincount(unit_of_zone), households)


def unit_names(zones, units):
    """The postal city; where a city has several units, each also carries its ZIP."""
    places = [(zones.state[z], zones.city[z]) for z in units.seat]
    uses = Counter(places)
    return [
        f"{city} {zones.zip[z]}" if uses[(state, city)] > 1 else str(city)
        for (state, city), z in zip(places, units.seat)
    ]


def write_units(path, zones, units, centre_of_unit):
    """Write one row per unit; the unit sits at the centre of its most populous ZIP."""
    names = unit_names(zones, units)
    ids = units.ids()
    rows = []
    for u, z in enumerate(units.seat):
        rows.append([
            ids[u], names[u], zones.state[z], zones.zip[z], degrees(zones.lat[z]),
            degrees(zones.lon[z]), units.zips[u], units.households[u], centre_of_unit[u],
        ])
    write_table(path, HEADER, rows)
