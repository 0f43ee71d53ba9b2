//! Tables: what is read, and that every fault is found with its line and column.

use std::collections::BTreeMap;

use super::*;

const HEAD: &str = "zip,lat,lon,land_km2,population,households,state,county_fips,\
                    single_family_share,class,delivery_unit\n";
const GOOD: &str = "00601,18.18,-66.75,166.8,16834,5341,PR,72001,0.912,suburban,DU00001\n";

fn units() -> Index {
    BTreeMap::from([("DU00001".to_string(), 0)])
}

fn zone_faults(rows: &str) -> Vec<String> {
    let text = format!("{HEAD}{rows}");
    let faults = read_zones("zones.csv", text.as_bytes(), &units()).unwrap_err();
    faults.iter().map(|f| format!("{}", f)).collect()
}

#[test]
fn a_row_is_read_whatever_the_order_of_columns() {
    let (zones, index) =
        read_zones("zones.csv", format!("{HEAD}{GOOD}").as_bytes(), &units()).unwrap();
    assert_eq!(zones[0].population, 16834.0);
    assert_eq!(zones[0].class, AreaClass::Suburban);
    assert_eq!(index["00601"], 0);
    let turned = "lon,lat,extra,status,kind,id,state,zip\n-66,18,x,candidate,station,S1,PR,00601\n";
    let (stations, _) = read_stations("stations.csv", turned.as_bytes()).unwrap();
    assert_eq!(stations[0].coordinate, Coordinate { latitude: 18.0, longitude: -66.0 });
    assert!(!stations[0].existing && stations[0].modules.is_none());
}

#[test]
fn all_faults_of_a_table_are_found_in_one_go() {
    let bad = "00602,98.18,-66.75,-1,many,NaN,PR,72001,1.2,village,DU9\n";
    let faults = zone_faults(&format!("{GOOD}{bad}{GOOD}"));
    let found = |text: &str| faults.iter().filter(|f| f.contains(text)).count();
    assert_eq!(found("zones.csv:3: "), 7, "{faults:#?}");
    assert_eq!(found("zones.csv:3: lat [E204]"), 1);
    assert_eq!(found("zones.csv:3: households [E204]: NaN is not from 0"), 1);
    assert_eq!(found("zones.csv:3: population [E203]: expected a number, found `many`"), 1);
    assert_eq!(found("zones.csv:3: delivery_unit [E206]"), 1);
    assert_eq!(found("zones.csv:4: zip [E205]"), 1);
}

#[test]
fn a_missing_column_names_the_one_that_may_be_meant() {
    let text = "id,kind,status,zip,state,lat,long\n";
    let faults = read_stations("s.csv", text.as_bytes()).unwrap_err();
    assert_eq!(faults.len(), 1);
    assert_eq!(faults[0].code, "E202");
    assert_eq!(faults[0].action, "add it; is `long` meant?");
}

#[test]
fn broken_rows_and_empty_tables_are_faults() {
    assert!(zone_faults("00601,18\n")[0].contains("[E201]: the row has 2 cells"));
    assert!(zone_faults("00601,18\n")[0].starts_with("zones.csv:2: lon"));
    let long = zone_faults("00601,18,-66,1,1,1,PR,1,1,rural,DU00001,x,y\n");
    assert!(long[0].contains("the first one too many is `x`"), "{long:?}");
    assert!(zone_faults("")[0].contains("[E207]"));
    let bytes = [HEAD.as_bytes(), b"\xff\xfe,1,1,1,1,1,PR,1,1,rural,DU00001\n"].concat();
    assert_eq!(read_zones("z", &bytes[..], &units()).unwrap_err()[0].code, "E201");
}

#[test]
fn a_flood_of_faults_is_cut_short() {
    let rows: String = (0..200).map(|i| format!("{i},x,x,1,1,1,PR,1,1,rural,DU00001\n")).collect();
    let faults = zone_faults(&rows);
    assert_eq!(faults.len(), 51);
    assert!(faults[50].contains("350 more faults"), "{}", faults[50]);
}
