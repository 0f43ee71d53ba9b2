"""Rows of a market's tables for each bidder, as a market folder of its own: `sealed_auction.py
MARKET FOLDER`. Lots are linked; of the settings only what stands above the first table is kept,
since rules are the operator's. Prints the names of the bidders."""

import csv
import pathlib
import sys


def rows(path):
    if not path.exists():
        return [], []
    with open(path, newline="", encoding="utf-8") as file:
        reader = csv.reader(file)
        return next(reader), list(reader)


def main(market, folder):
    settings = (market / "market.toml").read_text() if (market / "market.toml").exists() else ""
    settings = settings.split("\n[")[0] + "\n"
    owner_of_bid, owners_of_group, tables = {}, {}, {}
    for table in ["bidders", "bids", "packages", "package_items", "groups"]:
        heading, all_rows = rows(market / f"{table}.csv")
        if not all_rows:
            continue
        column = {name: at for at, name in enumerate(heading)}
        by_bidder = {}
        for row in all_rows:
            if table == "package_items":
                owners = [owner_of_bid[row[column["bid"]]]]
            elif table == "groups":
                owners = owners_of_group[row[column["group"]]]
            else:
                owners = [row[column["bidder"]]]
            if table in ("bids", "packages"):
                owner_of_bid[row[column["bid"]]] = owners[0]
                for group in row[column["group"]].split(";") if "group" in column else []:
                    owners_of_group.setdefault(group.strip(), set()).update(owners)
            for owner in owners:
                by_bidder.setdefault(owner, []).append(row)
        tables[table] = heading, by_bidder
    for bidder in tables["bidders"][1]:
        own = folder / bidder
        own.mkdir(parents=True, exist_ok=True)
        (own / "market.toml").write_text(settings)
        (own / "lots.csv").unlink(missing_ok=True)
        (own / "lots.csv").symlink_to((market / "lots.csv").resolve())
        for table, (heading, by_bidder) in tables.items():
            if bidder in by_bidder:
                with open(own / f"{table}.csv", "w", newline="", encoding="utf-8") as file:
                    csv.writer(file).writerows([heading, *by_bidder[bidder]])
        print(bidder)


main(pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2]))
