"""Site location: spread a number of sites over weighted points, then snap them to zones."""

import numpy as np

from common import EARTH_RADIUS_KM, distance_km, nearest

LLOYD_ROUNDS = 10
BALANCE_ROUNDS = 8
# In the weighted mean a point counts 1/distance, which turns the mean into a median; below
# this distance it counts no more, or a point under a site would hold it for ever.
MEDIAN_FLOOR_KM = 3.0


def seed_sites(xyz, weight, count, rng):
    """Draw sites one by one, each with chance weight × distance to the sites drawn so far."""
    first = rng.choice(len(xyz), p=weight / weight.sum())
    chosen = [first]
    away = distance_km(xyz, xyz[first])
    for _ in range(count - 1):
        pull = np.cumsum(weight * away)
        pick = int(np.searchsorted(pull, rng.random() * pull[-1], side="right"))
        chosen.append(pick)
        away = np.minimum(away, distance_km(xyz, xyz[pick]))
    return xyz[chosen]


def median_step(xyz, weight, sites, owner, away):
    """Move every site to the weighted median of the points it owns."""
    pull = weight / np.maximum(away, MEDIAN_FLOOR_KM)
    moved = np.column_stack([np.bincount(owner, pull * xyz[:, c], len(sites)) for c in range(3)])
    length = np.linalg.norm(moved, axis=1, keepdims=True)
    return np.where(length > 0, moved / np.where(length > 0, length, 1), sites)


def split_heaviest(sites, load, low, high):
    """Move the lightest sites (load < low) next to the heaviest (load > high), pair by pair."""
    light = [s for s in np.argsort(load, kind="stable") if load[s] < low]
    heavy = [s for s in np.argsort(-load, kind="stable") if load[s] > high]
    sites = sites.copy()
    for source, target in zip(light, heavy):
        # A step of about a kilometre is enough for the next rounds to pull the two apart.
        step = np.array([1.0, -1.0, 0.5]) / EARTH_RADIUS_KM
        moved = sites[target] + step
        sites[source] = moved / np.linalg.norm(moved)
    return sites


def spread_sites(xyz, weight, count, seed, low=0.0, high=np.inf):
    """Weighted k-median on the sphere; loads outside low..high are evened out where possible."""
    rng = np.random.default_rng(seed)
    keep = weight > 0
    xyz, weight = xyz[keep], weight[keep]
    sites = seed_sites(xyz, weight, count, rng)
    for balance in range(BALANCE_ROUNDS + 1):
        for _ in range(LLOYD_ROUNDS):
            owner, away = nearest(xyz, sites)
            sites = median_step(xyz, weight, sites, owner, away)
        owner, _ = nearest(xyz, sites)
        load = np.bincount(owner, weight, count)
        if balance < BALANCE_ROUNDS:
            sites = split_heaviest(sites, load, low, high)
    return sites


def weight_within(xyz, weight, reach_km, chunk=1000):
    """Total weight within reach of every point."""
    least_cosine = np.cos(reach_km / EARTH_RADIUS_KM)
    total = np.empty(len(xyz))
    for start in range(0, len(xyz), chunk):
        near = xyz[start:start + chunk] @ xyz.T >= least_cosine
        total[start:start + chunk] = near @ weight
    return total


def snap(sites, zones, penalty_km, within_km, taken):
    """Give every site the free zone with the least distance + penalty; marks it as taken.

    Sites are served in order; a zone farther than within_km is used only if there is no nearer.
    """
    chosen = []
    for site in sites:
        away = distance_km(zones.xyz, site)
        cost = np.where(away <= within_km, away + penalty_km, 1e4 + away)
        cost[taken] = np.inf
        z = int(np.argmin(cost))
        taken[z] = True
        chosen.append(z)
    return np.array(chosen)
