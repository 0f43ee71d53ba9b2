//! What the readers of routing instances make of small files, and every fault they tell.

use postroad_model::routing::{AMOUNT_MAX, TimeWindow, Travel};
use postroad_model::{DepotId, LocationId, StopId, VehicleId};

use super::{Instance, read, read_solution, write_solution};

const PLAIN: &str = include_str!("../../tests/seeds/plain.vrp");
const WINDOWS: &str = include_str!("../../tests/seeds/windows.vrp");
const MATRIX: &str = include_str!("../../tests/seeds/matrix.vrp");
const SOLOMON: &str = include_str!("../../tests/seeds/solomon.txt");

fn instance(text: &str) -> Instance {
    read("file", text).unwrap()
}

fn codes(text: &str) -> Vec<&'static str> {
    read("file", text).unwrap_err().iter().map(|fault| fault.code).collect()
}

#[test]
fn straight_lines_are_rounded() {
    let plain = instance(PLAIN);
    let way = |from, to| plain.problem.travel.distance_m(LocationId(from), LocationId(to));
    // 5.41 and 6.02 from the third customer.
    assert_eq!([way(0, 1), way(3, 0), way(1, 3)], [5, 5, 6]);
    assert_eq!(plain.problem.vehicles[VehicleId(0)].count, 3);
    assert_eq!(plain.problem.stops[StopId(2)].delivery, [6, 0, 0]);
}

#[test]
fn windows_are_counted_in_tenths_in_both_layouts() {
    for text in [WINDOWS, SOLOMON] {
        let found = instance(text);
        assert_eq!(found.scale, 10);
        assert_eq!(found.problem.travel.distance_m(LocationId(0), LocationId(2)), 14);
        let stop = &found.problem.stops[StopId(0)];
        assert_eq!(stop.windows, [TimeWindow { start_s: 100, end_s: 200 }]);
        assert_eq!(stop.service_s, 90);
        assert_eq!(found.problem.depots[DepotId(0)].window.end_s, 1000);
        assert_eq!(found.problem.vehicles[VehicleId(0)].count, 2);
    }
}

#[test]
fn half_matrices_are_made_whole() {
    let found = instance(MATRIX);
    let Travel::Matrix { distances_m, .. } = &found.problem.travel else { panic!("no matrix") };
    assert_eq!(distances_m, &[0, 7, 9, 7, 0, 4, 9, 4, 0]);
    assert_eq!(found.problem.vehicles[VehicleId(0)].duration_max_s, 90);
    assert_eq!(found.problem.stops[StopId(1)].service_s, 9);
    let full = MATRIX.replace("LOWER_ROW", "FULL_MATRIX").replace("7\n9 4", "0 1 2\n3 0 4\n5 6 0");
    let Travel::Matrix { distances_m, .. } = instance(&full).problem.travel else { panic!() };
    assert_eq!(distances_m, [0, 1, 2, 3, 0, 4, 5, 6, 0]);
    assert_eq!(instance(PLAIN).problem.vehicles[VehicleId(0)].duration_max_s, AMOUNT_MAX);
}

#[test]
fn a_solution_comes_back_as_written() {
    let plain = instance(PLAIN);
    let text = "Route #1: 2 1\nRoute #2: 3\nCost 30\n";
    let solution = read_solution("file", text, &plain).unwrap();
    assert_eq!(solution.cost, Some(30.0));
    assert_eq!(solution.plan.violations(&plain.problem), []);
    assert_eq!(write_solution(&solution.plan, &plain), text);
    let faults = read_solution("file", "Route #1: 1 1 4 x\n", &plain).unwrap_err();
    assert_eq!(faults.iter().map(|fault| fault.code).collect::<Vec<_>>(), ["E323"; 3]);
}

#[test]
fn faults_are_told_all_at_once() {
    assert_eq!(codes(""), ["E320"]);
    assert_eq!(codes("1 2 3\n"), ["E320"]);
    assert_eq!(codes(&PLAIN.replace("CAPACITY : 10\n", "")), ["E322"]);
    assert_eq!(codes(&PLAIN.replace("2 5\n", "2 11\n")), ["E324"]);
    assert_eq!(codes(&PLAIN.replace("2 3 4", "2 3 x").replace("3 6 8", "9 6 8")), ["E302", "E323"]);
    assert_eq!(codes(&PLAIN.replace("4 6\n", "")), ["E304"]);
    assert_eq!(codes(&PLAIN.replace("EUC_2D", "GEO")), ["E321"]);
    assert_eq!(codes(&PLAIN.replace("TYPE : CVRP", "BACKHAUL : 3")), ["E321"]);
    assert_eq!(codes(&PLAIN.replace(" 1\n -1", " 2\n -1")), ["E321"]);
    assert_eq!(codes(&WINDOWS.replace("2 10 20", "2 20 10")), ["E324"]);
    assert_eq!(codes(&MATRIX.replace("9 4", "9 -4")), ["E302"]);
    assert_eq!(codes(&SOLOMON.replace("3         4", "3").replace("50", "-50")), ["E303", "E302"]);
}
