"""Build every table of data/us. Usage: build.py STATES_TOPOLOGY OUTPUT_FOLDER"""

import sys
from pathlib import Path

from delivery_units import derive_units, write_units
from outline import write_outline
from processing_centres import centre_ids, derive_centres, write_centres
from stations import derive_sites, write_stations, write_upstream
from zones import load_zones, write_zones


def main():
    topology, out = Path(sys.argv[1]), Path(sys.argv[2])
    zones = load_zones()
    units = derive_units(zones)
    heads, centre_of_unit = derive_centres(zones, units)
    write_zones(out / "zones.csv.gz", zones, units.ids()[units.unit_of_zone])
    write_units(
        out / "delivery_units.csv.gz", zones, units, centre_ids(len(heads))[centre_of_unit])
    write_centres(out / "processing_centres.csv", zones, units, heads, centre_of_unit)
    write_stations(out / "stations.csv.gz", zones, derive_sites(zones))
    write_upstream(out / "upstream.csv", zones)
    write_outline(out / "outline.json", topology)


if __name__ == "__main__":
    main()
