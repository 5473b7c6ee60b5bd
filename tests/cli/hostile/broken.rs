//! Samples that were cut off, or in which bytes were changed.

use std::io::{Cursor, Read as _, Write as _};

use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipArchive, ZipWriter};

use super::{contained, sample, samples};
use crate::support::Workdir;

/// A few places in so many bytes, the ends among them.
fn places(length: usize, count: usize) -> impl Iterator<Item = usize> {
    (0..count).map(move |step| step * length.saturating_sub(1) / (count - 1).max(1))
}

#[test]
fn every_sample_cut_off_at_many_lengths_gives_rows_or_a_sentence() {
    let dir = Workdir::new();
    for (name, whole) in samples() {
        for length in places(whole.len(), 9) {
            dir.write(&name, &whole[..length]);
            contained(&dir, &name);
        }
    }
}

#[test]
fn a_workbook_cut_in_half_is_called_damaged() {
    for name in [
        "sheetjs.xlsx",
        "sheetjs.xlsb",
        "sheetjs.ods",
        "sheetjs_biff8.xls",
    ] {
        let whole = sample(name);
        let dir = Workdir::with(name, &whole[..whole.len() / 2]);
        contained(&dir, name).is_refused(2).says("is damaged");
    }
}

/// The same package with one part changed.
fn changed(package: &[u8], part: usize, change: impl Fn(&mut Vec<u8>)) -> (String, Vec<u8>) {
    let mut parts = ZipArchive::new(Cursor::new(package)).expect("a package");
    let mut out = ZipWriter::new(Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default().compression_method(CompressionMethod::Stored);
    let mut changed = String::new();
    for index in 0..parts.len() {
        let mut file = parts.by_index(index).expect("a part");
        let name = file.name().expect("a name").into_owned();
        let mut content = Vec::new();
        file.read_to_end(&mut content).expect("a sound part");
        if index == part {
            change(&mut content);
            changed.clone_from(&name);
        }
        out.start_file(name, options)
            .and_then(|()| Ok(out.write_all(&content)?))
            .expect("a part is written");
    }
    let package = out.finish().expect("a package is written").into_inner();
    (changed, package)
}

#[test]
fn parts_of_a_package_cut_off_or_changed_give_rows_or_a_sentence() {
    let dir = Workdir::new();
    for name in ["sheetjs.xlsb", "sheetjs.xlsx", "sheetjs.ods"] {
        let whole = sample(name);
        let parts = ZipArchive::new(Cursor::new(&whole))
            .expect("a package")
            .len();
        for part in 0..parts {
            for step in 0..4 {
                let place = |content: &[u8]| content.len().saturating_sub(1) * (step * 2 + 1) / 8;
                let (_, cut) = changed(&whole, part, |content| content.truncate(place(content)));
                dir.write(name, cut);
                contained(&dir, name);
                let (_, other) = changed(&whole, part, |content| {
                    let place = place(content);
                    if let Some(byte) = content.get_mut(place) {
                        *byte ^= 0x55;
                    }
                });
                dir.write(name, other);
                contained(&dir, name);
            }
        }
    }
}

#[test]
fn changed_bytes_of_an_old_workbook_give_rows_or_a_sentence() {
    let dir = Workdir::new();
    for name in [
        "sheetjs_biff5.xls",
        "sheetjs_biff8.xls",
        "20_xlwt_numbers.xls",
    ] {
        let whole = sample(name);
        for place in places(whole.len(), 40) {
            let mut bytes = whole.clone();
            bytes[place] ^= 0xFF;
            dir.write(name, bytes);
            contained(&dir, name);
        }
    }
}

#[test]
fn an_old_workbook_whose_sectors_lead_in_a_circle_is_refused() {
    let mut bytes = sample("20_xlwt_numbers.xls");
    let number = |bytes: &[u8], at: usize| {
        u32::from_le_bytes(bytes[at..at + 4].try_into().expect("four bytes"))
    };
    // The first sector of the table that says which sector follows which.
    let table = (number(&bytes, 76) as usize + 1) * 512;
    for sector in 0..128 {
        let at = table + sector as usize * 4;
        if number(&bytes, at) < 0xFFFF_FFFA {
            bytes[at..at + 4].copy_from_slice(&u32::to_le_bytes(sector));
        }
    }
    let dir = Workdir::with("team.xls", bytes);
    contained(&dir, "team.xls").is_refused(2);
}
