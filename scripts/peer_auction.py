"""Clears one market with HiGHS, with CP-SAT and with Postroad and prints all three.

Run it by scripts/peer_auction.sh, which installs the solvers and builds Postroad. All get one
thread and the same wall time. Markets are instances of CATS, or folders as `postroad auction
generate` writes them, with every limit and rule. Money is in millionths of a dollar.
"""

import argparse
import csv
import json
import math
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


def whole_or_steps(program, gains, widths, least, whole_amount, ordered):
    """Variables of a schedule: terms in parcels, terms in money, and whether it wins."""
    most = sum(widths)
    if least >= most:
        one = program.variable(sum(g * w for g, w in zip(gains, widths)), 1)
        return [(one, most)], [(one, whole_amount)], one
    steps = [program.variable(gain, width) for gain, width in zip(gains, widths)]
    on = program.variable(0, 1)
    program.row(None, [(step, 1) for step in steps] + [(on, -most)], 0)
    program.row(0, [(step, 1) for step in steps] + [(on, -max(least, 1))], None)
    if ordered or any(a < b for a, b in zip(gains, gains[1:])):
        for before, step, width, own in zip(steps, steps[1:], widths, widths[1:]):
            full = program.variable(0, 1)
            program.row(None, [(full, width), (before, -1)], 0)
            program.row(None, [(step, 1), (full, -own)], 0)
    return [(step, 1) for step in steps], None, on


class Market:
    """What the rows of limits and rules are made of."""

    def __init__(self, folder):
        self.settings = tomllib.load(open(os.path.join(folder, "market.toml"), "rb"))
        self.sign = -1 if self.settings.get("side") == "buying" else 1
        self.program = Program()
        self.lots = {row["lot"]: row for row in table(folder, "lots")}
        for row in self.lots.values():
            for column in ("days", "reserve_usd", "opportunity_usd"):
                row[column] = row.get(column) or str(self.settings.get(column, ""))
            row["days"] = int(row["days"] or 1)
            row["reserve"] = micros(row["reserve_usd"]) if row["reserve_usd"] else None
            row["worth"] = micros(row["opportunity_usd"] or "0")
        self.bidders = {row["bidder"]: row for row in table(folder, "bidders")}
        self.taken = defaultdict(list)  # terms in parcels of each lot, with their bidder
        self.money, self.wins = defaultdict(list), defaultdict(list)
        self.groups = defaultdict(list)
        self.sets = defaultdict(list)
        for row in table(folder, "lot_sets"):
            self.sets[row["set"]].append(row["lot"])
        self.schedules(table(folder, "bids"))
        self.packages(folder)
        for lot, row in self.lots.items():
            capacity = int(row["parcels_per_day"])
            low = capacity if row.get("required") == "true" else None
            self.program.row(low, [term for _, term in self.taken[lot]], capacity)
        at_most = {row["group"]: int(row["at_most"]) for row in table(folder, "groups")}
        for group, terms in self.groups.items():
            self.program.row(None, terms, at_most.get(group, 1))
        self.limits()
        self.rules()

    def meets(self, price, reserve):
        return reserve is None or self.sign * (price - reserve) >= 0

    def schedules(self, rows):
        bids = defaultdict(list)
        for row in rows:
            bids[row["bid"]].append(row)
        for steps in bids.values():
            steps.sort(key=lambda row: int(row.get("step") or 1))
            first, lot = steps[0], self.lots[steps[0]["lot"]]
            least = max(int(row.get("least_parcels") or 0) for row in steps)
            kept = []
            for row in steps:
                if not self.meets(micros(row["price_usd"]), lot["reserve"]):
                    break
                kept.append((int(row["parcels"]), micros(row["price_usd"])))
            if sum(n for n, _ in kept) < max(least, 1):
                continue
            days = lot["days"]
            gains = [self.sign * days * (price - lot["worth"]) for _, price in kept]
            bidder = self.bidders[first["bidder"]]
            whole = sum(n * price for n, price in kept) * days
            widths = [n for n, _ in kept]
            budget = bool(bidder.get("budget_usd"))
            terms, money, on = whole_or_steps(self.program, gains, widths, least, whole, budget)
            money = money or [(term[0], days * price) for term, (_, price) in zip(terms, kept)]
            self.book(first, [(first["lot"], term) for term in terms], money, on)

    def packages(self, folder):
        items = defaultdict(list)
        for row in table(folder, "package_items"):
            items[row["bid"]].append((row["lot"], int(row["parcels"])))
        for row in table(folder, "packages"):
            amount, own = micros(row["amount_usd"]), items[row["bid"]]
            reserves = [self.lots[lot]["reserve"] for lot, _ in own]
            if self.sign > 0 or None not in reserves:
                days = [self.lots[lot]["days"] * n for lot, n in own]
                if not self.meets(amount, sum(d * (r or 0) for d, r in zip(days, reserves))):
                    continue
            otherwise = sum(n * self.lots[lot]["days"] * self.lots[lot]["worth"] for lot, n in own)
            one = self.program.variable(self.sign * (amount - otherwise), 1)
            self.book(row, [(lot, (one, n)) for lot, n in own], [(one, amount)], one)

    def book(self, row, parcels, money, on):
        bidder = row["bidder"]
        for lot, term in parcels:
            self.taken[lot].append((bidder, term))
        self.money[bidder] += money
        self.wins[bidder].append(on)
        for group in filter(None, (row.get("group") or "").split(";")):
            self.groups[group].append((on, 1))

    def volume(self, lots, bidders=None):
        """Parcels of these bidders on these lots; of all without bidders."""
        sums = defaultdict(int)
        for lot in lots:
            for bidder, (variable, parcels) in self.taken[lot]:
                if bidders is None or bidder in bidders:
                    sums[variable] += parcels
        return list(sums.items())

    def by_bidder(self, lots):
        sums = defaultdict(lambda: defaultdict(int))
        for lot in lots:
            for bidder, (variable, parcels) in self.taken[lot]:
                sums[bidder][variable] += parcels
        return {bidder: list(own.items()) for bidder, own in sums.items()}

    def winner(self, terms):
        """A variable without which none of some terms is taken."""
        wins = self.program.variable(0, 1)
        for variable, _ in terms:
            self.program.row(None, [(variable, 1), (wins, -self.program.upper[variable])], 0)
        return wins

    def limits(self):
        volumes = self.by_bidder(self.lots)
        for bidder, row in self.bidders.items():
            terms = volumes.get(bidder)
            if not terms:
                continue
            if row.get("most_parcels"):
                self.program.row(None, terms, int(row["most_parcels"]))
            if int(row.get("least_parcels") or 0) > 0:
                wins = self.winner(terms)
                self.program.row(0, terms + [(wins, -int(row["least_parcels"]))], None)
            if row.get("budget_usd"):
                self.program.row(None, self.money[bidder], micros(row["budget_usd"]))
            if row.get("most_bids"):
                self.program.row(None, [(on, 1) for on in self.wins[bidder]], int(row["most_bids"]))

    def sets_of(self, rule):
        if "each" in rule:
            sets = defaultdict(list)
            for lot, row in self.lots.items():
                if row.get(rule["each"]):
                    sets[row[rule["each"]]].append(lot)
            return list(sets.values())
        name = rule.get("lots", "all")
        return [list(self.lots) if name == "all" else self.sets[name]]

    def rules(self):
        named = lambda column: [b for b, row in self.bidders.items() if row.get(column) == "true"]
        small, incumbents = set(named("small")), set(named("incumbent"))
        for kind in ("shared_capacity", "bidder_share", "set_aside", "incumbents", "group_volume", "winners"):
            for rule in self.settings.get(kind, []):
                for lots in self.sets_of(rule):
                    capacity = sum(int(self.lots[lot]["parcels_per_day"]) for lot in lots)
                    share = lambda key: Decimal(str(rule[key + "_share"])) * capacity
                    down = lambda key: int(share(key)) if key + "_share" in rule else rule.get(key + "_parcels")
                    up = lambda key: math.ceil(share(key)) if key + "_share" in rule else rule.get(key + "_parcels")
                    if kind == "shared_capacity":
                        self.program.row(None, self.volume(lots), down("most"))
                    elif kind == "bidder_share":
                        for terms in self.by_bidder(lots).values():
                            self.program.row(None, terms, down("most"))
                    elif kind == "set_aside":
                        others = set(self.bidders) - small
                        self.program.row(None, self.volume(lots, others), capacity - up("least"))
                    elif kind == "winners":
                        self.count_winners(rule, lots)
                    else:
                        who = incumbents if kind == "incumbents" else set(rule["bidders"])
                        self.program.row(up("least"), self.volume(lots, who), down("most"))

    def count_winners(self, rule, lots):
        volumes = self.by_bidder(lots)
        if "most" in rule:
            wins = [(self.winner(terms), 1) for terms in volumes.values()]
            self.program.row(None, wins, rule["most"])
        if rule.get("least", 0) > 0:
            counts = []
            for terms in volumes.values():
                one = self.program.variable(0, 1)
                self.program.row(0, terms + [(one, -max(rule.get("least_parcels", 0), 1))], None)
                counts.append((one, 1))
            self.program.row(rule["least"], counts, None)


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
    program = Market(args.market).program if os.path.isdir(args.market) else read_cats(args.market)
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
