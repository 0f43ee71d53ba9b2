"""Compare data/us with your own lists of real sites; prints Markdown tables.

  --offices FILE         zip, facility_id, preferred (1 for the office that serves the ZIP)
  --office-places FILE   facility_id, zcta (zone the office lies in), usps_district
  --stations FILE        zip, rural (0 or 1)
  --upstream FILE        lat, lon, kind_guess (fc_sc_other is used), flag (must be empty)

--offices and --office-places go together. Other columns are ignored. Needs numpy only.
"""

import argparse
import csv
import gzip
from collections import Counter, defaultdict
from pathlib import Path

import numpy as np

from common import distance_km, nearest, unit_vectors

DATA = Path(__file__).resolve().parents[2] / "data" / "us"
RANDOM_DRAWS = 20
CITY_ZIP_HOUSEHOLDS = 5_000


def read(path):
    """Rows of a CSV file, packed or not, as dictionaries."""
    opener = gzip.open if str(path).endswith(".gz") else open
    with opener(path, mode="rt", encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def places(rows):
    return unit_vectors([float(r["lat"]) for r in rows], [float(r["lon"]) for r in rows])


def spread_text(values):
    return f"{np.median(values):.1f} | {np.percentile(values, 90):.1f}"


def share(hits, weights):
    return f"{100 * np.dot(hits, weights) / np.sum(weights):.1f} %"


def pair_counts(ours, real):
    """Pairs joined by both groupings, by ours, and by the real one."""
    def pairs(labels):
        return sum(n * (n - 1) // 2 for n in Counter(labels).values())

    return pairs(zip(ours, real)), pairs(ours), pairs(real)


def print_pairs(title, zones, office_of):
    both, ours, real = pair_counts([z["delivery_unit"] for z in zones],
                                   [office_of[z["zip"]] for z in zones])
    print(f"| {title} | {len(zones)} | {ours} | {real} | {100 * both / max(ours, 1):.0f} % "
          f"| {100 * both / max(real, 1):.0f} % |")


def check_units(zones, units, offices, office_rows):
    """Delivery units against the post offices that serve the ZIPs."""
    office_of = {r["zip"]: r["facility_id"] for r in offices if r["preferred"] == "1"}
    office_zone = {r["facility_id"]: r["zcta"] for r in office_rows}
    by_zip = {z["zip"]: z for z in zones}
    unit_by_id = {u["id"]: u for u in units}
    served = [z for z in zones if z["zip"] in office_of]
    located = [z for z in served if office_zone.get(office_of[z["zip"]]) in by_zip]
    homes = np.array([by_zip[office_zone[office_of[z["zip"]]]] for z in located])
    same = np.array([h["delivery_unit"] == z["delivery_unit"] for h, z in zip(homes, located)])
    away_zip = np.array([h["zip"] != z["zip"] for h, z in zip(homes, located)])
    people = np.array([int(z["population"]) for z in located])
    gap = distance_km(places(homes), places([unit_by_id[z["delivery_unit"]] for z in located]))
    ones = np.ones(len(located))
    print(f"\nZIPs with a real office: {len(served)}; office located: {len(located)}; "
          f"real offices: {len(set(office_of[z['zip']] for z in served))}; "
          f"units: {len(units)}\n")
    print("| ZIPs | count | office lies in our unit, of ZIPs | of people |\n|---|---:|---:|---:|")
    print(f"| all | {len(located)} | {share(same, ones)} | {share(same, people)} |")
    print(f"| every ZIP its own unit, for comparison | {len(located)} "
          f"| {share(~away_zip, ones)} | {share(~away_zip, people)} |")
    print(f"| served from another ZIP | {away_zip.sum()} "
          f"| {share(same[away_zip], ones[away_zip])} "
          f"| {share(same[away_zip], people[away_zip])} |")
    print("\n| distance from unit to real office, km | median | 90th percentile |\n|---|---:|---:|")
    print(f"| all ZIPs | {spread_text(gap)} |")
    print(f"| where the two differ | {spread_text(gap[gap > 0])} |")
    print("\n| ZIP pairs | ZIPs | joined by us | joined in fact | precision | recall |")
    print("|---|---:|---:|---:|---:|---:|")
    print_pairs("all", served, office_of)
    city = [z for z in served if int(z["households"]) >= CITY_ZIP_HOUSEHOLDS]
    print_pairs(f"both with {CITY_ZIP_HOUSEHOLDS} households or more", city, office_of)
    print_state_match("units and offices", Counter(u["state"] for u in units),
                      Counter(by_zip[z]["state"] for z in map(
                          office_zone.get, {office_of[z["zip"]] for z in served}) if z in by_zip))


def print_state_match(title, ours, real):
    states = sorted(set(ours) | set(real))
    r = np.corrcoef([ours[s] for s in states], [real[s] for s in states])[0, 1]
    print(f"\nCorrelation of {title} by state: {r:.3f} over {len(states)} states.")


def check_centres(zones, units, centres, offices, office_rows):
    """Do the zones of one centre lie in one postal district? And are centres of even size?"""
    office_of = {r["zip"]: r["facility_id"] for r in offices if r["preferred"] == "1"}
    district = {r["facility_id"]: r["usps_district"] for r in office_rows}
    centre_of = {u["id"]: u["processing_centre"] for u in units}
    tally = defaultdict(Counter)
    for z in zones:
        name = district.get(office_of.get(z["zip"]))
        if name:
            tally[centre_of[z["delivery_unit"]]][name] += int(z["households"])
    pure = sum(max(t.values()) for t in tally.values())
    total = sum(sum(t.values()) for t in tally.values())
    whole = Counter()
    for t in tally.values():
        whole.update(t)
    sizes = [int(c["delivery_units"]) for c in centres]
    at = {c["id"]: p for c, p in zip(centres, places(centres))}
    gap = distance_km(places(units), np.array([at[u["processing_centre"]] for u in units]))
    print(f"\nHouseholds in the main postal district of their centre: {100 * pure / total:.1f} % "
          f"({len(whole)} districts, {len(centres)} centres).")
    print(f"Units a centre: mean {np.mean(sizes):.0f}, 10th-90th percentile "
          f"{np.percentile(sizes, 10):.0f}-{np.percentile(sizes, 90):.0f}.")
    print(f"Unit to its centre, km, median | 90th percentile: {spread_text(gap)}.")


def random_zones(zones, count, weight, seed):
    """Distinct zones drawn by weight: what knowing only where people live would give."""
    rng = np.random.default_rng(seed)
    return rng.choice(len(zones), count, replace=False, p=weight / weight.sum())


def print_sites(title, real, ours, xyz, zones, weight):
    """Distances both ways for our sites, and their mean over random draws of equal number."""
    print(f"| {title} | {len(real)} | {len(ours)} | {spread_text(nearest(real, ours)[1])} "
          f"| {spread_text(nearest(ours, real)[1])} |")
    draws = []
    for seed in range(RANDOM_DRAWS):
        drawn = xyz[random_zones(zones, len(ours), weight, seed)]
        there, back = nearest(real, drawn)[1], nearest(drawn, real)[1]
        draws.append([np.median(there), np.percentile(there, 90),
                      np.median(back), np.percentile(back, 90)])
    figures = " | ".join(f"{v:.1f}" for v in np.mean(draws, axis=0))
    print(f"| - random ZIPs by households | {len(real)} | {len(ours)} | {figures} |")


def site_header():
    print("\n| sites | real | ours | real to ours, km: median | 90th | ours to real: median "
          "| 90th |\n|---|---:|---:|---:|---:|---:|---:|")


def check_stations(zones, sites, stations):
    """Stations and rural hubs against real ones; the real list is at ZIP centres."""
    by_zip = {z["zip"]: n for n, z in enumerate(zones)}
    xyz = places(zones)
    homes = np.array([float(z["households"]) for z in zones])
    rural_homes = np.where([z["class"] == "rural" for z in zones], homes, 0.0)
    unknown = sum(r["zip"] not in by_zip for r in stations)
    print(f"\nReal stations at a ZIP that is no zone, left out: {unknown}.")
    real = {flag: xyz[sorted({by_zip[r["zip"]] for r in stations
                              if r["zip"] in by_zip and r["rural"] == flag})] for flag in "01"}

    def ours(kinds, statuses):
        return places([s for s in sites if s["kind"] in kinds and s["status"] in statuses])

    kinds, statuses = ("station", "rural_hub"), ("existing", "candidate")
    site_header()
    print_sites("stations", real["0"], ours(kinds[:1], statuses[:1]), xyz, zones, homes)
    print_sites("rural: hubs only", real["1"], ours(kinds[1:], statuses[:1]), xyz, zones,
                rural_homes)
    print_sites("rural: any existing site", real["1"], ours(kinds, statuses[:1]), xyz, zones,
                homes)
    print_sites("all, with candidates", np.concatenate(list(real.values())),
                ours(kinds, statuses), xyz, zones, homes)
    state = Counter(zones[by_zip[r["zip"]]]["state"] for r in stations
                    if r["zip"] in by_zip and r["rural"] == "0")
    print_state_match("stations", Counter(s["state"] for s in sites if s["kind"] == "station"
                                          and s["status"] == "existing"), state)
    by_state = Counter()
    for z in zones:
        by_state[z["state"]] += int(z["households"])
    print_state_match("households and real stations", by_state, state)


def check_upstream(zones, nodes, rows):
    real = [r for r in rows if r["kind_guess"] == "fc_sc_other" and not r["flag"]]
    homes = np.array([float(z["households"]) for z in zones])
    site_header()
    print_sites("upstream", places(real), places(nodes), places(zones), zones, homes)


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    for name in ("offices", "office-places", "stations", "upstream"):
        parser.add_argument(f"--{name}")
    files = parser.parse_args()
    zones = read(DATA / "zones.csv.gz")
    if files.offices and files.office_places:
        units = read(DATA / "delivery_units.csv.gz")
        offices, office_rows = read(files.offices), read(files.office_places)
        check_units(zones, units, offices, office_rows)
        check_centres(zones, units, read(DATA / "processing_centres.csv"), offices, office_rows)
    if files.stations:
        check_stations(zones, read(DATA / "stations.csv.gz"), read(files.stations))
    if files.upstream:
        check_upstream(zones, read(DATA / "upstream.csv"), read(files.upstream))


if __name__ == "__main__":
    main()
