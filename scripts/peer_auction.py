"""Clears one market with HiGHS, with CP-SAT and with Postroad and prints all three.

Run it by scripts/peer_auction.sh, which installs the solvers and builds Postroad. All get one
thread and the same wall time. Markets are instances of CATS, or folders as `postroad auction
generate` writes them: schedules, packages, exclusive groups, limits of bidders, the number of
winners and least volumes of groups. Money is in millionths of a dollar.
"""

import argparse
import csv
import json
import multiprocessing
import os
import subprocess
import time
import tomllib
from collections import defaultdict
from decimal import Decimal

MICROS = 1_000_000


class Program:
    """Maximise gain over whole variables within rows."""

    def __init__(self):
        self.gain, self.upper, self.rows = [], [], []

    def variable(self, gain, upper):
        self.gain.append(gain)
        self.upper.append(upper)
        return len(self.gain) - 1

    def row(self, low, terms, high):
        self.rows.append((low, terms, high))


def read_cats(path):
    program, goods = Program(), defaultdict(list)
    for line in open(path):
        words = line.split()
        if not words or words[0].startswith("%") or words[0] in ("goods", "bids", "dummy"):
            continue
        bid = program.variable(round(float(words[1]) * MICROS), 1)
        for good in words[2:]:
            if good != "#":
                goods[good].append((bid, 1))
    for terms in goods.values():
        program.row(None, terms, 1)
    return program


def table(folder, name):
    path = os.path.join(folder, name + ".csv")
    return list(csv.DictReader(open(path))) if os.path.exists(path) else []


def micros(text):
    return int(Decimal(text) * MICROS)


def read_folder(folder):
    settings = tomllib.load(open(os.path.join(folder, "market.toml"), "rb"))
    sign = -1 if settings.get("side") == "buying" else 1
    program = Program()
    lots = {row["lot"]: row for row in table(folder, "lots")}
    taken, by_bidder, groups = defaultdict(list), defaultdict(list), defaultdict(list)

    def gain(lot, price, parcels):
        row = lots[lot]
        return sign * int(row["days"]) * parcels * (price - micros(row["opportunity_usd"] or "0"))

    def meets(price, reserve):
        return sign * (price - reserve) >= 0

    for row in table(folder, "bids"):
        lot, parcels, price = row["lot"], int(row["parcels"]), micros(row["price_usd"])
        if row.get("step"):
            raise SystemExit("steps are not read")
        reserve = lots[lot]["reserve_usd"]
        if reserve and not meets(price, micros(reserve)):
            continue
        least = int(row.get("least_parcels") or 0)
        whole = least == parcels
        one = program.variable(gain(lot, price, parcels if whole else 1), 1 if whole else parcels)
        weight = parcels if whole else 1
        taken[lot].append((one, weight))
        by_bidder[row["bidder"]].append((one, weight))
        if (least and not whole) or row["group"]:
            on = program.variable(0, 1)
            program.row(None, [(one, 1), (on, -(1 if whole else parcels))], 0)
            if least and not whole:
                program.row(0, [(one, 1), (on, -least)], None)
            for group in filter(None, row["group"].split(";")):
                groups[group].append((on, 1))
    items = defaultdict(list)
    for row in table(folder, "package_items"):
        items[row["bid"]].append((row["lot"], int(row["parcels"])))
    for row in table(folder, "packages"):
        amount, own = micros(row["amount_usd"]), items[row["bid"]]
        floor = lambda lot: int(lots[lot]["days"]) * micros(lots[lot]["reserve_usd"] or "0")
        bounded = all(lots[lot]["reserve_usd"] for lot, _ in own)
        if (sign > 0 or bounded) and not meets(amount, sum(n * floor(lot) for lot, n in own)):
            continue
        otherwise = sum(
            n * int(lots[lot]["days"]) * micros(lots[lot]["opportunity_usd"] or "0") for lot, n in own
        )
        one = program.variable(sign * (amount - otherwise), 1)
        for lot, parcels in own:
            taken[lot].append((one, parcels))
        by_bidder[row["bidder"]].append((one, sum(n for _, n in own)))
        for group in filter(None, row["group"].split(";")):
            groups[group].append((one, 1))
    for lot, row in lots.items():
        capacity = int(row["parcels_per_day"])
        low = capacity if row["required"] == "true" else None
        program.row(low, taken[lot], capacity)
    at_most = {row["group"]: int(row["at_most"]) for row in table(folder, "groups")}
    for group, terms in groups.items():
        program.row(None, terms, at_most.get(group, 1))
    limits(program, folder, settings, by_bidder, lots)
    return program


def limits(program, folder, settings, by_bidder, lots):
    volume, wins = sum(int(row["parcels_per_day"]) for row in lots.values()), {}
    most_winners = [rule for rule in settings.get("winners", []) if "most" in rule]
    for row in table(folder, "bidders"):
        terms = by_bidder[row["bidder"]]
        least, most = int(row["least_parcels"] or 0), int(row["most_parcels"] or volume)
        if terms and (least or row["most_parcels"] or most_winners):
            win = wins[row["bidder"]] = program.variable(0, 1)
            program.row(None, terms + [(win, -min(most, volume))], 0)
            program.row(0, terms + [(win, -least)], None)
    for rule in most_winners:
        program.row(None, [(win, 1) for win in wins.values()], rule["most"])
    for rule in settings.get("group_volume", []):
        terms = [term for bidder in rule["bidders"] for term in by_bidder[bidder]]
        program.row(rule.get("least_parcels"), terms, rule.get("most_parcels"))


def solve_highs(program, seconds):
    import highspy
    import numpy as np

    highs = highspy.Highs()
    highs.setOptionValue("output_flag", False)
    highs.setOptionValue("threads", 1)
    highs.setOptionValue("time_limit", float(seconds))
    highs.setOptionValue("mip_rel_gap", 0.0)
    lp = highspy.HighsLp()
    lp.num_col_, lp.num_row_ = len(program.gain), len(program.rows)
    lp.sense_ = highspy.ObjSense.kMaximize
    lp.col_cost_ = np.array(program.gain, dtype=float) / MICROS
    lp.col_lower_, lp.col_upper_ = np.zeros(lp.num_col_), np.array(program.upper, dtype=float)
    infinity = highspy.kHighsInf
    lp.row_lower_ = np.array([-infinity if low is None else low for low, _, _ in program.rows], dtype=float)
    lp.row_upper_ = np.array([infinity if high is None else high for _, _, high in program.rows], dtype=float)
    starts = np.cumsum([0] + [len(terms) for _, terms, _ in program.rows])
    lp.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
    lp.a_matrix_.start_ = starts
    lp.a_matrix_.index_ = np.array([i for _, terms, _ in program.rows for i, _ in terms])
    lp.a_matrix_.value_ = np.array([w for _, terms, _ in program.rows for _, w in terms], dtype=float)
    # Parts of a bid are whole parcels; packages are taken or not.
    lp.integrality_ = [highspy.HighsVarType.kInteger] * lp.num_col_
    highs.passModel(lp)
    start = time.time()
    highs.run()
    info = highs.getInfo()
    proven = highs.getModelStatus() == highspy.HighsModelStatus.kOptimal
    return info.objective_function_value, info.mip_dual_bound, proven, time.time() - start


def solve_cpsat(program, seconds):
    from ortools.sat.python import cp_model

    model = cp_model.CpModel()
    x = [model.new_int_var(0, upper, "") for upper in program.upper]
    for low, terms, high in program.rows:
        total = sum(weight * x[i] for i, weight in terms)
        if low is not None:
            model.add(total >= low)
        if high is not None:
            model.add(total <= high)
    # CP-SAT counts in 64 bits: objectives of large markets are told in cents.
    unit = max(1, max(map(abs, program.gain), default=1) * len(x) >> 52)
    model.maximize(sum(round(gain / unit) * x[i] for i, gain in enumerate(program.gain)))
    solver = cp_model.CpSolver()
    solver.parameters.max_time_in_seconds = seconds
    solver.parameters.num_workers = 1
    start = time.time()
    status = solver.solve(model)
    found = status in (cp_model.OPTIMAL, cp_model.FEASIBLE)
    scale = unit / MICROS
    value = solver.objective_value * scale if found else float("nan")
    bound = solver.best_objective_bound * scale if status != cp_model.MODEL_INVALID else float("nan")
    return value, bound, status == cp_model.OPTIMAL, time.time() - start


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("market")
    parser.add_argument("--time", type=float, default=60.0)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--peers", default="highs,cpsat")
    args = parser.parse_args()
    command = [os.environ["POSTROAD"], "bench", "auction", args.market, "--json", "--threads", "1"]
    command += ["--time", str(args.time), "--seed", str(args.seed)]
    own = json.loads(subprocess.run(command, check=True, capture_output=True).stdout)
    rows = [("postroad", own["value"], own["bound"], own["proven"], own["seconds"])]
    program = read_folder(args.market) if os.path.isdir(args.market) else read_cats(args.market)
    solvers = {"highs": solve_highs, "cpsat": solve_cpsat}
    for peer in args.peers.split(","):
        # A process for each: both bring a copy of HiGHS, which do not go together.
        with multiprocessing.get_context("spawn").Pool(1) as pool:
            rows.append((peer, *pool.apply(solvers[peer], (program, args.time))))
    print(f"{'':<10}{'value':>18}{'bound':>18}{'gap':>10}{'proven':>8}{'seconds':>9}")
    for name, value, bound, proven, seconds in rows:
        gap = (bound - value) / max(abs(value), 1e-9)
        print(f"{name:<10}{value:>18.2f}{bound:>18.2f}{gap:>10.4%}{proven!s:>8}{seconds:>9.2f}")


if __name__ == "__main__":
    main()
