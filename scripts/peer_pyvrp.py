#!/usr/bin/env python3
"""Run PyVRP on a day of `postroad generate routing --matrices`, with the same costs in the same units.

    pip install pyvrp
    python peer_pyvrp.py DIR SECONDS SEED

Reads stops.csv, fleet.csv, metres.npy and seconds.npy of DIR. Money is counted in the largest unit that a van, a metre
and a second cost whole numbers of. Prints one JSON line with the cost in dollars.
"""
import csv
import json
import math
import resource
import sys
import time

import numpy
import pyvrp
from pyvrp.stop import MaxRuntime


def seconds_of(clock):
    hours, minutes = clock.split(":")
    return 3600 * int(hours) + 60 * int(minutes)


def window_of(text, otherwise):
    return tuple(map(seconds_of, text.split("-"))) if text else otherwise


def rows_of(path):
    with open(path, newline="") as file:
        return list(csv.DictReader(file))


def matrix_of(path):
    return numpy.load(path).astype(numpy.int64)


def main(folder, seconds, seed):
    stops = rows_of(f"{folder}/stops.csv")
    (van,) = rows_of(f"{folder}/fleet.csv")
    # Millionths of a dollar per van, metre and second, as Postroad rounds them.
    rates = [
        round(float(van["fixed_usd"]) * 1e6),
        round(float(van["usd_per_km"]) * 1e3),
        round(float(van["usd_per_hour"]) * 1e6 / 3600),
    ]
    unit = math.gcd(*rates)
    fixed, per_metre, per_second = (rate // unit for rate in rates)
    early, late = window_of(van["shift"], None)
    everything = (0, 10**9)
    clients = [
        pyvrp.Client(
            location=index + 1,
            delivery=[int(stop["parcels"])],
            service_duration=round(60 * float(stop["service_min"])),
            tw_early=window_of(stop["windows"], everything)[0],
            tw_late=window_of(stop["windows"], everything)[1],
        )
        for index, stop in enumerate(stops)
    ]
    places = [(float(row["lon"]), float(row["lat"])) for row in [van] + stops]
    data = pyvrp.ProblemData(
        locations=[pyvrp.Location(round(1e5 * x), round(1e5 * y)) for x, y in places],
        clients=clients,
        depots=[pyvrp.Depot(location=0)],
        vehicle_types=[
            pyvrp.VehicleType(
                num_available=int(float(van["count"])),
                capacity=[int(van["parcels"])],
                fixed_cost=fixed,
                tw_early=early,
                tw_late=late,
                unit_distance_cost=per_metre,
                unit_duration_cost=per_second,
            )
        ],
        distance_matrices=[matrix_of(f"{folder}/metres.npy")],
        duration_matrices=[matrix_of(f"{folder}/seconds.npy")],
    )
    start = time.perf_counter()
    result = pyvrp.solve(data, MaxRuntime(seconds), seed=seed, collect_stats=False, display=False)
    best = result.best
    print(
        json.dumps(
            {
                "stops": len(stops),
                "cost_usd": result.cost() * unit / 1e6 if result.is_feasible() else None,
                "routes": best.num_routes(),
                "km": best.distance() / 1000,
                "hours": round(best.duration() / 3600, 2),
                "iterations": result.num_iterations,
                "seconds": round(time.perf_counter() - start, 1),
                "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
                "seed": seed,
            }
        )
    )


if __name__ == "__main__":
    main(sys.argv[1], float(sys.argv[2]), int(sys.argv[3]))
