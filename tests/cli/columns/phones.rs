//! Countries of phone numbers, and what the plan says of how they were read.

use super::*;

#[test]
fn the_rows_own_country_wins_and_the_option_fills_the_blanks() {
    let sheet = "Phone,Country,Owner\n012-345 6789,Malaysia,12\n020 7946 0958,gb,12\n030 12345678,,12\n012-345 6788,Wakanda,12\n+60198765432,Wakanda,12\n";
    let (ended, rows) = plan(sheet, &["--region", "DE", "--region-column", "Country"]);
    assert_eq!(
        read(&rows),
        [
            "2 phone:+60123456789 12 planned",
            "3 phone:+442079460958 12 planned",
            "4 phone:+493012345678 12 planned",
            "5  12 invalid",
            "6 phone:+60198765432 12 planned"
        ]
    );
    assert!(
        rows.row(5)
            .get("error")
            .contains("column `Country`, `Wakanda`: this is no country")
    );
    ended.says("phone numbers of `Country`, else DE");
}

#[test]
fn a_column_of_countries_is_found_and_one_of_sales_regions_is_not() {
    let (_, rows) = plan("Phone,Country,Owner\n012-345 6789,MY,12\n", &[]);
    assert_eq!(read(&rows), ["2 phone:+60123456789 12 planned"]);
    let sales = "Phone,Region,Owner\n012-345 6789,APAC,12\n012-345 6788,EMEA,12\n";
    let (_, rows) = plan(sales, &["--region", "MY"]);
    assert_eq!(read(&rows)[0], "2 phone:+60123456789 12 planned");
    let (_, rows) = plan(
        "Phone,Country,Owner\n012-345 6789,GB,12\n",
        &["--region", "MY", "--region-column", "none"],
    );
    assert_eq!(read(&rows), ["2 phone:+60123456789 12 planned"]);
}

#[test]
fn countries_are_known_in_every_language_of_the_headers() {
    for (header, country, number, read_as) in [
        (
            "Telefon,Land,Betreuer",
            "Österreich",
            "01 588580",
            "+431588580",
        ),
        (
            "Telefon,Land,Betreuer",
            "Türkei",
            "0532 123 45 67",
            "+905321234567",
        ),
        (
            "Teléfono,País,Responsable",
            "Países Bajos",
            "06 12345678",
            "+31612345678",
        ),
        (
            "Telefone,País,Responsável",
            "Alemanha",
            "030 901820",
            "+4930901820",
        ),
        (
            "Téléphone,Pays,Responsable",
            "Royaume-Uni",
            "020 7946 0958",
            "+442079460958",
        ),
        (
            "Telefono,Paese,Responsabile",
            "Germania",
            "030 901820",
            "+4930901820",
        ),
        (
            "Telefoon,Land,Eigenaar",
            "Duitsland",
            "030 901820",
            "+4930901820",
        ),
        (
            "Telepon,Negara,Pemilik",
            "Singapura",
            "8123 4567",
            "+6581234567",
        ),
        (
            "电话,国家,负责人",
            "中国",
            "138 0013 8000",
            "+8613800138000",
        ),
        (
            "電話番号,国,担当者",
            "日本",
            "090-1234-5678",
            "+819012345678",
        ),
        ("Phone,Country,Owner", "AUT", "01 588580", "+431588580"),
    ] {
        let (_, rows) = plan(&format!("{header}\n{number},{country},12\n"), &[]);
        assert_eq!(
            read(&rows),
            [format!("2 phone:{read_as} 12 planned")],
            "{country}"
        );
    }
}

#[test]
fn a_country_that_gives_way_to_the_option_is_named() {
    let sheet = "Phone,Country,Owner\n(415) 555-0134,MY,12\n";
    let (ended, rows) = plan(sheet, &["--region", "US"]);
    assert_eq!(read(&rows), ["2 phone:+14155550134 12 planned"]);
    ended.says("`Country` is not read, because `--region US` is for all rows");
    let (ended, _) = plan(
        "Phone,State,Owner\n(415) 555-0134,CA,12\n",
        &["--region", "US"],
    );
    ended.does_not_say("is not read, because");
}

#[test]
fn the_plan_counts_how_numbers_without_a_plus_were_read() {
    let sheet = "Phone,Owner\n60123456789,12\n012-345 6788,12\n447911123456,12\n+60123456787,12\n60198765432,12\n";
    let (ended, _) = plan(sheet, &[]);
    ended.says("phone numbers without a plus sign: 4 refused");
    let (ended, _) = plan(sheet, &["--region", "MY"]);
    ended.says("phone numbers without a plus sign: 3 read as international, 1 read as national");
    let (ended, _) = plan("Phone,Owner\n447911123456,12\n", &["--region", "DE"]);
    ended.says("phone numbers without a plus sign: 1 refused");
}

#[test]
fn possible_numbers_that_are_not_known_to_be_in_use_are_worth_a_look() {
    let (ended, rows) = plan(
        "Phone,Owner\n+60123456789,12\n+60100000000,12\n+15555550100,13\n",
        &[],
    );
    assert_eq!(rows.count("planned"), 3);
    ended.says("please check: 2 phone numbers are possible, but not known to be in use, rows 3, 4");
}
