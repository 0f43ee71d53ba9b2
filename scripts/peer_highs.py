"""Solves one facility-location instance with HiGHS and with Postroad and prints both.

Run it by scripts/peer_highs.sh, which installs HiGHS and builds Postroad. Both get one thread and
the same wall time. HiGHS gets the strong formulation: a share of a zone is at most the station's
opening, the load of a station at most its capacity.
"""

import argparse
import gzip
import json
import os
import re
import subprocess
import time

import highspy
import numpy as np


def read(path, capacity):
    """Returns (fixed, capacity of each station; demand, outside cost, [(station, cost)] of each
    zone), costs for all of a zone's demand; an outside cost of None means there is none."""
    data = open(path, "rb").read()
    if data[:2] == b"\x1f\x8b":
        data = gzip.decompress(data)
    lines = [line.split() for line in data.decode().splitlines() if line.strip()]
    if len(lines[0]) == 3:
        return read_national(lines)
    return read_orlib(lines, capacity)


def read_national(lines):
    zones, stations, _ = map(int, lines[0])
    fixed = [float(line[0]) for line in lines[1 : 1 + stations]]
    capacities = [float(line[1]) for line in lines[1 : 1 + stations]]
    rows = []
    for line in lines[1 + stations : 1 + stations + zones]:
        demand, outside = float(line[0]), float(line[1])
        arcs = [(int(line[k]), float(line[k + 1]) * demand) for k in range(3, len(line), 2)]
        rows.append((demand, None if outside == float("inf") else outside * demand, arcs))
    return fixed, capacities, rows


def read_orlib(lines, capacity):
    m, n = map(int, lines[0])
    words = [word for line in lines for word in line]
    number = lambda word: capacity if word == "capacity" else float(word)
    if len(lines[1]) == m and m != 2:
        capacities = [number(word) for word in words[2 : 2 + m]]
        fixed = [float(word) for word in words[2 + m : 2 + 2 * m]]
        demands = [float(word) for word in words[2 + 2 * m : 2 + 2 * m + n]]
        costs = np.array(words[2 + 2 * m + n :], dtype=float).reshape(n, m)
    else:
        capacities = [number(word) for word in words[2 : 2 + 2 * m : 2]]
        fixed = [float(word) for word in words[3 : 2 + 2 * m : 2]]
        table = np.array(words[2 + 2 * m :], dtype=float).reshape(n, 1 + m)
        demands, costs = table[:, 0], table[:, 1:]
    if capacity is not None:
        capacities = [capacity] * m
    rows = [(demands[i], None, list(enumerate(costs[i]))) for i in range(n)]
    return fixed, capacities, rows


def build(fixed, capacities, rows, single_source):
    """The program with one column for each station, then one for each arc. With an outside option
    an arc's cost is what it saves, and a constant is added."""
    stations = len(fixed)
    arcs = sum(len(row[2]) for row in rows)
    columns = stations + arcs
    constant = sum(outside for _, outside, _ in rows if outside is not None)
    cost = np.empty(columns)
    cost[:stations] = fixed
    row_of, column_of, value_of = [], [], []
    lower, upper = [], []

    def entry(row, column, value):
        row_of.append(row)
        column_of.append(column)
        value_of.append(value)

    for j in range(stations):
        entry(j, j, -capacities[j])
        lower.append(-np.inf)
        upper.append(0.0)
    column, row = stations, stations
    for demand, outside, zone_arcs in rows:
        zone_row = row
        lower.append(1.0 if outside is None else -np.inf)
        upper.append(1.0)
        row += 1
        for j, usd in zone_arcs:
            cost[column] = usd - (outside or 0.0)
            entry(zone_row, column, 1.0)
            entry(j, column, demand)
            entry(row, column, 1.0)
            entry(row, j, -1.0)
            lower.append(-np.inf)
            upper.append(0.0)
            row += 1
            column += 1
    order = np.lexsort((column_of, row_of))
    model = highspy.HighsModel()
    lp = model.lp_
    lp.num_col_, lp.num_row_ = columns, row
    lp.col_cost_, lp.offset_ = cost, constant
    lp.col_lower_, lp.col_upper_ = np.zeros(columns), np.ones(columns)
    lp.row_lower_, lp.row_upper_ = np.array(lower), np.array(upper)
    starts = np.concatenate(([0], np.cumsum(np.bincount(row_of, minlength=row))))
    lp.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
    lp.a_matrix_.start_ = starts.astype(np.int32)
    lp.a_matrix_.index_ = np.array(column_of, dtype=np.int32)[order]
    lp.a_matrix_.value_ = np.array(value_of, dtype=float)[order]
    integer, continuous = highspy.HighsVarType.kInteger, highspy.HighsVarType.kContinuous
    kinds = [integer] * stations + [integer if single_source else continuous] * arcs
    lp.integrality_ = kinds
    return model


def run_highs(arguments):
    started = time.monotonic()
    model = build(*read(arguments.file, arguments.capacity), arguments.single_source)
    solver = highspy.Highs()
    solver.setOptionValue("output_flag", arguments.verbose)
    solver.setOptionValue("threads", 1)
    solver.setOptionValue("time_limit", arguments.time)
    solver.setOptionValue("mip_rel_gap", arguments.gap)
    solver.passModel(model)
    solver.run()
    info = solver.getInfo()
    has_plan = info.primal_solution_status == 2
    cost = info.objective_function_value if has_plan else float("inf")
    return {"cost": cost, "bound": info.mip_dual_bound, "seconds": time.monotonic() - started}


def run_postroad(arguments):
    """Postroad's answer and its (seconds, gap) on the way."""
    command = [os.environ["POSTROAD"], "bench", "network", arguments.file, "--json", "--trace"]
    command += ["--time", str(arguments.time), "--threads", "1", "--gap", str(arguments.gap)]
    command += ["--single-source"] if arguments.single_source else []
    if arguments.capacity is not None:
        command += ["--capacity", str(arguments.capacity)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    progress = re.findall(r"([\d.]+) s .*gap ([\d.]+) %", done.stderr)
    return json.loads(done.stdout), [(float(s), float(gap) / 100) for s, gap in progress]


def gap_of(result):
    cost, bound = result["cost"], result["bound"]
    if cost is None or bound is None or not np.isfinite([cost, bound]).all():
        return float("inf")
    return max(0.0, (cost - bound) / abs(cost))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("file")
    parser.add_argument("--time", type=float, default=60, help="seconds for each of the two")
    parser.add_argument("--gap", type=float, default=1e-6, help="stop at this gap")
    parser.add_argument("--single-source", action="store_true")
    parser.add_argument("--capacity", type=float)
    parser.add_argument("--verbose", action="store_true", help="show HiGHS's own log")
    arguments = parser.parse_args()
    ours, progress = run_postroad(arguments)
    theirs = run_highs(arguments)
    print(f"{'':<12} {'cost':>18} {'bound':>18} {'gap':>10} {'seconds':>9}")
    for name, result in (("Postroad", ours), ("HiGHS", theirs)):
        cost = float("inf") if result["cost"] is None else result["cost"]
        bound = float("-inf") if result["bound"] is None else result["bound"]
        line = f"{name:<12} {cost:18.3f} {bound:18.3f} {100 * gap_of(result):8.4f} %"
        print(f"{line} {result['seconds']:9.2f}")
    reached = [seconds for seconds, gap in progress if gap <= gap_of(theirs) + 1e-6]
    if reached and np.isfinite(gap_of(theirs)):
        ratio = theirs["seconds"] / max(reached[0], 1e-3)
        print(f"Postroad was at HiGHS's last gap after {reached[0]:.2f} s: {ratio:.1f} times faster")
    elif np.isfinite(gap_of(theirs)):
        print("Postroad did not reach HiGHS's last gap")
    else:
        print("HiGHS has no gap yet")


if __name__ == "__main__":
    main()
