"""Processing centres (LPCs): where the mail of several three-digit ZIP areas is sorted."""

import numpy as np

from common import degrees, nearest, write_table
from delivery_units import groups_of
from locate import spread_sites

CENTRES_LOWER_48 = 172
# Off the mainland every prefix goes to one centre: what they share is a sea, not a road.
ISLAND_AREAS = [("AK",), ("HI", "GU", "MP", "AS"), ("PR", "VI")]
# A centre takes at most this many times the average share of work.
CAPACITY_FACTOR = 2.0
SEED = 17
HEADER = ["id", "name", "state", "zip", "lat", "lon", "delivery_units", "households"]


def prefixes(zones, units):
    """Units by the first three digits of their seat, and the work share of each group.

    A centre's work is half parcels (households) and half trucks (delivery units).
    """
    prefix = np.array([z[:3] for z in zones.zip[units.seat]])
    groups = groups_of(prefix)
    homes = np.array([units.households[g].sum() for g in groups], dtype=float)
    trucks = np.array([len(g) for g in groups], dtype=float)
    return groups, 0.5 * homes / homes.sum() + 0.5 * trucks / trucks.sum()


def head_unit(units, group):
    """The unit with the most households stands for its group."""
    return int(group[np.argmax(units.households[group])])


def assign_within_capacity(xyz, work, sites):
    """Nearest centre with room; the heaviest prefixes choose first."""
    capacity = CAPACITY_FACTOR * work.sum() / len(sites)
    load = np.zeros(len(sites))
    owner = np.empty(len(xyz), dtype=int)
    for p in np.argsort(-work, kind="stable"):
        order = np.argsort(-(sites @ xyz[p]), kind="stable")
        room = [s for s in order if load[s] == 0 or load[s] + work[p] <= capacity]
        owner[p] = room[0]
        load[owner[p]] += work[p]
    return owner


def derive_centres(zones, units):
    """Returns the head unit of every centre and the centre of every unit."""
    groups, work = prefixes(zones, units)
    heads = np.array([head_unit(units, g) for g in groups])
    state = zones.state[units.seat[heads]]
    xyz = zones.xyz[units.seat[heads]]
    centre_of_group = np.full(len(groups), -1)
    centre_heads = []
    for area in ISLAND_AREAS:
        members = np.flatnonzero(np.isin(state, area))
        centre_of_group[members] = len(centre_heads)
        centre_heads.append(heads[members[np.argmax(work[members])]])
    mainland = np.flatnonzero(centre_of_group < 0)
    sites = spread_sites(xyz[mainland], work[mainland], CENTRES_LOWER_48, SEED)
    # A centre stands at the head unit of a prefix, so the free position moves to the nearest.
    at, _ = nearest(sites, xyz[mainland])
    at = np.unique(at)
    owner = assign_within_capacity(xyz[mainland], work[mainland], xyz[mainland][at])
    used, owner = np.unique(owner, return_inverse=True)
    centre_of_group[mainland] = len(centre_heads) + owner
    centre_heads += [heads[mainland[at[s]]] for s in used]
    return number_centres(groups, centre_of_group, np.array(centre_heads), len(units))


def number_centres(groups, centre_of_group, centre_heads, unit_count):
    """Number the centres in order of the head unit, which is the order of ZIPs."""
    order = np.argsort(centre_heads, kind="stable")
    rank = np.empty(len(order), dtype=int)
    rank[order] = np.arange(len(order))
    centre_of_unit = np.empty(unit_count, dtype=int)
    for g, group in enumerate(groups):
        centre_of_unit[group] = rank[centre_of_group[g]]
    return centre_heads[order], centre_of_unit


def centre_ids(count):
    return np.array([f"PC{i + 1:03d}" for i in range(count)])


def write_centres(path, zones, units, heads, centre_of_unit):
    """Write one row per centre, named after the city of its head unit."""
    ids = centre_ids(len(heads))
    counts = np.bincount(centre_of_unit)
    homes = np.bincount(centre_of_unit, units.households).astype(np.int64)
    rows = []
    for c, u in enumerate(heads):
        z = units.seat[u]
        rows.append([
            ids[c], zones.city[z], zones.state[z], zones.zip[z], degrees(zones.lat[z]),
            degrees(zones.lon[z]), counts[c], homes[c],
        ])
    write_table(path, HEADER, rows)
