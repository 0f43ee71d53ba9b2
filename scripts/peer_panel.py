#!/usr/bin/env python3
"""Run Postroad and PyVRP by turns on VRPLIB or Solomon files, on one core, and print both gaps to the best known cost
(columns `instance` and `bks_cost` of a CSV file).

    pip install pyvrp
    python peer_panel.py --postroad target/release/postroad --best-known bks.csv --seconds 10 [--core 0] FILE...

Each file is solved by one program, then by the other, before the next file begins. Files with a TIME_WINDOW_SECTION
follow the DIMACS convention (distances times ten, truncated), the others are rounded to nearest.
"""
import argparse
import csv
import json
import os
import resource
import subprocess
import sys
import tempfile
import time

PYVRP = "--pyvrp-child"


def vrplib_of_solomon(text):
    """Solomon's table in VRPLIB's layout, which is the one PyVRP reads."""
    numbers = [line.split() for line in text.splitlines() if line[:1].isspace() or line[:1].isdigit()]
    numbers = [row for row in numbers if row and all(cell.lstrip("-").isdigit() for cell in row)]
    (vehicles, capacity), rows = numbers[0], numbers[1:]
    lines = ["NAME : solomon", "TYPE : VRPTW", f"DIMENSION : {len(rows)}", f"VEHICLES : {vehicles}"]
    lines += [f"CAPACITY : {capacity}", "EDGE_WEIGHT_TYPE : EUC_2D"]
    for section, columns in [
        ("NODE_COORD_SECTION", (1, 2)),
        ("DEMAND_SECTION", (3,)),
        ("TIME_WINDOW_SECTION", (4, 5)),
        ("SERVICE_TIME_SECTION", (6,)),
    ]:
        lines.append(section)
        lines += [" ".join([str(i + 1)] + [row[c] for c in columns]) for i, row in enumerate(rows)]
    return "\n".join(lines + ["DEPOT_SECTION", "1", "-1", "EOF", ""])


def run_pyvrp(path, seconds, seed):
    """The child process: prints one JSON line, so that its memory is its own."""
    import pyvrp
    from pyvrp.stop import MaxRuntime

    with open(path) as file:
        text = file.read()
    if path.endswith(".txt"):
        text = vrplib_of_solomon(text)
    windows = "TIME_WINDOW_SECTION" in text
    start = time.perf_counter()
    with tempfile.NamedTemporaryFile("w", suffix=".vrp") as file:
        file.write(text)
        file.flush()
        data = pyvrp.read(file.name, "dimacs" if windows else "round")
    result = pyvrp.solve(data, MaxRuntime(seconds), seed=seed, collect_stats=False, display=False)
    print(
        json.dumps(
            {
                "cost": result.best.distance() / (10 if windows else 1) if result.is_feasible() else None,
                "routes": result.best.num_routes(),
                "iterations": result.num_iterations,
                "seconds": time.perf_counter() - start,
                "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
            }
        )
    )


def last_line_of(command):
    return json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines()[-1])


def best_known_of(path):
    with open(path, newline="") as file:
        rows = list(csv.reader(file))
    name, cost = rows[0].index("instance"), rows[0].index("bks_cost")
    return {row[name].lower(): float(row[cost]) for row in rows[1:] if row[cost]}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("files", nargs="+")
    parser.add_argument("--postroad", required=True)
    parser.add_argument("--best-known", required=True)
    parser.add_argument("--seconds", type=float, required=True)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--core", type=int, default=0)
    args = parser.parse_args()
    os.sched_setaffinity(0, {args.core})
    best = best_known_of(args.best_known)
    programs = {
        "postroad": lambda path: [args.postroad, "bench", "routing", path, "--json", "--threads", "1"]
        + ["--time", f"{args.seconds:g}", "--seed", str(args.seed)],
        "pyvrp": lambda path: [sys.executable, __file__, PYVRP, path, str(args.seconds), str(args.seed)],
    }
    gaps = {name: [] for name in programs}
    print("instance,program,asked_s,seconds,cost,gap_percent,routes,iterations,peak_mb")
    for path in args.files:
        instance = os.path.splitext(os.path.basename(path))[0]
        for name, command in programs.items():
            run = last_line_of(command(path))
            gap = 100 * (run["cost"] / best[instance.lower()] - 1) if run["cost"] else float("inf")
            gaps[name].append(gap)
            print(
                f"{instance},{name},{args.seconds:g},{run['seconds']:.1f},{run['cost']},{gap:.3f},"
                f"{run['routes']},{run['iterations']},{run['peak_mb']:.0f}",
                flush=True,
            )
    for name, values in gaps.items():
        print(f"mean,{name},{args.seconds:g},,,{sum(values) / len(values):.3f},,,", flush=True)


if __name__ == "__main__":
    if len(sys.argv) > 1 and sys.argv[1] == PYVRP:
        run_pyvrp(sys.argv[2], float(sys.argv[3]), int(sys.argv[4]))
    else:
        main()
